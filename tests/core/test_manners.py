"""Check words of the public checks: noise of another law, and what a function does besides."""

import os

import pytest
import torch

from graders.core import samples
from graders.core.draw import Draw
from graders.core.engine import run_check
from graders.core.fixtures import network
from graders.core.host import Host
from graders.core.manners import manners
from graders.core.slopes import follows
from graders.core.student import local
from graders.core.verdict import Failure

SHAPE = (3, 2000, 2)
AXES = ("code", "image", "dimension")


def noise(*shape):
    return Draw(7).normal(*shape)


def test_gaussian_noise_of_any_spread_passes():
    codes = noise(*SHAPE) * torch.tensor([3.0, 0.5]) + torch.tensor([1.0, -2.0])
    samples.of_gaussian(codes, [1.0, -2.0], [3.0, 0.5], axes=AXES, subject="it")
    samples.of_some_spread(codes - torch.tensor([1.0, -2.0]), axes=AXES, subject="it")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (torch.zeros(SHAPE), "all codes are equal"),
        (noise(1, *SHAPE[1:]).expand(SHAPE), "the same for every code"),
        (noise(3, 1, 2).expand(SHAPE), "the same for every image"),
        (noise(3, 2000, 1).expand(SHAPE), "the same for every dimension"),
        (noise(3, 1000, 2).repeat(1, 2, 1), "different values of noise"),
        (noise(*SHAPE) * 1.2, "the spread of dimension 0"),
        (noise(*SHAPE) + 0.2, "the mean of dimension 0"),
        (Draw(1).uniform(-(3**0.5), 3**0.5, *SHAPE), "beyond two standard deviations"),
        (noise(*SHAPE) / 0.0, "not finite"),
    ],
)
def test_other_noise_is_named(wrong, said):
    with pytest.raises(Failure, match=said) as failure:
        samples.of_gaussian(wrong.double(), [0.0, 0.0], [1.0, 1.0], axes=AXES, subject="it")
    assert failure.value.hint or said == "not finite"


def test_the_mean_of_independent_values_is_known_up_to_their_spread():
    values = 3 + 2 * noise(4000)
    samples.of_mean(values, 3.0, subject="it")
    with pytest.raises(Failure, match=r"the mean of it: got 2\.97") as failure:
        samples.of_mean(values, 4.0, subject="it", mistakes=((3.0, "Three."), (9.0, "Nine.")))
    assert failure.value.hint == "Three."
    with pytest.raises(Failure):  # equal values have no room
        samples.of_mean(torch.full((10,), 3.0), 3.001, subject="it")
    with pytest.raises(Failure, match="not finite"):
        samples.of_mean(torch.full((10,), torch.inf), 3.0, subject="it")


def verdict(function, **options):
    arguments = lambda: (Draw(1).normal(4, 3), network(Draw(2), (3, 2)))  # noqa: E731
    check = manners("f", arguments, after=(), **options)
    return run_check(check, Host({"f": function}), key="k", public=True)


def in_place(x, net):
    x.mul_(2)
    return net(x)


def moves_parameters(x, net):
    with torch.no_grad():
        net.heads[0].bias.add_(1)
    return net(x)


def leaves_it_frozen(x, net):
    return net.requires_grad_(False)(x)


def empties_gradients(x, net):
    net.zero_grad()
    return net(x)


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (lambda x, net: net(x), ""),
        (in_place, "an argument was changed"),
        (moves_parameters, "a network's parameters changed"),
        (leaves_it_frozen, "a network's requires_grad flags changed"),
        (empties_gradients, "a network's gradients changed"),
        (lambda x, net: net.eval()(x), "a network's training mode changed"),
        (lambda x, net: net.train()(x), "a network's training mode changed"),
        (lambda x, net: net(x).detach(), "no gradient"),
        (lambda x, net: net(x) + net(x).detach(), "a gradient of something else"),
        (lambda x, net: net(x).double(), "wrong dtype"),
        (lambda x, net: None, "not a tensor"),
    ],
)
def test_a_function_without_manners_is_told_which(function, problem):
    assert verdict(function, graph=(1,)).problem == problem


@pytest.mark.parametrize(
    "right",
    [
        lambda x, net: net(x).sigmoid().log(),
        lambda x, net: net(x) + torch.randn(4, 2, dtype=x.dtype),  # of a seed, as all calls are
        lambda x, net: net(x) + torch.tensor(os.urandom(1)[0], dtype=x.dtype) * net(x),
        lambda x, net: net.float()(x.float()).to(x.dtype),  # in leaps, but the same gradient
        lambda x, net: net(x) - net(x).detach() + (1000 * net(x)).round().detach() / 1000,
    ],
)
def test_where_no_difference_is_small_no_gradient_is_doubted(right):
    follows(local({"f": right}), "f", lambda: (Draw(1).normal(4, 3), network(Draw(2), (3, 2))), 1)


def test_the_gradient_of_an_argument_that_stays_what_it_is_is_not_doubted():
    """One triangle of a symmetric matrix, and logarithms of probabilities without a constant."""

    def lower(matrix, p):
        if not torch.equal(matrix, matrix.mT) or abs(p.sum() - 1) > 1e-9:
            raise ValueError("another kind of argument")
        return torch.linalg.cholesky(matrix).diagonal().log().sum() - (p * p.log()).sum()

    def arguments():
        return 2 * torch.eye(3, dtype=torch.float64), Draw(1).probabilities(4)

    for index in (0, 1):
        follows(local({"f": lower}), "f", arguments, index)


def test_arguments_at_the_ends_of_their_domain_stay_as_they_were_too():
    def clamps(x, net):
        x.clamp_(-10, 10)
        return net(x)

    far = lambda: (torch.full((4, 3), 11.0).double(), network(Draw(2), (3, 2)))  # noqa: E731
    assert verdict(clamps).passed
    assert verdict(clamps, ends=far).problem == "an argument was changed"


def test_float64_that_comes_back_as_float32_is_told():
    assert verdict(lambda x, net: net(x).float()).problem == "wrong dtype"


def test_a_gradient_where_none_belongs_is_told():
    assert verdict(lambda x, net: net(x), barred=(1,)).problem == "a gradient where none belongs"
    assert verdict(lambda x, net: net(x).detach() + x.sum(), barred=(1,)).passed
