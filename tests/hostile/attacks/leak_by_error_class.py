"""Writes the hidden input into the name of an error's class."""

from arena import yields

SUBMISSION = [
    """\
import torch, sys
def double(x): raise type('E' + str(int(x.sum() * 1000)), (ValueError,), {})
""",
]
GRADER = """\
x = torch.full((1,), 7301.0)
try:
    double(x)
except BaseException as error:
    shown = type(error).__name__ + str(error)
leaked = '7301' in shown
"""
control = yields(SUBMISSION, "leaked", True, GRADER)


def holds(outcome):
    assert outcome.first.shown == "your code raised ValueError"
