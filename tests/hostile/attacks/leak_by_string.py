"""Returns the hidden input as text."""

from arena import yields

SUBMISSION = [
    """\
import torch, sys
def double(x): return str(x.tolist())
""",
]
GRADER = """\
leaked = '7301' in double(torch.full((1,), 7301.0))
"""
control = yields(SUBMISSION, "leaked", True, GRADER)


def holds(outcome):
    assert outcome.first.shown == "not a tensor"
