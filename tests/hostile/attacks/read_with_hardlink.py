"""Makes a hard link to the hidden checks."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import os
os.link("@SECRET@", "mine")
loot = open("mine").read()
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
