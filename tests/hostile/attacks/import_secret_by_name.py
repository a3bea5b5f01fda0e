"""Imports the hidden checks by name after adding their folder to the path."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import os, sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath("@SECRET@"))))
import sentinels
loot = sentinels.SENTINEL
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
