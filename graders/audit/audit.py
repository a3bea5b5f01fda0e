"""Tests of the checks: does every misconception fail, at the check that was named, and the
reference never?
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from graders.core.engine import in_order, run_check, run_exercise
from graders.core.verdict import Status, Verdict
from graders.grading.catalogue import Entry, Homework
from graders.grading.diagnosis import explaining, verdict_of

KEY = "audit"


@dataclass(frozen=True)
class Catch:
    """What the hidden checks made of one misconception under the fixed key."""

    exercise: str
    misconception: str
    declared: str
    caught_by: tuple[str, ...]
    first: str
    diagnosed: tuple[str, ...]

    @property
    def problem(self) -> str:
        """Why this misconception shows a weak check, or nothing."""
        if not self.caught_by:
            return "survives every check"
        if self.declared and self.first != self.declared:
            return f"is caught first by {self.first}, declared {self.declared}"
        others = [name for name in self.diagnosed if name != self.misconception]
        return f"cannot be told from {', '.join(others)}" if others else ""


@dataclass(frozen=True)
class Soundness:
    """How often a check failed the reference, and the first message when it did."""

    exercise: str
    check: str
    seeds: int
    failures: int
    message: str


@dataclass(frozen=True)
class Power:
    """How often a statistical check caught a misconception that is its to catch."""

    exercise: str
    check: str
    misconception: str
    caught: int
    seeds: int


def catches(entry: Entry, homework: Homework) -> Iterator[Catch]:
    """Run every hidden check on every misconception of one exercise, nothing skipped."""
    for mistake in entry.misconceptions:
        every = {
            check.name: verdict_of(entry, mistake, check, key=KEY, right=homework.right)
            for check in entry.hidden
        }
        host = homework.host({**entry.beside, entry.name: mistake.value})
        public = run_exercise(entry.public, host, key=KEY, public=True)
        grader_faults([*every.values(), *public])
        verdicts = in_order(entry.hidden, lambda check: every[check.name], public=False)
        first = next((v.check for v in verdicts if not v.passed), "")
        found = explaining(entry, verdicts, key=KEY, right=homework.right)
        yield Catch(
            entry.name,
            mistake.name,
            mistake.caught_by,
            tuple(v.check for v in every.values() if not v.passed),
            first,
            tuple(m.name for m in found),
        )


def idle(entry: Entry, found: Iterable[Catch]) -> Iterator[str]:
    """Sentences on checks of a function that catch no misconception: either a mistake is not
    written down yet, or the check says nothing that the others do not.
    """
    if entry.exercise.kind != "F":
        return
    busy = {name for catch in found for name in catch.caught_by}
    for check in entry.hidden if entry.misconceptions else ():
        if not check.general and check.name not in busy:
            yield f"the check {check.name} catches no misconception"


def soundness(
    entry: Entry, homework: Homework, *, random_seeds: int, other_seeds: int
) -> Iterator[Soundness]:
    """Run every check, public ones too, on the reference under many keys."""
    seeds = random_seeds if entry.exercise.random else other_seeds
    host = homework.host({**entry.beside, **{e.name: e.solution for e in homework.entries}})
    for public, checks in ((True, entry.public), (False, entry.hidden)):
        for check in checks:
            runs = seeds if not public else 1
            failed = [
                v
                for v in (
                    run_check(check, host, key=f"{KEY} {i}", public=public, right=homework.right)
                    for i in range(runs)
                )
                if not v.passed
            ]
            yield Soundness(
                entry.name, check.name, runs, len(failed), failed[0].message if failed else ""
            )


def powers(entry: Entry, homework: Homework, *, seeds: int) -> Iterator[Power]:
    """How often each statistical check catches the misconceptions declared as its own."""
    for check in entry.hidden:
        for mistake in entry.misconceptions if check.law else ():
            if mistake.caught_by == check.name:
                verdicts = [
                    run_check(
                        check,
                        homework.host({entry.name: mistake.value}),
                        key=f"{KEY} {i}",
                        public=False,
                        right=homework.right,
                    )
                    for i in range(seeds)
                ]
                yield Power(
                    entry.name, check.name, mistake.name, sum(not v.passed for v in verdicts), seeds
                )


def grader_faults(verdicts: list[Verdict]) -> None:
    """Raise when a check of ours broke: an audit must not count that as a catch."""
    for verdict in verdicts:
        if verdict.status is Status.GRADER_FAULT:
            raise RuntimeError(
                f"the check {verdict.exercise}.{verdict.check} broke: {verdict.message}"
            ) from verdict.evidence
