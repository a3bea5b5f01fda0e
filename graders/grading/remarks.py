"""What is said after publication of a hidden check that failed for a reason which nobody foresaw:
which part of it, and how values differ from the right ones. Never a value.
"""

from __future__ import annotations

from typing import Any

import torch

from graders.core.language import listed, say, to_say
from graders.core.relation import of_shapes, relation
from graders.core.verdict import Failure, Status, Verdict

AXES = to_say("Your result has {got} axes where {wanted} are asked for.")
SIZE = to_say("Your result has another size than asked for along axis {axis}.")
ZERO = to_say("All of your values are 0.")
FIXED = to_say("Your values do not change along axis {axis}, and the right ones do.")
ALL_INFINITE, SOME_INFINITE = (
    to_say("All of your values are NaN or infinite."),
    to_say("Some of your values are NaN or infinite."),
)
FIRST, LAST, PLACE, BUT_FIRST, BUT_LAST, FEW, MOST = (
    to_say("Only the values at the first place of axis {axis} are off."),
    to_say("Only the values at the last place of axis {axis} are off."),
    to_say("Only the values at one place of axis {axis} are off."),
    to_say("Only the values at the first place of axis {axis} are right."),
    to_say("Only the values at the last place of axis {axis} are right."),
    to_say("Fewer than half of the values are off."),
    to_say("Some of the values are right."),
)
ORDERED, REVERSED = (
    to_say("They are in the order of the right ones: is a function applied that does not belong?"),
    to_say("They are in the reverse order of the right ones: what is to be large here?"),
)
LARGE, SMALL, EITHER = (
    to_say("Too large, {far}."),
    to_say("Too small, {far}."),
    to_say("Too large here and too small there, {far}."),
)
# By how much, in parts of the largest right value: up to so much, and what is said of it.
FAR = (
    (1e-3, to_say("by less than a thousandth (rounding, or a small constant)")),
    (0.1, to_say("by less than a tenth")),
    (1.0, to_say("by less than the size of the right values")),
    (100.0, to_say("by more than the size of the right values")),
    (float("inf"), to_say("by more than a hundred times the size of the right values")),
)
UNRELATED = to_say(
    "No sign, factor or constant makes them the right ones: which term has another form?"
)
ABOVE, BELOW = to_say("The right number is smaller."), to_say("The right number is larger.")
LOWER, UPPER = to_say("The lower end is off."), to_say("The upper end is off.")
KEYS = to_say("What stands under {keys} is off.")
ORDER = 5  # so many values are in one order by chance once in 120 times


def remark(verdict: Verdict) -> str:
    """Sentences on a hidden check that failed; empty where its problem says all that there is."""
    evidence = verdict.evidence
    if verdict.status is not Status.FAILED or not isinstance(evidence, Failure):
        return ""
    # In a course with another convention it is its values, and its arguments, that are compared.
    evidence = evidence.restated or evidence
    return " ".join(filter(None, (evidence.about, _difference(evidence))))


def _difference(failure: Failure) -> str:
    got, wanted, wrong = failure.got, failure.wanted, failure.wrong
    if isinstance(got, torch.Tensor) and isinstance(wanted, tuple):
        return _of_shape(tuple(got.shape), wanted)
    if all(isinstance(value, torch.Tensor) for value in (got, wanted, wrong)):
        return "" if got.is_complex() or wanted.is_complex() else _of_values(got, wanted, wrong)
    return _of_answer(got, wanted)


def _of_answer(got: Any, wanted: Any) -> str:
    """Of a number where the right one lies; of what has parts which of them are off."""
    if isinstance(got, float) and isinstance(wanted, float):
        return say(ABOVE if got > wanted else BELOW)
    if isinstance(got, tuple) and isinstance(wanted, tuple):
        ends = zip((LOWER, UPPER), got, wanted, strict=True)
        return _joined(*(say(end) for end, one, other in ends if abs(one - other) > 1e-3))
    if isinstance(got, dict) and isinstance(wanted, dict):
        off = [f"`{key}`" for key, value in got.items() if value != wanted[key]]
        return say(KEYS, keys=listed(off)) if off else ""
    return ""


def _of_values(got: torch.Tensor, wanted: torch.Tensor, wrong: torch.Tensor) -> str:
    got, wanted = got.double(), wanted.double()
    infinite = wrong & ~got.isfinite()
    if infinite.any():
        return _joined(say(ALL_INFINITE if infinite.all() else SOME_INFINITE), _where(infinite))
    if not got.any():
        return say(ZERO)
    related = relation(got, wanted)
    if related:
        return say(related)
    shape = _unchanging(got, wanted) or _order(got, wanted)
    return _joined(shape, _where(wrong), _how_far(got, wanted, wrong))


def _of_shape(got: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if related := of_shapes(got, wanted):
        return say(related)
    if len(got) != len(wanted):
        return say(AXES, got=len(got), wanted=len(wanted))
    axis = next(i for i, (one, other) in enumerate(zip(got, wanted)) if one != other)
    return say(SIZE, axis=axis)


def _unchanging(got: torch.Tensor, wanted: torch.Tensor) -> str:
    """An axis along which only the right values change."""
    for axis, size in enumerate(got.shape):
        still = size > 1 and torch.allclose(got, got.narrow(axis, 0, 1).expand_as(got))
        if still and not torch.allclose(wanted, wanted.narrow(axis, 0, 1).expand_as(wanted)):
            return say(FIXED, axis=axis)
    return ""


def _order(got: torch.Tensor, wanted: torch.Tensor) -> str:
    """Whether the values rise where the right ones do, or fall."""
    if wanted.numel() < ORDER or not wanted.isfinite().all():
        return ""
    found = got.flatten()[wanted.flatten().argsort()].diff()
    return say(ORDERED) if (found > 0).all() else say(REVERSED) if (found < 0).all() else ""


def _where(wrong: torch.Tensor) -> str:
    """Which entries are marked, where it is not all of them."""
    if wrong.all():
        return ""
    for axis, size in enumerate(wrong.shape):
        places = wrong.movedim(axis, 0).reshape(size, -1).any(1).tolist()
        if size > 2 and sum(places) == 1:
            text = FIRST if places[0] else LAST if places[-1] else PLACE
            return say(text, axis=axis)
        if size > 2 and sum(places) == size - 1 and not (places[0] and places[-1]):
            return say(BUT_LAST if places[0] else BUT_FIRST, axis=axis)
    return say(MOST if wrong.double().mean() >= 0.5 else FEW)


def _how_far(got: torch.Tensor, wanted: torch.Tensor, wrong: torch.Tensor) -> str:
    gap, finite = (got - wanted)[wrong], wanted[wanted.isfinite()].abs()
    if not gap.isfinite().all() or not finite.numel() or not finite.any():
        return ""
    parts = float(gap.abs().max() / finite.max())
    which = LARGE if (gap > 0).all() else SMALL if (gap < 0).all() else EITHER
    if which is EITHER and 0.1 < parts <= 100:
        return say(UNRELATED) if wrong.all() else ""
    return say(which, far=next(text for most, text in FAR if parts <= most))


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
