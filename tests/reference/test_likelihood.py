"""The reference of `likelihood` against torch.distributions, scipy, enumeration and finite
differences.
"""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch.distributions import Bernoulli, Normal

from reference import likelihood


def test_bernoulli_log_likelihood_agrees_with_scipy_on_binary_images():
    generator = np.random.default_rng(0)
    x, logits = generator.integers(0, 2, (4, 6)), generator.normal(size=(3, 4, 6))
    wanted = stats.bernoulli.logpmf(x, 1 / (1 + np.exp(-logits))).sum(-1)
    got = likelihood.bernoulli_log_likelihood(
        torch.tensor(x, dtype=torch.float64), torch.tensor(logits)
    )
    np.testing.assert_allclose(got, wanted)


def test_bernoulli_log_likelihood_agrees_with_torch_distributions_on_grey_images():
    x, logits = torch.rand(4, 6, dtype=torch.float64), torch.randn(4, 6, dtype=torch.float64)
    wanted = Bernoulli(logits=logits, validate_args=False).log_prob(x).sum(-1)
    torch.testing.assert_close(likelihood.bernoulli_log_likelihood(x, logits), wanted)


def test_the_probabilities_of_all_binary_images_add_up_to_1():
    images = torch.tensor(list(itertools.product((0.0, 1.0), repeat=6)), dtype=torch.float64)
    total = (
        likelihood.bernoulli_log_likelihood(images, 3 * torch.randn(6, dtype=torch.float64))
        .exp()
        .sum()
    )
    assert total.item() == pytest.approx(1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_bernoulli_log_likelihood_is_exact_for_huge_logits(dtype):
    x, logits = (
        torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.25, 1.0]], dtype=dtype),
        torch.tensor([1e4, -1e4], dtype=dtype),
    )
    got = likelihood.bernoulli_log_likelihood(x, logits.expand(3, 2))
    assert got.tolist() == [0.0, -2e4, -1.75e4] and got.dtype == dtype


def test_bernoulli_log_likelihood_has_the_gradient_of_finite_differences():
    x, logits = (
        torch.rand(3, 4, dtype=torch.float64),
        torch.randn(2, 3, 4, dtype=torch.float64, requires_grad=True),
    )
    assert torch.autograd.gradcheck(
        lambda logits: likelihood.bernoulli_log_likelihood(x, logits), logits
    )


def test_cross_entropy_is_minus_the_log_of_the_product():
    generator = np.random.default_rng(0)
    x, g = generator.uniform(size=(4, 6)), generator.uniform(0.01, 0.99, (4, 6))
    wanted = -np.log(np.prod(g**x * (1 - g) ** (1 - x), axis=-1))
    np.testing.assert_allclose(likelihood.cross_entropy(torch.tensor(x), torch.tensor(g)), wanted)


def test_cross_entropy_at_certain_predictions():
    x = torch.tensor([[0.0, 1.0], [1.0, 1.0], [0.0, 0.0], [0.5, 1.0], [0.5, 1.0]])
    g = torch.tensor([[0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.5, 1.0]])
    assert likelihood.cross_entropy(x, g).tolist() == pytest.approx(
        [0.0, math.inf, math.inf, math.inf, math.log(2)]
    )


def test_gaussian_reconstruction_error_is_minus_the_log_density_up_to_a_constant():
    generator = np.random.default_rng(0)
    x, x_hat, sigma = generator.normal(size=(4, 3)), generator.normal(size=(5, 4, 3)), 0.6
    constant = 4 * 3 / 2 * math.log(2 * math.pi * sigma**2)
    wanted = -stats.norm(x_hat, sigma).logpdf(x).sum((1, 2)).mean() - constant
    got = likelihood.gaussian_reconstruction_error(
        torch.tensor(x), torch.tensor(x_hat), torch.tensor(sigma)
    )
    assert got.item() == pytest.approx(wanted) and got.shape == ()
    assert likelihood.gaussian_reconstruction_error(
        torch.tensor(x), torch.tensor(x_hat), sigma
    ).item() == pytest.approx(wanted)


def test_gaussian_reconstruction_error_has_the_gradient_of_the_log_density():
    x, x_hat = (
        torch.randn(4, 3, dtype=torch.float64),
        torch.randn(1, 4, 3, dtype=torch.float64, requires_grad=True),
    )
    (got,) = torch.autograd.grad(likelihood.gaussian_reconstruction_error(x, x_hat, 0.8), x_hat)
    (wanted,) = torch.autograd.grad(-Normal(x_hat, 0.8).log_prob(x).sum(), x_hat)
    torch.testing.assert_close(got, wanted)


def test_monte_carlo_reconstruction_error_converges_to_the_expectation():
    # z ~ N(m, 1) and x | z ~ N(z, 1): E log p(x | z) = -log(2 pi) / 2 - ((x - m)^2 + 1) / 2, worked
    # out by hand.
    x, m, codes = torch.tensor([0.5, -1.0, 2.0]), torch.tensor([0.0, -1.5, 1.0]), 200_000
    z = m + torch.randn(codes, 3, generator=torch.Generator().manual_seed(0))
    got = likelihood.monte_carlo_reconstruction_error(Normal(z, 1.0).log_prob(x))
    wanted = (0.5 * math.log(2 * math.pi) + ((x - m) ** 2 + 1) / 2).sum()
    assert got.item() == pytest.approx(wanted.item(), abs=0.03)


def test_monte_carlo_reconstruction_error_of_an_impossible_code_is_infinite():
    assert (
        likelihood.monte_carlo_reconstruction_error(
            torch.tensor([[-1.0, -2.0], [-1.0, -math.inf]])
        ).item()
        == math.inf
    )


def test_the_cross_entropy_is_the_reconstruction_error_of_the_named_distribution():
    x, g = torch.bernoulli(torch.full((4, 6), 0.5)), torch.rand(4, 6)
    wanted = -getattr(torch.distributions, likelihood.decoder_distribution)(g).log_prob(x).sum(-1)
    torch.testing.assert_close(likelihood.cross_entropy(x, g), wanted)
