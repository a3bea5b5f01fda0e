"""`homeworks.toml`: that of a course of one's own when CRITIC_COURSE names its folder, else the
built-in one.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ASSIGNMENTS = Path(importlib.import_module("assignments").__path__[0])
# An environment variable, so that every process of a run works on the same course.
VARIABLE = "CRITIC_COURSE"
FILE, KEY, ROSTER = "homeworks.toml", "course.key", "roster.csv"
# Where a course may add topics: packages, and the folder of the prompts.
TOPIC_FOLDERS = ("reference", "graders/public", "graders/hidden")
RESERVED = "course"
# What the table of a homework may hold; what is called otherwise would have no effect, silently.
KEYS = (
    "title", "topics", "points", "given", "answers", "due", "late", "published", "gradescope",
    "environment",
)  # fmt: skip


class UnknownName(Exception):
    """A homework, topic or exercise that does not exist; the text lists those that do."""


class BadCourse(UnknownName):
    """A course folder that cannot be used; the text says which file and what is wrong with it."""


def course_folder() -> Path | None:
    """The folder of the course that is graded; None for the built-in one."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def homeworks() -> dict[str, dict[str, Any]]:
    """The table of each homework by name. Raises BadCourse."""
    return {name: table for name, table in _tables(course_folder()).items() if name != RESERVED}


def course_table() -> dict[str, Any]:
    """The table `[course]`: what holds for all homeworks together. Raises BadCourse."""
    return dict(_tables(course_folder()).get(RESERVED, {}))


def topic_text(topic: str) -> Path:
    """The file with the prompts of a topic."""
    course = course_folder()
    own = course / "assignments" / f"{topic}.md" if course else None
    return own if own and own.exists() else ASSIGNMENTS / f"{topic}.md"


@cache
def _tables(course: Path | None) -> dict[str, Any]:
    file = (course or ASSIGNMENTS) / FILE
    try:
        tables = tomllib.loads(file.read_text())
    except OSError:
        raise BadCourse(
            f"{file.parent} holds no {FILE}: `critic init {file.parent}` makes a course"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise BadCourse(f"{file} is not valid TOML: {error}") from None
    for name, table in tables.items():
        if name != RESERVED:
            _examine(file, name, table)
    if course is not None:
        _add_topics(course)
    return tables


def _examine(file: Path, name: str, table: Any) -> None:
    if (
        not isinstance(table, dict)
        or not isinstance(table.get("points"), dict)
        or not isinstance(table.get("topics"), list)
        or "title" not in table
    ):
        raise BadCourse(
            f"{file}: the homework {name!r} needs `title`, `topics` (a list) and a table"
            f" [{name}.points]"
        )
    _refuse_unknown(file, name, table)
    wrong = [
        exercise
        for exercise, points in table["points"].items()
        if isinstance(points, bool) or not isinstance(points, (int, float)) or points < 0
    ]
    if wrong:
        raise BadCourse(
            f"{file}: the points of {', '.join(wrong)} in [{name}.points] must be numbers, 0 or"
            " more"
        )


def _refuse_unknown(file: Path, name: str, table: dict[str, Any]) -> None:
    for key in table:
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1, 0.5)
            raise BadCourse(
                f"{file}: [{name}] does not know {key!r}"
                + (f"; did you mean {near[0]!r}?" if near else f"; it knows {', '.join(KEYS)}")
            )


def _add_topics(course: Path) -> None:
    """Let our packages find the modules of the course's own topics too."""
    for folder in TOPIC_FOLDERS:
        package, own = importlib.import_module(folder.replace("/", ".")), course / folder
        taken = {
            path.stem
            for place in package.__path__
            if Path(place) != own
            for path in _modules(Path(place))
        }
        twice = sorted(path.name for path in _modules(own) if path.stem in taken)
        if twice:
            raise BadCourse(
                f"{own}: {', '.join(twice)} has the name of a topic that exists already; give your"
                " own topic another name"
            )
        if own.is_dir() and str(own) not in package.__path__:
            package.__path__.append(str(own))


def _modules(folder: Path) -> list[Path]:
    """The modules in a folder, and the packages: a topic may be either."""
    return [*folder.glob("*.py"), *(file.parent for file in folder.glob("*/__init__.py"))]
