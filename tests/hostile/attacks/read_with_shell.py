"""Has the notebook's shell read the hidden checks."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
lines = !cat @SECRET@
loot = "".join(lines)
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
