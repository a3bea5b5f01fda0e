"""How well mistakes are named: what is told about wrong solutions, beside what is wrong with them.

`python -m graders.audit.diagnosis FOLDER` prints the table.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from graders.audit.wrong import HandedIn, Wrong, homework_of, load
from graders.core.verdict import Status
from graders.grading.grade import grade
from graders.grading.outcome import ExerciseGrade

KEY = "diagnosis"


@dataclass(frozen=True)
class Told:
    """What a student is told about one wrong solution."""

    case: Wrong
    grade: ExerciseGrade

    @property
    def causes(self) -> list[str]:
        return [found.name for found in self.grade.diagnosis]

    @property
    def failed(self) -> list[str]:
        bad = Status.FAILED, Status.STUDENT_ERROR, Status.TIMED_OUT
        return [f"{v.check}: {v.problem}" for v in self.grade.verdicts if v.status in bad]

    @property
    def hints(self) -> list[str]:
        return [v.hint for v in self.grade.verdicts if v.hint]


def tell(case: Wrong) -> Told:
    homework = homework_of(case.exercise)
    asked = (case.exercise, *case.also)
    found = grade(homework, HandedIn(case, homework), course_key=KEY, only=asked)
    return Told(case, next(each for each in found if each.name == case.exercise))


def main() -> None:
    torch.set_num_threads(1)
    for name in sys.argv[1:]:
        for case in load(Path(name)):
            started = time.perf_counter()
            told = tell(case)
            print(
                f"{case.exercise} / {case.name} [{case.family}] share {told.grade.share}"
                f" {time.perf_counter() - started:.1f} s\n   IDEA {case.idea}"
                f"\n   HINT {told.causes} {told.hints}\n   FAIL {json.dumps(told.failed)[:400]}"
            )


if __name__ == "__main__":
    main()
