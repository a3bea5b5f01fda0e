"""Sends a datagram with what it has seen."""

from arena import WRONG, fails, unconfined

SUBMISSION = [
    WRONG,
    """\
import socket
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
loot = client.sendto(b"x", ("127.0.0.1", 9)) and "reached"
""",
]


def control(arena):
    """A datagram over the loopback works."""
    assert (
        unconfined(
            'import socket\nprint(socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x",'
            ' ("127.0.0.1", 9)))'
        )
        == "1"
    )


def holds(outcome):
    assert outcome.cells == ["ok", "error"] and outcome.loot is None
    fails(outcome)
