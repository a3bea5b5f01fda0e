"""A folder in which every archive is a folder: that is what layouts are read from."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

from graders.core.language import say, to_say
from graders.intake.archives import BadArchive, Room, is_archive, shown, unpack
from graders.intake.files import STRANGE, entries, plain_files, strange
from graders.intake.find import METADATA, NoSubmissions, checked, is_hidden

# Archives within archives: an export of a platform holds zips of students, which hold zips.
DEPTH = 4
OF_A_CLASS = 2**33, 500_000
# A file may claim a terabyte and hold nothing of it: a copy would hold all of it.
LARGEST = 2**28
TOO_LARGE = to_say("{name} is larger than {size} MB, and is not looked at")

UNREAD = to_say("{name} cannot be read ({why})")

# Sentences about what could not be unpacked, with the place that it would have had.
Said = list[tuple[Path, str]]


def gather(source: Path, unpacked: Path, results: Path | None = None) -> tuple[Path, Said]:
    """A folder in which every archive below `source` (a folder, or one archive) is a folder of its
    name, and sentences about those that cannot be.

    Where there is no archive this is `source` itself; else a copy below `unpacked`, without the
    folder of our own results. Raises NoSubmissions.
    """
    if is_archive(source.name) and source.is_file():
        _renew(unpacked)
        try:
            left = unpack(source, unpacked, Room(*OF_A_CLASS))
        except BadArchive as error:
            raise NoSubmissions(str(error)) from None
        folder = _single(unpacked, any_name=True)
        return folder, [(folder, text) for text in left] + unpack_within(folder)
    checked(source)
    if not any(is_archive(path.name) for path in plain_files(source, results)):
        return _single(source), []
    _renew(unpacked)
    said = _copy(source, unpacked, results)
    return _single(unpacked), said + unpack_within(unpacked)


def unpack_within(folder: Path) -> Said:
    """Put a folder of the same name in the place of every archive in a folder, and open the
    archives below it. Each entry of the folder is one submission and has one room.
    """
    said: Said = []
    for entry in entries(folder):
        room = Room.of(_size(entry))
        if is_archive(entry.name) and entry.is_file() and not entry.is_symlink():
            inside = Path(tempfile.mkdtemp(prefix=".", dir=folder))
            said += [(entry, text) for text in _into(inside, entry, room)]
            entry.unlink()
            inside.rename(entry)
        if entry.is_dir():
            said += open_below(entry, room)
    return said


def _size(entry: Path) -> int:
    return sum(path.stat().st_size for path in plain_files(entry))


def open_below(folder: Path, room: Room) -> Said:
    """Unpack every archive below the folder of a submission beside itself, those in it too."""
    said: Said = []
    opened: set[Path] = set()
    for _ in range(DEPTH):
        waiting = [p for p in plain_files(folder) if is_archive(p.name) and p not in opened]
        for archive in waiting:
            said += [(archive, text) for text in _into(_beside(archive), archive, room)]
        opened.update(waiting)
    return said


def _into(inside: Path, archive: Path, room: Room) -> list[str]:
    """Unpack an archive into a new folder; returns sentences about what could not be."""
    inside.chmod(0o755)
    try:
        return unpack(archive, inside, room)
    except BadArchive as error:
        return [str(error)]


def _beside(archive: Path) -> Path:
    """A new folder named like an archive without its suffix, or nearly so."""
    stem = archive.name.split(".")[0] or "archive"
    for name in (stem, f"{stem}.unpacked"):
        with contextlib.suppress(FileExistsError):
            archive.with_name(name).mkdir()
            return archive.with_name(name)
    return Path(tempfile.mkdtemp(prefix=f"{stem[:50]}-", dir=archive.parent))


def _copy(source: Path, target: Path, results: Path | None) -> Said:
    said: Said = []
    for path in plain_files(source, results):
        copy = target / path.relative_to(source)
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            if path.stat().st_size > LARGEST:
                said.append((copy, say(TOO_LARGE, name=shown(path.name), size=LARGEST // 2**20)))
                continue
            # With its date: of several files the newest may be the one that is graded.
            shutil.copy2(path, copy)
        except OSError as error:
            text = say(UNREAD, name=shown(path.name), why=error.strerror)
            said.append((copy, text))
    for path in source.iterdir():
        if strange(path):
            said.append((target / path.name, say(STRANGE, name=shown(path.name))))
        elif path.is_dir() and path != results:
            (target / path.name).mkdir(exist_ok=True)
    return said


def _renew(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _single(folder: Path, any_name: bool = False) -> Path:
    """The export itself, where a download wraps it in one folder of its own."""
    inner = [path for path in folder.iterdir() if not is_hidden(path.name)]
    wrapped = len(inner) == 1 and inner[0].is_dir()
    return inner[0] if wrapped and (any_name or (inner[0] / METADATA).exists()) else folder
