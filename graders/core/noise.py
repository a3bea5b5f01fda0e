"""What is wrong with noise, told from its values: shared, off its centre, of another scale, of
another shape. Whoever draws it, and from which generator, makes no difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from graders.core.language import listed, say, to_say

# In standard errors: what is told has to be beyond doubt.
SURE = 8.0
NO_NOISE = to_say("There is no noise where this exercise asks for it.")
EVERY_CALL = to_say("Every call draws the same noise. What makes the generator start anew?")
ONE_NUMBER = to_say(
    "One number is drawn and used for every entry: which shape has the noise that you draw?"
)
SHARED = to_say("The same noise is used for {axes}: which shape has the noise that you draw?")
AGAIN = to_say(
    "Some noise is used more than once, perhaps with another sign. Every entry has its own."
)
MIXED = to_say("Your codes lie around those of other examples: in which order do they come back?")
CENTRE = to_say("Around which value does this distribution lie? Yours lies around another one.")
SCALE = to_say(
    "The noise is scaled by something else than the standard deviation: see what logvar is."
)
SPREAD = to_say("Your noise is normal, but of another spread: what is it multiplied with?")
FOLLOWS = to_say("The spread of your noise changes with its centre: what should it depend on?")
POSITIVE = to_say("Your noise is never negative. Which law should it have?")
MEAN = to_say("Your noise does not have mean 0. Which law should it have?")
FLAT = to_say("Your noise is uniform, not normal.")
FEW = to_say("Your noise takes few different values: it is not normal.")
CUT = to_say("Your noise is cut off: a normal distribution has no largest value.")
SHAPE = to_say("Your noise is not normal. Which distribution does it have?")


@dataclass(frozen=True)
class Flaw:
    """A way in which noise is wrong, and the hint for it."""

    kind: str
    hint: str
    axes: tuple[str, ...] = ()


# The words for axes that checks use.
EVERY = (
    to_say("every call"), to_say("every example"), to_say("every dimension"),
    to_say("every sample"), to_say("every image"), to_say("every coordinate"),
    to_say("every leading index"),
)  # fmt: skip


def flaw(
    codes: torch.Tensor,
    mean: torch.Tensor,
    std: torch.Tensor,
    axes: Sequence[str],
    *,
    any_scale: bool = False,
) -> Flaw | None:
    """What is wrong with codes that should be independent draws of N(mean, std^2); None where
    nothing is plain.

    codes: any shape; mean and std broadcast to it. axes: a word for each axis ("call", "sample",
    "example", "dimension"). any_scale: the scale of the noise is free.
    """
    codes, mean, std = (part.detach().to(torch.float64) for part in (codes, mean, std))
    noise = (codes - mean) / std
    if not noise.isfinite().all():
        return None
    if noise.abs().max() < 1e-6:
        return Flaw("none", NO_NOISE)
    logs = std.log().expand_as(noise)
    shared = _shared(noise, axes)
    if shared and any_scale and {"call", "example"} <= set(shared.axes):
        return Flaw("none", NO_NOISE)
    if shared:
        return shared
    for centre, sort in ((mean, SCALE), (torch.zeros_like(mean), CENTRE)):
        shared = _shared(codes - centre, axes, logs)
        if shared:
            return Flaw(f"{shared.kind}, off", f"{shared.hint} {sort}")
    found = _repeated(noise)
    if not found and not any_scale:
        found = _off(noise, mean.expand_as(noise), logs)
        if found and found.kind == "centre" and _mixed(codes, mean, std, axes):
            return Flaw("mixed", MIXED)
    return found or _law(noise, mean, any_scale)


def _mixed(codes: torch.Tensor, mean: torch.Tensor, std: torch.Tensor, axes: Sequence[str]) -> bool:
    """Whether the codes fit where samples and examples are taken in the other order."""
    if codes.ndim < 3 or "sample" not in axes:
        return False
    *rest, samples, examples, size = codes.shape
    turned = codes.reshape(*rest, examples, samples, size).transpose(-3, -2)
    back = codes.transpose(-3, -2).reshape(codes.shape)
    where = mean.expand_as(codes), std.log().expand_as(codes)
    return any(not _off((other - mean) / std, *where) for other in (turned, back))


def of_every(axes: Sequence[str]) -> str:
    """Axes by their words, as they stand in a sentence."""
    return listed(say(f"every {word}") for word in axes)


def _shared(
    noise: torch.Tensor, axes: Sequence[str], logs: torch.Tensor | None = None
) -> Flaw | None:
    """Axes along which all noise is the same, up to a power of the standard deviation if `logs` has
    its logarithm.
    """
    found = [
        word for axis, word in enumerate(axes) if noise.shape[axis] > 1 and _same(noise, axis, logs)
    ]
    long = [word for axis, word in enumerate(axes) if noise.shape[axis] > 1]
    if not found:
        return None
    if found == long and noise.ndim > 1:
        return Flaw("one number", ONE_NUMBER, tuple(found))
    if found == ["call"]:
        return Flaw("every call", EVERY_CALL)
    words = [word for word in found if word != "call"]
    return Flaw(
        f"shared: {', '.join(found)}",
        say(SHARED, axes=of_every(words)),
        tuple(found),
    )


def _same(noise: torch.Tensor, axis: int, logs: torch.Tensor | None) -> bool:
    if logs is None:
        return bool(noise.diff(dim=axis).abs().max() < 1e-5 * noise.abs().max())
    sizes, steps = noise.abs().clamp_min(1e-300).log().diff(dim=axis), logs.diff(dim=axis)
    if not (noise.sign().diff(dim=axis) == 0).all() or steps.abs().max() < 1e-9:
        return False
    power = (sizes * steps).sum() / steps.square().sum()
    return bool((sizes - power * steps).abs().max() < 1e-4)


def _repeated(noise: torch.Tensor) -> Flaw | None:
    """Values that occur more than once: noise used twice, cut off, or of few values."""
    sizes = noise.flatten().abs().sort().values
    again = sizes.diff() <= 1e-9 * sizes[1:]
    n = len(sizes)
    if int(again.sum()) < 0.01 * n:
        return None
    if int((~again).sum()) < 0.01 * n:
        return Flaw("few values", FEW)
    ends = (sizes >= sizes[-1] * (1 - 1e-9)) | (sizes <= sizes[0] * (1 + 1e-9))
    at_ends = int(ends.sum()) - 2
    return Flaw("cut off", CUT) if at_ends > 0.9 * int(again.sum()) else Flaw("again", AGAIN)


def _off(noise: torch.Tensor, mean: torch.Tensor, logs: torch.Tensor) -> Flaw | None:
    """Noise that follows the mean or the standard deviation: the formula around it is wrong."""
    varies = mean.std() > 1e-6 if mean.numel() > 1 else False
    if varies and _slope(noise, (mean - mean.mean()) / logs.exp()) > SURE:
        return Flaw("centre", CENTRE)
    if logs.std() > 1e-6:
        sizes = noise.abs().clamp_min(1e-12).log()
        if _slope(sizes, logs) > SURE:
            return Flaw("scale", SCALE)
    if varies and _slope(noise.abs().clamp_min(1e-12).log(), mean) > SURE:
        return Flaw("follows the centre", FOLLOWS)
    return None


def _slope(values: torch.Tensor, along: torch.Tensor) -> float:
    """How many standard errors the slope of values along others is from 0."""
    x, y = (part.flatten() - part.mean() for part in (along, values))
    total = x.square().sum()
    slope = (x * y).sum() / total
    rest = (y - slope * x).square().mean() / total
    return float(slope.abs() / rest.sqrt().clamp_min(1e-300))


def _law(noise: torch.Tensor, mean: torch.Tensor, any_scale: bool) -> Flaw | None:
    """Independent noise of another mean, spread or shape."""
    values = noise.flatten()
    n, spread = len(values), values.std()
    centred = (values - values.mean()) / spread
    kurtosis = float(centred.pow(4).mean())
    # Of a normal law 3, with a standard error of sqrt(24 / n).
    normal = abs(kurtosis - 3) < SURE * (24 / n) ** 0.5 + 0.05
    places = noise.flatten(0, -2)
    errors = places.mean(0).abs() * len(places) ** 0.5 / places.std(0).clamp_min(1e-12)
    if max(errors.max(), values.mean().abs() * n**0.5 / spread) > SURE:
        if values.min() >= 0:
            return Flaw("positive", POSITIVE)
        # Around one and the same value, noise and what it is added to look alike.
        alike = bool((mean != 0).any()) and bool((mean == mean.flatten()[0]).all())
        return Flaw("centre", CENTRE) if alike else Flaw("mean", MEAN)
    if abs(kurtosis - 1.8) < 0.05 and centred.abs().max() < 1.75:
        return Flaw("uniform", FLAT)
    if normal:
        off = abs(float(spread) - 1) > SURE * (0.5 / n) ** 0.5
        return Flaw("spread", SPREAD) if off and not any_scale else None
    largest = float(values.abs().max())
    return Flaw("cut off", CUT) if kurtosis < 3 and largest < 3.2 else Flaw("shape", SHAPE)
