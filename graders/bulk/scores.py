"""What counts in the end: automatic shares, what a person gave, and what lateness takes off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from graders.bulk.gradebook import Gradebook, Row, Score
from graders.course.policy import Policy, policy_of
from graders.grading.catalogue import Homework
from graders.grading.grade import Grade


@dataclass(frozen=True)
class Result:
    """One submission with everything that counts. `given`: what a person gave, by exercise; it goes
    before what a machine found.
    """

    row: Row
    grade: Grade
    homework: Homework
    policy: Policy
    given: dict[str, Score]
    only: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.row.found.name

    @property
    def people(self) -> tuple:
        return self.row.found.people

    @property
    def earned(self) -> dict[str, float | None]:
        """Points by exercise, in the order of the homework; None where nothing is known: withheld,
        or written and not yet read.
        """
        automatic = {e.name: None if e.share is None else e.points for e in self.grade.exercises}
        return {
            e.name: self.given[e.name].points if e.name in self.given else automatic.get(e.name)
            for e in self.homework.entries
            if self._counts(e.name)
        }

    @property
    def possible(self) -> float:
        return sum(self.homework.points[name] for name in self.earned)

    @property
    def complete(self) -> bool:
        return all(points is not None for points in self.earned.values())

    @property
    def days_late(self) -> int:
        """With the extension of whoever of the people has the longest."""
        extra = max((person.extra_days for person in self.people), default=0.0)
        return self.policy.days_late(self.row.found.submitted, extra)

    @property
    def before_lateness(self) -> float:
        return sum(points or 0.0 for points in self.earned.values())

    @property
    def total(self) -> float:
        return self.before_lateness * self.policy.factor(self.days_late)

    def shares(self) -> dict[str, float | None]:
        """The share of the points of each automatic exercise, with what a person gave in its
        place.
        """
        return {
            e.name: (
                self.given[e.name].points / e.possible
                if e.name in self.given and e.possible
                else e.share
            )
            for e in self.grade.exercises
        }

    def _counts(self, exercise: str) -> bool:
        """Written exercises count, and those that have been graded; or what `only` names."""
        if self.only:
            return exercise in self.only
        return (
            exercise in self.given
            or self.homework.entry(exercise).exercise.kind == "W"
            or any(e.name == exercise for e in self.grade.exercises)
        )


def results_of(
    book: Gradebook, homework: Homework, best: bool = False, only: tuple[str, ...] = ()
) -> list[Result]:
    """The submissions of the last run, by name. `best`: of several attempts of the same people only
    the best.
    """
    scores, policy = book.scores(homework.name), policy_of(homework.name)
    results = []
    for row in book.rows(homework.name):
        grade = book.grade(homework, row)
        grade = replace(
            grade, exercises=tuple(e for e in grade.exercises if not only or e.name in only)
        )
        results.append(Result(row, grade, homework, policy, scores.get(row.found.name, {}), only))
    return best_attempts(results) if best else results


def best_attempts(results: Sequence[Result]) -> list[Result]:
    """Of several attempts of the same people the one with the most points; of equal ones the
    first.
    """
    chosen: dict[str, Result] = {}
    for result in results:
        before = chosen.get(result.row.found.owner)
        if before is None or (result.total, _reversed(before)) > (before.total, _reversed(result)):
            chosen[result.row.found.owner] = result
    return [result for result in results if chosen[result.row.found.owner] is result]


def _reversed(result: Result) -> tuple:
    submitted = result.row.found.submitted
    return (submitted.timestamp() if submitted else 0.0, result.row.found.attempt, result.name)
