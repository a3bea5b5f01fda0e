"""The law of noise as a check word, with exact finite-sample error bounds.

Under the null hypothesis (independent standard normal entries) each test below has the false-fail
probability that it is given, by an exact distribution or a bound that holds for every n; the union
bound adds them up to that of the Law.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from scipy import special

from graders.core import expect
from graders.core.exercise import Law

TESTS = (
    "z-test of the mean, chi-square test of the variance, Kolmogorov-Smirnov with the DKW bound,"
    " t-test of every pairwise correlation"
)


def noise_law(n: int, false_fail: float = 1e-9) -> Law:
    """The Law of `standard_normal` for n values."""
    return Law(TESTS, n, false_fail)


def spread(right) -> float:
    """What the reference's `reparameterize` multiplies its noise with: 1, or the coefficient of the
    stand-in that is in its place.
    """
    zero = torch.zeros(64, dtype=torch.float64)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        z = right.reparameterize(zero, zero)
        torch.manual_seed(0)
        return float((z / torch.randn_like(zero)).mean())


def standard_normal(eps: torch.Tensor, law: Law, *, subject: str) -> None:
    """Checks that the entries of eps look standard normal and independent along every axis.

    Slices along each axis (calls, samples, examples, dimensions) are compared in pairs: noise that
    is shared, or not fresh, correlates perfectly.
    """
    eps = eps.detach().to(torch.float64)
    expect.true(
        eps.numel() == law.n,
        "too few random values",
        subject=subject,
        detail=f"got {eps.numel()} values, wanted {law.n}",
    )
    expect.finite(eps, subject=subject)
    axes = [axis for axis in range(eps.ndim) if eps.shape[axis] > 1]
    alpha = law.false_fail / (3 + len(axes))
    _mean(eps, alpha, subject)
    _variance(eps, alpha, subject)
    _distribution(eps, alpha, subject)
    for axis in axes:
        uncorrelated(eps.movedim(axis, 0).flatten(1), alpha, subject=subject)


def _mean(eps: torch.Tensor, alpha: float, subject: str) -> None:
    n, mean = eps.numel(), eps.mean().item()
    limit = -special.ndtri(alpha / 2) / math.sqrt(n)
    detail = (
        f"the noise has mean {mean:.4f}, wanted 0 within {limit:.4f} (n = {n}, false fail"
        f" {alpha:.1e})"
    )
    expect.true(
        abs(mean) <= limit,
        "the noise does not have mean 0",
        subject=subject,
        detail=detail,
        got=torch.tensor(mean, dtype=torch.float64),
    )


def _variance(eps: torch.Tensor, alpha: float, subject: str) -> None:
    n, total = eps.numel(), eps.square().sum().item()
    low, high = 2 * special.gammaincinv(n / 2, alpha / 2), special.chdtri(n, alpha / 2)
    detail = (
        f"the noise has variance {total / n:.4f}, wanted {low / n:.4f} to {high / n:.4f} (n = {n},"
        f" false fail {alpha:.1e})"
    )
    expect.true(
        low <= total <= high,
        "the noise does not have variance 1",
        subject=subject,
        detail=detail,
        got=torch.tensor(total, dtype=torch.float64),
    )


def _distribution(eps: torch.Tensor, alpha: float, subject: str) -> None:
    follows(eps, special.ndtr, alpha, subject=subject)


def follows(
    values: torch.Tensor, cdf: Callable[[np.ndarray], np.ndarray], alpha: float, *, subject: str
) -> None:
    """Checks that independent values follow the continuous law with this distribution function."""
    n = values.numel()
    distance, limit = kolmogorov_distance(values.flatten().numpy(), cdf), dkw_limit(n, alpha)
    detail = (
        f"the distribution of the noise is {distance:.4f} from the wanted one, at most {limit:.4f}"
        f" is chance (n = {n}, false fail {alpha:.1e})"
    )
    expect.true(
        distance <= limit,
        "the noise does not have the right distribution",
        subject=subject,
        detail=detail,
        got=torch.tensor(distance, dtype=torch.float64),
    )


def kolmogorov_distance(values: np.ndarray, cdf: Callable[[np.ndarray], np.ndarray]) -> float:
    """The largest distance between the empirical distribution of the values and a continuous one.

    Written out: scipy.stats has it, and takes longer to load than a submission takes to be graded.
    """
    n, at = len(values), cdf(np.sort(values))
    return float(max((np.arange(1, n + 1) / n - at).max(), (at - np.arange(n) / n).max()))


def dkw_limit(n: int, alpha: float) -> float:
    """The distance between n draws' empirical distribution and the true one, exceeded with
    probability at most alpha.

    Dvoretzky-Kiefer-Wolfowitz with Massart's constant: P(D > d) <= 2 exp(-2 n d^2), for every n.
    """
    return math.sqrt(math.log(2 / alpha) / (2 * n))


def t_quantile(tail: float, freedom: int) -> float:
    """What a t distributed value with so many degrees of freedom exceeds with this probability."""
    return -float(special.stdtrit(freedom, tail))


def uncorrelated(rows: torch.Tensor, alpha: float, *, subject: str) -> None:
    """Checks that no two rows correlate: r sqrt((n - 2) / (1 - r^2)) is t distributed for
    independent normal rows.
    """
    count, n = rows.shape
    centred = rows - rows.mean(1, keepdim=True)
    r = (
        torch.corrcoef(rows)
        if (centred.norm(dim=1) > 0).all()
        else torch.ones(count, count, dtype=torch.float64)
    )
    worst = r.tril(-1).abs().max().item()
    t = t_quantile(alpha / (count * (count - 1)), n - 2)
    limit = t / math.sqrt(n - 2 + t * t)
    detail = (
        f"values that should be independent correlate by {worst:.3f}, wanted at most {limit:.3f}"
        f" ({count} series of {n}, false fail {alpha:.1e})"
    )
    expect.true(
        worst <= limit,
        "noise that is shared or reused",
        subject=subject,
        detail=detail,
        got=torch.tensor(worst, dtype=torch.float64),
    )
