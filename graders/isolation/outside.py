"""What a branch of a submission can leave for the next one, seen from outside by what the kernel
tells of the process that both are copies of. Nothing that the submission says is believed.

That process waits while a branch lives. When it has not run meanwhile, and has what it had (open
files, shared memory, signals, limits), a branch can have left something in files only.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from graders.isolation.activity import Effort
from graders.isolation.cleanup import WORLD_WRITABLE, remove_tree
from graders.isolation.folder import Folder
from graders.isolation.processes import alive, below, children, read_of, user_of

PATIENCE = 2.0
# Seconds of CPU time that no process needs to come to rest.
AT_WORK = 0.05
# Lines of /proc/PID/status that stay as they are while a process does nothing.
STILL = ("State", "SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt", "Cpus_allowed",
         "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches")  # fmt: skip
SIGNALS = ("SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt")
# The number of each open file, what it is, its position and state; lines of /proc/PID/maps.
Files = tuple[tuple[str, str, str], ...]
Memory = tuple[bytes, ...]
NICE, REAL_TIME, POLICY, EXIT = 16, 37, 38, 49  # of /proc/PID/stat, after the name


@dataclass(frozen=True)
class Has:
    """What a process has that its copies share with it, or that others of its user may change."""

    files: Files
    memory: Memory
    signals: tuple[str, ...]
    ranks: tuple[str, ...]
    limits: str
    places: tuple[str, ...]

    def shares(self, at_first: Has) -> bool:
        """Whether it may hand on something between copies that nobody can put back: open pipes
        and sockets, memory, signals, files without a folder.
        """
        return (
            _handles(self) != _handles(at_first)
            or self.memory != at_first.memory
            or self.signals != at_first.signals
            or self.places != at_first.places
        )


def _handles(has: Has) -> list[tuple[str, str]]:
    """Those of its open files that are not in a folder."""
    return [(number, what) for number, what, _ in has.files if not what.startswith("/")]


@dataclass
class Outside:
    """The process whose copies the branches are.

    main: that process. above: its parent, which inherits what it leaves behind. uid: its user, 0
    for the present one. places: folders where it may write beside its own.
    """

    main: int
    above: int
    uid: int
    scratch: str
    places: tuple[str, ...] = ()
    shares: bool = False
    _folder: Folder | None = None
    _at_first: Has = field(init=False)
    _had: Has = field(init=False)
    _seen: tuple[Files, Memory] = ((), ())
    _still: dict[str, dict[str, str]] = field(default_factory=dict)
    _copies: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._had = self._at_first = self._has(self._shown())

    def begin(self) -> None:
        """What it is from now on shall stay. Raises OSError where the kernel does not tell."""
        self._had = self._has(self._shown())
        self.shares = self._had.shares(self._at_first) or any(map(alive, self.others()))
        with self._stopped():
            self._folder = Folder(self.scratch, self.uid)
        self._copies = set(children(self.main))

    def copied(self) -> int:
        """The process of the copy that was made just now, once all waits again."""
        self._still = self._waiting()
        before, self._copies = self._copies, set(children(self.main))
        return max(self._copies - before, default=0)

    def is_still(self) -> bool:
        """Whether it has done nothing since the copy."""
        return bool(self._still) and self._threads() == self._still

    def end(self, copy: int) -> bool:
        """End a copy with all that it started; False if it had ended by itself, which the process
        it was copied from may learn.
        """
        self._kill([copy])
        # Looked at while the copy ends, which takes as long: what it has it had before the copy.
        self._seen = self._shown()
        _until(lambda: [p for p in [copy, *below(copy)] if alive(p)], self._kill_and_wait)
        return int(read_of(copy, "stat").rpartition(")")[2].split()[EXIT]) == signal.SIGKILL

    def settle(self) -> bool:
        """After the last of the copies has ended: put back what can be, and say whether all is as
        it was.
        """
        self.end_others()
        if not self.is_still() or any(map(alive, self.others())):
            return False
        for place in self._left():
            with contextlib.suppress(OSError):
                remove_tree(place) if os.path.isdir(place) else os.unlink(place)
        if self._folder is None or (self._folder.changed() and not self._put_back(self._folder)):
            return False
        return self._has(self._seen) == self._had

    def _put_back(self, folder: Folder) -> bool:
        with self._stopped():
            try:
                return folder.put_back()
            except OSError:  # it is made anew then, with the process
                return False

    def _shown(self) -> tuple[Files, Memory]:
        return tuple(_files(self.main)), tuple(_shared_memory(self.main))

    def _has(self, shown: tuple[Files, Memory]) -> Has:
        stat = read_of(self.main, "stat").rpartition(")")[2].split()
        return Has(
            *shown,
            tuple(self._lines(SIGNALS).values()),
            (stat[NICE], stat[REAL_TIME], stat[POLICY], *self._lines(("Cpus_allowed",)).values()),
            read_of(self.main, "limits"),
            tuple(self._left()),
        )

    def _left(self) -> Iterator[str]:
        """What it owns in places where others may write too."""
        for place in self.places:
            with contextlib.suppress(OSError), os.scandir(f"/proc/{self.main}/root{place}") as all_:
                for entry in all_:
                    if not self.uid or entry.stat(follow_symlinks=False).st_uid == self.uid:
                        yield entry.path

    def _lines(self, names: tuple[str, ...], of: str = "status") -> dict[str, str]:
        lines = dict(
            line.split(":\t", 1) for line in read_of(self.main, of).splitlines() if ":\t" in line
        )
        return {name: lines[name] for name in names if name in lines}

    def _threads(self) -> dict[str, dict[str, str]]:
        """What the status of each thread is that tells whether it ran."""
        threads = os.listdir(f"/proc/{self.main}/task")
        return {thread: self._lines(STILL, f"task/{thread}/status") for thread in threads}

    def _waiting(self) -> dict[str, dict[str, str]]:
        """The same once all of them wait; nothing if they do not, since one of them computes."""
        deadline = time.monotonic() + PATIENCE
        effort = Effort(lambda: [self.main])
        while time.monotonic() < deadline and effort.computed < AT_WORK:
            threads = self._threads()
            if all(status["State"][0] == "S" for status in threads.values()):
                return threads
            time.sleep(0.0002)
            effort.look()
        return {}

    def end_others(self) -> None:
        """End all that `others` names."""
        _until(lambda: list(filter(alive, self.others())), self._kill_and_wait)

    def others(self) -> list[int]:
        """All processes of the submission but the one."""
        found = below(self.main)
        for orphan in children(self.above):
            if orphan != self.main and (not self.uid or user_of(orphan) == self.uid):
                found += [orphan, *below(orphan)]
        return found

    def _kill_and_wait(self, pids: list[int]) -> None:
        self._kill(pids)
        time.sleep(0.0002)

    def _kill(self, pids: list[int]) -> None:
        """Through a handle, which never becomes another process's."""
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                handle = os.pidfd_open(pid)
                try:
                    if not self.uid or user_of(pid) == self.uid:
                        signal.pidfd_send_signal(handle, signal.SIGKILL)
                finally:
                    os.close(handle)

    @contextmanager
    def _stopped(self) -> Iterator[None]:
        """It does nothing meanwhile, whatever timers it has set."""
        os.kill(self.main, signal.SIGSTOP)
        try:
            _until(
                lambda: [self.main] if self._lines(("State",))["State"][0] != "T" else [],
                lambda _: 0,
            )
            yield
        finally:
            os.kill(self.main, signal.SIGCONT)


