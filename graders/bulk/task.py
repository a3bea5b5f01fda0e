"""What there is to do of a class, and what came of it; nothing here loads a check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graders.bulk.gradebook import Stamp
from graders.core.verdict import Status, Verdict
from graders.course.key import fingerprint
from graders.grading.listed import list_homework
from graders.grading.outcome import ExerciseGrade, Grade
from graders.grading.sources import engine_version
from graders.intake.find import Found

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
        key = fingerprint(self.course_key)
        return {
            entry.name: Stamp("", engine_version(), entry.version, key, self.trust)
            for entry in list_homework(self.homework).graded
            if not self.only or entry.name in self.only
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


# A task that is done: its grade, and the layers that protected the hidden checks.
Done = tuple[Task, Grade, Layers]


def withheld(run: Run, task: Task, why: str) -> Done:
    """The grade of a submission that this program twice failed to grade: none, loudly, and due
    again in the next run.
    """
    homework = list_homework(run.homework)

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
