"""Host and Student: one way to call a submission, with its gradients, errors and refusals."""

from collections import OrderedDict
from typing import NamedTuple

import numpy as np
import pytest
import torch

from graders.core.draw import Draw
from graders.core.fixtures import Network, as_samples, constant, network
from graders.core.student import local
from graders.core.verdict import Missing, StudentError, Unacceptable


def student(function):
    return local({"f": function})


X = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)


def test_first_second_and_third_derivatives_pass_through():
    x = X.clone().requires_grad_()
    cube = student(lambda x: x**3)
    assert torch.autograd.gradcheck(cube.f, (x,)) and torch.autograd.gradgradcheck(cube.f, (x,))
    (first,) = torch.autograd.grad(cube.f(x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x, create_graph=True)
    (third,) = torch.autograd.grad(second.sum(), x)
    torch.testing.assert_close(third, torch.full_like(x, 6.0))


def test_gradients_reach_the_networks_that_were_passed():
    encoder = network(Draw(0), (3, 4, 2), heads=2)
    x = Draw(1).normal(5, 3)
    student(lambda x, net: net(x)[0] + net(x)[1].exp()).f(x, encoder).sum().backward()
    got = [p.grad.clone() for p in encoder.parameters()]
    encoder.zero_grad()
    mu, logvar = encoder(x)
    (mu + logvar.exp()).sum().backward()
    for mine, direct in zip(got, encoder.parameters()):
        torch.testing.assert_close(mine, direct.grad)


def test_a_detached_result_requires_no_gradient_and_a_partly_detached_one_says_which():
    x = X.clone().requires_grad_()
    assert not student(lambda x: x.detach()).f(x).requires_grad
    kept, cut = student(lambda x: (x * 2, x.detach())).f(x)
    assert kept.requires_grad and not cut.requires_grad


def test_an_unused_input_has_no_gradient():
    x, y = X.clone().requires_grad_(), X.clone().requires_grad_()
    result = local({"f": lambda x, y: x * 2}).f(x, y)
    assert torch.autograd.grad(result.sum(), [x, y], allow_unused=True)[1] is None


def test_the_callers_arguments_are_never_changed_and_changes_are_observed():
    x = X.clone()
    observed = student(lambda x: x.mul_(2)).observe("f", x)
    torch.testing.assert_close(x, X)
    torch.testing.assert_close(observed.arguments[0], 2 * X)


def test_a_network_comes_back_as_the_call_left_it():
    net = network(Draw(0), (2, 3))

    def train(net):
        net.heads[0].weight.data.zero_()
        net(torch.ones(1, 2, dtype=torch.float64)).sum().backward()

    after = student(train).observe("f", net).arguments[0]
    assert (
        isinstance(after, Network)
        and not after.heads[0].weight.any()
        and after.heads[0].bias.grad is not None
    )
    assert net.heads[0].weight.any() and net.heads[0].bias.grad is None


def test_recorded_codes_are_those_of_the_last_call():
    net = network(Draw(0), (2, 3), record=True)
    calls = student(lambda x, net: [net(x), net(2 * x)][0])
    calls.f(torch.ones(4, 2, dtype=torch.float64), net)
    calls.f(torch.zeros(4, 2, dtype=torch.float64), net)
    assert [call.sum().item() for call in net.calls] == [0.0, 0.0]


def test_equal_seeds_draw_equal_noise_and_the_callers_generator_stays():
    noisy = student(lambda x: x + torch.randn_like(x))
    before = torch.get_rng_state()
    assert torch.equal(noisy.f(X, seed=1), noisy.f(X, seed=1))
    assert not torch.equal(noisy.f(X), noisy.f(X))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (iter([1]), "a value of type list_iterator cannot be returned"),
        ((n for n in [1]), "a value of type generator cannot be returned"),
        (lambda: 1, "a value of type function cannot be returned"),
        (object, "a value of type type cannot be returned"),
        (torch.eye(2).to_sparse(), "a tensor that is not dense on the CPU"),
        (torch.empty(2, device="meta"), "a tensor that is not dense on the CPU"),
        (2**70, "an integer of more than 64 bits"),
        ("\ud800", "not valid Unicode"),
        ("x" * 200_000, "a string of more than"),
        (torch.zeros(1).expand(10**12), "more than 64 MB"),
        ({(1, 2): 3}, "sets and the keys of dicts may hold strings and numbers only"),
    ],
)
def test_what_is_not_plain_data_is_refused(value, text):
    with pytest.raises(Unacceptable, match=text):
        student(lambda: value).f()


