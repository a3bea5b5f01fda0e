"""Returns a network whose layers are not what its sizes say."""

from arena import FORGE, fails, yields

SUBMISSION = [
    FORGE,
    """\
def strike():
    send(frame(["called", ["n", True, ["y", [], [["linear", 3, 2]], [], [], False], False, True, [["t", 0, [1, 1]], ["t", 0, [1]]], [True, True], [], [], []], [], 0, [], []], bytes(32)))
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
control = yields(SUBMISSION, "received", "Called", GRADER)


def holds(outcome):
    fails(outcome, "not plain data")
