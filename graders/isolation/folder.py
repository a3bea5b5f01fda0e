"""The folder of a submission as it was at one moment, and put back to that: contents, names, modes,
dates and attributes of files.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from graders.isolation.cleanup import remove_tree

# Of the files of a folder together; what is beyond is only compared.
REMEMBERED = 16 * 2**20
# Where dates do not tell that a file was written to through a mapping of it.
WITHOUT_DATES = ("tmpfs", "ramfs")
LATER = 3600 * 10**9


@dataclass(frozen=True)
class _Entry:
    """What stood at a path. content: of a file, or where a link leads; None of what is too large
    or of another kind.
    """

    status: os.stat_result
    content: bytes | None
    digest: bytes

    @property
    def marks(self) -> tuple[int, ...]:
        s = self.status
        return s.st_ino, s.st_mode, s.st_size, s.st_atime_ns, s.st_mtime_ns, s.st_ctime_ns


class Folder:
    """A folder as it is now. Nothing of the submission may run while it is looked at or put back.

    uid: whose files are made again; 0 for those of the present user.
    """

    def __init__(self, path: str, uid: int):
        self._path, self._uid = path, uid
        self._dates = _kind_of(path) not in WITHOUT_DATES
        # Who reads a file whose date of reading is old sets that date.
        for name, status in _walk(path):
            if not stat.S_ISLNK(status.st_mode):
                now = max(status.st_mtime_ns, status.st_ctime_ns) + LATER
                with contextlib.suppress(OSError):
                    os.utime(self._at(name), ns=(now, status.st_mtime_ns))
        self._entries = self._remember()

    def put_back(self) -> bool:
        """Make the folder what it was; False where that cannot be done."""
        if not self.changed():
            return True
        self._open_folders()
        for name in self._new():
            _remove(self._at(name))
        for name in self._differing():
            if not self._make_again(name, self._entries[name]):
                return False
        for name, entry in sorted(self._entries.items(), reverse=True):
            with contextlib.suppress(OSError):
                if not stat.S_ISLNK(entry.status.st_mode):
                    os.chmod(self._at(name), stat.S_IMODE(entry.status.st_mode))
                    times = entry.status.st_atime_ns, entry.status.st_mtime_ns
                    os.utime(self._at(name), ns=times)
        self._entries = self._remember()
        return True

    def changed(self) -> bool:
        """Whether anything is not as it was."""
        return bool(self._new() or self._differing())

    def _new(self) -> list[str]:
        return [name for name, _ in _walk(self._path) if name not in self._entries]

    def _differing(self) -> list[str]:
        now = dict(_walk(self._path))
        return [
            name
            for name, entry in self._entries.items()
            if name not in now or self._differs(name, entry, now[name])
        ]

    def _differs(self, name: str, entry: _Entry, now: os.stat_result) -> bool:
        if entry.marks != _Entry(now, None, b"").marks:
            return True
        if self._dates or not stat.S_ISREG(now.st_mode):
            return False
        return _digest(self._at(name)) != entry.digest

    def _open_folders(self) -> None:
        """What a closed folder holds cannot be seen, unless by root."""
        for name, entry in sorted(self._entries.items()):
            path = self._at(name)
            if stat.S_ISDIR(entry.status.st_mode) and os.path.isdir(path):
                with contextlib.suppress(OSError):
                    if not os.path.islink(path):
                        os.chmod(path, 0o700)

    def _make_again(self, name: str, entry: _Entry) -> bool:
        path, mode = self._at(name), entry.status.st_mode
        if stat.S_ISDIR(mode):
            if os.path.islink(path) or not os.path.isdir(path):
                _remove(path)
                os.mkdir(path)
                self._own(path)
            for attribute in os.listxattr(path, follow_symlinks=False):
                with contextlib.suppress(OSError):
                    os.removexattr(path, attribute, follow_symlinks=False)
            return True
        if entry.content is None:
            return False
        # A file is made anew, since what it has beside its content goes with the old one.
        _remove(path)
        if stat.S_ISLNK(mode):
            os.symlink(entry.content, path)
        else:
            with open(path, "xb") as file:
                file.write(entry.content)
        self._own(path)
        return True

    def _own(self, path: str) -> None:
        if self._uid:
            os.chown(path, self._uid, self._uid, follow_symlinks=False)

    def _remember(self) -> dict[str, _Entry]:
        entries: dict[str, _Entry] = {}
        room = REMEMBERED
        for name, status in _walk(self._path):
            path, content, digest = self._at(name), None, b""
            with contextlib.suppress(OSError):
                if stat.S_ISLNK(status.st_mode):
                    content = os.fsencode(os.readlink(path))
                elif stat.S_ISREG(status.st_mode):
                    if status.st_size <= room and status.st_nlink == 1:
                        room -= status.st_size
                        with open(path, "rb") as file:
                            content = file.read()
                    digest = b"" if self._dates else _digest(path)
            entries[name] = _Entry(status, content, digest)
        return entries

    def _at(self, name: str) -> str:
        return os.path.join(self._path, name) if name else self._path


def _walk(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Everything in a folder by its path there, the folder itself first; links are not followed."""
    yield "", os.lstat(folder)
    waiting = [""]
    while waiting:
        here = waiting.pop()
        with contextlib.suppress(OSError), os.scandir(os.path.join(folder, here)) as entries:
            for entry in entries:
                name = os.path.join(here, entry.name)
                yield name, entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(name)


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        remove_tree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def _digest(path: str) -> bytes:
    digest = hashlib.blake2b()
    with contextlib.suppress(OSError), open(path, "rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.digest()


def _kind_of(path: str) -> str:
    """The file system that a path lies in."""
    path, found = os.path.realpath(path), ("", "")
    with open("/proc/self/mountinfo") as file:
        for line in file:
            fields = line.split()
            point, kind = fields[4], fields[fields.index("-") + 1]
            inside = path == point or path.startswith(point.rstrip("/") + "/")
            if inside and len(point) >= len(found[0]):
                found = point, kind
    return found[1]
