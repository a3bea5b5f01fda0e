"""The reference of `kl` against oracles that share no algebra with it: quadrature,
torch.distributions, numpy.
"""

import numpy as np
import pytest
import torch
from scipy import integrate
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from reference import kl


def test_kl_standard_normal_is_the_integral():
    mu, logvar = 0.7, -0.4
    q, p = Normal(mu, float(np.exp(logvar / 2))), Normal(0.0, 1.0)

    def integrand(z):
        z = torch.tensor(z, dtype=torch.float64)
        return (q.log_prob(z).exp() * (q.log_prob(z) - p.log_prob(z))).item()

    area, _ = integrate.quad(integrand, -12, 12)
    got = kl.kl_standard_normal(
        torch.tensor([[mu]], dtype=torch.float64), torch.tensor([[logvar]], dtype=torch.float64)
    )
    assert got.item() == pytest.approx(area, rel=1e-6)


def test_kl_standard_normal_agrees_with_torch_distributions():
    mu, logvar = (
        torch.randn(2, 5, 3, dtype=torch.float64),
        torch.randn(2, 5, 3, dtype=torch.float64),
    )
    wanted = kl_divergence(Normal(mu, (logvar / 2).exp()), Normal(0.0, 1.0)).sum(-1)
    torch.testing.assert_close(kl.kl_standard_normal(mu, logvar), wanted)


def test_kl_gaussians_agrees_with_torch_distributions():
    root = torch.randn(2, 4, 3, 3, dtype=torch.float64)
    cov_0, cov_1 = root @ root.mT + 0.1 * torch.eye(3)
    mu_0, mu_1 = torch.randn(2, 4, 3, dtype=torch.float64)
    wanted = kl_divergence(MultivariateNormal(mu_0, cov_0), MultivariateNormal(mu_1, cov_1))
    torch.testing.assert_close(kl.kl_gaussians(mu_0, cov_0, mu_1, cov_1), wanted)


def test_kl_gaussians_at_condition_number_1e8_is_the_diagonal_formula_in_another_basis():
    # A rotation changes neither side, so the full formula must give what the diagonal one gives
    # exactly.
    generator = np.random.default_rng(0)
    basis, _ = np.linalg.qr(generator.normal(size=(40, 40)))
    var_0, var_1 = np.logspace(-12, -4, 40), generator.permutation(np.logspace(-11, -3, 40))
    gap = 1e-6 * generator.normal(size=40)
    wanted = 0.5 * np.sum(var_0 / var_1 + gap**2 / var_1 - 1 + np.log(var_1 / var_0))
    cov_0, cov_1 = (torch.tensor(basis @ np.diag(v) @ basis.T) for v in (var_0, var_1))
    got = kl.kl_gaussians(
        torch.zeros(40, dtype=torch.float64),
        0.5 * (cov_0 + cov_0.T),
        torch.tensor(basis @ gap),
        0.5 * (cov_1 + cov_1.T),
    )
    assert got.item() == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize(
    "bad", [[[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.5], [0.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]]
)
def test_kl_gaussians_refuses_what_is_no_covariance(bad):
    mean, good, bad = torch.zeros(2), torch.eye(2), torch.tensor(bad)
    for covs in ((bad, good), (good, bad)):
        with pytest.raises(ValueError, match="not symmetric positive definite"):
            kl.kl_gaussians(mean, covs[0], mean, covs[1])


def test_kl_equal_variance_agrees_with_torch_distributions():
    mu_q, mu_p, sigma = torch.randn(6), torch.randn(6), torch.rand(6) + 0.1
    torch.testing.assert_close(
        kl.kl_equal_variance(mu_q, mu_p, sigma),
        kl_divergence(Normal(mu_q, sigma), Normal(mu_p, sigma)),
    )


def test_kl_properties_on_an_example_each():
    """The statements called false have a counterexample; those called true hold on a random one."""
    p, q, r = (torch.softmax(2 * torch.randn(3, 4, dtype=torch.float64), -1)).unbind()

    def divergence(a, b):
        return (a * (a / b).log()).sum()

    narrow, wide = torch.tensor([0.98, 0.01, 0.01]), torch.tensor([0.01, 0.98, 0.01])
    even = torch.full((3,), 1 / 3)
    assert divergence(narrow, even) != pytest.approx(divergence(even, narrow).item(), rel=0.01)
    assert divergence(narrow, wide) > divergence(narrow, even) + divergence(even, wide)
    assert divergence(narrow, wide) > np.log(2)
    assert divergence(p, q) >= 0 and divergence(p, p) == 0
    assert divergence((p + r) / 2, (q + q) / 2) <= (divergence(p, q) + divergence(r, q)) / 2 + 1e-12
    assert (
        kl.kl_properties == set("ACEF")
        and kl.kl_to_itself == 0
        and kl.divergence_axioms == set("AB")
    )