def test_deep_cyclic_and_long_values_are_refused():
    cyclic = []
    cyclic.append(cyclic)
    with pytest.raises(Unacceptable, match="nested more than 32 levels"):
        student(lambda: cyclic).f()
    with pytest.raises(Unacceptable, match="more than 100000 items"):
        student(lambda: [0] * 200_000).f()


def test_what_extends_a_list_tuple_or_dict_arrives_as_one():
    class Pair(NamedTuple):
        mean: torch.Tensor
        scale: float

    found = student(lambda: Pair(torch.ones(2), 0.5)).f()
    assert type(found) is tuple and found[1] == 0.5
    assert type(student(lambda: torch.ones(2, 3).max(0)).f()) is tuple
    assert type(student(lambda: OrderedDict(loss=[1.0])).f()) is dict
    assert student(lambda: {np.str_("A"), np.int64(3)}).f() == {"A", 3}


def test_a_list_that_lies_about_its_items_is_read_as_the_list_that_it_is():
    class Sly(list):
        def __iter__(self):
            return iter(["other"])

        def __len__(self):
            return 7

    assert student(lambda: Sly([1.0, 2.0])).f() == [1.0, 2.0]


def test_a_tensor_subclass_is_refused():
    class Sly(torch.Tensor):
        pass

    with pytest.raises(Unacceptable, match=r"a Sly, which is a subclass of torch\.Tensor"):
        student(lambda: torch.ones(2).as_subclass(Sly)).f()


def test_numpy_scalars_become_numbers_and_parameters_tensors():
    import numpy as np

    assert (
        student(lambda: np.float64(0.5)).f() == 0.5 and student(lambda: np.bool_(True)).f() is True
    )
    assert type(student(lambda: torch.nn.Parameter(X)).f()) is torch.Tensor


@pytest.mark.parametrize(
    ("namespace", "text"),
    [
        ({}, "there is no function named `f`"),
        ({"f": 3}, "`f` is a int, not a function"),
        ({"f": dict}, "`f` is a class, not a function"),
    ],
)
def test_a_missing_function_says_so(namespace, text):
    with pytest.raises(Missing, match=text):
        local(namespace).f()


def test_answers_are_read_and_missing_ones_say_so():
    names = local({"a": {"A"}, "b": ...})
    assert names.answer("a") == {"A"}
    with pytest.raises(Missing, match="nothing is assigned to `c`"):
        names.answer("c")
    with pytest.raises(Missing, match=r"still `\.\.\.`"):
        names.answer("b")


def test_errors_carry_the_names_of_their_built_in_ancestors_and_the_line():
    class Mine(ValueError):
        pass

    def f():
        raise Mine("wrong")

    with pytest.raises(StudentError) as caught:
        student(f).f()
    assert (
        caught.value.kinds == ("Mine", "ValueError", "Exception", "BaseException")
        and "of f)" in caught.value.text
    )


def test_exits_endless_recursion_and_hostile_errors_are_student_errors():
    class Hostile(Exception):
        def __str__(self):
            raise SystemExit

    def recurse():
        recurse()

    def hostile():
        raise Hostile

    for function, kind in ((exit, "SystemExit"), (recurse, "RecursionError"), (hostile, "Hostile")):
        with pytest.raises(StudentError) as caught:
            student(lambda function=function: function()).f()
        assert caught.value.kinds[0] == kind


def test_samples_are_found_in_every_layout():
    codes = torch.arange(24.0).reshape(2, 3, 4)
    for calls in (
        [codes],
        [codes.transpose(0, 1)],
        [codes.reshape(6, 4)],
        list(codes),
        [codes[0], codes[0], codes[1]],
    ):
        assert any(torch.equal(found, codes) for found in as_samples(calls, 2, 3, 4))
    assert as_samples([codes[0]], 2, 3, 4) == []


def test_a_constant_output_ignores_its_input():
    net = constant(network(Draw(0), (2, 3, 2), heads=2), 1, -60.0)
    assert (net(torch.randn(4, 2, dtype=torch.float64))[1] == -60).all()
