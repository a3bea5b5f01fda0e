"""Looks through all objects for the reference."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import gc
loot = [str(f.__defaults__) for f in gc.get_objects() if type(f).__name__ == "function" and f.__name__ == "_reference"]
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
