"""What counts in the end: automatic shares, what a person gave, and what lateness takes off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from graders.bulk.decisions import Decisions
from graders.bulk.gradebook import Gradebook, Row, Score
from graders.bulk.mistakes import by_print, read_named, recognised
from graders.core.language import say
from graders.course.policy import Policy, policy_of
from graders.grading.listed import Exercises, Item
from graders.grading.outcome import Grade


@dataclass(frozen=True)
class Result:
    """One submission with everything that counts.

    given: what a person gave, by exercise; it goes before what a machine found. excused: exercises
    that do not count for this student, with the reason. extension: days beyond the roster's.
    earlier: what a person gave for an earlier version of the work, which counts no more.
    """

    row: Row
    grade: Grade
    homework: Exercises[Any]
    policy: Policy
    given: dict[str, Score]
    only: tuple[str, ...] = ()
    excused: Mapping[str, str] = field(default_factory=dict)
    extension: float = 0.0
    earlier: Mapping[str, Score] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.row.found.name

    @property
    def people(self) -> tuple:
        return self.row.found.people

    @cached_property
    def earned(self) -> dict[str, float | None]:
        """Points by exercise, in the order of the homework; None where nothing is known: withheld,
        or written and not yet read.
        """
        automatic = {e.name: None if e.share is None else e.points for e in self.grade.exercises}
        return {
            e.name: self.given[e.name].points if e.name in self.given else automatic.get(e.name)
            for e in self.homework.entries
            if self._counts(e, automatic)
        }

    @property
    def possible(self) -> float:
        return sum(self.homework.points[name] for name in self.earned)

    @property
    def in_all(self) -> float:
        """The points of everything that is set, also of what this student is excused from."""
        automatic = {e.name: None for e in self.grade.exercises}
        return sum(
            self.homework.points[e.name]
            for e in self.homework.entries
            if self._is_set(e, automatic)
        )

    @property
    def of_all(self) -> float:
        """The total for a platform where the homework has one number of points for everybody: what
        is excused counts neither for nor against.
        """
        return self.total * self.in_all / self.possible if self.possible else 0.0

    @property
    def complete(self) -> bool:
        return all(points is not None for points in self.earned.values())

    @property
    def days_late(self) -> int:
        """With the extension of whoever of the people has the longest."""
        extra = max((person.extra_days for person in self.people), default=0.0)
        return self.policy.days_late(self.row.found.submitted, extra + self.extension)

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

    def _counts(self, entry: Item, automatic: Mapping[str, float | None]) -> bool:
        """Written exercises count, and those that have been graded; or what `only` names."""
        return entry.name not in self.excused and self._is_set(entry, automatic)

    def _is_set(self, entry: Item, automatic: Mapping[str, float | None]) -> bool:
        if self.only:
            return entry.name in self.only
        return entry.name in self.given or entry.kind == "W" or entry.name in automatic


def results_of(
    book: Gradebook, homework: Exercises[Any], best: bool = False, only: tuple[str, ...] = ()
) -> list[Result]:
    """The submissions of the last run, by name. `best`: of several attempts of the same people only
    the best.
    """
    results = decided(book, homework, graded(book, homework, only))
    # Which attempt is the best, hidden checks say: before publication every one is shown.
    return best_attempts(results) if best and policy_of(homework.name).published else results


def graded(book: Gradebook, homework: Exercises[Any], only: tuple[str, ...] = ()) -> list[Result]:
    """What a machine found, with the mistakes that are known by name; by name of the submission."""
    policy = policy_of(homework.name)
    named = by_print(read_named(book.path.parent), known_as(book, homework.name))
    results = []
    for row in book.rows(homework.name):
        grade = recognised(book.grade(homework, row), named)
        exercises = tuple(e for e in grade.exercises if not only or e.name in only)
        grade = replace(grade, exercises=exercises)
        results.append(Result(row, grade, homework, policy, {}, only))
    return results


def decided(book: Gradebook, homework: Exercises[Any], results: Sequence[Result]) -> list[Result]:
    """The results with everything that a person decided until now."""
    decisions = Decisions(book, homework.name)
    scores, earlier = book.scores(homework.name), book.earlier_scores(homework.name)
    excused, extensions = decisions.excused(), decisions.extensions()
    return [
        replace(
            r,
            given=scores.get(r.name, {}),
            excused=excused.get(r.name, {}),
            extension=extensions.get(r.name, 0.0),
            earlier=earlier.get(r.name, {}),
        )
        for r in results
    ]


def to_read_again(results: Sequence[Result]) -> list[str]:
    """A sentence for each submission whose scores by hand are for an earlier version of it."""
    return [
        say(
            "{name}: the points that somebody gave for {exercises} were for an earlier version of"
            " the work, and count no more: read it again",
            name=r.name,
            exercises=", ".join(waiting),
        )
        for r in results
        if (waiting := [name for name in r.earlier if name not in r.given])
    ]


def exercises_of(results: Sequence[Result]) -> list[str]:
    """The exercises that count for anybody, in the order of the homework."""
    counted = {name for result in results for name in result.earned}
    entries = results[0].homework.entries if results else ()
    return [entry.name for entry in entries if entry.name in counted]


def known_as(book: Gradebook, homework: str) -> str:
    """Under which homework and course key the failures in a gradebook look as they do."""
    return f"{homework}/{book.about(homework).get('course_key', '')}"


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
