"""Opens the hidden checks by their path."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
loot = open("@SECRET@").read()
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
