"""`critic diff`: which scores changed between two runs, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graders.bulk.gradebook import Gradebook, Score, Stamp

REASONS = {
    "content": "the submission changed",
    "engine": "the program changed",
    "checks": "the checks of this exercise, or of one that it requires, changed",
    "course_key": "another course key",
    "trusted": "isolation was switched on or off",
}
Given = Mapping[tuple[str, str], tuple[str, Score]]
Standing = Mapping[tuple[str, str], tuple[float | None, Stamp, Mapping[str, str]]]


@dataclass(frozen=True)
class Change:
    """One exercise of one submission whose share differs; `by_hand`: the points that a person gave.
    `checks`: name, before, after.
    """

    submission: str
    exercise: str
    before: float | None
    after: float | None
    reasons: tuple[str, ...]
    checks: tuple[tuple[str, str, str], ...] = ()
    by_hand: bool = False

    def __str__(self) -> str:
        checks = "; ".join(f"{check}: {before} -> {after}" for check, before, after in self.checks)
        shown = _points if self.by_hand else _share
        return (
            f"{self.submission} {self.exercise}: {shown(self.before)} -> {shown(self.after)}"
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
    """What changed from one run to another of the same gradebook: what was found, what a person
    gave until the next run, and the points of the exercises.
    """
    runs = [
        (book.standing(homework, run), book.scores_at(homework, run)) for run in (first, second)
    ]
    return [
        *changes(runs[0][0], runs[1][0]),
        *_given_changes(*runs[0], *runs[1]),
        *_points_changes(book.points_at(homework, first), book.points_at(homework, second)),
    ]


def given_changes(before: Gradebook, after: Gradebook, homework: str) -> list[Change]:
    """What a person gave, in two gradebooks."""
    ends = [(b.standing(homework, 2**62), b.scores_at(homework, 2**62)) for b in (before, after)]
    return _given_changes(*ends[0], *ends[1])


def _given_changes(
    before: Standing, given_before: Given, after: Standing, given_after: Given
) -> list[Change]:
    found = []
    for key in sorted({*given_before, *given_after}):
        old = _counts(before, given_before, key)
        new = _counts(after, given_after, key)
        if old != new:
            again = new is None and key in given_after
            reason = REASONS["content"] if again else "by hand"
            found.append(Change(*key, old, new, (reason,), by_hand=True))
    return found


def _counts(standing: Standing, given: Given, key: tuple[str, str]) -> float | None:
    """The points by hand that count for the version of a submission that was graded."""
    content, score = given.get(key, ("", None))
    graded = {stamp.content for (name, _), (_, stamp, _) in standing.items() if name == key[0]}
    return score.points if score and (content in graded or not graded) else None


def _points_changes(before: Mapping[str, float], after: Mapping[str, float]) -> list[Change]:
    """What an exercise is worth, for everybody."""
    return [
        Change(
            "all submissions", name, before.get(name), after.get(name),
            ("the points in homeworks.toml changed",), by_hand=True,
        )
        for name in sorted({*before, *after})
        if before and after and before.get(name) != after.get(name)
    ]  # fmt: skip


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


def _points(points: float | None) -> str:
    return "none" if points is None else f"{points:g} points"


def _share(share: float | None) -> str:
    return "withheld or absent" if share is None else f"{share:.3g}"
