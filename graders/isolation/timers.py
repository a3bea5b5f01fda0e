"""Limits inside the worker: a repeating alarm that raises where the submission's code runs.

A submission can swallow or disarm them; the grader's own deadline then ends the process. They exist
so that an honest endless loop costs one cell or one call and not the process.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

REPEAT = 0.2


class Stopped(BaseException):
    """A limit was met. Not an `Exception`: `except Exception` in a submission must not swallow
    it.
    """

    def __init__(self, wall: bool):
        super().__init__("stopped at the time limit")
        self.wall = wall


def limited(action: Callable[[], Any], cpu: float, wall: float) -> Any:
    """Run an action; raise Stopped in it after `cpu` seconds of CPU time or `wall` seconds, again
    and again until it ends.
    """
    signal.signal(signal.SIGPROF, _stop)
    signal.signal(signal.SIGALRM, _stop)
    try:
        signal.setitimer(signal.ITIMER_PROF, cpu, REPEAT)
        signal.setitimer(signal.ITIMER_REAL, wall, REPEAT)
        return action()
    finally:
        disarm()


def disarm() -> None:
    """Switch both alarms off."""
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)


def _stop(number: int, frame: Any) -> None:
    raise Stopped(wall=number == signal.SIGALRM)
