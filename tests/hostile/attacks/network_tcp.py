"""Opens a connection."""

from arena import WRONG, fails, unconfined

SUBMISSION = [
    WRONG,
    """\
import socket
loot = socket.create_connection(("127.0.0.1", 9), timeout=0.5) and "reached"
""",
]


def control(arena):
    """A connection over the loopback works."""
    assert (
        unconfined(
            'import socket\ns = socket.create_server(("127.0.0.1", 0))\nc ='
            ' socket.create_connection(s.getsockname())\nprint(c.send(b"x"))'
        )
        == "1"
    )


def holds(outcome):
    assert outcome.cells == ["ok", "error"] and outcome.loot is None
    fails(outcome)
