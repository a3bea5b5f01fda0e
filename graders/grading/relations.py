"""How values can be related to the right ones, whatever the exercise is: a factor, a sign, an axis
that is averaged, a constant that is missing.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import torch

from graders.core.language import to_say
from graders.grading.calls import Calls, Results, Values
from graders.grading.hints import Hint, hint

Sizes = Mapping[str, int]

SIGN = to_say("Your values have the opposite sign.")
BASE = to_say("Your values are in another unit: to which base is your logarithm?")
MULTIPLE = to_say(
    "Your values are a fixed multiple of the right ones: look at the factor in front."
)
DIVIDED = to_say("Your values are divided by {size}: is a mean or a sum asked for?")
TIMES = to_say("Your values grow with {size}: is a sum or a mean asked for?")
BATCH = to_say("One number comes back for the whole batch: every example has a value of its own.")
COLUMN = to_say("The values are right, but they come with an axis too many.")
TURNED = to_say("The axes of your result are exchanged.")
EXCHANGED = to_say("The parts of your result come in another order.")
CONSTANT = to_say(
    "Your values are off by a constant: a term that depends on no entry is wrong or missing."
)
LIMITED = to_say("Your values are limited on the way: may the right ones lie beyond?")
FUNCTIONS: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], str]] = {
    "exponential": (torch.exp, to_say("Your values are the exponentials of the right ones.")),
    "logarithm": (torch.log, to_say("Your values are the logarithms of the right ones.")),
    "root": (torch.sqrt, to_say("Your values are the square roots of the right ones.")),
    "square": (torch.square, to_say("Your values are the squares of the right ones.")),
    "inverse": (torch.reciprocal, to_say("Your values are one over the right ones.")),
    "rest": (lambda value: 1 - value, to_say("Your values are one minus the right ones.")),
    "size": (torch.abs, to_say("Your values have lost their sign.")),
    "positive part": (torch.relu, to_say("Your values are cut off at 0.")),
    "sigmoid": (torch.sigmoid, to_say("Your values have passed through a sigmoid.")),
}

Apply = Callable[[Values, Sizes], Values | None]


@dataclass(frozen=True)
class Relation:
    """A way to be wrong: what becomes of the right values of a call, given the sizes of its
    axes.
    """

    name: str
    hint: Hint
    apply: Apply


def relations(calls: Calls) -> Iterator[Relation]:
    """Every relation that can be tried on these calls, the plainest first."""
    yield _scaled("sign", SIGN, always(-1.0))
    for factor in (2.0, 0.5, -2.0, -0.5):
        yield _scaled("factor", MULTIPLE, always(factor))
    for unit in (math.log(2), 1 / math.log(2)):
        yield _scaled("base", BASE, always(unit))
    yield from _over_axes(calls)
    yield Relation("batch sum", hint(BATCH), _each(lambda part: part.sum() if part.ndim else None))
    yield Relation(
        "batch mean", hint(BATCH), _each(lambda part: part.mean() if part.ndim else None)
    )
    yield Relation("column", hint(COLUMN), _each(lambda part: part[..., None]))
    yield Relation("row", hint(COLUMN), _each(lambda part: part[None]))
    yield Relation("turned", hint(TURNED), _each(lambda part: part.mT if part.ndim > 1 else None))
    yield Relation("exchanged", hint(EXCHANGED), lambda parts, sizes: parts[::-1])
    for name, (function, text) in FUNCTIONS.items():
        yield Relation(name, hint(text), _each(function))
    yield from _fitted(calls)


def named(factor: str) -> str:
    """The size of an axis, or a product of two, as students read it."""
    return " * ".join(factor)


def over_axes(calls: Calls) -> list[tuple[str, bool, Callable[[Sizes], float]]]:
    """Factors that are the size of an axis or of two, or one over it: the letters, whether it
    divides, and the factor.

    Axes that have one size in all calls, and that a power of two, are left out: such factors have
    other reasons.
    """
    letters = sorted({axis for sizes in calls.sizes for axis in sizes})
    seen = {axis: {sizes.get(axis, 1) for sizes in calls.sizes} for axis in letters}
    large = [axis for axis in letters if len(seen[axis] - {1}) > 1 or not seen[axis] <= {1, 2, 4}]
    found: list[tuple[str, bool, Callable[[Sizes], float]]] = []
    for axes in [*large, *map("".join, itertools.combinations(large, 2))]:
        for divides in (True, False):
            found.append((axes, divides, partial(_product, axes, -1 if divides else 1)))
    return found


def _product(axes: str, power: int, sizes: Sizes) -> float:
    return float(math.prod(sizes.get(axis, 1) for axis in axes)) ** power


def _over_axes(calls: Calls) -> Iterator[Relation]:
    for axes, divides, factor in over_axes(calls):
        size = hint(DIVIDED if divides else TIMES, size=named(axes))
        name = f"{'over' if divides else 'times'} {axes}"
        yield Relation(name, size, _times(factor))
        yield Relation(f"sign, {name}", (*hint(SIGN), *size), _times(_negative(factor)))


def _fitted(calls: Calls) -> Iterator[Relation]:
    """A factor or a constant that the values themselves tell: several have to agree on it."""
    pairs = [(got, want) for got, want in zip(calls.got, calls.wanted) if got and want]
    if not pairs or any(len(got) != len(want) for got, want in pairs):
        return
    parts = [(g, w) for got, want in pairs for g, w in zip(got, want) if g.shape == w.shape]
    got = torch.cat([g.flatten().double() for g, _ in parts]) if parts else torch.empty(0)
    want = torch.cat([w.flatten().double() for _, w in parts]) if parts else torch.empty(0)
    sure = got.isfinite() & want.isfinite()
    got, want = got[sure], want[sure]
    if len(got) < 3 or float(want.std()) < 1e-6 * float(want.abs().max()):
        return
    low, high = float(got.min()), float(got.max())
    if low < high and (low > float(want.min()) or high < float(want.max())):
        yield Relation("limited", hint(LIMITED), _each(lambda part: part.clamp(low, high)))
    factor = float((got * want).sum() / want.square().sum())
    if abs(factor) > 1e-6:
        yield _scaled("multiple", MULTIPLE, always(factor))
    constant = float((got - want).mean())
    if abs(constant) > 1e-6:
        yield Relation("constant", hint(CONSTANT), _each(lambda part: part + constant))


def _scaled(name: str, text: str, factor: Callable[[Sizes], float]) -> Relation:
    return Relation(name, hint(text), _times(factor))


def _times(factor: Callable[[Sizes], float]) -> Apply:
    return lambda parts, sizes: tuple(part * factor(sizes) for part in parts)


def always(factor: float) -> Callable[[Sizes], float]:
    """This factor, whatever the sizes of the axes."""
    return lambda sizes: factor


def _negative(factor: Callable[[Sizes], float]) -> Callable[[Sizes], float]:
    return lambda sizes: -factor(sizes)


def _each(change: Callable[[torch.Tensor], torch.Tensor | None]) -> Apply:
    def apply(parts: Values, sizes: Sizes) -> Values | None:
        changed = [value for part in parts if (value := change(part)) is not None]
        return tuple(changed) if len(changed) == len(parts) else None

    return apply


def changed(relation: Relation, calls: Calls, values: Results) -> Results:
    """What a relation makes of values, call by call."""

    def after(index: int) -> Values | None:
        parts = values[index]
        return relation.apply(parts, calls.sizes[index]) if parts else None

    return Results(after, len(values))
