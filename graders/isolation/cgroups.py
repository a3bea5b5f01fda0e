"""A limit on the memory of all processes of a submission together, with what the kernel keeps for
them, such as the buffers of their sockets: a memory cgroup, of version 2 or 1.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PREFIX = "critic-"
PATIENCE = 2.0
# What is written to, by version: the limit, that with swap, and where the kernel counts whom it
# ended.
FILES = {
    1: ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.oom_control"),
    2: ("memory.max", "memory.swap.max", "memory.events"),
}


@dataclass(frozen=True)
class Group:
    """A group that exists."""

    folder: Path
    version: int

    def add(self, pid: int) -> None:
        """Count a process, and all that it starts from now on. Raises OSError."""
        (self.folder / "cgroup.procs").write_text(str(pid))

    @property
    def ended_somebody(self) -> bool:
        """Whether the kernel ended a process because the group had used its memory."""
        with contextlib.suppress(OSError, ValueError):
            lines = (self.folder / FILES[self.version][2]).read_text().splitlines()
            return any(line.startswith("oom_kill ") and int(line.split()[1]) for line in lines)
        return False


def find(proc: Path = Path("/proc/self")) -> tuple[Path, int]:
    """Where groups can be made, and of which version. Raises OSError with what is in the way."""
    found = OSError("no memory cgroup is mounted here")
    for folder, version in _candidates(proc):
        try:
            if version == 2:
                _look_for_memory(folder)
            _remove_left_over(folder)
            with group((folder, version), 64):
                return folder, version
        except OSError as error:
            why = f": {error.strerror}" if error.strerror else f", since {error}"
            found = OSError(f"no group that limits memory can be made in {folder}{why}")
    raise found


@contextmanager
def group(place: tuple[Path, int], memory_mb: int) -> Iterator[Group]:
    """A group with this limit; removed when its processes have ended. Raises OSError."""
    folder, version = place
    made = Group(folder / f"{PREFIX}{os.getpid()}-{os.urandom(6).hex()}", version)
    made.folder.mkdir()
    try:
        limit, swap, _ = FILES[version]
        size = memory_mb * 2**20
        (made.folder / limit).write_text(str(size))
        with contextlib.suppress(OSError):  # where there is no swap, there is nothing to limit
            (made.folder / swap).write_text(str(size if version == 1 else 0))
        yield made
    finally:
        _remove(made.folder)


def _candidates(proc: Path) -> Iterator[tuple[Path, int]]:
    """Folders of groups: one's own, and that above it, since a group with processes may have no
    groups below it (version 2).
    """
    mounts = [line.split() for line in (proc / "mounts").read_text().splitlines()]
    for line in (proc / "cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        version = 1 if "memory" in controllers.split(",") else 2 if not controllers else 0
        for _, mount, kind, options, *_ in mounts if version else ():
            fits = {1: kind == "cgroup" and "memory" in options.split(","), 2: kind == "cgroup2"}
            own = Path(mount + path)
            for folder in (own, own.parent) if fits[version] else ():
                if folder.is_relative_to(mount) and folder.is_dir():
                    yield folder, version


def _look_for_memory(folder: Path) -> None:
    """Raise OSError where the groups in a group of version 2 get no limit on memory from it."""
    handed_on = folder / "cgroup.subtree_control"
    if "memory" not in handed_on.read_text().split():
        raise OSError(f"{handed_on.name} there does not name memory")


def _remove_left_over(folder: Path) -> None:
    """Groups of graders that were killed."""
    for old in folder.glob(f"{PREFIX}*-*"):
        if not os.path.exists(f"/proc/{old.name.split('-')[1]}"):
            with contextlib.suppress(OSError):
                old.rmdir()


def _remove(folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError):
            try:
                folder.rmdir()
            except OSError:  # its last process is still on its way out
                time.sleep(0.005)
                continue
        return
