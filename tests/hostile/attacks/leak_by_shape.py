"""Returns a shape that spells the hidden input."""

from arena import yields

SUBMISSION = [
    """\
import torch, sys
def double(x): return torch.zeros(int(abs(float(x.sum()))) + 10)
""",
]
GRADER = """\
leaked = 7301 < len(double(torch.full((1,), 7301.0)))
"""
control = yields(SUBMISSION, "leaked", True, GRADER)


def holds(outcome):
    assert outcome.first.shown == "wrong shape"
