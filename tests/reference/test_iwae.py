"""The reference of `iwae` against oracles that share no algebra with it: quadrature, plain loops,
Monte Carlo, limits.
"""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from graders.core.draw import Draw
from graders.core.fixtures import constant, network
from reference import iwae


def weight(z, mu, sigma, logits, x):
    """p(x, z) / q(z | x) by scipy, for one latent dimension."""
    likelihood = np.prod(stats.bernoulli.pmf(x[:, None], 1 / (1 + np.exp(-logits(z)))), axis=0)
    return likelihood * stats.norm.pdf(z) / stats.norm.pdf(z, mu, sigma)


def one_dimensional_model():
    """x, an encoder with fixed q, a decoder, and the weight of a code in plain numpy."""
    encoder, decoder = network(Draw(1), (3, 1), heads=2), network(Draw(2), (1, 3), scale=2.0)
    constant(constant(encoder, 0, 0.4), 1, -0.6)
    slope, offset = (p.detach().numpy() for p in decoder.heads[0].parameters())
    x = np.array([1.0, 0.0, 1.0])
    return (
        torch.tensor(x)[None],
        encoder,
        decoder,
        lambda z: weight(z, 0.4, math.exp(-0.3), lambda z: slope * z + offset[:, None], x),
    )


@pytest.mark.parametrize("k", [1, 2])
def test_iwae_bound_has_the_expectation_that_quadrature_gives(k):
    x, encoder, decoder, weight_of = one_dimensional_model()
    nodes, masses = np.polynomial.hermite_e.hermegauss(60)
    logs = [
        math.log(np.mean([weight_of(np.array([0.4 + math.exp(-0.3) * e]))[0] for e in pair]))
        for pair in itertools.product(nodes, repeat=k)
    ]
    masses = np.array([math.prod(m) for m in itertools.product(masses / masses.sum(), repeat=k)])
    torch.manual_seed(0)
    draws = iwae.iwae_bound(x.expand(40_000, 3), encoder, decoder, k).detach().numpy()
    assert draws.mean() == pytest.approx(masses @ np.array(logs), abs=6 * draws.std() / 200)


def test_iwae_bound_tends_to_the_log_evidence():
    x, encoder, decoder, weight_of = one_dimensional_model()
    evidence, _ = integrate.quad(
        lambda z: weight_of(np.array([z]))[0] * stats.norm.pdf(z, 0.4, math.exp(-0.3)), -12, 12
    )
    torch.manual_seed(0)
    bounds = iwae.iwae_bound(x.expand(200, 3), encoder, decoder, 5000)
    assert bounds.mean().item() == pytest.approx(math.log(evidence), abs=2e-3)


def test_iwae_bound_increases_with_k_below_the_log_evidence():
    x, encoder, decoder = (
        torch.rand(1, 6, dtype=torch.float64),
        network(Draw(3), (6, 3), heads=2),
        network(Draw(4), (3, 6), scale=3.0),
    )
    torch.manual_seed(0)
    means = [
        iwae.iwae_bound(x.expand(20_000, 6), encoder, decoder, k).mean().item()
        for k in (1, 2, 4, 16)
    ]
    assert means == sorted(means)
    assert means[-1] < iwae.iwae_bound(x, encoder, decoder, 200_000).item() + 0.01


def test_the_bound_of_a_blind_decoder_is_the_log_likelihood_even_where_it_underflows():
    encoder, decoder = (
        network(Draw(1), (4, 2), heads=2),
        constant(network(Draw(2), (2, 4)), 0, torch.tensor([5000.0, 5000.0, -1.0, 1.0])),
    )
    constant(constant(encoder, 0, 0.0), 1, 0.0)
    x = torch.tensor([[0.0, 0.0, 0.0, 1.0]], dtype=torch.float64)
    got = iwae.iwae_bound(x, encoder, decoder, 7)
    assert got.item() == pytest.approx(-10_000 - 2 * math.log1p(math.exp(-1)), rel=1e-12)
    (gradient,) = torch.autograd.grad(got.sum(), decoder.heads[0].bias)
    torch.testing.assert_close(
        gradient,
        torch.tensor([-1.0, -1.0, -1 / (1 + math.e), 1 / (1 + math.e)], dtype=torch.float64),
    )


@pytest.mark.parametrize("k", [1, 2, 5])
def test_iwae_exact_is_the_loop_over_sequences(k):
    prior, likelihood, q = [0.5, 0.3, 0.2], [0.2, 0.6, 0.9], [0.3, 0.0, 0.7]
    wanted = 0.0
    for states in itertools.product((0, 2), repeat=k):
        wanted += math.prod(q[s] for s in states) * math.log(
            sum(prior[s] * likelihood[s] / q[s] for s in states) / k
        )
    got = iwae.iwae_exact(
        *(torch.tensor(v, dtype=torch.float64) for v in (prior, likelihood, q)), k
    )
    assert got.shape == () and got.item() == pytest.approx(wanted, rel=1e-12)


def test_iwae_exact_agrees_with_sampling():
    draw = Draw(5)
    prior, likelihood, q = draw.probabilities(5), draw.uniform(0.02, 1, 5), draw.probabilities(5)
    states = np.random.default_rng(0).choice(5, size=(200_000, 6), p=q.numpy() / q.sum().item())
    logs = np.log((prior * likelihood / q).numpy()[states].mean(1))
    assert iwae.iwae_exact(prior, likelihood, q, 6).item() == pytest.approx(
        logs.mean(), abs=6 * logs.std() / 200_000**0.5
    )


def test_iwae_exact_increases_to_the_evidence_that_q_can_reach():
    """When q misses a state the limit is log p(x, z in the support of q), below log p(x)."""
    prior, likelihood = (
        torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64),
        torch.tensor([0.2, 0.6, 0.9], dtype=torch.float64),
    )
    q = torch.tensor([0.4, 0.6, 0.0], dtype=torch.float64)
    bounds = [iwae.iwae_exact(prior, likelihood, q, k).item() for k in range(1, 17)]
    assert bounds == sorted(bounds)
    assert bounds[-1] < math.log(0.1 + 0.18) < math.log(0.46)
    assert bounds[-1] == pytest.approx(math.log(0.28), abs=5e-3)


def test_iwae_exact_is_minus_infinity_only_where_draws_are_impossible():
    prior, q = (
        torch.tensor([0.5, 0.5], dtype=torch.float64),
        torch.tensor([0.3, 0.7], dtype=torch.float64),
    )
    assert (
        iwae.iwae_exact(prior, torch.tensor([0.5, 0.0], dtype=torch.float64), q, 2).item()
        == -math.inf
    )
    tiny = iwae.iwae_exact(prior, torch.full((2,), 1e-300, dtype=torch.float64), prior, 3)
    assert tiny.item() == pytest.approx(-300 * math.log(10))


def test_iwae_facts_in_the_finite_model():
    draw = Draw(6)
    prior, likelihood, q = draw.probabilities(3), draw.uniform(0.02, 1, 3), draw.probabilities(3)
    elbo = (q * (prior * likelihood / q).log()).sum().item()
    bounds = [iwae.iwae_exact(prior, likelihood, q, k).item() for k in range(1, 9)]
    assert bounds[0] == pytest.approx(elbo) and bounds == sorted(bounds)
    assert bounds[-1] < (prior * likelihood).sum().log().item()
    assert iwae.iwae_facts == {
        "bound_for_every_k": True,
        "monotone_in_k": True,
        "always_converges": False,
        "k_1_is_the_elbo": True,
    }
