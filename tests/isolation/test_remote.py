"""The same submission, run here and in a worker: the same values, gradients, records and errors."""

import pytest
import torch

from graders.core.draw import Draw
from graders.core.fixtures import network
from graders.core.student import Student, local
from graders.core.verdict import Missing, StudentError, Unacceptable

SUBMISSION = """\
import numpy as np
import random
import torch
from torch import nn

some_answer = {"A", "C"}
a_table = {"vae": (1, 2.5), "gan": None}
unanswered = ...

def kl(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)

def reparameterize(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu)

def elbo(x, encoder, decoder):
    mu, logvar = encoder(x)
    logits = decoder(reparameterize(mu, logvar))
    return (x * logits - nn.functional.softplus(logits)).sum(-1) - kl(mu, logvar)

def detached(x, encoder, decoder):
    with torch.no_grad():
        mu, logvar = encoder(x)
    return decoder(mu).sum(), logvar

def penalty(critic, real, fake):
    mix = (0.3 * real + 0.7 * fake).requires_grad_()
    g, = torch.autograd.grad(critic(mix).sum(), mix, create_graph=True)
    return ((g.norm(dim=-1) - 1) ** 2).mean()

def cubic(x):
    return (x**3 * x.sum()).sum()

def inplace(x, y):
    x.mul_(2)
    y[0] = 7.0
    return x

def step(model, x):
    loss = model(x).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p.clamp_(-0.1, 0.1)
    return loss

def grown(values):
    values.append(3)
    return np.float64(sum(values)), np.arange(3), [True, "x"]

def draws():
    return [float(torch.rand(())), float(np.random.rand()), random.random()]

def raises(x):
    raise ValueError(f"no {tuple(x.shape)}")

def leaves():
    raise SystemExit(3)

def interrupts():
    raise KeyboardInterrupt

def generator(x):
    yield x

class Sub(torch.Tensor):
    pass

def subclass(x):
    return x.as_subclass(Sub)

def identity(net):
    return net
"""


@pytest.fixture(scope="module")
def submission(grounds):
    with grounds.open([SUBMISSION]) as submission:
        yield submission


@pytest.fixture
def pair(submission):
    """The submission in this process and in a worker, in the same state."""
    namespace = {}
    exec(SUBMISSION, namespace)
    with submission.branch() as host:
        yield local(namespace, 5), Student(host, 5)


def same(left, right):
    if isinstance(left, torch.Tensor):
        return (
            isinstance(right, torch.Tensor)
            and left.dtype == right.dtype
            and left.requires_grad == right.requires_grad
            and torch.equal(left, right)
        )
    if isinstance(left, (list, tuple)):
        return type(left) is type(right) and len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right


def test_values_and_gradients_agree(pair):
    found = []
    for student in pair:
        draw = Draw(1)
        mu, logvar = draw.normal(4, 3).requires_grad_(), draw.normal(4, 3)
        value = student.kl(mu, logvar)
        found.append([value, torch.autograd.grad(value.sum(), mu)[0]])
    assert same(*found) and found[1][0].grad_fn is not None


def test_random_functions_agree_under_the_seed_and_record_what_they_drew(pair):
    found = []
    for student in pair:
        draw = Draw(2)
        encoder, decoder = network(draw, (5, 4, 2), heads=2), network(draw, (2, 4, 5), record=True)
        x = draw.bits(6, 5)
        value = student.elbo(x, encoder, decoder)
        value.sum().backward()
        found.append(
            [
                value.detach(),
                *[p.grad for p in encoder.parameters()],
                *[p.grad for p in decoder.parameters()],
                decoder.calls,
                encoder.calls,
            ]
        )
    assert same(*found)
    assert len(found[1][-2]) == 1 and found[1][-1] == []


