"""`homeworks.toml`: that of a course of one's own when CRITIC_COURSE names its folder, else the
built-in one.
"""

from __future__ import annotations

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

from graders.core.files import read_at_most
from graders.course.wrong import RESERVED, wrong_in

ASSIGNMENTS = Path(importlib.import_module("assignments").__path__[0])
# An environment variable, so that every process of a run works on the same course.
VARIABLE = "CRITIC_COURSE"
MOST = 2**24  # bytes of a table
FILE, KEY, ROSTER = "homeworks.toml", "course.key", "roster.csv"
# Where a course may add topics: packages, and the folder of the prompts.
TOPIC_FOLDERS = ("reference", "graders/public", "graders/hidden")


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


def topic_text(topic: str, language: str = "") -> Path:
    """The file with the prompts of a topic: that of the course, else ours; of each, that of a
    language by its code, if there is one.
    """
    course, file = course_folder(), f"{topic}.md"
    folders = [course / "assignments", ASSIGNMENTS] if course else [ASSIGNMENTS]
    found = (path for folder in folders for path in (folder / language / file, folder / file))
    return next((path for path in found if path.exists()), ASSIGNMENTS / file)


@cache
def _tables(course: Path | None) -> dict[str, Any]:
    file, tables = (course or ASSIGNMENTS) / FILE, read_tables(course)
    wrong = [f"{file}: {text}" for name, table in tables.items() for text in wrong_in(name, table)]
    if wrong:
        more = f" (and {len(wrong) - 1} more: `critic doctor {file.parent}`)"
        raise BadCourse(wrong[0] + (more if len(wrong) > 1 else ""))
    return tables


def read_tables(course: Path | None) -> dict[str, Any]:
    """All tables of a course as they are, its own topics ready to be imported. Raises BadCourse
    where the file cannot be read.
    """
    tables = _read((course or ASSIGNMENTS) / FILE)
    if course is not None:
        _add_topics(course)
    return tables


def _read(file: Path) -> dict[str, Any]:
    try:
        tables: dict[str, Any] = tomllib.loads(read_at_most(file, MOST).decode("utf-8-sig"))
        return tables
    except (FileNotFoundError, NotADirectoryError):
        raise BadCourse(
            f"{file.parent} holds no {FILE}: `critic init {file.parent}` makes a course"
        ) from None
    except OSError as error:
        raise BadCourse(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadCourse(f"{file} is not valid TOML: save it as UTF-8") from None
    except (ValueError, RecursionError) as error:  # numbers of 5,000 digits, brackets as deep
        raise BadCourse(f"{file} is not valid TOML: {error}") from None


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
