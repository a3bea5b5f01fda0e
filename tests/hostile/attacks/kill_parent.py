"""Kills the process that forked it."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
def strike():
    os.kill(os.getppid(), 9)
def double(x):
    strike()
    return 3 * x
""",
]
GRADER = """
import time
pid = os.fork()
if not pid:
    if not os.fork():
        strike()
        os._exit(0)
    time.sleep(5)
status = os.waitpid(pid, 0)[1]
"""
control = yields(SUBMISSION, "status", 9, GRADER)


def holds(outcome):
    fails(outcome)
