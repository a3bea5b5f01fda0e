"""The law of noise as a check word, with exact finite-sample error bounds.

Under the null hypothesis (independent standard normal entries) each test below has the false-fail
probability that it is given, by an exact distribution or a bound that holds for every n; the union
bound adds them up to that of the Law.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from scipy import special

from graders.core import expect
from graders.core.exercise import Law
from graders.core.noise import flaw
from graders.core.verdict import Failure

TESTS = (
    "t-test of every pairwise correlation of values and of sizes, repeated runs of six values,"
    " z-test of the mean, chi-square test of the variance, extremes, binomial tests of the tails,"
    " Kolmogorov-Smirnov with the DKW bound"
)
# Beyond these the tails are counted.
TAILS = (1.5, 2.5, 3.5)
RUN = 6
AXES = ("call", "sample", "example", "dimension")
# How many values tell a mean of 0.05 and a scale of 0.95 with probability 1 - 1e-6.
ENOUGH = 56_000


def noise_law(n: int, false_fail: float = 1e-9) -> Law:
    """The Law of `standard_normal` for n values, with its power against kinds of wrong noise."""
    return Law(TESTS, n, false_fail, tuple(misses(n, false_fail).items()))


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


def standard_normal(
    eps: torch.Tensor,
    law: Law,
    *,
    subject: str,
    axes: Sequence[str] = AXES,
    mean: Any = 0.0,
    std: Any = 1.0,
) -> None:
    """Checks that the entries of eps look standard normal and independent along every axis.

    Slices along each axis are compared in pairs: noise that is shared, or not fresh, correlates
    perfectly. axes: the words for the first axis of eps and for its last ones; none, where eps is
    no noise that somebody drew. mean, std: what was taken off and divided by to get eps; what is
    wrong with the noise shows in how it follows them.
    """
    eps = eps.detach().to(torch.float64)
    with _told(eps, axes, mean, std):
        _standard_normal(eps, law, subject)


# The problem that is told where noise is wrong in this way; else it is that of the test it fails.
KINDS = {
    "none": "no noise",
    "centre": "the noise does not have mean 0",
    "mean": "the noise does not have mean 0",
    "positive": "the noise does not have mean 0",
    "scale": "the noise does not have variance 1",
    "spread": "the noise does not have variance 1",
}


@contextmanager
def _told(
    eps: torch.Tensor, axes: Sequence[str], mean: Any, std: Any, *, any_scale: bool = False
) -> Iterator[None]:
    """What is wrong with the noise, told with the failure that shows that something is."""
    try:
        yield
    except Failure as failure:
        if not axes:
            raise
        mean, std = (torch.as_tensor(part).detach().to(torch.float64) for part in (mean, std))
        words = [axes[0], *axes[1 - eps.ndim :]]
        found = flaw(eps * std + mean, mean, std, words, any_scale=any_scale)
        if found:
            failure.hint = found.hint
            failure.problem = KINDS.get(found.kind, failure.problem)
            failure.got = (found.kind, failure.got)
        raise


def _standard_normal(eps: torch.Tensor, law: Law, subject: str) -> None:
    expect.true(
        eps.numel() == law.n,
        "too few random values",
        subject=subject,
        detail=f"got {eps.numel()} values, wanted {law.n}",
    )
    expect.finite(eps, subject=subject)
    expect.true(
        bool((eps.abs() > 1e-6).any()),
        "no noise",
        subject=subject,
        detail="every value of the noise is 0",
        got=0,
    )
    alpha = law.false_fail / (2 * eps.ndim + 6 + len(TAILS))
    independent(eps, alpha, subject)
    independent(_sizes(eps), alpha, subject)
    _runs(eps, subject)
    _mean(eps, alpha, subject)
    _variance(eps, alpha, subject)
    _shape(eps, alpha, subject)


def normal_of_some_scale(z: torch.Tensor, law: Law, *, subject: str) -> None:
    """Checks that the entries of z look normal with mean 0 and one unknown variance, and
    independent along every axis.

    The scale lies in an interval with a known probability; each test allows for all of it.
    """
    z = z.detach().to(torch.float64)
    scale = z.square().mean().sqrt().clamp_min(1e-12)
    with _told(z / scale, AXES, 0.0, 1.0, any_scale=True):
        _normal_of_some_scale(z, law, subject)


def _normal_of_some_scale(z: torch.Tensor, law: Law, subject: str) -> None:
    expect.finite(z, subject=subject)
    n, alpha = z.numel(), law.false_fail / (z.ndim + 7 + len(TAILS))
    independent(z, alpha, subject)
    _runs(z, subject)
    t, limit = math.sqrt(n) * (z.mean() / z.std().clamp_min(1e-300)), t_quantile(alpha / 2, n - 1)
    detail = f"the mean of z is {t:.1f} standard errors from 0, wanted at most {limit:.1f}"
    expect.true(
        abs(t) <= limit, "the noise does not have mean 0", subject=subject, detail=detail, got=t
    )
    total = z.square().sum().item()
    low, high = 2 * special.gammaincinv(n / 2, alpha / 2), special.chdtri(n, alpha / 2)
    _shape(z, alpha, subject, (math.sqrt(total / high), math.sqrt(total / low)))


def misses(n: int, false_fail: float = 1e-9) -> dict[str, float]:
    """How likely n values of each kind of wrong noise pass, by normal approximations."""
    alpha = false_fail / (8 + 6 + len(TAILS))
    z = -special.ndtri(alpha / 2)
    smallest = -special.ndtri(-np.expm1(math.log(alpha) / n))
    tails = {
        "Laplace": [math.exp(-math.sqrt(2) * cut) for cut in TAILS],
        "uniform": [max(0.0, 1 - cut / math.sqrt(3)) for cut in TAILS],
        "logistic": [2 * special.expit(-cut * math.pi / math.sqrt(3)) for cut in TAILS],
    }
    return {
        "mean 0.05": float(special.ndtr(z - 0.05 * math.sqrt(n))),
        "scale 0.95": float(special.ndtr((z - 0.0975 * math.sqrt(n / 2)) / 0.9025)),
        "clipped or redrawn at 2": float(smallest <= 2),
        "clipped or redrawn at 2.5": float(smallest <= 2.5),
        **{name: _missed_by_tails(n, z, chances) for name, chances in tails.items()},
        "shared or reused": 0.0,
    }


def _missed_by_tails(n: int, z: float, chances: list[float]) -> float:
    """The probability that no count of the tails is out of bounds, for these true chances."""
    best = 1.0
    for cut, chance in zip(TAILS, chances, strict=True):
        usual = 2 * special.ndtr(-cut)
        room = z * math.sqrt(n * usual) + z * z
        many, few = n * usual + room, n * usual - room
        caught = 1 - special.bdtr(min(many, n), n, chance) if chance > 0 else 0.0
        caught = max(caught, special.bdtr(max(few, 0), n, chance) if few > 0 else 0.0)
        best = min(best, 1 - float(caught))
    return best


def independent(eps: torch.Tensor, alpha: float, subject: str) -> None:
    """Checks that slices along every axis do not correlate."""
    for axis in range(eps.ndim):
        rows = eps.movedim(axis, 0).flatten(1)
        if rows.shape[0] > 1 and rows.shape[1] > 8:
            uncorrelated(rows, alpha, subject=subject)


def _sizes(eps: torch.Tensor) -> torch.Tensor:
    """The sizes of standard normal values, stretched to be standard normal again: they may be
    shared where the signs are not.
    """
    chance = (2 * special.ndtr(-eps.abs().numpy())).clip(1e-300, 1 - 1e-16)
    return torch.from_numpy(-special.ndtri(chance))


def _runs(eps: torch.Tensor, subject: str) -> None:
    """Checks that no run of values along the last axis occurs twice, whatever its signs. Of
    continuous noise, also in float32, none ever does.
    """
    if eps.shape[-1] < RUN:
        return
    runs = eps.abs().mul(1e7).round().unfold(-1, RUN, 1).reshape(-1, RUN)
    keys = runs @ torch.tensor([1.0, 1.37, 1.71, 2.13, 2.59, 3.01], dtype=torch.float64)
    order = keys.argsort()
    again = (runs[order][1:] == runs[order][:-1]).all(-1)
    expect.true(
        not again.any(),
        "noise that is shared or reused",
        subject=subject,
        detail=f"{int(again.sum())} runs of {RUN} values occur more than once",
        got=again.sum(),
    )


def _shape(
    eps: torch.Tensor, alpha: float, subject: str, scale: tuple[float, float] = (1.0, 1.0)
) -> None:
    """Checks the extremes, the tails and the distribution, for some scale in an interval."""
    _extremes(eps, alpha, subject, scale)
    _tails(eps, alpha, subject, scale)
    middle = math.sqrt(scale[0] * scale[1])
    # Two normal distributions whose scales differ by a factor f are at most log(f) / 4 apart.
    follows(
        eps / middle, special.ndtr, alpha, subject=subject,
        slack=math.log(scale[1] / scale[0]) / 8,
    )  # fmt: skip


def _extremes(eps: torch.Tensor, alpha: float, subject: str, scale: tuple[float, float]) -> None:
    n = eps.numel()
    least = -special.ndtri(-np.expm1(math.log(alpha) / n)) * scale[0]
    most = -special.ndtri(alpha / (2 * n)) * scale[1]
    top, bottom = eps.max().item(), -eps.min().item()
    detail = (
        f"of {n} values the largest is {top:.3f} and the smallest {-bottom:.3f}, wanted sizes from"
        f" {least:.3f} to {most:.3f} (false fail {3 * alpha:.1e})"
    )
    expect.true(
        least <= min(top, bottom) and max(top, bottom) <= most,
        "the noise is cut off, or its extremes are too large",
        subject=subject,
        detail=detail,
        got=torch.tensor([top, bottom], dtype=torch.float64),
    )


def _tails(eps: torch.Tensor, alpha: float, subject: str, scale: tuple[float, float]) -> None:
    n, sizes = eps.numel(), eps.abs()
    for cut in TAILS:
        chance = 2 * special.ndtr(-cut)
        sure, possible = (int((sizes > cut * s).sum()) for s in (scale[1], scale[0]))
        many = special.bdtrc(sure - 1, n, chance) if sure else 1.0
        few = special.bdtr(possible, n, chance)
        expect.true(
            min(many, few) > alpha / 2,
            "the tails of the noise are not those of a normal distribution",
            subject=subject,
            detail=(
                f"{possible} of {n} values lie beyond {cut}, wanted about {n * chance:.0f}"
                f" (false fail {alpha:.1e})"
            ),
            got=torch.tensor(float(possible), dtype=torch.float64),
        )


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


def follows(
    values: torch.Tensor,
    cdf: Callable[[np.ndarray], np.ndarray],
    alpha: float,
    *,
    subject: str,
    slack: float = 0.0,
) -> None:
    """Checks that independent values follow the continuous law with this distribution function, up
    to a distance of `slack`.
    """
    n = values.numel()
    distance, limit = (
        kolmogorov_distance(values.flatten().numpy(), cdf),
        dkw_limit(n, alpha) + slack,
    )
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
