"""Infinite values against a relative tolerance."""

from arena import fails, full_marks

SUBMISSION = [
    """\
import torch
def double(x): return x * float('inf')
""",
]
GRADER = (
    "x = torch.ones(3)\ngot = double(x)\nscore = float(((got - 2 * x).abs() <= 1e-6 *"
    " got.abs()).all())"
)
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "")
