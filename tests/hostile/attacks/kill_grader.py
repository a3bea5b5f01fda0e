"""Kills the grader."""

from arena import WRONG, fails, ends_the_grader

SUBMISSION = [
    WRONG,
    """\
import os, signal
os.kill(@GRADER@, signal.SIGKILL)
""",
]
control = ends_the_grader(SUBMISSION)


def holds(outcome):
    assert outcome.cells == ["ok", "error"]
    fails(outcome, "wrong values")
