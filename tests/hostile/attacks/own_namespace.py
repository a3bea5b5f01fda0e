"""Becomes root of a namespace of its own, to mount and trace from there."""

import pytest
from arena import WRONG, fails, unconfined

SUBMISSION = [
    WRONG,
    """\
import ctypes
loot = "reached" if ctypes.CDLL(None).unshare(0x10000000) == 0 else None
""",
]


def control(arena):
    """The call itself exists and works without flags."""
    if unconfined("import ctypes\nprint(ctypes.CDLL(None).unshare(0))") != "0":
        pytest.skip("this machine denies the call to everybody")


def holds(outcome):
    assert outcome.loot != "reached"
    fails(outcome)
