"""Announces a terabyte."""

from arena import FORGE, fails, yields

SUBMISSION = [
    FORGE,
    """\
def strike():
    send(struct.pack("<4sIIQ", b"crt1", 1, 10, 2**40))
def double(x):
    strike()
    return 3 * x
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
control = yields(SUBMISSION, "received", "WireError", GRADER)


def holds(outcome):
    fails(outcome, "the process that ran your code ended")
