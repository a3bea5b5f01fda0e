"""Warns with the hidden input."""

from arena import yields

SUBMISSION = [
    """\
import torch, sys
import warnings
def double(x):
    warnings.warn(str(x.tolist()))
    return 3 * x
""",
]
GRADER = """\
import warnings
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter('always')
    double(torch.full((1,), 7301.0))
leaked = '7301' in str(seen[0].message)
"""
control = yields(SUBMISSION, "leaked", True, GRADER)


def holds(outcome):
    assert outcome.first.shown == "wrong values"
