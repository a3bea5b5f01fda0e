"""Asks the kernel for the interfaces of the machine."""

from arena import WRONG, fails, unconfined

SUBMISSION = [
    WRONG,
    """\
import socket
loot = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW) and "reached"
""",
]


def control(arena):
    """Such a socket can be opened."""
    assert (
        unconfined(
            "import socket\nprint(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).family > 0)"
        )
        == "True"
    )


def holds(outcome):
    assert outcome.cells == ["ok", "error"] and outcome.loot is None
    fails(outcome)
