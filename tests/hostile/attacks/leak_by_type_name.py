"""Returns an object whose class is named after the hidden input."""

from arena import yields

SUBMISSION = [
    """\
import torch, sys
def double(x): return type('T' + str(int(x.sum() * 1000)), (), {})()
""",
]
GRADER = """\
leaked = '7301' in type(double(torch.full((1,), 7.301))).__name__
"""
control = yields(SUBMISSION, "leaked", True, GRADER)


def holds(outcome):
    assert outcome.first.shown == "returned something that is not plain data"
