"""Who is running, read from /proc: by user and by descent. The dead that nobody has collected yet
do not count.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator


def has_processes(uid: int) -> bool:
    """Whether any process runs as this user, under any of its four uids."""
    wanted = str(uid).encode()
    return any(wanted in _field(text, b"Uid").split() for _, text in _living())


def processes_of(uid: int) -> list[int]:
    """The processes of a user."""
    wanted = str(uid).encode()
    return [pid for pid, text in _living() if wanted in _field(text, b"Uid").split()]


def threads_of(uid: int) -> int:
    """How many threads a user has: what RLIMIT_NPROC counts."""
    wanted = str(uid).encode()
    return sum(
        int(_field(text, b"Threads"))
        for _, text in _living()
        if _field(text, b"Uid").split()[0] == wanted
    )


def descendants(root: int) -> list[int]:
    """All living processes that a process has started, directly or not."""
    parents = {pid: int(_field(text, b"PPid")) for pid, text in _living()}
    found: list[int] = []
    frontier = {root}
    while frontier:
        frontier = {pid for pid, parent in parents.items() if parent in frontier}
        found += frontier
    return found


def read_of(pid: int, name: str) -> str:
    """A file of /proc about a process. Raises OSError when it has ended."""
    with open(f"/proc/{pid}/{name}") as file:
        return file.read()


def children(pid: int) -> list[int]:
    """Those that a process has started itself, and those it has inherited, dead ones too."""
    threads = os.listdir(f"/proc/{pid}/task")
    return [int(n) for thread in threads for n in read_of(pid, f"task/{thread}/children").split()]


def below(pid: int) -> list[int]:
    """The same with theirs in turn: for one process, as `descendants` is for all at once."""
    found: list[int] = []
    with contextlib.suppress(OSError):  # it has ended meanwhile
        for child in children(pid):
            found += [child, *below(child)]
    return found


def user_of(pid: int) -> int:
    """The user that a process runs as; -1 if it has ended."""
    with contextlib.suppress(OSError):
        text = read_of(pid, "status")
        return int(text.partition("\nUid:\t")[2].split()[0])
    return -1


def alive(pid: int) -> bool:
    """Whether it has not ended."""
    with contextlib.suppress(OSError):
        return read_of(pid, "stat").rpartition(")")[2].split()[0] not in "ZX"
    return False


def _living() -> Iterator[tuple[int, bytes]]:
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/status", "rb") as file:
                    text = file.read()
            except OSError:  # it has ended meanwhile
                continue
            if _field(text, b"State")[:1] not in (b"Z", b"X"):
                yield int(name), text


def _field(text: bytes, name: bytes) -> bytes:
    return text.partition(b"\n" + name + b":")[2].partition(b"\n")[0].strip()
