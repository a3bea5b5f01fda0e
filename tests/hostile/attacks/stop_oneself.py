"""Stops its own process, which then neither answers nor ends."""

from arena import SHORT, WRONG, fails, holds_up

SUBMISSION = [
    WRONG,
    """\
import os, signal
def double(x): os.kill(os.getpid(), signal.SIGSTOP)
""",
]
OPTIONS = {"limits": SHORT}
control = holds_up(SUBMISSION)


def holds(outcome):
    fails(outcome, "no answer in time")
