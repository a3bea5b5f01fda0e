"""The words about noise, against scipy.stats: the limits that bound false fails, and that wrong
noise is told.
"""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from graders.core.noise import CENTRE, MEAN, flaw
from graders.core.verdict import Failure
from graders.hidden import _noise


@pytest.mark.parametrize("alpha", [0.3, 1e-3, 1e-10])
@pytest.mark.parametrize("n", [20, 4000])
def test_limits_are_the_quantiles_of_the_tests_that_are_named(alpha, n, monkeypatch):
    seen = []
    monkeypatch.setattr(_noise.expect, "true", lambda holds, *_, detail, **__: seen.append(detail))
    _noise._mean(torch.zeros(n, dtype=torch.float64), alpha, "eps")
    _noise._variance(torch.zeros(n, dtype=torch.float64), alpha, "eps")
    low, high = stats.chi2.ppf(alpha / 2, n) / n, stats.chi2.isf(alpha / 2, n) / n
    assert (
        f"within {stats.norm.isf(alpha / 2) / math.sqrt(n):.4f}" in seen[0]
        and f"{low:.4f} to {high:.4f}" in seen[1]
    )
    assert _noise.t_quantile(alpha, n) == pytest.approx(stats.t.isf(alpha, n))


@pytest.mark.parametrize("law", [stats.norm, stats.t(3), stats.uniform(-1, 2)])
def test_the_distance_is_kolmogorovs(law):
    values = np.random.default_rng(1).normal(size=200)
    assert _noise.kolmogorov_distance(values, law.cdf) == pytest.approx(
        stats.ks_1samp(values, law.cdf).statistic
    )


def draws(kind, n=(4, 140, 100)):
    torch.manual_seed(0)
    eps = torch.randn(n, dtype=torch.float64)
    return {
        "normal": eps,
        "shifted": eps + 0.06,
        "narrow": eps * 0.94,
        "uniform": (torch.rand(n, dtype=torch.float64) - 0.5) * math.sqrt(12),
        "clipped": eps.clamp(max=3),
        "logistic": torch.special.ndtr(eps).logit() * math.sqrt(3) / math.pi,
        "sizes shared": eps[:1].abs().expand(n) * eps.sign(),
        "examples exchanged": torch.cat([eps[:2], eps[:2].flip(1)]),
        "shared by calls": eps[:1].expand(n),
        "used twice": torch.cat([eps[..., :50], eps[..., :50]], -1),
    }[kind]


def test_normal_noise_passes():
    _noise.standard_normal(draws("normal"), _noise.noise_law(_noise.ENOUGH), subject="eps")


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("shifted", "the noise does not have mean 0"),
        ("narrow", "the noise does not have variance 1"),
        ("uniform", "the noise is cut off, or its extremes are too large"),
        ("clipped", "the noise is cut off, or its extremes are too large"),
        ("logistic", "the tails of the noise are not those of a normal distribution"),
        ("sizes shared", "noise that is shared or reused"),
        ("examples exchanged", "noise that is shared or reused"),
        ("shared by calls", "noise that is shared or reused"),
        ("used twice", "noise that is shared or reused"),
    ],
)
def test_wrong_noise_is_told(kind, problem):
    with pytest.raises(Failure) as caught:
        _noise.standard_normal(draws(kind), _noise.noise_law(_noise.ENOUGH), subject="eps")
    assert caught.value.problem == problem


def test_other_scales_pass_where_the_scale_is_free_and_other_laws_do_not():
    law = _noise.noise_law(_noise.ENOUGH)
    _noise.normal_of_some_scale(0.3 * draws("normal"), law, subject="z")
    for kind in ("shifted", "uniform", "clipped", "logistic", "shared by calls"):
        with pytest.raises(Failure):
            _noise.normal_of_some_scale(0.3 * draws(kind), law, subject="z")


def test_the_law_states_its_power():
    assert max(chance for _, chance in _noise.noise_law(_noise.ENOUGH).misses) < 1e-6
    assert dict(_noise.noise_law(5_000).misses)["mean 0.05"] > 0.5


@pytest.mark.parametrize(("mean", "hint"), [(1.5, CENTRE), (0.0, MEAN)])
def test_around_one_value_another_centre_is_not_told_as_noise_of_another_mean(mean, hint):
    eps = torch.randn(4000, 3, generator=torch.Generator().manual_seed(1)).double()
    mean = torch.tensor(mean)
    found = flaw((mean + eps) * 2 + 0.5, mean, torch.tensor(2.0), ("example", "dimension"))
    assert found.hint == hint
