"""What a solution earns: 1 where it is right, else at most one half, and that for values only."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from graders.core.artefacts import ArtefactHost
from graders.core.engine import run_check
from graders.core.exercise import Check
from graders.core.host import Host
from graders.core.verdict import Status, Verdict
from graders.course.choices import OURS, Choices
from graders.grading.catalogue import Entry, Homework
from graders.grading.kept import kept
from graders.grading.sources import engine_version
from graders.grading.stubs import stubs
from graders.grading.versions import check_versions

KEY = "stubs"


def share_of(
    verdicts: Sequence[Verdict], gates: Callable[[], Collection[str]], choices: Choices = OURS
) -> float | None:
    """1 when every check passed; else the part of the value checks that did, at most one half, in
    hundredths. None when a check of ours broke, or one waits for a person.

    gates: the names of the checks that earn nothing; asked for only where it matters. choices:
    weights of checks, and whether anything but 1 is 0.
    """
    if any(v.status in (Status.GRADER_FAULT, Status.WAITING) for v in verdicts):
        return None
    if all(v.passed for v in verdicts):
        return 1.0
    if choices.all_or_nothing or not any(v.passed for v in verdicts):
        return 0.0
    form = gates()
    weights = {v.check: choices.weights.get(v.check, 1.0) for v in verdicts if v.check not in form}
    if not any(weights.values()):
        return 0.0
    earned = sum(weights.get(v.check, 0.0) for v in verdicts if v.passed)
    part = earned / sum(weights.values())
    return min(0.5, math.floor(100 * part + 0.5) / 100)


def gates(entry: Entry, homework: Homework) -> frozenset[str]:
    """The checks of an exercise that a generic stub passes: needed for a 1, and worth nothing. So
    are public ones beside hidden ones: whoever has read them knows their inputs and their numbers.

    Found by running the stubs, under one key for all courses; known from then on to this process,
    and, in a folder of the user's, to later ones.
    """
    if entry.exercise.kind == "A":  # right or not: there is nothing in between
        return frozenset(check.name for check in (*entry.public, *entry.hidden))
    place = entry.name, entry.public, entry.hidden
    if place not in _known:
        _known[place] = _remembered(entry, homework)
    by_heart = {check.name for check in entry.public if entry.hidden}
    return _known[place] | by_heart


_known: dict[Any, frozenset[str]] = {}


def _find(entry: Entry, homework: Homework) -> frozenset[str]:
    solutions = stubs(entry, homework.right).values()
    return frozenset(
        check.name
        for check in entry.hidden or entry.public
        if any(map(partial(_passes, entry, homework, check), solutions))
    )


def _passes(entry: Entry, homework: Homework, check: Check, stub: Any) -> bool:
    """Whether a stub passes a check by itself, whatever the checks before it say."""
    host = ArtefactHost(stub) if entry.exercise.kind == "E" else Host({entry.name: stub})
    public = check in entry.public
    return run_check(check, host, key=KEY, public=public, right=homework.right).passed


def _remembered(entry: Entry, homework: Homework) -> frozenset[str]:
    """What an earlier process found out about this very version of the exercise, or what this one
    finds out.
    """
    names = {check.name for check in (*entry.public, *entry.hidden)}
    version = engine_version(), check_versions(homework)[entry.name], sorted(names)
    found = kept("gates", version, lambda: sorted(_find(entry, homework)))
    return frozenset(found) if set(found) <= names else _find(entry, homework)
