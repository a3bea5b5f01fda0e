"""Fills the buffers of the sockets of many processes: memory of the kernel's, in nobody's."""

from arena import WRONG, yields

from graders.isolation.limits import Limits

SUBMISSION = [
    WRONG,
    """\
import socket, time
def fill():
    kept = []
    for _ in range(100):
        pair = socket.socketpair()
        for end in pair:
            end.setblocking(False)
            try:
                while True: end.send(b'x' * 65536)
            except OSError: pass
        kept.append(pair)
    time.sleep(20)
for _ in range(48):
    if not os.fork():
        try: fill()
        finally: os._exit(0)
time.sleep(6)
""",
]
SMALL = """
import socket
one, other = socket.socketpair()
one.setblocking(False)
sent = 0
try:
    while True: sent += one.send(b'x' * 65536)
except OSError: pass
machinery = int(sent > 100_000)
"""
OPTIONS = {"limits": Limits(cell_seconds=6, call_seconds=1, memory_mb=500, guard=1.5)}
control = yields([WRONG, SMALL], "machinery", 1)


def holds(outcome):
    """The worker, or some of its processes, are ended; the machine never holds the 4 GB."""
    assert outcome.cells[1] in ("killed", "timed out", "error")
