"""The reference of `gan` against torch's cross entropies, scipy's divergences, grids of
discriminators, and autograd.
"""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import jensenshannon
from scipy.special import rel_entr
from torch.distributions import Bernoulli
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from graders.core.draw import Draw
from graders.core.fixtures import network
from reference import gan as reference


def vector(*values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("shape", [(5,), (5, 1)])
def test_losses_are_cross_entropies_with_label_1_for_real(shape):
    real, fake = (
        3 * torch.randn(*shape, dtype=torch.float64),
        3 * torch.randn(3, *shape[1:], dtype=torch.float64),
    )
    one, zero = torch.ones_like, torch.zeros_like
    wanted = cross_entropy(real, one(real)) + cross_entropy(fake, zero(fake))
    torch.testing.assert_close(reference.discriminator_loss(real, fake), wanted)
    torch.testing.assert_close(reference.gan_value(real.sigmoid(), fake.sigmoid()), -wanted)
    torch.testing.assert_close(
        reference.generator_loss_saturating(fake), -cross_entropy(fake, zero(fake))
    )
    torch.testing.assert_close(
        reference.generator_loss_nonsaturating(fake), cross_entropy(fake, one(fake))
    )


def test_discriminator_loss_is_minus_the_log_likelihood_of_labels():
    real, fake = torch.randn(4, dtype=torch.float64), torch.randn(4, dtype=torch.float64)
    labels = Bernoulli(logits=torch.cat([real, fake])).log_prob(
        torch.cat([torch.ones(4), torch.zeros(4)]).double()
    )
    torch.testing.assert_close(reference.discriminator_loss(real, fake), -2 * labels.mean())


def test_losses_are_exact_at_extreme_logits():
    high, low = vector(1e4), vector(-1e4)
    assert reference.discriminator_loss(high, low) == 0
    assert reference.discriminator_loss(low, high) == 2e4
    assert reference.generator_loss_nonsaturating(low) == 1e4
    assert reference.generator_loss_saturating(high) == -1e4
    assert [part.tolist() for part in reference.generator_logit_gradients(vector(1e4, -1e4))] == [
        [-1.0, -0.0],
        [-0.0, -1.0],
    ]


@pytest.mark.parametrize("d_real", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("d_fake", [0.0, 0.6, 1.0])
def test_gan_value_of_single_probabilities(d_real, d_fake):
    with np.errstate(divide="ignore"):
        wanted = float(np.log(d_real) + np.log(1 - d_fake))
    assert reference.gan_value(vector(d_real), vector(d_fake)).item() == pytest.approx(wanted)


def test_logit_gradients_are_those_of_autograd_and_the_losses_rest_at_the_same_point():
    logits = 3 * torch.randn(6, dtype=torch.float64, requires_grad=True)
    losses = reference.generator_loss_saturating, reference.generator_loss_nonsaturating
    for written_out, loss in zip(reference.generator_logit_gradients(logits), losses):
        (wanted,) = torch.autograd.grad(6 * loss(logits), logits)
        torch.testing.assert_close(written_out, wanted)
        assert (written_out < 0).all()
    saturating, nonsaturating = reference.generator_logit_gradients(vector(-30.0))
    assert abs(saturating) < 1e-12 and abs(nonsaturating + 1) < 1e-12


def test_step_losses_reach_one_network_each():
    discriminator, generator = (
        network(Draw(1), (6, 5, 1), squeeze=True),
        network(Draw(2), (3, 5, 6)),
    )
    real, z = Draw(3).normal(5, 6), Draw(4).normal(4, 3)
    loss = reference.discriminator_step_loss(discriminator, generator, real, z)
    torch.testing.assert_close(
        loss, reference.discriminator_loss(discriminator(real), discriminator(generator(z)))
    )
    loss.backward()
    assert all(p.grad is None for p in generator.parameters()) and all(
        p.grad.any() for p in discriminator.parameters()
    )
    discriminator.zero_grad()
    loss = reference.generator_step_loss(discriminator, generator, z)
    assert all(p.grad is None and p.requires_grad for p in discriminator.parameters())
    torch.testing.assert_close(loss, -discriminator(generator(z)).sigmoid().log().mean())
    loss.backward()
    assert all(p.grad.any() for p in generator.parameters())


@pytest.mark.parametrize(("p", "q"), [(0.7, 0.2), (0.01, 3.0), (1e-3, 1e-3)])
def test_optimal_discriminator_is_what_a_search_finds(p, q):
    found = minimize_scalar(
        lambda y: -p * np.log(y) - q * np.log(1 - y),
        bounds=(1e-9, 1 - 1e-9),
        method="bounded",
        options={"xatol": 1e-9},
    ).x
    assert reference.optimal_discriminator(vector(p), vector(q)).item() == pytest.approx(
        found, abs=1e-6
    )


def test_optimal_discriminator_at_equal_one_sided_and_absent_mass():
    got = reference.optimal_discriminator(
        vector(0.4, 0.4, 0.0, 0.0, 1e-300, 1e-300), vector(0.4, 0.0, 0.4, 0.0, 3e-300, 1.0)
    )
    torch.testing.assert_close(got, vector(0.5, 1.0, 0.0, 0.5, 0.25, 1e-300))
    assert reference.optimal_d_values == dict(zip(("i", "ii", "iii"), got[:3].tolist()))
    assert (
        reference.optimal_discriminator(torch.tensor(1.0), torch.tensor(3.0)).dtype == torch.float32
    )


def test_value_of_is_an_expectation_and_largest_at_the_optimal_discriminator():
    for seed in range(20):
        generator = np.random.default_rng(seed)
        p, q, d = (
            generator.dirichlet(np.ones(5)),
            generator.dirichlet(np.ones(5)),
            generator.uniform(0.01, 0.99, 5),
        )
        got = reference.value_of(*map(torch.tensor, (p, q, d))).item()
        assert got == pytest.approx(np.dot(p, np.log(d)) + np.dot(q, np.log1p(-d)))
        assert got <= reference.generator_criterion(torch.tensor(p), torch.tensor(q)).item() + 1e-12


def test_value_of_with_zeros_is_never_nan():
    p, q = vector(0.5, 0.5, 0.0), vector(0.0, 0.5, 0.5)
    assert reference.value_of(p, q, vector(1.0, 0.5, 0.0)).item() == pytest.approx(-math.log(2))
    assert reference.value_of(p, q, vector(0.0, 0.5, 0.0)).item() == -math.inf
    assert reference.value_of(p, q, vector(1.0, 0.5, 1.0)).item() == -math.inf


PAIRS = [
    *np.random.default_rng(0).dirichlet(np.ones(4), size=(4, 2)),
    ([0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.3, 0.7]),
    ([0.5, 0.5, 0.0], [0.0, 0.25, 0.75]),
    ([0.2, 0.8], [0.2, 0.8]),
    ([1e-300, 1.0], [1.0, 1e-300]),
    ([1e-300, 1.0, 0.0], [1e-300, 0.25, 0.75]),
]


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_generator_criterion_agrees_with_scipy(p, q):
    p, q = np.asarray(p), np.asarray(q)
    got = reference.generator_criterion(torch.tensor(p), torch.tensor(q)).item()
    assert got == pytest.approx(rel_entr(p, p + q).sum() + rel_entr(q, p + q).sum(), abs=1e-12)
    assert got == pytest.approx(2 * jensenshannon(p, q) ** 2 - math.log(4), abs=1e-12)
    assert reference.global_minimum - 1e-12 <= got <= 1e-12


def test_generator_criterion_is_smallest_for_equal_distributions_only():
    p = vector(0.2, 0.3, 0.5)
    assert reference.generator_criterion(p, p).item() == pytest.approx(reference.global_minimum)
    assert (
        reference.generator_criterion(p, vector(0.3, 0.2, 0.5)).item()
        > reference.global_minimum + 1e-3
    )
    assert reference.global_minimum == pytest.approx(-1.386294361)


def test_mode_collapse_statement_by_statement():
    """A collapsed generator can be perfect one example at a time (B), and is no optimum of the game
    (D).
    """
    data, collapsed = vector(0.25, 0.25, 0.25, 0.25), vector(1.0, 0.0, 0.0, 0.0)
    assert data[0] > 0
    d = reference.optimal_discriminator(data, collapsed)
    assert d[0] < 0.5 and (d[1:] == 1).all()
    # G: against a fixed D the saturating loss of a distribution is linear in it, so a vertex is
    # optimal.
    loss = torch.log1p(-vector(0.2, 0.6, 0.3, 0.4))
    assert (
        loss.min()
        <= (torch.tensor(np.random.default_rng(0).dirichlet(np.ones(4), size=50)) * loss)
        .sum(1)
        .min()
    )
    assert reference.mode_collapse == set("ACEG")
