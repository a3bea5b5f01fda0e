"""Archives that students and platforms make, unpacked without trusting them: zip, and tar with any
compression.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath
from typing import IO, Any

from graders.core.language import say
from graders.intake.files import CLUTTER

MEMBERS = 20_000
BYTES = 256 * 2**20
# Notebooks shrink to a tenth; what shrinks more than this is no work that anybody typed.
BASE, GROWTH = 32 * 2**20, 50
CHUNK = 2**20
NAME_BYTES = 200
ZIP, TAR = (".zip",), (".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")
# What begins like this is an archive that nothing here can open.
FOREIGN = {b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "RAR"}
# What damaged archives raise, whatever their kind.
DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    OSError,
    RuntimeError,
    NotImplementedError,
    EOFError,
    ValueError,
    AttributeError,
)


class BadArchive(Exception):
    """An archive that is not unpacked; the text says why."""


@dataclass
class Room:
    """How much may still be unpacked: of all archives of one submission together. `limit`: how much
    it was at first.
    """

    bytes: int = BYTES
    members: int = MEMBERS

    def __post_init__(self) -> None:
        self.limit = self.bytes

    @classmethod
    def of(cls, size: int) -> Room:
        """For a submission that has this many bytes as it was handed in."""
        return cls(min(BYTES, BASE + GROWTH * size))


@dataclass(frozen=True)
class _Member:
    name: str
    plain: bool
    date: tuple[int, ...]
    open: Callable[[], IO[bytes] | None]


def is_archive(name: str) -> bool:
    """Whether a file is called like an archive, one that can be opened here or another."""
    return name.lower().endswith((*ZIP, *TAR, ".7z", ".rar"))


def unpack(archive: Path, folder: Path, room: Room | None = None) -> list[str]:
    """Unpack an archive into a folder; returns a sentence for each member that was left out. Raises
    BadArchive.

    Only plain files are written, only below the folder, and no more bytes than there is room for,
    whatever the archive claims.
    """
    room, left = room or Room(), []
    try:
        with closing(_opened(archive)) as file:
            for member in _members(file):
                room.members -= 1
                if room.members < 0:
                    raise BadArchive(
                        say(
                            "{archive} has more than {members:,} members: hand in the notebook and"
                            " the files that it needs",
                            archive=shown(archive.name),
                            members=MEMBERS,
                        )
                    )
                if said := _take(archive, member, folder, room):
                    left.append(said)
    except DAMAGED as error:
        raise BadArchive(
            say(
                "{archive} cannot be unpacked ({reason}): hand in the .ipynb file itself, or"
                " make the zip again",
                archive=shown(archive.name),
                reason=_reason(error),
            )
        ) from None
    return left


def shown(name: str) -> str:
    """A file's name as a sentence may hold it."""
    text = name[:100].encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else "?" for c in text)


def _opened(archive: Path) -> zipfile.ZipFile | tarfile.TarFile:
    with archive.open("rb") as file:
        start = file.read(8)
    for magic, kind in FOREIGN.items():
        if start.startswith(magic):
            raise BadArchive(
                say(
                    "{archive} is a {kind} archive, which cannot be opened here: hand in the"
                    " .ipynb file itself, or a .zip",
                    archive=shown(archive.name),
                    kind=kind,
                )
            )
    return zipfile.ZipFile(archive) if start[:2] == b"PK" else tarfile.open(archive)


def _members(file: zipfile.ZipFile | tarfile.TarFile) -> Iterator[_Member]:
    if isinstance(file, tarfile.TarFile):
        for tar in file:
            if not tar.isdir():
                date = datetime.fromtimestamp(_moment(tar.mtime), timezone.utc)
                opener = lambda tar=tar: file.extractfile(tar)  # noqa: E731
                yield _Member(tar.name, tar.isreg(), tuple(date.timetuple()[:6]), opener)
        return
    for info in file.infolist():
        if not info.is_dir():
            kind = stat.S_IFMT(info.external_attr >> 16)
            opener = lambda info=info: file.open(info)  # noqa: E731
            yield _Member(_decoded(info), kind in (0, stat.S_IFREG), info.date_time, opener)


def _decoded(info: zipfile.ZipInfo) -> str:
    """The name of a member. Programs that do not name its encoding mostly mean UTF-8."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _take(archive: Path, member: _Member, folder: Path, room: Room) -> str:
    """Write one member; returns why it is left out, or nothing."""
    path = PurePosixPath(member.name.replace("\\", "/"))
    where = say(
        "`{name}` in {archive} is not unpacked: ",
        name=shown(member.name),
        archive=shown(archive.name),
    )
    outside = (
        path.is_absolute() or ".." in path.parts or any(":" in part for part in path.parts[:1])
    )
    if not member.plain or outside or not path.parts:
        return where + say("it is a link, or leads out of the folder")
    if any(part.startswith(".") or part in CLUTTER for part in path.parts):
        return ""
    target = folder.joinpath(*map(_short, path.parts))
    try:
        _write(archive, member, target, room)
    except DAMAGED as error:
        target.unlink(missing_ok=True) if target.is_file() else None
        return where + say(
            "it cannot be read ({reason}); hand in the file itself", reason=_reason(error)
        )
    return ""


def _short(part: str) -> str:
    """A part of a path that every file system takes."""
    text = part.replace("\0", "").encode("utf-8", "replace").decode()
    if len(text.encode()) <= NAME_BYTES:
        return text
    mark = hashlib.sha256(part.encode("utf-8", "replace")).hexdigest()[:8]
    kept = text.encode()[: NAME_BYTES // 2].decode(errors="ignore")
    return f"{kept}-{mark}{PurePosixPath(text).suffix[-20:]}"


def _write(archive: Path, member: _Member, target: Path, room: Room) -> None:
    """Write one member piece by piece: the size that an archive claims need not be its own."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source = member.open()
    if source is None:
        raise ValueError("no content")
    with source, target.open("wb") as out:
        while piece := source.read(CHUNK):
            room.bytes -= len(piece)
            if room.bytes < 0:
                raise BadArchive(
                    say(
                        "{archive} unpacks to more than {megabytes} MB: hand in the notebook and"
                        " the files that it needs, without outputs",
                        archive=shown(archive.name),
                        megabytes=room.limit // 2**20,
                    )
                )
            out.write(piece)
    # The newest of several files is graded: that follows from the archive, not from the order of
    # unpacking.
    when = _timestamp(member.date)
    os.utime(target, (when, when))


def _timestamp(date: tuple[int, ...]) -> float:
    """Seconds since 1970; those of 1980, where a date is none (month 0, day 31 of February)."""
    try:
        return datetime(*date[:6], tzinfo=timezone.utc).timestamp()  # type: ignore[misc, arg-type]
    except (ValueError, OverflowError):
        return 315532800.0


def _moment(value: Any) -> float:
    return min(max(float(value), 0.0), 4e9) if isinstance(value, (int, float)) else 0.0


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror  # without the path, which is one of this machine
    text = " ".join(str(error).split()) or type(error).__name__
    return shown(say("it is locked with a password") if "password required" in text else text)
