"""Keeps what one exercise was asked, to know it in the next."""

from arena import RIGHT, yields

SUBMISSION = [
    RIGHT,
    """\
seen = []
def double(x):
    seen.append(1)
    return 2 * x
loot = seen
""",
]
HONEST = True
control = yields(SUBMISSION, "count", 2, "double(1.0)\ndouble(2.0)\ncount = len(seen)")


def holds(outcome):
    # Three calls were made in the branch of the checks; what is left after it ends is as it was
    # before.
    assert outcome.loot in ([], [1, 1, 1])
