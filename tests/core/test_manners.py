"""Check words of the public checks: noise of another law, and what a function does besides."""

import pytest
import torch

from graders.core import samples
from graders.core.draw import Draw
from graders.core.engine import run_check
from graders.core.fixtures import network
from graders.core.host import Host
from graders.core.manners import manners
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


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (lambda x, net: net(x), ""),
        (in_place, "an argument was changed"),
        (moves_parameters, "an argument was changed"),
        (lambda x, net: net(x).detach(), "no gradient"),
        (lambda x, net: net(x).double(), "wrong dtype"),
        (lambda x, net: None, "not a tensor"),
    ],
)
def test_a_function_without_manners_is_told_which(function, problem):
    assert verdict(function, graph=(1,)).problem == problem


def test_a_gradient_where_none_belongs_is_told():
    assert verdict(lambda x, net: net(x), barred=(1,)).problem == "a gradient where none belongs"
    assert verdict(lambda x, net: net(x).detach() + x.sum(), barred=(1,)).passed
