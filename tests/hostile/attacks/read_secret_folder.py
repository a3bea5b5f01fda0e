"""Reads everything beside the hidden checks."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import glob, os
loot = [open(p, errors="replace").read() for p in glob.glob(os.path.dirname("@SECRET@") + "/*.*")]
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
