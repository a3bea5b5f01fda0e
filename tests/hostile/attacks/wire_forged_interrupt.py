"""Says that the grader was interrupted from the keyboard."""

from arena import FORGE, fails, yields

SUBMISSION = [
    FORGE,
    """\
def strike():
    send(frame(["raised", ["KeyboardInterrupt"], "stop"]))
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
control = yields(SUBMISSION, "received", "Raised", GRADER)


def holds(outcome):
    fails(outcome, "your code raised an error")
