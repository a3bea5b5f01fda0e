"""Writes many files."""

from arena import WRONG, yields

from graders.isolation.limits import Limits

SUBMISSION = [
    WRONG,
    """\
import time
for i in range(1000):
    open(f'f{i}', 'wb').write(b'x' * 10_000_000)
time.sleep(5)
""",
]
SMALL = "machinery = open('f', 'wb').write(b'x')"
OPTIONS = {"limits": Limits(cell_seconds=4, call_seconds=1, scratch_mb=100)}
control = yields([WRONG, SMALL], "machinery", 1)


def holds(outcome):
    assert outcome.cells[1] == "killed"
    assert "wrote more than 100 MB" in outcome.notes[0]
