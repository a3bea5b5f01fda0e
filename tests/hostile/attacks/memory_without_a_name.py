"""Keeps memory in files that belong to no folder, where no sum over processes sees it."""

from arena import WRONG, fails, unconfined

SUBMISSION = [
    WRONG,
    """\
import os
loot = os.write(os.memfd_create("x"), b"x" * 10**6) and "reached"
""",
]


def control(arena):
    """The call works where nothing denies it."""
    assert unconfined('import os\nprint(os.write(os.memfd_create("x"), b"x"))') == "1"


def holds(outcome):
    assert outcome.loot != "reached"
    fails(outcome)
