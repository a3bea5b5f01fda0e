"""A call that only a dtype keeps from an answer is judged by its values."""

from dataclasses import replace

import pytest
import torch

from graders.core import expect
from graders.core.draw import Draw
from graders.core.engine import run_check
from graders.core.exercise import check
from graders.core.fixtures import network, worn
from graders.core.host import Host
from graders.core.student import Student
from graders.core.verdict import Failure, Status


@check("f", "It is the sum, and so are its gradients.")
def adds(student, draw):
    x = draw.normal(4).requires_grad_()
    got = student.f(x)
    expect.close(got, x.sum(), subject="f(x)")
    expect.gradients(got, [x], [torch.ones_like(x)], names=["x"], subject="f(x)")


FREE = replace(adds, any_dtype=True)


@pytest.mark.parametrize(("factor", "passes"), [(1.0, True), (1.01, False)])
def test_values_count_where_a_call_fails_in_float64_alone(factor, passes):
    host = Host({"f": lambda x: x @ torch.full((len(x),), factor)})
    assert run_check(adds, host, key="k", public=False).problem == "your code raised RuntimeError"
    found = run_check(FREE, host, key="k", public=False)
    assert found.passed == passes and found.problem == ("" if passes else "wrong values")


def test_an_error_in_both_dtypes_stays_the_error_that_it_is():
    host = Host({"f": lambda x: x @ torch.ones(len(x) + 1)})
    strict, free = (run_check(one, host, key="k", public=False) for one in (adds, FREE))
    assert free.status is Status.STUDENT_ERROR and free.message == strict.message


def test_second_derivatives_of_networks_come_back_in_float64(draw):
    net = network(draw, (3, 4, 1)).double()

    def slope(net, x):
        (got,) = torch.autograd.grad(net(x).sum(), x, create_graph=True)
        return got.square().sum() * torch.ones(1).matmul(torch.ones(1))

    def penalty(net, x):
        x = x.requires_grad_()
        return slope(net, x) + 0 * (x @ torch.ones(3)).sum()

    x = draw.normal(5, 3)
    got = Student(Host({"f": penalty}), any_dtype=True).f(net, x)
    wanted = slope(net, x.clone().requires_grad_())
    found, due = (torch.autograd.grad(v, list(net.parameters())[:2]) for v in (got, wanted))
    assert got.dtype == torch.float64
    for one, other in zip(found, due):
        assert one.dtype == torch.float64 and torch.allclose(one, other, rtol=1e-4, atol=1e-5)


def test_arguments_and_networks_are_reported_as_they_were_unless_changed(draw):
    net, x = worn(network(draw, (3, 4, 1)).double()), draw.normal(3)

    def reads(net, x):
        return x @ torch.ones(3)

    def writes(net, x):
        next(net.parameters()).data.zero_()
        return reads(net, x.mul_(2))

    kept = Student(Host({"f": reads}), any_dtype=True).observe("f", net, x)
    assert torch.equal(kept.arguments[1], x)
    before = net.state()
    for old, new in zip(before.parameters, kept.states[0].parameters):
        assert torch.equal(old, new) and old.dtype == new.dtype
    changed = Student(Host({"f": writes}), any_dtype=True).observe("f", net, x)
    assert not torch.equal(changed.arguments[1], x)
    assert not changed.states[0].parameters[0].any()


@pytest.fixture
def draw():
    return Draw(1)


def test_the_digits_of_float32_last_as_long_as_they_are_asked_for():
    near = torch.tensor(1.0 + 1e-5, dtype=torch.float64)
    with expect.digits_of(torch.float32):
        expect.close(near, 1.0, subject="x")
    with pytest.raises(Failure):
        expect.close(near, 1.0, subject="x")
