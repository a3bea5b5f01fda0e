"""Which known mistakes a wrong answer combines: of sets and tables, whose parts can be wrong one by
one.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from graders.core.exercise import Misconception
from graders.core.verdict import Failure, Verdict
from graders.grading.catalogue import Entry


def parts_of(entry: Entry, verdict: Verdict) -> list[Misconception]:
    """A mistake for every wrong part of the answer: of those that somebody with this answer makes
    too, the ones that say the most about one part. Nothing of answers without parts.
    """
    if entry.exercise.kind != "A" or not isinstance(verdict.evidence, Failure):
        return []
    form, right = entry.form, verdict.evidence.wanted
    left = differences(verdict.evidence.got, right)
    known = [(differences(form.read(m.value), right), m) for m in entry.misconceptions]
    inside = [(part, mistake) for part, mistake in known if part and part <= left]
    found = []
    for part, mistake in sorted(inside, key=lambda pair: len(pair[0])):
        if part & left:
            found.append(mistake)
            left -= part
    return found


def differences(got: Any, right: Any) -> frozenset[Hashable]:
    """What is wrong in a set, or in a table."""
    if isinstance(got, (set, frozenset)) and isinstance(right, (set, frozenset)):
        return frozenset(got ^ right)
    if isinstance(got, dict) and isinstance(right, dict):
        return frozenset((key, repr(value)) for key, value in got.items() if value != right[key])
    return frozenset()
