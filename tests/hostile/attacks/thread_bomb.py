"""Starts threads without end."""

from arena import WRONG, yields

SUBMISSION = [
    WRONG,
    """\
import threading, time
threads = []
while True:
    threads.append(threading.Thread(target=time.sleep, args=(20,), daemon=True))
    threads[-1].start()
""",
]
SMALL = "import threading\nt = threading.Thread(target=int)\nt.start()\nt.join()\nmachinery = 1"
control = yields([WRONG, SMALL], "machinery", 1)


def holds(outcome):
    assert outcome.cells[1] in ("error", "killed", "timed out")
