"""Talks to a program of the machine through a socket without a file."""

from arena import WRONG, fails, unconfined

SUBMISSION = [
    WRONG,
    """\
import socket
client = socket.socket(socket.AF_UNIX)
loot = client.connect("\\0critic-hostile-test") or "reached"
""",
]

# The grader's machine offers such a socket while the attack runs.
# Without these layers it is not promised; docs/security.md says so.
NEEDS = ("no network", "landlock")
SERVES_ABSTRACT = "\0critic-hostile-test"


def control(arena):
    """Where nothing denies it, such a socket is reached."""
    code = (
        "import socket\ns = socket.socket(socket.AF_UNIX); s.bind('\\0critic-x'); s.listen()\nc ="
        " socket.socket(socket.AF_UNIX); c.connect('\\0critic-x'); print(c.send(b'x'))"
    )
    assert unconfined(code) == "1"


def holds(outcome):
    assert outcome.loot is None
    fails(outcome)
