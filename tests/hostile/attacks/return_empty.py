"""No values at all: a statement about all of them is true."""

from arena import fails, full_marks

SUBMISSION = [
    """\
import torch
def double(x): return x[:0]
""",
]
GRADER = "got = double(torch.ones(3))\nscore = float(all(float(g) == 2 for g in got))"
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "wrong shape")
