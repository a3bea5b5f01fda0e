"""`critic diff`: which scores changed between two runs, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graders.bulk.gradebook import Gradebook, Stamp

REASONS = {
    "content": "the submission changed",
    "engine": "the program changed",
    "checks": "the checks of this exercise, or of one that it requires, changed",
    "course_key": "another course key",
    "trusted": "isolation was switched on or off",
}
Standing = Mapping[tuple[str, str], tuple[float | None, Stamp, Mapping[str, str]]]


@dataclass(frozen=True)
class Change:
    """One exercise of one submission whose share differs. `checks`: name, before, after."""

    submission: str
    exercise: str
    before: float | None
    after: float | None
    reasons: tuple[str, ...]
    checks: tuple[tuple[str, str, str], ...]

    def __str__(self) -> str:
        checks = "; ".join(f"{check}: {before} -> {after}" for check, before, after in self.checks)
        return (
            f"{self.submission} {self.exercise}: {_share(self.before)} -> {_share(self.after)}"
            f" ({', '.join(self.reasons)})" + (f" [{checks}]" if checks else "")
        )


def changes(before: Standing, after: Standing) -> list[Change]:
    """What differs between two states, by submission and exercise; what only one of them has is a
    change too.
    """
    found = []
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old and new and old[0] == new[0]:
            continue
        found.append(
            Change(*key, old and old[0], new and new[0], _reasons(old, new), _checks(old, new))
        )
    return found


def between_runs(book: Gradebook, homework: str, first: int, second: int) -> list[Change]:
    """What changed from one run to another of the same gradebook."""
    return changes(book.standing(homework, first), book.standing(homework, second))


def _reasons(old: tuple | None, new: tuple | None) -> tuple[str, ...]:
    if old is None or new is None:
        return ("graded for the first time" if old is None else "not in the later one",)
    differing = [
        sentence
        for field, sentence in REASONS.items()
        if getattr(old[1], field) != getattr(new[1], field)
    ]
    return tuple(differing) or ("nothing that a result depends on changed: look at the verdicts",)


def _checks(old: tuple | None, new: tuple | None) -> tuple[tuple[str, str, str], ...]:
    if old is None or new is None:
        return ()
    names: Sequence[str] = list(dict.fromkeys([*old[2], *new[2]]))
    return tuple(
        (name, old[2].get(name, "absent"), new[2].get(name, "absent"))
        for name in names
        if old[2].get(name) != new[2].get(name)
    )


def _share(share: float | None) -> str:
    return "withheld or absent" if share is None else f"{share:.3g}"
