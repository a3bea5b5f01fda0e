"""`critic new-exercise`, `critic check`, and what audit and build say first: words on the terminal,
and the exit status.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from graders.authoring.new_exercise import CannotWrite, new_exercise
from graders.authoring.unfinished import unfinished
from graders.core.__main__ import main
from graders.course.homeworks import course_folder, homeworks
from graders.grading.catalogue import UnknownName, homework_names

OK, UNFINISHED, USAGE = 0, 1, 2


def write_exercise(console: Console, topic: str, name: str, arguments: str, homework: str) -> int:
    """`critic new-exercise`. Returns the exit status."""
    try:
        written = new_exercise(topic, name, re.findall(r"[^\s,]+", arguments), homework)
    except (CannotWrite, UnknownName) as error:
        return _say(console, f"Cannot write the exercise: {error}", USAGE)
    for path in written:
        _say(console, f"wrote {_short(path)}")
    return _say(
        console,
        "Next: `critic audit` with the name of the homework says what is still to be written.",
    )


def tell_unfinished(console: Console, names: Sequence[str], every: bool, then: str) -> int:
    """Say what is still to be written, and `then` what was not done. 0 when that is nothing, or
    when the names are wrong, which the caller explains.
    """
    try:
        lacking = unfinished(homework_names() if every else names)
    except UnknownName:
        return OK
    if not lacking:
        return OK
    _say(console, "Still to be written:")
    for sentence in lacking:
        _say(console, f"✗ {sentence}")
    return _say(console, then, UNFINISHED)


def check_at_home(console: Console, file: Path) -> int:
    """`critic check`: what a student sees, with the topics of the course. Returns the exit
    status.
    """
    try:
        # Whoever reads it lets our packages find the topics of the course.
        homeworks()
    except UnknownName as error:
        return _say(console, f"Cannot check: {error}", USAGE)
    return main([str(file)])


def _say(console: Console, text: str, status: int = OK) -> int:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
    return status


def _short(path: Path) -> Path:
    course = course_folder()
    return path.relative_to(course) if course else path
