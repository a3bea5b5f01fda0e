"""Causes that explain the values of a submission in every call that can be compared: known
mistakes, relations to the right values, weights of terms, and two of them at once.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import torch

from graders.core.exercise import Misconception
from graders.core.language import to_say
from graders.grading.arguments import readings
from graders.grading.calls import Calls, Results, Values, same
from graders.grading.catalogue import Entry
from graders.grading.hints import Hint, hint
from graders.grading.relations import changed, relations
from graders.grading.right import compose, copied
from graders.grading.weights import weighted

# What people choose for a constant that is to be small: of an epsilon, a clamp, a jitter.
SMALL = tuple(scale * 10.0**-power for power in range(13) for scale in (1.0, 5.0, 2.0))


INSIDE = to_say("Where you use `{name}`, or write it out:")


@dataclass(frozen=True)
class Cause:
    """What is wrong with a submission, and the hint for it."""

    name: str
    hint: Hint


def causes(
    calls: Calls, mistakes: Sequence[Misconception], before: Sequence[Entry] = ()
) -> list[Cause]:
    """The causes of the simplest kind that fits, all of one kind; empty when none does.

    before: the exercises that a solution may call, or write out.
    """
    if not calls.off:
        return []
    moved = {
        Cause(m.name, hint(m.hint)): values
        for m in mistakes
        if _differs(calls, values := calls.of(m.value))
    }
    inherited: dict[Cause, Results] = {}
    contract = calls.entry.exercise.contract
    told = (contract is None or contract.exact) and not calls.constant
    kinds: tuple[Callable[[], Iterable[Cause]], ...] = (
        lambda: (c for c, values in moved.items() if calls.agree(values, everywhere=False)),
        lambda: _of_chosen_size(calls, mistakes),
        lambda: _related(calls),
        lambda: weighted(calls, Cause),
        lambda: _read_otherwise(calls),
        lambda: inherited.update(_inherited(calls, before)) or (),
        lambda: (cause for cause, values in inherited.items() if calls.agree(values)),
        lambda: _related_mistakes(calls, moved),
        lambda: _pairs(calls, moved),
        lambda: _related_mistakes(calls, inherited),
        lambda: _pairs(calls, {**moved, **inherited}),
    )
    # Where several values are right, ours say nothing about one that is of neither kind; and to no
    # value that is computed they are in no relation.
    for kind in kinds if told else kinds[:1]:
        found = list(dict.fromkeys(kind()))
        if found:
            return found
    return []


def _inherited(calls: Calls, before: Sequence[Entry]) -> dict[Cause, Results]:
    """The reference with a mistake in what it calls: what a solution is that writes it out."""
    found: dict[Cause, Results] = {}
    for entry in before:
        for mistake in entry.misconceptions:
            name = f"{entry.name}: {mistake.name}"
            inside = (*hint(INSIDE, name=entry.name), *hint(mistake.hint))
            values = calls.of(compose(calls.entry.solution, {entry.name: mistake.value}))
            if _differs(calls, values):
                found[Cause(name, inside)] = values
    return found


def _differs(calls: Calls, values: Results) -> bool:
    """Whether these are not the right values in the first call that is off."""
    at = calls.off[0]
    value, wanted = values[at], calls.wanted[at]
    return value is not None and wanted is not None and not _equal(value, wanted)


def _equal(first: Values, second: Values) -> bool:
    return len(first) == len(second) and all(
        a.shape == b.shape and torch.equal(a.double(), b.double()) for a, b in zip(first, second)
    )


def _of_chosen_size(calls: Calls, mistakes: Sequence[Misconception]) -> Iterator[Cause]:
    """Mistakes with a constant that people choose, of every usual size: a keyword-only argument."""
    for mistake in mistakes:
        for name in _constants(mistake.value):
            for size in SMALL:
                if calls.agree(calls.of(_with(mistake.value, name, size))):
                    yield Cause(mistake.name, hint(mistake.hint))
                    break


def _constants(function: Any) -> list[str]:
    if not isinstance(function, FunctionType):
        return []
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]


def _with(function: FunctionType, name: str, value: float) -> FunctionType:
    new = copied(function, function.__globals__)
    new.__kwdefaults__ = {**(function.__kwdefaults__ or {}), name: value}
    return new


def _related(calls: Calls) -> Iterator[Cause]:
    for relation in relations(calls):
        if calls.agree(changed(relation, calls, calls.wanted)):
            yield Cause(relation.name, relation.hint)
            return


def _read_otherwise(calls: Calls) -> Iterator[Cause]:
    for reading in readings(calls):
        if _differs(calls, reading.values) and calls.agree(reading.values):
            yield Cause(reading.name, reading.hint)
            return


def _related_mistakes(calls: Calls, moved: dict[Cause, Results]) -> Iterator[Cause]:
    """A mistake whose values are also scaled, reduced or negated."""
    for relation in relations(calls):
        found = [
            Cause(f"{cause.name}, {relation.name}", (*cause.hint, *relation.hint))
            for cause, values in moved.items()
            if calls.agree(changed(relation, calls, values))
        ]
        if found:
            yield from found
            return


def _pairs(calls: Calls, moved: dict[Cause, Results]) -> Iterator[Cause]:
    """Two mistakes whose effects add up, or multiply."""
    at = calls.off[0]
    got, right = calls.got[at], calls.wanted[at]
    if got is None or right is None:
        return
    for (first, one), (second, other) in itertools.combinations(moved.items(), 2):
        for combine in (_sum, _product):
            a, b = one[at], other[at]
            if not a or not b or not same(got, combine(a, b, right)):
                continue
            if combine is _sum and _of_one_term(calls, one, other):
                continue
            if calls.agree(_together(combine, one, other, calls.wanted)):
                yield Cause(f"{first.name}, {second.name}", (*first.hint, *second.hint))
                break


def _of_one_term(calls: Calls, one: Results, other: Results) -> bool:
    """Whether two mistakes change every value by multiples of the same: both are about one term,
    and nobody makes both.
    """
    first, second = _effects(calls, one), _effects(calls, other)
    sizes = first.norm() * second.norm()
    alike = first.numel() == second.numel() > 1
    return alike and bool((first @ second).abs() >= (1 - 1e-9) * sizes)


def _effects(calls: Calls, values: Results) -> torch.Tensor:
    """By how much values differ from the right ones, in all calls that are off."""
    pairs = ((values[at], calls.wanted[at]) for at in calls.off)
    changes = [a.double() - r.double() for v, w in pairs if v and w for a, r in zip(v, w)]
    return torch.cat([change.flatten() for change in changes]).nan_to_num()


def _together(combine: Callable[..., Values | None], *each: Results) -> Results:
    def both(index: int) -> Values | None:
        parts = [results[index] for results in each]
        return combine(*parts) if all(parts) else None

    return Results(both, len(each[0]))


def _sum(first: Values, second: Values, right: Values) -> Values | None:
    if not _alike(first, second, right):
        return None
    return tuple(a + b - r for a, b, r in zip(first, second, right))


def _product(first: Values, second: Values, right: Values) -> Values | None:
    if not _alike(first, second, right):
        return None
    return tuple(a * b / r for a, b, r in zip(first, second, right))


def _alike(*values: Values) -> bool:
    shapes = {tuple(part.shape for part in parts) for parts in values}
    return len(shapes) == 1
