"""What the processes of a submission do with their time: compute, wait for a processor, or neither.
The kernel counts the first two, so a busy machine is told from code that sleeps.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Ran:
    """Seconds of processor time, and seconds of waiting for a processor, of several processes."""

    computed: float
    queued: float


def ran(pids: Sequence[int]) -> Ran | None:
    """What these processes have had of the processors since each began, threads included; None
    where the kernel does not say.
    """
    computed = queued = 0
    known = False
    for pid in pids:
        with contextlib.suppress(OSError):  # it has ended meanwhile
            for thread in os.listdir(f"/proc/{pid}/task"):
                with contextlib.suppress(OSError, ValueError, IndexError):
                    with open(f"/proc/{pid}/task/{thread}/schedstat", "rb") as file:
                        numbers = file.read().split()
                    computed, queued = computed + int(numbers[0]), queued + int(numbers[1])
                    known = True
    return Ran(computed / 1e9, queued / 1e9) if known else None


def of_this_thread() -> float:
    """Seconds in which the thread that asks computed or waited for a processor since it began."""
    with contextlib.suppress(OSError, ValueError), open("/proc/thread-self/schedstat") as file:
        return sum(map(int, file.read().split()[:2])) / 1e9
    return 0.0


@cache
def counted() -> bool:
    """Whether the kernel says so of anybody."""
    return ran([os.getpid()]) is not None


class Effort:
    """What a submission did with its time between the first look at it and the last.

    computed: seconds of processor time. idle: seconds in which it had no use for a processor, and
    the thread that looks had none either: it asks, and hears the answer. pids: its processes, as of
    now.
    """

    def __init__(self, pids: Callable[[], Sequence[int]] = tuple):
        self.computed = self.idle = 0.0
        self._pids = pids
        self._before: tuple[float, Ran, float] | None = None

    @property
    def known(self) -> bool:
        """Whether there was a look at it, on a kernel that counts."""
        return self._before is not None

    def begin(self) -> None:
        """Count from now on, of processes that have begun just now."""
        self._before = time.monotonic(), Ran(0.0, 0.0), of_this_thread()

    def look(self) -> None:
        """Count what happened since the last look."""
        seen = ran(self._pids())
        if seen is None:
            return
        now, ours = time.monotonic(), of_this_thread()
        if self._before:
            then, before, ours_before = self._before
            computed = max(seen.computed - before.computed, 0.0)
            queued = max(seen.queued - before.queued, 0.0)
            self.computed += computed
            self.idle += max(now - then - computed - queued - (ours - ours_before), 0.0)
        self._before = now, seen, ours
