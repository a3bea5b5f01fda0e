"""Who is running, read from /proc: by user and by descent. The dead that nobody has collected yet
do not count.
"""

from __future__ import annotations

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
