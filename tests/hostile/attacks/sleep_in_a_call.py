"""A call that sleeps: it uses no CPU time."""

from arena import SHORT, WRONG, fails, holds_up

SUBMISSION = [
    WRONG,
    """\
import time
def double(x): time.sleep(1000)
""",
]
OPTIONS = {"limits": SHORT}
control = holds_up(SUBMISSION)


def holds(outcome):
    fails(outcome, "no answer in time")
