"""Zip files that students and platforms make, unpacked without trusting them."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath

MEMBERS = 20_000
BYTES = 256 * 2**20
CHUNK = 2**20


class BadZip(Exception):
    """A zip file that is not unpacked; the text says why."""


def unpack(archive: Path, folder: Path, suffixes: Sequence[str], limit: int = BYTES) -> list[str]:
    """Unpack the members with these suffixes into a folder; returns the names of those refused.
    Raises BadZip.

    Only plain files are written, only below the folder, and no more bytes than the limit, whatever
    the zip claims.
    """
    refused, total = [], 0
    try:
        with zipfile.ZipFile(archive) as file:
            if len(file.infolist()) > MEMBERS:
                raise BadZip(f"{archive.name} has more than {MEMBERS} members")
            for member in file.infolist():
                path = _inside(member)
                if path is None:
                    refused.append(member.filename[:100])
                elif not member.is_dir() and path.suffix.lower() in suffixes:
                    total += _write(file, member, folder / path, limit - total)
    except (
        zipfile.BadZipFile,
        OSError,
        RuntimeError,
        NotImplementedError,
        EOFError,
        ValueError,
    ) as error:
        raise BadZip(
            f"{archive.name} cannot be unpacked ({error}): hand in the notebook itself"
        ) from None
    return refused


def _inside(member: zipfile.ZipInfo) -> PurePosixPath | None:
    """The path of a member below the folder; None for links and for what leads out."""
    path = PurePosixPath(member.filename.replace("\\", "/"))
    special = stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR)
    outside = (
        path.is_absolute() or ".." in path.parts or any(":" in part for part in path.parts[:1])
    )
    return None if special or outside else path


def _write(file: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, room: int) -> int:
    """Write one member piece by piece: the size that a zip claims need not be the size it has."""
    size = 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with file.open(member) as source, target.open("wb") as out:
        while piece := source.read(CHUNK):
            size += len(piece)
            if size > room:
                raise BadZip(
                    f"{file.filename and Path(file.filename).name} unpacks to more than"
                    f" {BYTES // 2**20} MB: hand in the notebook alone, without outputs"
                )
            out.write(piece)
    # The newest of several files is graded: that follows from the zip, not from the order of
    # unpacking.
    when = datetime(*member.date_time, tzinfo=timezone.utc).timestamp()
    os.utime(target, (when, when))
    return size
