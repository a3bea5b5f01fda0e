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


def find() -> tuple[Path, int]:
    """Where groups can be made, and of which version. Raises OSError with what is in the way."""
    found: OSError = OSError("no memory cgroup is mounted here")
    for folder, version in _candidates():
        try:
            _remove_left_over(folder)
            with group((folder, version), 64):
                return folder, version
        except OSError as error:
            found = error
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


def _candidates() -> Iterator[tuple[Path, int]]:
    """Folders of groups: one's own, and that above it, since a group with processes may have no
    groups below it (version 2).
    """
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        version = 1 if "memory" in controllers.split(",") else 2 if not controllers else 0
        for _, mount, kind, options, *_ in mounts if version else ():
            fits = {1: kind == "cgroup" and "memory" in options.split(","), 2: kind == "cgroup2"}
            own = Path(mount + path)
            for folder in (own, own.parent) if fits[version] else ():
                if folder.is_relative_to(mount) and _limits_memory(folder, version):
                    yield folder, version


def _limits_memory(folder: Path, version: int) -> bool:
    if version == 1:
        return folder.is_dir()
    with contextlib.suppress(OSError):
        return "memory" in (folder / "cgroup.subtree_control").read_text().split()
    return False


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
