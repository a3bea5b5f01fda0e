"""What one process does of a class: it takes one submission after the other, on warm grounds of its
own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import torch

from graders.bulk.machine import Machine
from graders.bulk.task import BadCluster, Faulty, Layers, Run, Task
from graders.core.text import line
from graders.grading.catalogue import UnknownName, load_homework
from graders.grading.known import Known
from graders.grading.listed import with_required
from graders.grading.one import HandedIn, grade_handed_in, read_in
from graders.grading.outcome import Grade
from graders.grading.private import private_folders
from graders.isolation.faults import GroundFault, Refused
from graders.isolation.seed import Seed
from graders.isolation.supervise import Grounds

# What concerns every submission alike, or has its own way to be tried again.
OF_ALL = (GroundFault, Refused, UnknownName, BadCluster)


class Desk:
    """Grades submissions one at a time. The grounds are made when they are first needed, and anew
    after they failed.

    lock: a file that all desks of one machine share. examine: raises when the grounds are not good
    enough. seed: what the zygotes of all desks are forks of.
    """

    def __init__(
        self,
        run: Run,
        lock: Path,
        examine: Callable[[Grounds], None] = lambda grounds: None,
        seed: Seed | None = None,
    ):
        self._run = run
        self._lock = lock
        self._examine = examine
        self._seed = seed
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

    def grade_found(self, task: Task) -> tuple[Grade, Layers]:
        """Read the files of a submission and grade them."""
        return self.grade(read_in(task.found), task.exercises)

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
                seed=self._seed,
            )
            try:
                self._examine(grounds)
            except BaseException:
                grounds.__exit__()
                raise
            self._grounds = grounds
        return self._grounds
