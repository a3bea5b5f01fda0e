"""Fills /dev/shm."""

from arena import WRONG, yields

SUBMISSION = [
    WRONG,
    """\
for i in range(100):
    open(f'/dev/shm/critic-{i}', 'wb').write(b'x' * 60_000_000)
""",
]
SMALL = (
    "open('/dev/shm/critic-small', 'wb').write(b'x')\nmachinery ="
    " os.path.getsize('/dev/shm/critic-small')"
)
# Where neither layer holds, and under bubblewrap, /dev/shm is closed to submissions.
NEEDS = ("own ipc", "own user")
NOT_UNDER = "by bubblewrap"
control = yields([WRONG, SMALL], "machinery", 1)


def holds(outcome):
    assert outcome.cells[1] in ("error", "timed out", "killed")
