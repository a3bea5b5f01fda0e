"""Ends everything that a submission started, and can hit nothing else: by its uid, or by descent
from its keeper.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable

from graders.isolation.processes import descendants, has_processes

PATIENCE = 5.0


def collect_dead() -> set[int]:
    """Collect this process's children that have ended, and what a subreaper inherits."""
    found: set[int] = set()
    with contextlib.suppress(ChildProcessError):
        while (pid := os.waitpid(-1, os.WNOHANG)[0]) > 0:
            found.add(pid)
    return found


def kill_user(uid: int, keeper: int) -> None:
    """Signal every process of one uid, from a helper that may signal no other.

    The helper's real uid is the keeper's: a submission of that uid cannot signal the helper in
    turn. The caller holds a lock on both; neither is ever 0, of which a kill(-1) would end the
    machine.
    """
    if not uid or not keeper:
        raise ValueError("a kill of all processes needs a uid of its own")
    pid = os.fork()
    if not pid:
        with contextlib.suppress(BaseException):
            os.setgroups([])
            os.setresuid(keeper, uid, keeper)
            os.kill(-1, signal.SIGKILL)
        os._exit(0)
    os.waitpid(pid, 0)


def end_user(uid: int, keeper: int, reap: Callable[[], object]) -> bool:
    """Kill until nobody of this uid is left; False when somebody still is after some seconds."""
    return _until(lambda: kill_user(uid, keeper), lambda: not has_processes(uid), reap)


def end_tree(keeper_pid: int, reap: Callable[[], object]) -> bool:
    """Kill all descendants of a keeper, which is a subreaper: none can leave its tree, whatever
    they fork.
    """
    return _until(
        lambda: _kill_tree(keeper_pid), lambda: not os.path.exists(f"/proc/{keeper_pid}"), reap
    )


def _kill_tree(root: int) -> None:
    # First stop them all: stopped processes do not fork, and those that run meet the limit on
    # processes.
    stopped: set[int] = set()
    for _ in range(50):
        new = set(descendants(root)) - stopped
        if not new:
            break
        for pid in new:
            _signal(pid, signal.SIGSTOP)
        stopped |= new
    for pid in descendants(root):
        _signal(pid, signal.SIGKILL)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _until(
    kill: Callable[[], object], gone: Callable[[], bool], reap: Callable[[], object]
) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        kill()
        for _ in range(100):
            reap()
            if gone():
                reap()  # whoever died last
                return True
            time.sleep(0.001)
    return False
