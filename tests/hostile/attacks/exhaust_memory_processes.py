"""Spreads the memory over many processes."""

from arena import WRONG, yields

from graders.isolation.limits import Limits

SUBMISSION = [
    WRONG,
    """\
import time
for _ in range(20):
    if not os.fork():
        keep = b'x' * 90_000_000
        time.sleep(20)
time.sleep(3)
""",
]
SMALL = (
    "import os\npid = os.fork()\nif not pid: os._exit(0)\nmachinery = int(os.waitpid(pid, 0)[0] =="
    " pid)"
)
OPTIONS = {"limits": Limits(cell_seconds=3, call_seconds=1, memory_mb=600, guard=1.5)}
control = yields([WRONG, SMALL], "machinery", 1)


def holds(outcome):
    assert outcome.cells[1] in ("killed", "timed out")
