"""A single right number for constant inputs, which broadcasting takes for all."""

from arena import fails, full_marks

SUBMISSION = [
    """\
import torch
def double(x): return 2 * x.reshape(-1)[:1]
""",
]
GRADER = "x = torch.ones(3)\nscore = float(torch.allclose(double(x), 2 * x))"
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "wrong shape")
