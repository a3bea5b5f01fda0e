"""Runs every hidden check on wrong solutions (misconceptions, mutants): each in a child process
with limits, each result kept.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import torch

from graders.audit import kept
from graders.audit.audit import KEY
from graders.audit.mutants import Mutant, mutants
from graders.core.engine import run_check
from graders.core.host import Host
from graders.core.verdict import Status
from graders.grading.catalogue import ASSIGNMENTS, Entry, Homework, load_topic
from graders.grading.source import standalone

# A mutant may loop for ever or fill the memory. The references take at most some seconds for all
# their checks.
CPU_SECONDS, WALL_SECONDS, MEMORY = 120, 600, 12 * 2**30
# A check at which the child died, and one that it did not live to see.
DIED, UNKNOWN = "died", "unknown"
MISCONCEPTION, MUTANT = "misconception", "mutant"
# What Python raises on nonsense: a mutant that does so in every check tells nothing about the
# checks.
NONSENSE = ("AttributeError", "TypeError", "NameError", "IndexError")


@dataclass(frozen=True)
class Subject:
    """A wrong solution. `make` gives its value; `text` is what it is known by: a change of it makes
    it another one.
    """

    id: str
    kind: str
    exercise: str
    line: str
    text: str
    make: Callable[[], Any]


@dataclass(frozen=True)
class Trial:
    """What the checks made of a subject: by check, the status, the class of the problem, and the
    print of what was run.
    """

    id: str
    kind: str = ""
    exercise: str = ""
    line: str = ""
    statuses: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    prints: dict[str, str] = field(default_factory=dict)

    def only(self, prints: Mapping[str, str]) -> Trial:
        """What is still true of these checks with these prints, in their order."""
        same = [check for check, mark in prints.items() if self.prints.get(check) == mark]
        statuses, problems = (
            {check: of[check] for check in same} for of in (self.statuses, self.problems)
        )
        return replace(
            self,
            statuses=statuses,
            problems=problems,
            prints={check: prints[check] for check in same},
        )

    @property
    def killed_by(self) -> tuple[str, ...]:
        """The checks that it does not pass. A check of ours that breaks catches nothing."""
        return tuple(
            check
            for check, status in self.statuses.items()
            if status not in (Status.PASSED.value, Status.GRADER_FAULT.value, UNKNOWN)
        )

    @property
    def faults(self) -> tuple[str, ...]:
        """The checks of ours that broke on it."""
        return tuple(
            check for check, status in self.statuses.items() if status == Status.GRADER_FAULT.value
        )

    @property
    def nonsense(self) -> bool:
        """Whether every check met an error of this kind, those that want a ValueError too: any call
        finds such a mutant.
        """
        raised = [problem.endswith(NONSENSE) for problem in self.problems.values()]
        others = [problem.startswith("an error other than") for problem in self.problems.values()]
        return any(raised) and all(map(max, raised, others))


def subjects(homework: Homework, exercise: str) -> list[Subject]:
    """The misconceptions of an exercise, then the mutants of its reference."""
    entry = homework.entry(exercise)
    held = [
        Subject(
            f"{entry.topic}.{exercise}:{m.name}",
            MISCONCEPTION,
            exercise,
            m.hint,
            standalone(m.value, exercise),
            lambda value=m.value: value,
        )
        for m in entry.misconceptions
    ]
    changed = (
        mutants(entry.topic, exercise, entry.solution, every_exercise())
        if entry.exercise.kind == "F"
        else []
    )
    return held + [_of_mutant(mutant, entry) for mutant in changed]


def _of_mutant(mutant: Mutant, entry: Entry) -> Subject:
    return Subject(
        mutant.id,
        MUTANT,
        mutant.exercise,
        mutant.line,
        mutant.text,
        lambda: mutant.function(entry.solution.__globals__),
    )


def every_entry() -> dict[str, Entry]:
    """All exercises of all topics."""
    topics = (path.stem for path in sorted(ASSIGNMENTS.glob("*.md")))
    return {entry.name: entry for topic in topics for entry in load_topic(topic)}


def every_exercise() -> frozenset[str]:
    """The names of all exercises of all topics."""
    return frozenset(every_entry())


def fingerprints(subject: Subject, entry: Entry) -> dict[str, str]:
    """By check, what changes when the subject changes, or the check, or anything of ours that the
    check calls.
    """
    texts = {check.name: text_of(check.function) for check in entry.hidden}
    return {
        name: hashlib.sha256(repr((subject.text, text, KEY)).encode()).hexdigest()[:16]
        for name, text in texts.items()
    }


@cache
def text_of(function: Callable) -> str:
    # A check made by a factory has no name of its own.
    return standalone(function, getattr(function, "__name__", "check"))


def run_all(work: Sequence[tuple[Homework, Subject]], results: Path, jobs: int) -> Iterator[Trial]:
    """Every subject tried, those whose result is already in the file first. Each new result is
    written as it comes.

    Where a check is new or has changed, that check alone is run.
    """
    known = read(results)
    to_do = []
    for homework, subject in work:
        prints = fingerprints(subject, homework.entry(subject.exercise))
        trial = known.get(subject.id, Trial(subject.id)).only(prints)
        trial = replace(trial, kind=subject.kind, exercise=subject.exercise, line=subject.line)
        if trial.prints == prints:
            yield trial
        else:
            to_do.append(Job(homework, subject, trial, prints))
    _warm_up(work if to_do else [])
    with kept.keeping(results, known.values()) as keep:
        for trial in _in_children(to_do, jobs):
            keep(trial)
            yield trial


def _warm_up(work: Sequence[tuple[Homework, Subject]]) -> None:
    """Have this process load, by trying one misconception, what every child would load again: a
    second each.
    """
    torch.set_num_threads(1)
    held = next(
        ((homework, subject) for homework, subject in work if subject.kind == MISCONCEPTION), None
    )
    if held:
        list(verdicts(*held))


def read(results: Path) -> dict[str, Trial]:
    """The latest result of each subject."""
    return {trial.id: trial for trial in kept.read(results, Trial)}


def verdicts(
    homework: Homework, subject: Subject, but: Collection[str] = ()
) -> Iterator[tuple[str, str, str]]:
    """Check, status and problem of one subject, in this process: every check but those named."""
    entry = homework.entry(subject.exercise)
    host = Host({**entry.beside, entry.name: subject.make()})
    for check in (check for check in entry.hidden if check.name not in but):
        verdict = run_check(check, host, key=KEY, public=False, right=homework.right)
        yield (
            check.name,
            verdict.status.value,
            verdict.message if verdict.status is Status.GRADER_FAULT else verdict.problem,
        )


@dataclass(frozen=True)
class Job:
    """A subject to try: what is known of it, and the prints of all its checks."""

    homework: Homework
    subject: Subject
    known: Trial
    prints: dict[str, str]


@dataclass
class _Child:
    """A running child, what it works on, and what has come from it by check: status and problem."""

    process: Any
    connection: Connection
    job: Job
    deadline: float
    said: dict[str, tuple[str, str]] = field(default_factory=dict)

    def receive(self) -> bool:
        """Take in what the child said; False when it has ended."""
        try:
            name, status, problem = self.connection.recv()
            self.said[name] = status, problem
            return True
        except EOFError:
            self.process.join()
            return False

    def trial(self) -> Trial:
        """What is known now. The check at which the child died has found something; of those after
        it nothing is known.
        """
        job, missing = (
            self.job,
            [
                name
                for name in self.job.prints
                if name not in self.job.known.statuses and name not in self.said
            ],
        )
        said = self.said | {name: (DIED if name == missing[0] else UNKNOWN, "") for name in missing}
        every = {
            name: said.get(name) or (job.known.statuses[name], job.known.problems[name])
            for name in job.prints
        }
        statuses, problems = ({name: pair[i] for name, pair in every.items()} for i in (0, 1))
        return replace(job.known, statuses=statuses, problems=problems, prints=job.prints)


def _in_children(work: Iterable[Job], jobs: int) -> Iterator[Trial]:
    """Each subject in a fork of this process, which has loaded everything; at most `jobs` at a
    time.
    """
    waiting = iter(work)
    running: dict[Connection, _Child] = {}
    while True:
        while len(running) < jobs and (job := next(waiting, None)):
            child = _start(job)
            running[child.connection] = child
        if not running:
            return
        for connection in wait(list(running), timeout=1):
            if not running[connection].receive():
                yield running.pop(connection).trial()
        for child in running.values():
            if time.monotonic() > child.deadline:
                child.process.kill()


def _start(job: Job) -> _Child:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(theirs, job), daemon=True)
    process.start()
    theirs.close()
    return _Child(process, ours, job, time.monotonic() + WALL_SECONDS)


def _child(connection: Connection, job: Job) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for said in verdicts(job.homework, job.subject, job.known.statuses):
        connection.send(said)
    # Without the clean-up of the parent's copies: files, progress bars.
    os._exit(0)
