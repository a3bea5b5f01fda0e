"""Tensors that are equal to everything, by their class's own operator."""

from arena import WRONG, fails, full_marks

SUBMISSION = [
    WRONG,
    """\
torch.Tensor.__eq__ = lambda self, other: torch.ones(self.shape, dtype=torch.bool)
torch.equal = lambda *a: True
""",
]
GRADER = """\
x = torch.arange(3.0)
score = float((double(x) == 2 * x).all())
"""
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "wrong values")
