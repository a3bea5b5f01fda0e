"""Sends its answer a byte at a time, for ever."""

from arena import FORGE, fails, yields

SUBMISSION = [
    FORGE,
    """\
import time
def strike():
    data = frame(["called", 1.0, [], 0, [], []])
    for i in range(len(data)):
        send(data[i:i + 1])
        if slow:
            time.sleep(0.5)
slow = False
def double(x):
    strike()
    global slow
    slow = True
    strike()
""",
]
GRADER = """
from graders.isolation import messages as m
from graders.isolation.channel import Channel
ours, theirs = socket.socketpair()
sock = lambda: theirs.fileno()
strike()
ours.settimeout(1)
try:
    received = type(Channel(ours, m.Reply).receive()[1]).__name__
except Exception as error:
    received = type(error).__name__
"""
control = yields(SUBMISSION, "received", "Called", GRADER)


def holds(outcome):
    fails(outcome)
    assert outcome.seconds < 8
