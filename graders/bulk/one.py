"""One file to one Grade: read it, run it in isolation, judge it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from graders.bulk.find import Found
from graders.core import submission as reader
from graders.core.artefacts import artefact_host
from graders.grading.catalogue import Homework
from graders.grading.grade import ExerciseGrade, Grade, grade, nothing_found
from graders.isolation.submission import CellOutcome
from graders.isolation.supervise import Grounds


def grade_file(
    found: Found,
    homework: Homework,
    grounds: Grounds,
    course_key: str,
    only: tuple[str, ...] = (),
    alone: Callable[[], AbstractContextManager] = nullcontext,
    tell: Callable[[ExerciseGrade], None] = lambda grade: None,
) -> Grade:
    """Grade a submission. A file that cannot be read gets no points and a note that says why."""
    started = time.perf_counter()
    try:
        if found.file is None:
            raise reader.Unreadable(f"the folder {found.name} holds no notebook and no script: hand in the .ipynb file")
        source = reader.read(found.file)
    except (reader.Unreadable, OSError) as error:
        return Grade(found.name, homework.name, _nothing(homework, only), (f"Nothing could be graded: {error}",))
    with grounds.open(list(source.cells)) as submission:
        ready = time.perf_counter()
        exercises = grade(homework, submission, course_key=course_key, only=only, alone=alone, tell=tell, artefacts=artefact_host(found.file))
        judged = time.perf_counter()
        notes = (*submission.notes, *map(_said, (cell for cell in submission.cells if cell.status == "error")))
    ended = time.perf_counter()
    seconds = {"spawn and cells": ready - started, "checks": judged - ready, "clean-up": ended - judged}
    return Grade(found.name, homework.name, exercises, notes, seconds)


def _said(cell: CellOutcome) -> str:
    where = f" in line {cell.line}" if cell.line else ""
    return f"cell {cell.index + 1} raised {cell.error}{where}; the other cells count"


def _nothing(homework: Homework, only: tuple[str, ...]) -> tuple[ExerciseGrade, ...]:
    """The grades of a submission without any code."""
    entries = [entry for entry in homework.graded if not only or entry.name in only]
    return tuple(ExerciseGrade(entry.name, nothing_found(entry), 0.0, homework.points[entry.name]) for entry in entries)
