"""What a zip of ours holds: our wheel, made of this very code and course."""

from __future__ import annotations

import base64
import hashlib
import sys
import zipfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import graders.core
from graders.course.carried import course_files
from graders.grading.record import zipped

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# Where our wheel lies in the zip, and where the course key lies in our wheel.
WHEELS, KEY = "requirements.wheels", "course.key"
# What submissions may import beside the grader's own requirements.
LIBRARIES = "libraries.txt"
PACKAGES = ("assignments", "reference", "graders", "student_template")
EXECUTABLE = ("setup.sh", "run_autograder")


def tree(folder: Path) -> dict[str, bytes]:
    """The files below a folder by their path in it, without what Python and editors leave
    behind.
    """
    files = (
        p
        for p in folder.rglob("*")
        if p.is_file()
        and "__pycache__" not in p.parts
        and p.suffix not in (".pyc", ".swp", ".orig")
    )
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def wheel(extra: Mapping[str, bytes]) -> tuple[str, bytes]:
    """The name and content of a wheel of this very code and course, whether it runs from a clone or
    from an installation.

    `extra`: files that are installed beside the packages.
    """
    name, version, requirements = distribution()
    files = {
        f"{package}/{path}": data
        for package in PACKAGES
        for path, data in tree(place_of(package)).items()
    }
    info = f"{name}-{version}.dist-info"
    about = [
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}",
        *(f"Requires-Dist: {r}" for r in requirements),
    ]
    files |= {**course_files(), **extra}
    files[f"{info}/METADATA"] = ("\n".join(about) + "\n").encode()
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: critic\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    lines = [f"{path},sha256={_digest(files[path])},{len(files[path])}" for path in sorted(files)]
    files[f"{info}/RECORD"] = ("\n".join([*lines, f"{info}/RECORD,,"]) + "\n").encode()
    return f"{name}-{version}-py3-none-any.whl", zipped(files)


def unpack_grader(source: Path, closed: Path) -> None:
    """Unpack our wheel from a zip's folder into a new folder for its owner alone, where there is
    one.
    """
    for path in (source / WHEELS).glob("critic-*.whl"):
        closed.mkdir(mode=0o700)
        with zipfile.ZipFile(path) as file:
            file.extractall(closed)


def libraries(source: Path) -> list[str]:
    """What the submissions of a zip may import, from its folder; nothing in one of long ago."""
    file = source / LIBRARIES
    return file.read_text().splitlines() if file.exists() else []


def distribution() -> tuple[str, str, list[str]]:
    """Name, version and requirements of this code: from the clone's pyproject.toml, else as
    installed.
    """
    project = place_of("graders").parent / "pyproject.toml"
    if project.exists():
        table = tomllib.loads(project.read_text())["project"]
        return table["name"], table["version"], table["dependencies"]
    found = metadata.distribution("critic")
    return "critic", found.version, [r for r in found.requires or [] if "extra ==" not in r]


def place_of(package: str) -> Path:
    """The folder of one of our top-level packages."""
    if package == "graders":
        return Path(graders.core.__path__[0]).parent
    return Path(__import__(package).__path__[0])


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
