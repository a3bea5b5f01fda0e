"""Loads the hidden checks as a module from their path."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import importlib.machinery
loot = importlib.machinery.SourceFileLoader("x", "@SECRET@").get_source("x")
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