def test_a_detached_branch_has_no_gradients(pair):
    for student in pair:
        draw = Draw(3)
        encoder, decoder = network(draw, (5, 2), heads=2), network(draw, (2, 5))
        loss, logvar = student.detached(draw.bits(6, 5), encoder, decoder)
        loss.backward()
        assert not logvar.requires_grad and all(p.grad is None for p in encoder.parameters())
        assert all(p.grad is not None for p in decoder.parameters())


def test_a_penalty_on_a_gradient_agrees(pair):
    found = []
    for student in pair:
        draw = Draw(4)
        critic = network(draw, (3, 8, 1), squeeze=True)
        student.penalty(critic, draw.normal(4, 3), draw.normal(4, 3)).backward()
        found.append([p.grad for p in critic.parameters()])
    assert same(*found)


def test_derivatives_to_the_third_order_agree(pair):
    found = []
    for student in pair:
        x = Draw(5).normal(3).requires_grad_()
        orders = [student.cubic(x)]
        for _ in range(3):
            orders.append(torch.autograd.grad(orders[-1].sum(), x, create_graph=True)[0])
        found.append([order.detach() for order in orders])
    assert torch.equal(found[0][1], found[1][1]) and all(
        torch.allclose(a, b, rtol=1e-12) for a, b in zip(*found)
    )


def test_gradcheck_holds_through_the_proxy(pair):
    x = Draw(6).normal(2, 2).requires_grad_()
    y = Draw(7).normal(2, 2).requires_grad_()
    assert torch.autograd.gradcheck(pair[1].kl, (x, y))
    assert torch.autograd.gradgradcheck(pair[1].kl, (x, y))


def test_arguments_after_the_call_agree_and_the_callers_are_untouched(pair):
    found = []
    for student in pair:
        x, y = (
            torch.ones(2, dtype=torch.float64, requires_grad=True),
            torch.zeros(2, dtype=torch.float64),
        )
        seen = student.observe("inplace", x, y)
        assert x.tolist() == [1, 1] and y.tolist() == [0, 0]
        found.append([seen.value.detach(), *[a.detach() for a in seen.arguments]])
    assert same(*found)


def test_a_training_step_shows_its_parameters_and_gradients(pair):
    found = []
    for student in pair:
        draw = Draw(8)
        model = network(draw, (3, 2))
        seen = student.observe("step", model, draw.normal(5, 3))
        after = seen.arguments[0]
        assert after.heads[0].weight.abs().max() <= 0.1 and model.heads[0].weight.abs().max() > 0.1
        found.append(
            [p.detach() for p in after.parameters()] + [p.grad for p in after.parameters()]
        )
    assert same(*found)


def test_lists_numpy_and_numbers_agree(pair):
    here, there = (student.observe("grown", [1, 2]) for student in pair)
    assert here.value[0] == there.value[0] == 6.0 and type(there.value[0]) is float
    assert here.arguments == there.arguments == [[1, 2, 3]]
    assert there.value[1].tolist() == [0, 1, 2] and there.value[2] == [True, "x"]


def test_every_generator_is_seeded_alike(pair):
    assert pair[0].draws(seed=9) == pair[1].draws(seed=9) != pair[1].draws(seed=10)


def test_no_grad_is_passed_on(pair):
    for student in pair:
        with torch.no_grad():
            assert not student.kl(
                torch.ones(1, 2, requires_grad=True), torch.ones(1, 2)
            ).requires_grad


def test_answers_agree(pair):
    for name in ("some_answer", "a_table"):
        assert pair[0].answer(name) == pair[1].answer(name)
    assert pair[1].answer("some_answer") == {"A", "C"}


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("raises", StudentError, r"ValueError: no \(2,\) \(line \d+ of raises\)"),
        ("generator", Unacceptable, "a value of type generator cannot be returned"),
        ("subclass", Unacceptable, "a Sub, which is a subclass of torch.Tensor"),
        ("nowhere", Missing, "there is no function named `nowhere`"),
        ("some_answer", Missing, "`some_answer` is a set, not a function"),
        ("Sub", Missing, "`Sub` is a class, not a function"),
        ("kl", StudentError, "TypeError: kl"),
    ],
)
def test_errors_have_the_same_class_and_text(pair, name, kind, message):
    texts = []
    for student in pair:
        with pytest.raises(kind, match=message) as caught:
            getattr(student, name)(torch.ones(2))
        texts.append((str(caught.value), caught.value.kinds))
    assert texts[0] == texts[1]


