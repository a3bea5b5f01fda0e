"""Differences are always zero."""

from arena import WRONG, fails, full_marks

SUBMISSION = [
    WRONG,
    """\
torch.Tensor.__sub__ = lambda self, other: torch.zeros(self.shape)
""",
]
GRADER = """\
x = torch.arange(3.0)
score = float((double(x) - 2 * x).abs().max() < 1e-6)
"""
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "wrong values")
