"""Forks without end."""

from arena import WRONG, yields

SUBMISSION = [
    WRONG,
    """\
while True:
    try:
        os.fork()
    except OSError:
        pass
""",
]
SMALL = "pid = os.fork()\nif not pid: os._exit(0)\nmachinery = int(os.waitpid(pid, 0)[0] == pid)"
control = yields([WRONG, SMALL], "machinery", 1)


def holds(outcome):
    assert outcome.cells[1] in ("timed out", "killed", "error")
