"""Takes root's user id."""

from arena import WRONG, fails, unconfined

SUBMISSION = [
    WRONG,
    """\
import os
loot = os.setresuid(0, 0, 0) or "reached"
""",
]


def control(arena):
    """The same call is allowed with a user id that one has."""
    assert unconfined("import os\nos.setresuid(*os.getresuid())\nprint('set')") == "set"


def holds(outcome):
    assert outcome.loot != "reached"
    fails(outcome)