def outside(
    first: int, zygote: int, uid: int, scratch: str, layers: Collection[str]
) -> Outside | None:
    """The worker that a zygote has just forked; None where the kernel does not tell enough.

    first: that worker if it has a uid, else the keeper above it. layers: those that are on.
    """
    shared = ("/dev/shm",) if uid or "own ipc" in layers else ()
    places = WORLD_WRITABLE if uid and "landlock" not in layers else shared
    try:
        os.close(os.pidfd_open(os.getpid()))
        started = children(first)
        main = first if uid else started[0]
        return Outside(main, zygote if uid else first, uid, scratch, places)
    except (OSError, AttributeError, LookupError):
        return None


def _files(pid: int) -> Iterator[tuple[str, str, str]]:
    for number in sorted(os.listdir(f"/proc/{pid}/fd"), key=int):
        what = os.readlink(f"/proc/{pid}/fd/{number}")
        yield number, what, read_of(pid, f"fdinfo/{number}")


def _shared_memory(pid: int) -> Iterator[bytes]:
    with open(f"/proc/{pid}/maps", "rb") as file:
        for line in file.read().split(b"\n"):
            if b"s " in line[25:40] and line.split()[1].endswith(b"s"):
                yield line


def _until(left: Callable[[], list[int]], act: Callable[[list[int]], object]) -> None:
    """Act on what is left until nothing is, or for some seconds."""
    deadline = time.monotonic() + PATIENCE
    while (pids := left()) and time.monotonic() < deadline:
        act(pids)
