"""Looks through the globals of every module that is loaded."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import sys
loot = [str(vars(m).get("_reference").__defaults__) for m in list(sys.modules.values()) if hasattr(m, "__dict__") and hasattr(vars(m).get("_reference"), "__defaults__")]
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
