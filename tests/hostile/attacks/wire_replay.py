"""Sends every answer twice."""

from arena import FORGE, fails, yields

SUBMISSION = [
    FORGE,
    """\
def strike():
    pass
from graders.isolation import channel
real = channel.Channel.send
def twice(self, *a, **k):
    real(self, *a, **k)
    real(self, *a, **k)
channel.Channel.send = twice
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
Channel(theirs, m.Request).send(1, m.Answer("x"))
channel.Channel.send = real
ours.settimeout(1)
reader = Channel(ours, m.Reply)
received = reader.receive()[1] == reader.receive()[1]
"""
# In one cell: after it, the worker of the control would send every answer twice as well.
control = yields(["\n".join([*SUBMISSION, GRADER])], "received", True)


def holds(outcome):
    fails(outcome)
