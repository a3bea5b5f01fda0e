"""Looks once a second at what each submission uses of memory and disk, over all of its processes,
and ends the greedy.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from graders.core.language import to_say
from graders.isolation.cgroups import Group
from graders.isolation.limits import Limits
from graders.isolation.processes import descendants, processes_of

PERIOD = 1.0
MANY_FILES = 20_000
# The buffers of each hold up to 400 kB.
MANY_SOCKETS = 512
LONG_PATH = 3000
MB = 2**20

# Why a submission was ended, kept in English: the watchdog is a thread of its own.
SOCKETS = to_say("the submission opened more than {number} sockets")
WRITTEN = to_say(
    "the submission wrote more than {megabytes} MB or {number} files, or folders too deep to follow"
)
MEMORY = to_say("the submission used more than {megabytes} MB of memory")
WHY = (SOCKETS, WRITTEN, MEMORY)


@dataclass(eq=False)
class Watched:
    """A worker under watch; `reason` says why it was ended, if it was."""

    pid: int
    uid: int
    scratch: str
    limits: Limits
    end: Callable[[], None]
    reason: str = ""
    group: Group | None = None

    @property
    def why(self) -> str:
        """Why it was ended, by this program or by the kernel."""
        full = self.group is not None and self.group.ended_somebody
        return self.reason or (_too_much_memory(self.limits) if full else "")


class Watchdog:
    """A thread that looks at every worker in turn."""

    def __init__(self) -> None:
        self._watched: list[Watched] = []
        # Ending a worker and no longer watching it exclude each other: its uid may be another's a
        # moment later.
        self._ending = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="critic-watchdog", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()

    @contextmanager
    def watching(self, worker: Watched) -> Iterator[Watched]:
        """Watch a worker for as long as it runs."""
        self._watched.append(worker)
        try:
            yield worker
        finally:
            with self._ending:
                self._watched.remove(worker)

    def _run(self) -> None:
        while not self._stop.wait(PERIOD):
            for worker in list(self._watched):
                worker.reason = worker.reason or _excess(worker)
                with self._ending:
                    if worker.reason and worker in self._watched:
                        worker.end()


def pids_of(worker: Watched) -> list[int]:
    """Its processes, and all that they started."""
    return processes_of(worker.uid) if worker.uid else [worker.pid, *descendants(worker.pid)]


def _excess(worker: Watched) -> str:
    pids = pids_of(worker)
    if used_memory(pids) > worker.limits.memory_mb * MB:
        return _too_much_memory(worker.limits)
    # Memory of the kernel's, which only a group of processes counts.
    if worker.group is None and sockets_of(pids) > MANY_SOCKETS:
        return SOCKETS.format(number=MANY_SOCKETS)
    size, files = used_disk(worker.scratch)
    if size > worker.limits.scratch_mb * MB or files > MANY_FILES:
        return WRITTEN.format(megabytes=worker.limits.scratch_mb, number=MANY_FILES)
    return ""


def _too_much_memory(limits: Limits) -> str:
    return MEMORY.format(megabytes=limits.memory_mb)


def sockets_of(pids: list[int]) -> int:
    """How many sockets these processes have open; what several share counts once."""
    found: set[str] = set()
    for pid in pids:
        with contextlib.suppress(OSError):  # it has ended meanwhile
            for fd in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    found.add(os.readlink(f"/proc/{pid}/fd/{fd}"))
    return sum(name.startswith("socket:") for name in found)


def used_memory(pids: list[int]) -> int:
    """Bytes of memory of these processes. What they share with the zygote is counted once at
    most.
    """
    resident = [_memory(pid, "rss") for pid in pids]
    # Exact figures cost a walk over every page, so they are asked for only when the rough sum is in
    # doubt.
    return sum(resident) if sum(resident) < 512 * MB else sum(_memory(pid, "pss") for pid in pids)


def _memory(pid: int, kind: str) -> int:
    try:
        process = psutil.Process(pid)
        return int(process.memory_info().rss if kind == "rss" else process.memory_full_info().pss)
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
    except psutil.Error:  # it has ended meanwhile
        return 0


def used_disk(folder: str) -> tuple[int, int]:
    """Bytes and number of files in a folder. Counting stops where there are too many, or a path too
    long to follow.
    """
    size = files = 0
    waiting = [folder]
    while waiting and files <= MANY_FILES:
        here = waiting.pop()
        if len(here) > LONG_PATH:
            return size, MANY_FILES + 1
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    files += 1
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError:  # it has gone meanwhile, or was closed by its owner, who is not asked
            continue
    return size, files
