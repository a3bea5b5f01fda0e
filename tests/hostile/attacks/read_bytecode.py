"""Reads compiled hidden checks from their cache."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import glob, os
loot = [open(p, errors="replace").read() for p in glob.glob(os.path.dirname("@SECRET@") + "/__pycache__/*")]
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
