"""Exercises as a homework has them: what its instructor chose otherwise."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from graders.core.answers import value_check
from graders.core.exercise import Check, Misconception
from graders.core.forms import Number
from graders.course.choices import Choices
from graders.course.homeworks import UnknownName
from graders.course.wrong import near

if TYPE_CHECKING:
    from graders.grading.catalogue import Entry


def chosen(where: str, entry: Entry, choices: Choices) -> Entry:
    """The exercise with these choices. Raises UnknownName where they name nothing."""
    checks = [check.name for check in (*entry.public, *entry.hidden)]
    hidden = [check.name for check in entry.hidden]
    _refuse(where, choices.checks, checks, "no check")
    _refuse(f"{where}: `visible`", choices.visible, hidden, "no hidden check")
    mistakes = [mistake.name for mistake in entry.misconceptions]
    _refuse(f"{where}: `hints`", choices.hints, mistakes, "no mistake")
    mistaken = [m for m in entry.misconceptions if m.name in choices.hints]
    if set(checks) <= {*choices.without}:
        raise UnknownName(f"{where} leaves no check: take the exercise out of the homework")
    if choices.tolerance is not None and _within(entry.exercise.form, -1.0) == entry.exercise.form:
        raise UnknownName(f"{where}: `tolerance` is for answers with numbers, and it is none")
    if entry.exercise.kind == "A":
        entry = _answer(where, entry, choices)
    return replace(
        entry,
        public=_without(entry.public, choices),
        hidden=_without(entry.hidden, choices),
        misconceptions=tuple(_mistake(m, choices) for m in entry.misconceptions),
        choices=choices,
        reworded={m.hint: choices.hints[m.name] for m in mistaken},
    )


def _refuse(where: str, names: Collection[str], known: Sequence[str], what: str) -> None:
    for name in names:
        if name not in known:
            raise UnknownName(f"{where} names {name!r}, which is {what} of it{near(name, known)}")


def _without(checks: Sequence[Check], choices: Choices) -> tuple[Check, ...]:
    """The checks that are not left out. What waited for one of those, or for one whose name no
    student sees, waits for what that waited for.
    """
    left = (*choices.without, *choices.unseen)
    after: Mapping[str, tuple[str, ...]] = {check.name: check.after for check in checks}

    def kept(names: Sequence[str]) -> tuple[str, ...]:
        found = [kept(after[n]) if n in left and n in after else (n,) for n in names]
        return tuple(dict.fromkeys(name for part in found for name in part))

    return tuple(replace(c, after=kept(c.after)) for c in checks if c.name not in choices.without)


def _mistake(mistake: Misconception, choices: Choices) -> Misconception:
    """The mistake with the hint of the course. Where the check that catches it is left out, any
    may.
    """
    caught_by = "" if mistake.caught_by in choices.without else mistake.caught_by
    hint = choices.hints.get(mistake.name, mistake.hint)
    return replace(mistake, hint=hint, caught_by=caught_by)


def _answer(where: str, entry: Entry, choices: Choices) -> Entry:
    if choices.without or choices.weights or choices.all_or_nothing:
        raise UnknownName(
            f"{where}: an answer is right or not, so `without`, `weights` and `all_or_nothing` say"
            " nothing about it"
        )
    if choices.tolerance is None:
        return entry
    form = _within(entry.exercise.form, choices.tolerance)
    exercise = replace(entry.exercise, form=form)
    return replace(entry, exercise=exercise, hidden=(value_check(exercise), *entry.hidden[1:]))


def _within(form: Any, tolerance: float) -> Any:
    """The form with this tolerance for every number in it."""
    if isinstance(form, Number):
        return replace(form, within=tolerance)
    if not is_dataclass(form) or isinstance(form, type):
        return form
    parts = {f.name: _within(getattr(form, f.name), tolerance) for f in fields(form)}
    return replace(form, **parts)
