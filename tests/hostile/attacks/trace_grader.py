"""Attaches to the grader as a debugger."""

from arena import WRONG, fails, unconfined

SUBMISSION = [
    WRONG,
    """\
import ctypes
loot = "reached" if ctypes.CDLL(None).ptrace(16, @GRADER@, None, None) == 0 else None
""",
]


def control(arena):
    """A process may trace its own child."""
    assert (
        unconfined(
            "import ctypes, os, time\npid = os.fork()\nif not pid: time.sleep(5)\nlibc ="
            " ctypes.CDLL(None)\nprint(libc.ptrace(16, pid, None, None))\nos.kill(pid, 9)"
        )
        == "0"
    )


def holds(outcome):
    assert outcome.loot != "reached"
    fails(outcome)
