"""One file to one Grade: read it, run it in isolation, judge it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from graders.core import submission as reader
from graders.core.artefacts import ArtefactHost, artefacts_in
from graders.core.asides import Aside, misplaced
from graders.core.text import few, line
from graders.core.text import name as plain_name
from graders.core.troubles import sentences
from graders.grading.catalogue import Homework
from graders.grading.grade import ExerciseGrade, Grade, grade, nothing_found
from graders.grading.known import Known
from graders.intake.archives import shown
from graders.intake.find import Found
from graders.intake.kinds import is_code
from graders.isolation.beside import NOTHING, Beside
from graders.isolation.limits import DEFAULT
from graders.isolation.supervise import Grounds

# What may stand beside the code of a submission: the worker's own folder has room for it and more.
BESIDE_FILES, BESIDE_BYTES = 2_000, 64 * 2**20


@dataclass(frozen=True)
class HandedIn:
    """What was handed in, read: all that a grade needs of the files. `problem`: why there is
    nothing to grade. `notes`: for the student.
    """

    name: str
    cells: tuple[str, ...] = ()
    artefacts: ArtefactHost = field(default_factory=lambda: ArtefactHost({}))
    problem: str = ""
    beside: Beside = NOTHING
    notes: tuple[str, ...] = ()
    asides: tuple[Aside, ...] = ()


def read_in(found: Found) -> HandedIn:
    """Read a submission's file and what lies beside it."""
    try:
        if found.file is None:
            raise reader.Unreadable(
                found.problem
                or f"the folder {found.name} holds no notebook and no script: hand in the .ipynb"
                " file"
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
        )
    except (reader.Unreadable, OSError) as error:
        return HandedIn(found.name, problem=line(str(error)), notes=found.notes)
    except Exception as error:  # whatever a file holds: it is that file which cannot be read
        return HandedIn(
            found.name,
            problem=f"the file cannot be read ({type(error).__name__}): hand in the .ipynb file",
            notes=found.notes,
        )


def read_beside(found: Found, script: bool = False) -> tuple[Beside, tuple[str, ...]]:
    """The files that stand beside a submission's code, and a sentence when they are too many or too
    large: code comes first, then what is small. A script lies there itself.
    """
    files: dict[str, bytes] = {}
    left: list[str] = []
    room = BESIDE_BYTES
    order = sorted(found.files, key=lambda f: (not is_code(f[0]), f[1].stat().st_size, f[0]))
    for name, path in order:
        size = path.stat().st_size
        if name == found.main and not script:
            continue
        if size > room or len(files) >= BESIDE_FILES:
            left.append(name)
            continue
        room -= size
        files[name] = path.read_bytes()
    folder = PurePosixPath(found.main).parent.as_posix()
    own = plain_name(PurePosixPath(found.main or "script.py").name) if script else ""
    beside = Beside(files, "" if folder == "." else folder, own)
    return beside, tuple(map(_left_out, left[:1], [left]))


def _left_out(first: str, left: list[str]) -> str:
    more = f" and {len(left) - 1} more files" if len(left) > 1 else ""
    return (
        f"{shown(first)}{more} was not there when the code ran: what stands beside it may be"
        f" {BESIDE_FILES:,} files with {BESIDE_BYTES // 2**20} MB together."
    )


def taken_from(joined: tuple[str, tuple[str, ...]]) -> str:
    """A cell that takes exercises from another script of the same submission."""
    file, names = joined
    module = ".".join(PurePosixPath(file).with_suffix("").parts)
    return f"from {module} import {', '.join(names)}"


def grade_file(
    found: Found,
    homework: Homework,
    grounds: Grounds,
    course_key: str,
    only: tuple[str, ...] = (),
    tell: Callable[[ExerciseGrade], None] = lambda grade: None,
) -> Grade:
    """Grade a submission's file."""
    return grade_handed_in(read_in(found), homework, grounds, course_key, only, tell=tell)


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
    started = time.perf_counter()
    if handed_in.problem:
        return Grade(
            handed_in.name,
            homework.name,
            _nothing(homework, only),
            (f"Nothing could be graded: {handed_in.problem}", *handed_in.notes),
        )
    given = homework.environment
    limits = DEFAULT.given(given.seconds)
    beside = handed_in.beside.given(given.contents())
    with grounds.open(handed_in.cells, limits, beside) as submission:
        ready = time.perf_counter()
        exercises = grade(
            homework,
            submission,
            course_key=course_key,
            only=only,
            alone=alone,
            tell=tell,
            artefacts=handed_in.artefacts,
            known=known,
        )
        judged = time.perf_counter()
        troubles = tuple(submission.troubles)
        aside = misplaced(handed_in.asides, handed_in.cells, [e.name for e in homework.graded])
        own = few((*handed_in.notes, *aside))
        notes = (*own, *few(submission.notes), *sentences(troubles))
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
