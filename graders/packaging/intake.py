"""What a student handed in, brought into a closed folder as plain files, and the one file in it
that is graded.
"""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from graders.intake.find import UNPACKED, Found, candidates, newest
from graders.intake.unpack import BYTES, BadZip, unpack

FILES = 2_000


class Unusable(Exception):
    """A submission of which nothing can be graded; the text says why, to the student."""


def take_in(source: Path, closed: Path) -> None:
    """Copy a submission (a file or a folder) into a closed folder and unpack its zips. Raises
    Unusable.

    Only plain files come along: no links, no devices, and no path that leads out of the folder.
    """
    for path in _plain_files(source):
        target = closed / (path.relative_to(source) if path != source else path.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        # With its date: of several files the newest is graded, as `critic grade` does.
        shutil.copy2(path, target, follow_symlinks=False)
    for archive in sorted(closed.rglob("*.zip")):
        if zipfile.is_zipfile(archive):
            try:
                unpack(archive, archive.with_suffix(""), UNPACKED)
            except BadZip as error:
                raise Unusable(str(error)) from None


def choose(folder: Path, name: str) -> tuple[Found, str]:
    """The file to grade, and a sentence when there were several. Found.file is None when there is
    none.
    """
    file = newest(folder)
    if file is None:
        return Found(name, None), ""
    same = sorted(
        p.relative_to(folder).as_posix() for p in candidates(folder) if p.suffix == file.suffix
    )
    note = (
        f"There are several files that could be graded ({', '.join(same[:5])}): {file.name} was,"
        " the newest."
        if len(same) > 1
        else ""
    )
    return Found(name, file), note


def _plain_files(source: Path) -> Iterator[Path]:
    inside = sorted(Path(folder) / name for folder, _, names in os.walk(source) for name in names)
    total = 0
    for number, path in enumerate(inside or [source]):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode):
            total += status.st_size
            if number >= FILES or total > BYTES:
                raise Unusable(
                    f"there are more than {FILES} files or {BYTES // 2**20} MB in it: hand in the"
                    " notebook alone, without outputs"
                )
            yield path
