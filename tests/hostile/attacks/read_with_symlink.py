"""Links to the hidden checks from the submission's own folder."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import os
os.symlink(os.path.abspath("@SECRET@"), "mine")
loot = open("mine").read()
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
