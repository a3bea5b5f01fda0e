"""`critic new-exercise`, and what audit and build say first: words on the terminal, and the exit
status.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from graders.authoring.at_home import OK, USAGE, say
from graders.authoring.new_exercise import CannotWrite, new_exercise
from graders.authoring.unfinished import unfinished
from graders.course.homeworks import course_folder
from graders.grading.catalogue import UnknownName, homework_names

UNFINISHED = 1


def write_exercise(
    console: Console, topic: str, name: str, arguments: str, homework: str, kind: str = "function"
) -> int:
    """`critic new-exercise`. Returns the exit status."""
    try:
        written = new_exercise(topic, name, re.findall(r"[^\s,]+", arguments), homework, kind)
    except (CannotWrite, UnknownName) as error:
        return say(console, f"Cannot write the exercise: {error}", USAGE)
    for path in written:
        say(console, f"wrote {_short(path)}")
    return say(
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
    say(console, "Still to be written:")
    for sentence in lacking:
        say(console, f"✗ {sentence}")
    return say(console, then, UNFINISHED)


def _short(path: Path) -> Path:
    course = course_folder()
    return path.relative_to(course) if course else path
