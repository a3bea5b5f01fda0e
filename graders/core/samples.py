"""What noise has to be, seen at home: its mean, spread and tails, and fresh in every entry.

A failure says how far off, or along which axis the noise is shared.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from graders.core import expect
from graders.core.fixtures import as_samples
from graders.core.language import say
from graders.core.noise import CENTRE, NO_NOISE, SCALE, SHAPE, Flaw, flaw, of_every
from graders.core.verdict import Failure

# In standard errors: a right sampler is failed once in 10^10 calls.
SIGMAS = 6.5
FALSE_FAIL = 1e-9
BEYOND_TWO = 0.0455


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
    centre, spread = torch.tensor(mean, dtype=codes.dtype), torch.tensor(std, dtype=codes.dtype)
    _gaussian(codes, centre, spread, flaw(codes, centre, spread, axes), subject)


def of_some_spread(codes: torch.Tensor, *, axes: Sequence[str], subject: str) -> None:
    """Checks that `codes` (..., K) are independent Gaussian noise around 0, of any spread in each
    dimension.
    """
    expect.finite(codes, subject=subject)
    spread = codes.square().flatten(0, -2).mean(0).sqrt().clamp_min(1e-12)
    centre = torch.zeros_like(spread)
    found = flaw(codes, centre, spread, axes, any_scale=True)
    _gaussian(codes, centre, spread, found, subject)


def _gaussian(
    codes: torch.Tensor, mean: torch.Tensor, std: torch.Tensor, found: Flaw | None, subject: str
) -> None:
    _not_shared((codes - mean) / std, found, subject)
    for k, (centre, spread) in enumerate(zip(mean.tolist(), std.tolist())):
        values = codes[..., k].flatten()
        error = SIGMAS * spread / len(values) ** 0.5
        which = f"dimension {k}"
        where = say("dimension {number} of {subject}", number=k, subject=subject)
        got = (values.std(), f"the spread of {which}"), (values.mean(), f"the mean of {which}")
        _near(got[0], spread, error, say("the spread of {subject}", subject=where), found, SCALE)
        _near(got[1], centre, error, say("the mean of {subject}", subject=where), found, CENTRE)
    _gaussian_tails((codes - mean) / std, found, subject)


def of_mean(
    values: torch.Tensor,
    wanted: float,
    *,
    subject: str,
    inputs: str = "",
    mistakes: Sequence[tuple[float, str]] = (),
) -> None:
    """Checks that independent values (N,) have this mean, up to their own spread.

    mistakes: other means, with their hints. Values without any spread have to be right.
    """
    expect.finite(values, subject=subject, inputs=inputs)
    values = values.detach().double()
    error = SIGMAS * float(values.std()) / len(values) ** 0.5
    expect.close(
        values.mean(), wanted, subject=say("the mean of {subject}", subject=subject),
        inputs=inputs, atol=error + 1e-9, mistakes=mistakes,
    )  # fmt: skip


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
        detail=say(
            "the decoder got {seen} codes, wanted {samples} for each of {examples} examples",
            seen=seen,
            samples=samples,
            examples=examples,
        ),
        got=seen,
        wanted=samples * examples,
    )
    return layouts[0]


def _not_shared(noise: torch.Tensor, found: Flaw | None, subject: str) -> None:
    if found and found.kind == "none":
        detail = say("all codes are equal to their mean")
        raise Failure("no noise", subject, detail, got="no noise", hint=NO_NOISE)
    values = noise.flatten()
    distinct = int((values.to(torch.float32).sort().values.diff() > 0).sum()) + 1
    if distinct >= 0.98 * len(values):
        return
    detail = say(
        "{number} entries have {distinct} different values of noise",
        number=len(values),
        distinct=distinct,
    )
    if found and found.axes:
        detail = say("the noise is the same for {axes}", axes=of_every(found.axes))
    cut = found is not None and found.kind in ("cut off", "few values")
    raise Failure(
        "noise of another law" if cut else "shared noise",
        subject,
        detail,
        got=found.kind if found else "shared noise",
        hint=found.hint if found else "",
    )


def _near(
    found_value: tuple[torch.Tensor, str],
    wanted: float,
    error: float,
    subject: str,
    found: Flaw | None,
    hint: str,
) -> None:
    got, name = found_value
    if not abs(float(got) - wanted) <= error:
        raise Failure(
            "noise of another law",
            subject,
            say(
                "got {got:.3g}, wanted {wanted:.3g} up to {error:.1g}",
                got=float(got),
                wanted=wanted,
                error=error,
            ),
            got=f"{found.kind if found else 'another law'}: {name}",
            hint=found.hint if found else hint,
        )


def _gaussian_tails(noise: torch.Tensor, found: Flaw | None, subject: str) -> None:
    """About one value in 22 of a Gaussian lies beyond two standard deviations."""
    values = noise.flatten().abs()
    share, n = float((values > 2).double().mean()), values.numel()
    error = SIGMAS * (BEYOND_TWO * (1 - BEYOND_TWO) / n) ** 0.5
    if abs(share - BEYOND_TWO) > error:
        raise Failure(
            "noise of another law",
            subject,
            say(
                "{share:.1%} of the values lie beyond two standard deviations, wanted"
                " {beyond_two:.1%} up to {error:.1%}",
                share=share,
                beyond_two=BEYOND_TWO,
                error=error,
            ),
            got="other tails",
            hint=found.hint if found else SHAPE,
        )
