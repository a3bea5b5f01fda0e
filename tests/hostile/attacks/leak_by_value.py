"""Returns the hidden input, for the message to show it as what was got."""

from arena import yields

SUBMISSION = [
    """\
import torch, sys
def double(x): return x
""",
]
GRADER = """\
leaked = '7301' in str(double(torch.full((1,), 7301.0)))
"""
control = yields(SUBMISSION, "leaked", True, GRADER)


def holds(outcome):
    assert outcome.first.shown == "wrong values"
