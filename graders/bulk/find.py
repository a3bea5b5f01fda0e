"""Which files of a folder are submissions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SUFFIXES = (".ipynb", ".py")


class NoSubmissions(Exception):
    """A folder in which nothing can be graded; the text says what was looked for."""


@dataclass(frozen=True)
class Found:
    """A submission as found: its name (that of the file or folder) and the file that holds the code, if there is one."""

    name: str
    file: Path | None


def find(folder: Path) -> list[Found]:
    """Notebooks and scripts in a folder, and folders (one per student) that hold one, sorted by name.

    Of several files in a student's folder a notebook wins, then the newest. Raises NoSubmissions.
    """
    if not folder.is_dir():
        raise NoSubmissions(f"{folder} is not a folder: give the folder that holds the submissions")
    found = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "__")):
            continue
        if path.is_dir():
            found.append(Found(path.name, _newest(path)))
        elif path.suffix in SUFFIXES:
            found.append(Found(path.name, path))
    found = [f for f in found if f.file or f.name]
    if not any(f.file for f in found):
        raise NoSubmissions(f"{folder} holds no submission: looked for {' and '.join('*' + s for s in SUFFIXES)} files, and for folders that hold one")
    return found


def _newest(folder: Path) -> Path | None:
    files = [p for p in folder.rglob("*") if p.suffix in SUFFIXES and p.is_file() and not p.is_symlink() and ".ipynb_checkpoints" not in p.parts]
    return max(files, key=lambda p: (p.suffix == ".ipynb", p.stat().st_mtime, p.name), default=None)
