"""The reference of `duality` against torch.distributions, numerical minimisation, and the theorems
of duality.
"""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize, minimize_scalar
from torch.distributions import Bernoulli

from reference import duality


def points(seed=0, n=6, m=5, d=3, shift=0.0):
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.randn(n, d, generator=generator, dtype=torch.float64) - shift,
        torch.randn(m, d, generator=generator, dtype=torch.float64) + shift,
    )


def numpy_cost(w, real, fake, C):
    """The program as the sheet states it: minus the logarithms of the discriminator's
    probabilities.
    """
    p_real, p_fake = (1 / (1 + np.exp(x.numpy() @ w)) for x in (real, fake))
    return -np.log(p_real).sum() - np.log(1 - p_fake).sum() + C / 2 * w @ w


def test_linear_gan_cost_is_the_likelihood_of_the_labels():
    real, fake = points()
    w = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64)
    likelihood = (
        Bernoulli(logits=-(real @ w)).log_prob(torch.ones(6)).sum()
        + Bernoulli(logits=-(fake @ w)).log_prob(torch.zeros(5)).sum()
    )
    torch.testing.assert_close(
        duality.linear_gan_cost(w, real, fake, 0.5), -likelihood + 0.25 * w @ w
    )
    assert duality.linear_gan_cost(w, real, fake, 0.5).item() == pytest.approx(
        numpy_cost(w.numpy(), real, fake, 0.5)
    )


def test_linear_gan_cost_is_convex_along_segments_for_c_of_zero_too():
    real, fake = points()
    for C in (0.0, 1.0):
        for seed in range(20):
            a, b = (
                torch.randn(
                    2, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64
                )
                * 3
            )
            middle = duality.linear_gan_cost((a + b) / 2, real, fake, C)
            assert (
                middle
                <= (
                    duality.linear_gan_cost(a, real, fake, C)
                    + duality.linear_gan_cost(b, real, fake, C)
                )
                / 2
                + 1e-12
            )
    assert duality.cost_convex_in_w is True


def test_a_quadratic_is_convex_for_c_of_zero_and_not_for_a_negative_one():
    def quadratic(a, b, C):
        return C / 2 * a**2 - a * b

    for b in (-2.0, 0.0, 2.0):
        assert quadratic(0.0, b, 0.0) <= (quadratic(-1.0, b, 0.0) + quadratic(1.0, b, 0.0)) / 2
        assert quadratic(0.0, b, -1.0) > (quadratic(-1.0, b, -1.0) + quadratic(1.0, b, -1.0)) / 2
    assert duality.quadratic_convex_when == "C >= 0" and duality.softplus_convex_when == "always"


def test_lagrangian_is_the_cost_where_the_constraints_hold():
    real, fake = points()
    w, lam_real, lam_fake = (
        torch.randn(3, dtype=torch.float64),
        torch.randn(6, dtype=torch.float64),
        torch.randn(5, dtype=torch.float64),
    )
    got = duality.lagrangian(w, real @ w, fake @ w, lam_real, lam_fake, real, fake, 0.5)
    assert got.item() == pytest.approx(numpy_cost(w.numpy(), real, fake, 0.5))


def test_quadratic_minimum_by_numerical_minimisation():
    b, C = np.array([1.0, -2.0, 0.5]), 0.7
    found = minimize(lambda w: C / 2 * w @ w - w @ b, np.zeros(3))
    assert duality.quadratic_minimum(torch.tensor(b), C).item() == pytest.approx(
        found.fun, abs=1e-8
    )
    np.testing.assert_allclose(found.x, b / C, atol=1e-5)


def test_softplus_minimum_by_numerical_minimisation():
    for lam in (-0.99, -0.6, -0.5, -0.1, -0.01):
        found = minimize_scalar(
            lambda xi, lam=lam: lam * xi + np.logaddexp(0, xi),
            bounds=(-30, 30),
            method="bounded",
            options={"xatol": 1e-10},
        )
        assert duality.softplus_minimum(
            torch.tensor(lam, dtype=torch.float64)
        ).item() == pytest.approx(found.fun, abs=1e-10)


def test_softplus_minimum_is_the_limit_at_the_ends_and_unbounded_outside():
    xi = np.array([-50.0, 50.0])
    ends = [np.min(lam * xi + np.logaddexp(0, xi)) for lam in (-1.0, 0.0)]
    got = duality.softplus_minimum(
        torch.tensor([-1.0, 0.0, 1e-9, -1 - 1e-9, 3.0, -torch.inf, torch.inf], dtype=torch.float64)
    )
    assert got[:2].tolist() == [0.0, 0.0] and np.allclose(ends, 0, atol=1e-20)
    assert got[2:].tolist() == [-np.inf] * 5
    assert duality.softplus_domain == (-1, 0)


def test_dual_function_is_the_smallest_value_of_the_lagrangian():
    real, fake = points(n=3, m=2, d=2)
    lam_real, lam_fake, C = torch.tensor([-0.2, -0.7, -0.5]), torch.tensor([-0.9, -0.4]), 0.6
    lam_real, lam_fake = lam_real.double(), lam_fake.double()

    def lagrangian(flat):
        w, xi_real, xi_fake = torch.tensor(flat).split([2, 3, 2])
        return duality.lagrangian(w, xi_real, xi_fake, lam_real, lam_fake, real, fake, C).item()

    found = minimize(lagrangian, np.zeros(7), method="BFGS")
    assert duality.dual_function(lam_real, lam_fake, real, fake, C).item() == pytest.approx(
        found.fun, abs=1e-6
    )


def test_weak_duality():
    real, fake = points()
    for seed in range(50):
        generator = np.random.default_rng(seed)
        lam = torch.tensor(-generator.random(11))
        value = duality.dual_function(lam[:6], lam[6:], real, fake, 0.3).item()
        assert value <= numpy_cost(generator.normal(size=3), real, fake, 0.3)


@pytest.mark.parametrize("shift", [0.0, 3.0])
@pytest.mark.parametrize("C", [1e-3, 0.1, 1.0, 100.0])
def test_strong_duality(C, shift):
    real, fake = points(shift=shift)
    lam_real, lam_fake = duality.solve_dual(real, fake, C)
    found = minimize(
        numpy_cost, np.zeros(3), args=(real, fake, C), method="BFGS", options={"gtol": 1e-8}
    )
    gap = found.fun - duality.dual_function(lam_real, lam_fake, real, fake, C).item()
    assert abs(gap) < 1e-7 * max(1, abs(found.fun))
    w = (lam_real @ real + (1 + lam_fake) @ fake) / C
    torch.testing.assert_close(lam_real, -(real @ w).sigmoid(), atol=1e-4, rtol=0)
    np.testing.assert_allclose(w.numpy(), found.x, atol=1e-3 * max(1.0, np.abs(found.x).max()))


@pytest.mark.parametrize("sizes", [(1, 1, 1), (1, 4, 2), (7, 2, 5)])
def test_solve_dual_of_few_points(sizes):
    real, fake = points(1, *sizes)
    lam_real, lam_fake = duality.solve_dual(real, fake, 2.0)
    assert lam_real.shape == sizes[:1] and lam_fake.shape == sizes[1:2]
    assert all(((lam >= -1) & (lam <= 0)).all() for lam in (lam_real, lam_fake))
