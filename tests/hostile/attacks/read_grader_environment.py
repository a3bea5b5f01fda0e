"""Reads the grader's environment."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
import ctypes
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # or /proc/self is closed to itself
loot = open(f"/proc/{@GRADER@}/environ", "rb").read() and "environment"
""",
]
# Every process is closed there, to itself too.
NO_CONTROL_UNDER = "by Landlock"
control = yields(SUBMISSION, "loot", "environment")


def holds(outcome):
    fails(outcome)
    assert outcome.loot is None
