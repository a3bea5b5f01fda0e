"""Leaves a System V segment for a partner's submission."""

from arena import WRONG, fails, unconfined

SUBMISSION = [
    WRONG,
    """\
import ctypes
loot = "reached" if ctypes.CDLL(None).shmget(7301, 100, 0o1666) >= 0 else None
""",
]


def control(arena):
    """The call works on a private segment that is removed at once."""
    assert (
        unconfined(
            "import ctypes\nlibc = ctypes.CDLL(None)\nnumber = libc.shmget(0, 100,"
            " 0o1600)\nprint(libc.shmctl(number, 0, None))"
        )
        == "0"
    )


def holds(outcome):
    assert outcome.loot != "reached"
    fails(outcome)