def test_an_answer_that_is_not_there_says_so(pair):
    for student in pair:
        with pytest.raises(Missing, match=r"`unanswered` is still `\.\.\.`"):
            student.answer("unanswered")
        with pytest.raises(Missing, match="nothing is assigned to `never`"):
            student.answer("never")


def test_leaving_from_inside_a_call_is_an_error_of_the_student(pair):
    for student in pair:
        with pytest.raises(StudentError, match="SystemExit: 3"):
            student.leaves()
    with pytest.raises(StudentError, match="KeyboardInterrupt"):
        pair[1].interrupts()
    assert pair[1].kl(torch.zeros(1, 2), torch.zeros(1, 2)).item() == 0


def test_a_network_can_be_returned(pair):
    net = network(Draw(1), (2, 1))
    assert all(
        torch.equal(student.identity(net).heads[0].weight, net.heads[0].weight) for student in pair
    )


def test_graphs_are_released_when_nobody_can_ask_for_them(submission):
    with submission.branch() as host:
        student = Student(host, 1)
        for _ in range(20):
            student.kl(torch.ones(1, 2, requires_grad=True), torch.ones(1, 2)).sum().backward()
        assert len(host._leaves) <= 2


class Liar:
    """A connection on whose other end somebody answers whatever they like."""

    def __init__(self, *answers):
        from graders.isolation.limits import Limits

        self.limits = Limits()
        self.broken = None
        self._answers = list(answers)

    def ask(self, request, wanted, packer=None, *, seconds, share=None):
        from graders.isolation.wire import Packer, Unpacker

        packer = Packer()
        answer = self._answers.pop(0)(packer)
        return answer, Unpacker(bytearray(b"".join(map(bytes, packer.buffers))))

    def close(self):
        self.broken = "closed"


def called(value, flags, handle):
    from graders.isolation import messages as m

    return lambda packer: m.Called(packer.value(value), flags, handle, [], [], [])


def test_two_graphs_under_one_name_are_refused():
    from graders.core.verdict import Died
    from graders.isolation.remote import RemoteHost

    x = torch.ones(2, requires_grad=True)
    student = Student(
        RemoteHost(Liar(called(torch.ones(2), [True], 1), called(torch.ones(3), [True], 1))), 1
    )
    first = student.f(x)
    with pytest.raises(Died, match="one graph under the name of another"):
        student.f(x)
    assert first.requires_grad


@pytest.mark.parametrize(
    ("values", "flags", "handle", "message"),
    [
        ([torch.ones(3)], [False], 0, "a gradient of another shape than its input"),
        (
            [torch.ones(2, dtype=torch.float64)],
            [False],
            0,
            "a gradient of another shape than its input",
        ),
        ([], [], 0, "another number of gradients than of inputs"),
        ([torch.ones(2)], [True], 3, "a graph that nobody asked for"),
    ],
)
def test_gradients_that_do_not_fit_are_refused(values, flags, handle, message):
    from graders.core.verdict import Died
    from graders.isolation import messages as m
    from graders.isolation.remote import RemoteHost

    x = torch.ones(2, requires_grad=True)
    liar = Liar(
        called(torch.ones(2), [True], 1),
        lambda packer: m.Gradients([packer.tensor(v) for v in values], flags, handle),
    )
    value = Student(RemoteHost(liar), 1).f(x)
    with pytest.raises(Died, match=message):
        value.sum().backward()
    assert liar.broken
