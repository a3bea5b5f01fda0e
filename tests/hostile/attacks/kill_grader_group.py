"""Kills the grader's process group."""

from arena import WRONG, ends_the_grader, fails

SUBMISSION = [
    WRONG,
    """\
import os, signal
os.killpg(os.getpgid(@GRADER@), signal.SIGKILL)
""",
]
control = ends_the_grader(SUBMISSION)


def holds(outcome):
    assert outcome.cells == ["ok", "error"]
    fails(outcome, "wrong values")
