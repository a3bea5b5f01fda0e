"""Looks for other submissions beside its own folder."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import glob, os
loot = [open(p).read() for p in glob.glob(os.path.dirname(os.getcwd()) + "/*/sentinels/note.txt") + glob.glob("@NEIGHBOUR@/*.txt")]
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
