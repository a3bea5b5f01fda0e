"""Limits inside the process that runs a student's code: a repeating alarm that raises where that
code runs.

Code can swallow or disarm it, and native code delays it; a second process then ends the first. It
exists so that an honest endless loop costs one cell or one call and not the process.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Callable
from typing import Any

REPEAT = 0.2


class Stopped(BaseException):
    """A limit was met. Not an `Exception`: `except Exception` in a submission must not swallow it.

    `wall`: whether it was the limit of wall time.
    """

    def __init__(self, wall: bool = True):
        super().__init__("stopped at the time limit")
        self.wall = wall


def limited(action: Callable[[], Any], cpu: float, wall: float) -> Any:
    """Run an action; raise Stopped in it after `cpu` seconds of CPU time or `wall` seconds, again
    and again until it ends. Signals reach the main thread only: elsewhere there is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        return action()
    if not hasattr(signal, "setitimer"):
        return _limited_by_thread(action, wall)
    before = signal.signal(signal.SIGPROF, _stop), signal.signal(signal.SIGALRM, _stop)
    try:
        signal.setitimer(signal.ITIMER_PROF, cpu, REPEAT)
        signal.setitimer(signal.ITIMER_REAL, wall, REPEAT)
        return action()
    finally:
        _surely(disarm)
        signal.signal(signal.SIGPROF, before[0] or signal.SIG_DFL)
        signal.signal(signal.SIGALRM, before[1] or signal.SIG_DFL)


def disarm() -> None:
    """Switch both alarms off."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _surely(action: Callable[[], None]) -> None:
    """Do it although an alarm may come in between."""
    while True:
        try:
            return action()
        except Stopped:
            continue


def _stop(number: int, frame: Any) -> None:
    raise Stopped(wall=number == signal.SIGALRM)


def _limited_by_thread(action: Callable[[], Any], wall: float) -> Any:
    """Where there are no alarms (Windows), another thread raises Stopped in this one."""
    this, done = ctypes.c_ulong(threading.get_ident()), threading.Event()

    def watch() -> None:
        pause = wall
        while not done.wait(pause):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(this, ctypes.py_object(Stopped))
            pause = REPEAT

    threading.Thread(target=watch, daemon=True).start()
    try:
        return action()
    finally:
        done.set()
