"""Kills everything that it may signal."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
import os
def double(x):
    os.kill(-1, 9)
    return 3 * x
""",
]
GRADER = (
    "import time\npid = os.fork()\nif not pid:\n    time.sleep(5)\n   "
    " os._exit(0)\ndouble(1.0)\nstatus = os.waitpid(pid, 0)[1]"
)
# There a submission has processes of its own only, and that which holds it is among them.
NO_CONTROL_UNDER = "by bubblewrap"
control = yields(SUBMISSION, "status", 9, GRADER)


def holds(outcome):
    fails(outcome)
