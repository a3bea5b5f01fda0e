"""One file to one Grade: read it, run it in isolation, judge it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from graders.core import submission as reader
from graders.core.artefacts import ArtefactHost, artefacts_in
from graders.core.asides import Aside, misplaced
from graders.core.language import say, speaking
from graders.core.text import few, line
from graders.core.troubles import sentences
from graders.course.people import Person
from graders.grading.beside import read_beside, taken_from
from graders.grading.catalogue import Homework
from graders.grading.grade import ExerciseGrade, Grade, grade, nothing_found
from graders.grading.known import Known
from graders.grading.varied import whose
from graders.intake.find import Found
from graders.isolation.beside import NOTHING, Beside
from graders.isolation.limits import DEFAULT
from graders.isolation.supervise import Grounds


@dataclass(frozen=True)
class HandedIn:
    """What was handed in, read: all that a grade needs of the files. `problem`: why there is
    nothing to grade. `notes`: for the student. `people`: who handed it in, as far as known.
    """

    name: str
    cells: tuple[str, ...] = ()
    artefacts: ArtefactHost = field(default_factory=lambda: ArtefactHost({}))
    problem: str = ""
    beside: Beside = NOTHING
    notes: tuple[str, ...] = ()
    asides: tuple[Aside, ...] = ()
    people: tuple[Person, ...] = ()


def read_in(found: Found) -> HandedIn:
    """Read a submission's file and what lies beside it."""
    try:
        if found.file is None:
            raise reader.Unreadable(
                found.problem
                or say(
                    "the folder {name} holds no notebook and no script: hand in the .ipynb file",
                    name=found.name,
                )
            )
        source = reader.read(found.file)
        cells = (*source.cells, *map(taken_from, found.joined))
        beside, left = read_beside(found, source.script)
        return HandedIn(
            found.name,
            cells,
            artefacts_in(found.artefacts),
            beside=beside,
            notes=(*source.notes, *found.notes, *left),
            asides=source.asides,
            people=found.people,
        )
    except (reader.Unreadable, OSError) as error:
        return HandedIn(found.name, problem=line(str(error)), notes=found.notes)
    except Exception as error:  # whatever a file holds: it is that file which cannot be read
        return HandedIn(
            found.name,
            problem=say(
                "the file cannot be read ({error}): hand in the .ipynb file",
                error=type(error).__name__,
            ),
            notes=found.notes,
        )


def grade_file(
    found: Found,
    homework: Homework,
    grounds: Grounds,
    course_key: str,
    only: tuple[str, ...] = (),
    tell: Callable[[ExerciseGrade], None] = lambda grade: None,
) -> Grade:
    """Grade a submission's file."""
    with speaking(homework.tongue):
        handed_in = read_in(found)
    return grade_handed_in(handed_in, homework, grounds, course_key, only, tell=tell)


def grade_handed_in(
    handed_in: HandedIn,
    homework: Homework,
    grounds: Grounds,
    course_key: str,
    only: tuple[str, ...] = (),
    alone: Callable[[], AbstractContextManager[Any]] = nullcontext,
    tell: Callable[[ExerciseGrade], None] = lambda grade: None,
    known: Known | None = None,
) -> Grade:
    """Grade a submission. A file that could not be read gets no points and a note that says why.

    known: what is remembered of the submissions before.
    """
    with speaking(homework.tongue):
        return _grade(handed_in, homework, grounds, course_key, only, alone, tell, known)


def _grade(
    handed_in: HandedIn,
    homework: Homework,
    grounds: Grounds,
    course_key: str,
    only: tuple[str, ...],
    alone: Callable[[], AbstractContextManager[Any]],
    tell: Callable[[ExerciseGrade], None],
    known: Known | None,
) -> Grade:
    started = time.perf_counter()
    if handed_in.problem:
        return Grade(
            handed_in.name,
            homework.name,
            _nothing(homework, only),
            (
                say("Nothing could be graded: {problem}", problem=handed_in.problem),
                *handed_in.notes,
            ),
        )
    given = homework.environment
    limits = DEFAULT.given(given.seconds)
    beside = handed_in.beside.given(given.contents())
    with grounds.open(handed_in.cells, limits, beside) as submission:
        ready = time.perf_counter()
        word, about = whose(submission, handed_in.people) if homework.varied else ("", ())
        exercises = grade(
            homework,
            submission,
            course_key=course_key,
            only=only,
            alone=alone,
            tell=tell,
            artefacts=handed_in.artefacts,
            known=known,
            word=word,
        )
        judged = time.perf_counter()
        troubles = tuple(submission.troubles)
        aside = misplaced(handed_in.asides, handed_in.cells, [e.name for e in homework.graded])
        own = few((*handed_in.notes, *aside))
        notes = (*about, *own, *few(submission.notes), *sentences(troubles))
    ended = time.perf_counter()
    seconds = {
        "spawn and cells": ready - started,
        "checks": judged - ready,
        "clean-up": ended - judged,
    }
    return Grade(handed_in.name, homework.name, exercises, notes, seconds)


def _nothing(homework: Homework, only: tuple[str, ...]) -> tuple[ExerciseGrade, ...]:
    """The grades of a submission without any code."""
    entries = [entry for entry in homework.graded if not only or entry.name in only]
    return tuple(
        ExerciseGrade(entry.name, nothing_found(entry), 0.0, homework.points[entry.name])
        for entry in entries
    )
