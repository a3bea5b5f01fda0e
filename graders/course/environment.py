"""`[HOMEWORK.environment]`: what stands ready where the submissions of a homework run, and how long
they may.
"""

from __future__ import annotations

import difflib
import hashlib
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from graders.course.homeworks import (
    ASSIGNMENTS,
    FILE,
    KEY,
    ROSTER,
    TOPIC_FOLDERS,
    BadCourse,
    course_folder,
)

SECONDS = ("cell_seconds", "call_seconds", "total_seconds")
KEYS = ("libraries", "files", *SECONDS)
# The whole of a submission's time where nothing else is said.
TOTAL = 120.0
# As much as may stand beside a submission anyway.
MOST_FILES, MOST_BYTES = 2_000, 64 * 2**20
# What a course keeps to itself, and what the folder that students receive holds already.
PRIVATE = (FILE, KEY, ROSTER, "gradebook.sqlite", "assignments", *TOPIC_FOLDERS)
TAKEN = ("graders", "README.md", "requirements.txt", ".github", "autograder.py")


class MissingLibraries(BadCourse):
    """Libraries of a homework that are not installed here; the text says how to install them."""


@dataclass(frozen=True)
class Environment:
    """libraries: what pip is asked for. files: where each file lies that is given to every
    submission, by its path beside the notebook. seconds: limits of CPU time that are not those of
    other homeworks.
    """

    libraries: tuple[str, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    def contents(self) -> dict[str, bytes]:
        """The files that are given, by their path beside the notebook."""
        return {name: path.read_bytes() for name, path in self.files.items()}

    @property
    def words(self) -> str:
        """The libraries as words of a command."""
        return shlex.join(self.libraries)

    @property
    def version(self) -> str:
        """A hash of all of it; empty where a homework asks for nothing."""
        parts = [*self.libraries, *(f"{key}={value:g}" for key, value in self.seconds.items())]
        parts += [
            f"{name}\0{hashlib.sha256(data).hexdigest()}" for name, data in self.contents().items()
        ]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16] if parts else ""

    def examine(self) -> None:
        """Raise MissingLibraries unless this Python has the libraries."""
        examine(self.libraries)


NOTHING = Environment()


def environment_of(homework: str, table: Mapping[str, Any]) -> Environment:
    """What the table of a homework says. Raises BadCourse."""
    found = table.get("environment", {})
    where = f"{FILE}: [{homework}.environment]"
    if not isinstance(found, dict):
        raise BadCourse(f"{where} is a table with any of {', '.join(KEYS)}")
    for key in found:
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1, 0.5)
            raise BadCourse(
                f"{where} does not know {key!r}"
                + (f"; did you mean {near[0]!r}?" if near else f"; it knows {', '.join(KEYS)}")
            )
    libraries = tuple(_texts(where, "libraries", found.get("libraries", [])))
    for text in libraries:
        _requirement(where, text)
    return Environment(
        libraries,
        _files(where, homework, _texts(where, "files", found.get("files", []))),
        _seconds(where, found),
    )


def examine(libraries: Sequence[str]) -> None:
    """Raise MissingLibraries unless this Python has what these requirements ask for."""
    missing = [text for text in libraries if _missing(Requirement(text))]
    if missing:
        command = f"python -m pip install {shlex.join(missing)}"
        raise MissingLibraries(
            f"submissions may import {', '.join(missing)}, which is not installed here: `{command}`"
        )


def _missing(wanted: Requirement) -> bool:
    if wanted.marker is not None and not wanted.marker.evaluate():
        return False
    try:
        return not wanted.specifier.contains(version(wanted.name), prereleases=True)
    except PackageNotFoundError:
        return True


def _texts(where: str, key: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise BadCourse(f"{where}: `{key}` is a list of texts, not {value!r}")
    return value


def _requirement(where: str, text: str) -> None:
    try:
        Requirement(text)
    except InvalidRequirement as error:
        said = str(error).split("\n")[0]
        raise BadCourse(
            f"{where}: {text!r} in `libraries` is nothing that pip installs ({said}); write a name,"
            ' with versions where they matter, such as "einops>=0.7"'
        ) from None


def _seconds(where: str, table: Mapping[str, Any]) -> dict[str, float]:
    found = {}
    for key in SECONDS:
        value = table.get(key, 1.0)
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not good or not math.isfinite(value) or value <= 0:
            raise BadCourse(f"{where}: `{key}` is a number of seconds above 0, not {value!r}")
        if key in table:
            found[key] = float(value)
    total = found.get("total_seconds", TOTAL)
    for key in SECONDS[:2]:
        if found.get(key, 0.0) > total:
            raise BadCourse(
                f"{where}: `{key}` is {found[key]:g}, which is more than the {total:g} s for all"
                " of a submission: raise `total_seconds` too"
            )
    return found


def _files(where: str, homework: str, names: list[str]) -> dict[str, Path]:
    folder = course_folder() or ASSIGNMENTS
    found: dict[str, Path] = {}
    for text in names:
        name = PurePosixPath(text)
        _refuse_name(where, homework, text, name)
        path = folder / name
        if not path.exists():
            raise BadCourse(f"{where}: there is no {path}, which `files` gives to submissions")
        below = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        found |= {p.relative_to(folder).as_posix(): p for p in below if _wanted(p)}
    size = sum(path.stat().st_size for path in found.values())
    if len(found) > MOST_FILES or size > MOST_BYTES:
        raise BadCourse(
            f"{where}: `files` gives {len(found):,} files with {size / 2**20:.0f} MB; at most"
            f" {MOST_FILES:,} with {MOST_BYTES // 2**20} MB may stand beside a submission"
        )
    return found


def _refuse_name(where: str, homework: str, text: str, name: PurePosixPath) -> None:
    if name.is_absolute() or ".." in name.parts or not name.parts or "\\" in text:
        raise BadCourse(
            f"{where}: {text!r} in `files` is not the path of a file or folder beside {FILE},"
            ' such as "helper.py" or "data/points.csv"'
        )
    kept = [PurePosixPath(other) for other in PRIVATE]
    if any(name == other or other in name.parents or name in other.parents for other in kept):
        raise BadCourse(f"{where}: {text!r} in `files` is private, and students would receive it")
    if name.parts[0] in (*TAKEN, f"{homework}.ipynb"):
        raise BadCourse(
            f"{where}: {text!r} in `files` has the name of something that students receive anyway;"
            " give it another name"
        )
    if course_folder() and (ASSIGNMENTS / name).exists():
        raise BadCourse(
            f"{where}: {text!r} in `files` has the name of a prompt of ours; put it into a folder"
        )


def _wanted(path: Path) -> bool:
    return "__pycache__" not in path.parts and path.suffix != ".pyc"
