"""What one process does of a class: it takes one submission after the other, on warm grounds of its
own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from graders.bulk.gradebook import Stamp
from graders.bulk.machine import Machine
from graders.core.text import line
from graders.core.verdict import Status, Verdict
from graders.course.key import fingerprint
from graders.grading.catalogue import UnknownName, load_homework
from graders.grading.grade import ExerciseGrade, Grade
from graders.grading.known import Known
from graders.grading.one import HandedIn, grade_handed_in
from graders.grading.private import private_folders
from graders.grading.versions import check_versions, engine_version, with_required
from graders.intake.find import Found
from graders.isolation.ground import GroundFault
from graders.isolation.supervise import Grounds, Refused

Layers = list[Mapping[str, Any]]


@dataclass(frozen=True)
class Run:
    """The settings of one grading run; all that a grade depends on beside the submission."""

    homework: str
    out: Path
    course_key: str
    only: tuple[str, ...] = ()
    trust: bool = False
    hidden_from_submissions: tuple[Path, ...] = ()

    def stamps(self) -> dict[str, Stamp]:
        """What a result of each exercise depends on, the submission's content left out."""
        versions = check_versions(load_homework(self.homework))
        key = fingerprint(self.course_key)
        return {
            name: Stamp("", engine_version(), v, key, self.trust)
            for name, v in versions.items()
            if not self.only or name in self.only
        }


@dataclass(frozen=True)
class Task:
    """One submission, and the exercises of it that have to be graded."""

    found: Found
    exercises: tuple[str, ...]


class BadCluster(Exception):
    """A cluster that cannot be used; the text says why, and what to change."""


class Faulty(Exception):
    """This program failed at one submission; the text says how. The others are none the worse."""


# What concerns every submission alike, or has its own way to be tried again.
OF_ALL = (GroundFault, Refused, UnknownName, BadCluster)


# A task that is done: its grade, and the layers that protected the hidden checks.
Done = tuple[Task, Grade, Layers]


class Desk:
    """Grades submissions one at a time. The grounds are made when they are first needed, and anew
    after they failed.

    lock: a file that all desks of one machine share. examine: raises when the grounds are not good
    enough.
    """

    def __init__(
        self, run: Run, lock: Path, examine: Callable[[Grounds], None] = lambda grounds: None
    ):
        self._run = run
        self._lock = lock
        self._examine = examine
        self._grounds: Grounds | None = None
        self._known = Known()

    def grade(self, handed_in: HandedIn, exercises: tuple[str, ...]) -> tuple[Grade, Layers]:
        """Grade what is due, with what it requires: how a prerequisite went decides about
        stand-ins.
        """
        homework = load_homework(self._run.homework)
        needed = (
            ()
            if len(exercises) == len(homework.graded)
            else tuple(with_required(homework, list(exercises)))
        )
        machine = Machine(self._lock)
        try:
            grounds = self._open()
            with machine.shared():
                grade = grade_handed_in(
                    handed_in, homework, grounds, self._run.course_key, needed, machine.alone,
                    known=self._known,
                )  # fmt: skip
        except OF_ALL:
            self.close()
            raise
        except Exception as error:  # a fault of ours: it withholds one grade, and ends no run
            self.close()
            raise Faulty(line(f"{type(error).__name__}: {error}")) from error
        return replace(grade, exercises=tuple(e for e in grade.exercises if e.name in exercises)), [
            asdict(layer) for layer in grounds.layers
        ]

    def close(self) -> None:
        """End the grounds, with everything that runs on them."""
        grounds, self._grounds = self._grounds, None
        if grounds:
            grounds.__exit__()

    def _open(self) -> Grounds:
        if self._grounds is None:
            torch.set_num_threads(1)
            load_homework(self._run.homework).environment.examine()
            grounds = Grounds(
                private=[*private_folders(), *self._run.hidden_from_submissions],
                trust=self._run.trust,
            )
            try:
                self._examine(grounds)
            except BaseException:
                grounds.__exit__()
                raise
            self._grounds = grounds
        return self._grounds


def withheld(run: Run, task: Task, why: str) -> Done:
    """The grade of a submission that this program twice failed to grade: none, loudly, and due
    again in the next run.
    """
    homework = load_homework(run.homework)

    def of(name: str) -> ExerciseGrade:
        verdict = Verdict(
            name,
            "grading",
            "The submission can be graded.",
            Status.GRADER_FAULT,
            False,
            "grader fault",
            why,
        )
        return ExerciseGrade(name, (verdict,), None, homework.points[name])

    return task, Grade(task.found.name, run.homework, tuple(map(of, task.exercises)), (why,)), []
