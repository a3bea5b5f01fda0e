"""What the cells of a submission left running: processes that may wait as long as they like, but
compute only for a moment while its functions are judged.
"""

from __future__ import annotations

import contextlib

from graders.isolation.activity import ran
from graders.isolation.outside import Outside


class LeftRunning:
    """Those processes, over all the lives of a submission.

    seconds: the CPU time that they may use after the cells; when it is used up they are ended, and
    so is what the cells leave when they run again.
    """

    def __init__(self, seconds: float):
        self._left = seconds
        self._before: dict[int, float] | None = None

    def begin(self) -> None:
        """The cells of a new process have just run."""
        self._before = None

    def look(self, outside: Outside | None) -> bool:
        """Count what they computed since the last look, and end them where it is too much: whether
        that was so for the first time. No copy of the process may be open. Where the kernel does
        not tell of processes nothing is done.
        """
        before = self._left
        with contextlib.suppress(OSError):  # the process that ran the cells has ended
            pids = outside.others() if outside else []
            self._count({pid: seen.computed for pid in pids if (seen := ran([pid]))})
            if outside and pids and self._left <= 0:
                outside.end_others()
        return self._left <= 0 < before

    def _count(self, now: dict[int, float]) -> None:
        """What began after the first look counts whole."""
        if self._before is not None:
            self._left -= sum(
                computed - self._before.get(pid, 0.0) for pid, computed in now.items()
            )
        self._before = now
