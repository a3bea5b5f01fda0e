"""The reference of `bigan` against torch's cross entropies, enumerated games of pairs, and brute
force over maps.
"""

import itertools
import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from graders.core.draw import Draw
from graders.core.fixtures import network
from reference import bigan as reference
from reference.gan import value_of


@pytest.mark.parametrize("squeeze", [False, True])
def test_bigan_value_is_minus_the_cross_entropy_of_pairs(squeeze):
    discriminator = network(Draw(1), (9, 5, 1), squeeze=squeeze)
    generator, inference = network(Draw(2), (3, 5, 6)), network(Draw(3), (6, 5, 3))
    x, z = Draw(4).normal(5, 6), Draw(5).normal(4, 3)
    real, fake = (
        discriminator(torch.cat([x, inference(x)], 1)),
        discriminator(torch.cat([generator(z), z], 1)),
    )
    wanted = -cross_entropy(real, torch.ones_like(real)) - cross_entropy(
        fake, torch.zeros_like(fake)
    )
    got = reference.bigan_value(discriminator, generator, inference, x, z)
    torch.testing.assert_close(got, wanted)
    got.backward()
    assert all(
        p.grad.any() for net in (discriminator, generator, inference) for p in net.parameters()
    )


def test_bigan_optimal_discriminator_beats_a_grid():
    p_r, p_f = torch.softmax(torch.randn(2, 2, 3, dtype=torch.float64).flatten(1), 1).reshape(
        2, 2, 3
    )
    best = reference.bigan_optimal_discriminator(p_r, p_f)
    grid = torch.linspace(0.001, 0.999, 999, dtype=torch.float64)
    every = p_r[..., None] * grid.log() + p_f[..., None] * (1 - grid).log()
    torch.testing.assert_close(best, grid[every.argmax(-1)], atol=2e-3, rtol=0)


def test_bigan_optimal_discriminator_without_mass_is_one_half():
    p_r, p_f = torch.tensor([[0.5, 0.0], [0.5, 0.0]]), torch.tensor([[0.0, 0.0], [0.5, 0.5]])
    assert reference.bigan_optimal_discriminator(p_r, p_f).tolist() == [[1.0, 0.5], [0.5, 0.0]]


def game_of_maps(generator_map, inference_map):
    """max_D V for deterministic G and Q on n equally likely codes and points: the value at the
    optimal discriminator.
    """
    n = len(generator_map)
    p_r, p_f = torch.zeros(n, n, dtype=torch.float64), torch.zeros(n, n, dtype=torch.float64)
    p_r[torch.arange(n), inference_map] = 1 / n
    p_f[generator_map, torch.arange(n)] = 1 / n
    return value_of(
        p_r.flatten(), p_f.flatten(), reference.bigan_optimal_discriminator(p_r, p_f).flatten()
    ).item()


@pytest.mark.parametrize("generator_map", list(itertools.permutations(range(3))))
def test_optimal_inference_is_the_only_map_that_reaches_the_minimum(generator_map):
    generator_map = torch.tensor(generator_map)
    values = {
        q: game_of_maps(generator_map, torch.tensor(q))
        for q in itertools.product(range(3), repeat=3)
    }
    reached = [q for q, value in values.items() if value == pytest.approx(reference.bigan_minimum)]
    assert reached == [tuple(reference.optimal_inference(generator_map).tolist())]
    assert min(values.values()) == pytest.approx(-math.log(4))


@pytest.mark.parametrize("generator_map", [[0, 0], [1, 2, 1], [2, 2, 2]])
def test_no_map_reaches_the_minimum_with_a_generator_that_is_not_one_to_one(generator_map):
    n = len(generator_map)
    values = [
        game_of_maps(torch.tensor(generator_map), torch.tensor(q))
        for q in itertools.product(range(n), repeat=n)
    ]
    assert min(values) > reference.bigan_minimum + 0.1
    with pytest.raises(ValueError, match="two codes"):
        reference.optimal_inference(torch.tensor(generator_map))


def test_bigan_losses_are_cross_entropies_with_labels_and_with_exchanged_ones():
    real, fake = (
        3 * torch.randn(5, 1, dtype=torch.float64),
        3 * torch.randn(3, 1, dtype=torch.float64),
    )
    one, zero = torch.ones_like, torch.zeros_like
    first, second = reference.bigan_losses(real, fake)
    torch.testing.assert_close(
        first, cross_entropy(real, one(real)) + cross_entropy(fake, zero(fake))
    )
    torch.testing.assert_close(
        second, cross_entropy(fake, one(fake)) + cross_entropy(real, zero(real))
    )
    assert [
        part.item() for part in reference.bigan_losses(torch.tensor([1e4]), torch.tensor([-1e4]))
    ] == [0, 2e4]


def test_the_value_saturates_where_the_discriminator_is_certain_and_the_loss_does_not():
    real, fake = (
        torch.tensor([40.0], dtype=torch.float64, requires_grad=True),
        torch.tensor([-40.0], dtype=torch.float64, requires_grad=True),
    )
    first, second = reference.bigan_losses(real, fake)
    assert (
        all(abs(g) < 1e-12 for g in torch.autograd.grad(-first, (real, fake)))
        and reference.bigan_saturates is True
    )
    assert [g.item() for g in torch.autograd.grad(second, (real, fake))] == pytest.approx([1, -1])


def test_vae_vs_gan_has_one_true_statement():
    assert reference.vae_vs_gan == {"a": False, "b": True, "c": False, "d": False, "e": False}
