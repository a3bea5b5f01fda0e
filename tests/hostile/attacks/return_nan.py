"""NaN is not greater than any tolerance."""

from arena import fails, full_marks

SUBMISSION = [
    """\
import torch
def double(x): return x * float('nan')
""",
]
GRADER = "x = torch.ones(3)\nscore = float(not ((double(x) - 2 * x).abs() > 1e-6).any())"
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "NaN")
