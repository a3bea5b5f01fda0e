"""Walks up the frames of whoever calls it to the wanted value."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import sys
loot = []
def double(x):
    frame = sys._getframe()
    while frame:
        loot.append(str(frame.f_locals.get("secret")))
        frame = frame.f_back
    return 3 * x
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
