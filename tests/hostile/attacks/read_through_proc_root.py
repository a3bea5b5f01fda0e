"""Goes to the hidden checks through the grader's /proc/PID/root."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import ctypes
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # or /proc/self is closed to itself
loot = open(f"/proc/{@GRADER@}/root" + os.path.abspath("@SECRET@")).read()
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
