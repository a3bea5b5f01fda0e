"""Looks for secrets in the environment that it inherits."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import os
loot = dict(os.environ)
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
