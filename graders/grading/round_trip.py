"""Whether the conventions of a course carry its exercises: the reference, as its students would
write it, has to pass every check of ours.
"""

from __future__ import annotations

from collections.abc import Iterator

from graders.core.engine import run_exercise
from graders.core.verdict import Verdict
from graders.grading.catalogue import Entry, Homework

KEY = "round trip"


def not_carried(homework: Homework) -> Iterator[str]:
    """A sentence on each exercise whose adapters lose something: what is right there would fail."""
    for entry in homework.graded:
        if entry.conventions and (failed := _first_failed(entry, homework)):
            yield (
                f"homeworks.toml: [{homework.name}.conventions]: {entry.followed[-1]} does not"
                f" carry {entry.name}: what is right in your course would fail the check"
                f" {failed.check} ({failed.shown or failed.message}). Let the adapter lose nothing,"
                " or leave the exercise out"
            )


def _first_failed(entry: Entry, homework: Homework) -> Verdict | None:
    """The first check that the reference fails after the way to the course and back."""
    solutions = {e.name: e.solution for e in homework.entries if e.solution is not None}
    host = homework.host({**solutions, **entry.beside})
    for checks, public in ((entry.public, True), (entry.hidden, False)):
        right = None if public else homework.right
        for verdict in run_exercise(checks, host, key=KEY, public=public, right=right):
            if not verdict.passed:
                return verdict
    return None
