"""`critic new-exercise`, `critic check`, and what audit and build say first: words on the terminal,
and the exit status.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from graders.authoring.new_exercise import CannotWrite, new_exercise
from graders.authoring.unfinished import unfinished
from graders.core.__main__ import tell
from graders.core.outside import Unusable as Unreadable
from graders.core.outside import check_file
from graders.core.pace import DEFAULT
from graders.course.environment import environment_of
from graders.course.homeworks import course_folder, homeworks
from graders.grading.beside import taken_from
from graders.grading.catalogue import UnknownName, homework_names
from graders.packaging.intake import Unusable, to_check

OK, UNFINISHED, USAGE = 0, 1, 2


def write_exercise(
    console: Console, topic: str, name: str, arguments: str, homework: str, kind: str = "function"
) -> int:
    """`critic new-exercise`. Returns the exit status."""
    try:
        written = new_exercise(topic, name, re.findall(r"[^\s,]+", arguments), homework, kind)
    except (CannotWrite, UnknownName) as error:
        return _say(console, f"Cannot write the exercise: {error}", USAGE)
    for path in written:
        _say(console, f"wrote {_short(path)}")
    return _say(
        console,
        "Next: `critic audit` with the name of the homework says what is still to be written.",
    )


def tell_unfinished(
    console: Console, names: Sequence[str], every: bool, then: str, only: Sequence[str] = ()
) -> int:
    """Say what is still to be written, and `then` what was not done. 0 when that is nothing, or
    when the names are wrong, which the caller explains.
    """
    try:
        lacking = unfinished(homework_names() if every else names, only)
    except UnknownName:
        return OK
    if not lacking:
        return OK
    _say(console, "Still to be written:")
    for sentence in lacking:
        _say(console, f"✗ {sentence}")
    return _say(console, then, UNFINISHED)


def check_at_home(console: Console, file: Path) -> int:
    """`critic check`: what a student sees, with the topics of the course. Of a folder or an archive
    the file is checked that would be graded. Returns the exit status.
    """
    if not file.exists():
        return _say(console, f"Cannot check: there is no {file}", USAGE)
    try:
        known = homeworks()
        names = {exercise for table in known.values() for exercise in table["points"]}
        with tempfile.TemporaryDirectory(prefix="critic-check-") as folder:
            chosen = to_check(file, Path(folder), names)
            assert chosen.file is not None  # without one it raises Unusable
            found = check_file(chosen.file, _longest(known), list(map(taken_from, chosen.joined)))
    except UnknownName as error:
        return _say(console, f"Cannot check: {error}", USAGE)
    except (Unusable, Unreadable) as error:
        return _say(console, f"nothing was checked: {error}", USAGE)
    return tell(replace(found, notes=[*chosen.notes, *found.notes]))


def _longest(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """The limits of the homework that gives the most time: a file does not say whose it is."""
    given = [environment_of(name, table).seconds for name, table in tables.items()]
    return {
        key: max([getattr(DEFAULT, key), *(g.get(f"{key}_seconds", 0.0) for g in given)])
        for key in ("cell", "call", "total")
    }


def _say(console: Console, text: str, status: int = OK) -> int:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
    return status


def _short(path: Path) -> Path:
    course = course_folder()
    return path.relative_to(course) if course else path
