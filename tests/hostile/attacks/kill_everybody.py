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
GRADER = "import time\npid = os.fork()\nif not pid:\n    time.sleep(5)\n    os._exit(0)\ndouble(1.0)\nstatus = os.waitpid(pid, 0)[1]"
control = yields(SUBMISSION, "status", 9, GRADER)


def holds(outcome):
    fails(outcome)
