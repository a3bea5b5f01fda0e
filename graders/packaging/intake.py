"""What a student handed in, brought into a closed folder as plain files, and the one file in it that is graded."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from graders.bulk.find import Found

MEMBERS = 2_000
BYTES = 256 * 2**20
CHUNK = 2**20
CODE = (".ipynb", ".py")
IGNORED = ("__init__.py", "setup.py")


class Unusable(Exception):
    """A submission of which nothing can be graded; the text says why, to the student."""


def take_in(source: Path, closed: Path) -> None:
    """Copy a submission (a file or a folder) into a closed folder and unpack its zips. Raises Unusable.

    Only plain files come along: no links, no devices, and no path that leads out of the folder.
    """
    for path in _plain_files(source):
        target = closed / (path.relative_to(source) if path != source else path.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target, follow_symlinks=False)
    for archive in sorted(closed.rglob("*.zip")):
        _unpack(archive, archive.with_suffix(""))


def choose(folder: Path, homework: str, name: str) -> tuple[Found, str]:
    """The file to grade, and a sentence when there were several. Found.file is None when there is none.

    A notebook before a script, the homework's own name first, then what lies least deep.
    """
    files = [p for p in folder.rglob("*") if p.suffix in CODE and p.name not in IGNORED and not _aside(p.relative_to(folder))]
    files.sort(key=lambda p: (p.suffix != ".ipynb", p.stem != homework, len(p.parts), p.as_posix()))
    same = [p for p in files if p.suffix == files[0].suffix]
    note = f"Several files could be graded ({', '.join(p.relative_to(folder).as_posix() for p in same[:5])}): {same[0].name} was." if len(same) > 1 else ""
    return Found(name, files[0] if files else None), note


def _aside(path: Path) -> bool:
    return any(part.startswith((".", "__MACOSX", "__pycache__")) or part in ("graders", "tests") for part in path.parts)


def _plain_files(source: Path) -> Iterator[Path]:
    inside = sorted(Path(folder) / name for folder, _, names in os.walk(source) for name in names)
    total = 0
    for number, path in enumerate(inside or [source]):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode):
            total += status.st_size
            _within_limits(number, total)
            yield path


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip into a folder beside it. One that is no zip stays what it is."""
    if not zipfile.is_zipfile(archive):
        return
    total = 0
    with zipfile.ZipFile(archive) as file:
        for number, member in enumerate(file.infolist()):
            path = PurePosixPath(member.filename.replace("\\", "/"))
            if member.is_dir() or path.is_absolute() or ".." in path.parts or stat.S_ISLNK(member.external_attr >> 16):
                continue
            _within_limits(number, total)
            total = _write(file, member, folder / path, total)


def _write(file: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, total: int) -> int:
    """Write one member piece by piece: the size that a zip claims need not be the size it has."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with file.open(member) as source, target.open("xb") as out:
            while piece := source.read(CHUNK):
                total += len(piece)
                _within_limits(0, total)
                out.write(piece)
    except (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile, ValueError) as error:
        raise Unusable(f"the zip file cannot be unpacked ({member.filename[:80]!r}: {error}): hand in the notebook itself") from None
    return total


def _within_limits(members: int, total: int) -> None:
    if members >= MEMBERS or total > BYTES:
        raise Unusable(f"there are more than {MEMBERS} files or {BYTES // 2**20} MB in it: hand in the notebook alone, without outputs")
