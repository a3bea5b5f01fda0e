"""Ends the process by a segmentation fault."""

from arena import WRONG, ends_the_grader, fails

SUBMISSION = [
    WRONG,
    """\
import ctypes
def double(x): ctypes.string_at(0)
""",
]
control = ends_the_grader(SUBMISSION)


def holds(outcome):
    fails(outcome, "the process that ran your code ended")
