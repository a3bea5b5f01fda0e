"""Which known mistake is part of a wrong answer that combines several: of sets and tables, whose
parts can be wrong one by one.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from graders.core.exercise import Misconception
from graders.core.verdict import Failure, Verdict
from graders.grading.catalogue import Entry


def part_of(entry: Entry, verdict: Verdict) -> list[Misconception]:
    """The largest mistake that somebody with this answer makes too, the first of several; nothing
    of answers without parts.
    """
    if entry.exercise.kind != "A" or not isinstance(verdict.evidence, Failure):
        return []
    form, right = entry.form, verdict.evidence.wanted
    wrong = differences(verdict.evidence.got, right)
    parts = [(differences(form.read(m.value), right), m) for m in entry.misconceptions]
    inside = [(len(part), mistake) for part, mistake in parts if part and part <= wrong]
    return [max(inside, key=lambda pair: pair[0])[1]] if inside else []


def differences(got: Any, right: Any) -> frozenset[Hashable]:
    """What is wrong in a set, or in a table."""
    if isinstance(got, (set, frozenset)) and isinstance(right, (set, frozenset)):
        return frozenset(got ^ right)
    if isinstance(got, dict) and isinstance(right, dict):
        return frozenset((key, repr(value)) for key, value in got.items() if value != right[key])
    return frozenset()
