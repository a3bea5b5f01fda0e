"""The reference of `divergences` against scipy's divergences, a transport program on samples, and
closed forms.
"""

import math

import numpy as np
import pytest
import torch
from scipy.spatial.distance import jensenshannon
from scipy.special import rel_entr
from scipy.stats import entropy, wasserstein_distance_nd

from reference import divergences as reference

RANDOM = np.random.default_rng(0).dirichlet(np.ones(6), size=(4, 2))
PAIRS = [
    *RANDOM,
    ([0.5, 0.5, 0.0, 0.0], [0.25, 0.25, 0.5, 0.0]),
    ([0.25, 0.75], [0.0, 1.0]),
    ([1.0, 0.0, 0.0], [0.0, 0.4, 0.6]),
    ([0.25, 0.75], [1e-300, 1.0]),
    ([1e-300, 1.0, 0.0], [1e-300, 0.25, 0.75]),
    ([1e-300, 1.0], [1.0, 1e-300]),
]


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_kl_divergence_agrees_with_scipy(p, q):
    got = reference.kl_divergence(*as_float64(p, q)).item()
    assert got == pytest.approx(rel_entr(p, q).sum(), rel=1e-12, abs=1e-15)
    assert got == pytest.approx(entropy(p, q), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_jensen_shannon_is_the_square_of_scipys_distance(p, q):
    got = reference.jensen_shannon(*as_float64(p, q)).item()
    assert got == pytest.approx(jensenshannon(p, q) ** 2, rel=1e-9, abs=1e-15)
    assert got == pytest.approx(reference.jensen_shannon(*as_float64(q, p)).item(), rel=1e-12)
    assert -1e-15 <= got <= math.log(2) + 1e-15


def as_float64(*vectors):
    return [torch.tensor(np.asarray(vector), dtype=torch.float64) for vector in vectors]


def test_jensen_shannon_of_disjoint_distributions_is_log_2_and_of_equal_ones_0():
    p, q = as_float64([0.3, 0.7, 0.0], [0.0, 0.0, 1.0])
    assert reference.jensen_shannon(p, q).item() == pytest.approx(math.log(2))
    assert reference.jensen_shannon(p, p).item() == 0


def test_divergences_have_the_gradients_of_finite_differences():
    a, b = torch.randn(2, 4, dtype=torch.float64).unbind()
    for function in (reference.kl_divergence, reference.jensen_shannon):
        assert torch.autograd.gradcheck(
            lambda a, b, f=function: f(a.softmax(0), b.softmax(0)),
            (a.requires_grad_(), b.requires_grad_()),
        )


@pytest.mark.parametrize("theta", [0.0, 0.3, 1.0])
def test_parallel_lines_agree_with_points_on_a_grid(theta):
    """Points (0, y) and (theta, y) with weights 1/n, as distributions on the union of both sets."""
    heights = np.linspace(0.0, 1.0, 12)
    left, right = (np.stack([np.full(12, x), heights], 1) for x in (0.0, theta))
    points = np.unique(np.concatenate([left, right]), axis=0)
    p, q = ((points[:, None] == line[None]).all(-1).any(1) / 12 for line in (left, right))
    wanted = (
        entropy(p, q),
        entropy(q, p),
        jensenshannon(p, q) ** 2,
        wasserstein_distance_nd(left, right),
    )
    assert reference.parallel_lines(theta) == pytest.approx(wanted, abs=1e-9)
    assert all(isinstance(value, float) for value in reference.parallel_lines(theta))


def test_nondifferentiable_jsd_has_two_different_slopes_at_0_and_distributions_around_it():
    def divergence(theta):
        return (
            jensenshannon(*(part.numpy() for part in reference.nondifferentiable_jsd(theta))) ** 2
        )

    slopes = [(divergence(side * 1e-6) - divergence(0.0)) / (side * 1e-6) for side in (-1, 1)]
    assert slopes == pytest.approx([-math.log(2) / 2, math.log(2) / 2], abs=1e-5)
    for theta in np.linspace(-0.99, 0.99, 23):
        for part in reference.nondifferentiable_jsd(float(theta)):
            assert part.sum().item() == pytest.approx(1) and part.min() >= 0


def test_why_wasserstein_statement_by_statement():
    _, _, near, w_near = reference.parallel_lines(0.1)
    _, _, far, w_far = reference.parallel_lines(0.9)
    _, _, at_zero, w_zero = reference.parallel_lines(0.0)
    assert near == far  # A, G: constant, so its derivative is 0 and it does not tell near from far
    assert (w_far - w_near) / 0.8 == pytest.approx(1)  # B
    assert math.isfinite(near)  # not C
    assert (
        reference.parallel_lines(1e-9)[3] == pytest.approx(w_zero, abs=1e-8)
        and near - at_zero > 0.6
    )  # D
    assert w_far > math.log(2)  # not E
    assert at_zero == 0  # not F
    assert reference.why_wasserstein == set("ABDG")
