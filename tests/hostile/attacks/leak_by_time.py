"""Takes as long as the hidden input says."""

from arena import yields

SUBMISSION = [
    """\
import torch, sys
import time
def double(x):
    time.sleep(min(0.3, float(x.sum().abs()) / 1e5))
    return 3 * x
""",
]
GRADER = """\
start = time.time()
double(torch.full((1,), 7301.0))
leaked = time.time() - start > 0.05
"""
control = yields(SUBMISSION, "leaked", True, GRADER)


def holds(outcome):
    assert outcome.first.shown == "wrong values"
