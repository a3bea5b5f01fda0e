"""What noise has to be, seen at home: its mean, spread and tails, and fresh in every entry.

A failure says how far off, or along which axis the noise is shared.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from graders.core import expect
from graders.core.fixtures import as_samples
from graders.core.verdict import Failure

# In standard errors: a right sampler is failed once in 10^10 calls.
SIGMAS = 6.5
FALSE_FAIL = 1e-9
BEYOND_TWO = 0.0455
SHARED = "Every entry has noise of its own. Which shape has the noise that you draw?"
NO_NOISE = "There is no noise in your codes."
VARIANCE = "The noise is scaled by something else than the standard deviation: see what logvar is."
CENTRE = "Around which value does this distribution lie?"
TAILS = "Mean and spread are right and the shape is not: which distribution does your noise have?"


def of_gaussian(
    codes: torch.Tensor,
    mean: Sequence[float],
    std: Sequence[float],
    *,
    axes: Sequence[str],
    subject: str,
) -> None:
    """Checks that the entries of `codes` (..., K) are independent draws of N(mean, std^2).

    axes: a word for each axis, for the message. mean, std: one number for each of the K dimensions.
    """
    expect.finite(codes, subject=subject)
    noise = (codes - torch.tensor(mean, dtype=codes.dtype)) / torch.tensor(std, dtype=codes.dtype)
    _not_shared(codes, axes, subject)
    for k, (centre, spread) in enumerate(zip(mean, std)):
        values = codes[..., k].flatten()
        error = SIGMAS * spread / len(values) ** 0.5
        _near(values.std(), spread, error, f"the spread of dimension {k} of {subject}", VARIANCE)
        _near(values.mean(), centre, error, f"the mean of dimension {k} of {subject}", CENTRE)
    _gaussian_tails(noise, subject)


def of_some_spread(codes: torch.Tensor, *, axes: Sequence[str], subject: str) -> None:
    """Checks that `codes` (..., K) are independent Gaussian noise around 0, of any spread in each
    dimension.
    """
    expect.finite(codes, subject=subject)
    flat = codes.flatten(0, -2)
    _not_shared(codes, axes, subject)
    spread = flat.std(0)
    of_gaussian(codes, [0.0] * flat.shape[1], spread.tolist(), axes=axes, subject=subject)


def recorded(
    calls: list[torch.Tensor], samples: int, examples: int, dimension: int, *, subject: str
) -> torch.Tensor:
    """The codes that a recording decoder was called with, `(samples, examples, dimension)`."""
    layouts = as_samples(calls, samples, examples, dimension)
    seen = sum(call.numel() // dimension for call in calls if call.shape[-1:] == (dimension,))
    expect.true(
        bool(layouts),
        "another number of codes",
        subject=subject,
        detail=f"the decoder got {seen} codes, wanted {samples} for each of {examples} examples",
        got=seen,
        wanted=samples * examples,
    )
    return layouts[0]


def _not_shared(codes: torch.Tensor, axes: Sequence[str], subject: str) -> None:
    if codes.flatten(0, -2).std(0).max() < 1e-9:
        raise Failure("no noise", subject, "all codes are equal", got=codes[:1], hint=NO_NOISE)
    centred = codes - codes.flatten(0, -2).mean(0)
    scaled = centred / centred.flatten(0, -2).std(0).clamp_min(1e-12)
    for axis, word in enumerate(axes):
        if codes.shape[axis] > 1 and (scaled.diff(dim=axis).abs() < 1e-9).all():
            raise Failure(
                "shared noise",
                subject,
                f"the noise is the same for every {word}",
                got=f"shared over every {word}",
                hint=SHARED,
            )
    values = scaled.flatten()
    distinct = int((values.to(torch.float32).sort().values.diff() > 0).sum()) + 1
    if distinct < 0.98 * len(values):
        raise Failure(
            "shared noise",
            subject,
            f"{len(values)} entries have {distinct} different values of noise",
            got="shared noise",
            hint=SHARED,
        )


def _near(got: torch.Tensor, wanted: float, error: float, subject: str, hint: str) -> None:
    if not abs(float(got) - wanted) <= error:
        raise Failure(
            "noise of another law",
            subject,
            f"got {float(got):.3g}, wanted {wanted:.3g} up to {error:.1g}",
            got=f"another law: {subject}",
            hint=hint,
        )


def _gaussian_tails(noise: torch.Tensor, subject: str) -> None:
    """About one value in 22 of a Gaussian lies beyond two standard deviations."""
    values = noise.flatten().abs()
    share, n = float((values > 2).double().mean()), values.numel()
    error = SIGMAS * (BEYOND_TWO * (1 - BEYOND_TWO) / n) ** 0.5
    if abs(share - BEYOND_TWO) > error:
        raise Failure(
            "noise of another law",
            subject,
            f"{share:.1%} of the values lie beyond two standard deviations, wanted"
            f" {BEYOND_TWO:.1%} up to {error:.1%}",
            got="other tails",
            hint=TAILS,
        )
