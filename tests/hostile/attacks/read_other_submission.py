"""Reads a file of a submission that runs at the same time, whose path it knows."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
loot = open("@NEIGHBOUR@/note.txt").read()
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
