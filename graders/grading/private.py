"""Where everything of ours lies that a submission must not see, however it is installed."""

from __future__ import annotations

import importlib
import json
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

from graders.course.homeworks import course_folder

PROGRAM = "critic"
PACKAGES = ("reference", "assignments", "graders", "student_template")
# Folders that hold other people's packages too.
LIBRARIES = ("site-packages", "dist-packages")


def private_folders() -> list[Path]:
    """The folder that our packages lie in (a clone, a closed folder) as a whole, and every other
    copy that Python would find; where libraries lie beside them, the packages. And the course.
    """
    places = [*map(Path, sys.path), *_imported_from(), *_built_from()]
    course = course_folder()
    found = [path for place in places for path in _ours_in(place.resolve())]
    return list(dict.fromkeys([*found, *([course] if course else [])]))


def _imported_from() -> list[Path]:
    modules = (importlib.import_module(f"graders.{name}") for name in ("core", "hidden"))
    packages = (importlib.import_module(name) for name in ("reference", "assignments"))
    return [
        *(Path(module.__path__[0]).parents[1] for module in modules),
        *(Path(package.__path__[0]).parent for package in packages),
    ]


def _built_from() -> list[Path]:
    """The clone that was installed from, when pip has noted one."""
    with suppress(PackageNotFoundError, OSError, ValueError, KeyError):
        note = json.loads(distribution(PROGRAM).read_text("direct_url.json") or "{}")
        url = urlsplit(note["url"])
        return [Path(unquote(url.path))] if url.scheme == "file" else []
    return []


def _ours_in(place: Path) -> list[Path]:
    if not (place / "graders" / "hidden").is_dir():
        return []
    if place.name not in LIBRARIES and place != place.parent:
        return [place]
    packages = [place / name for name in PACKAGES]
    return [path for path in (*packages, *place.glob(f"{PROGRAM}-*.dist-info")) if path.exists()]
