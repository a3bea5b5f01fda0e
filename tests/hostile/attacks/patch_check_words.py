"""The words with which checks are written are replaced in the module that everybody imports."""

from arena import WRONG, fails, full_marks

SUBMISSION = [
    WRONG,
    """\
import graders.core.expect as expect
expect.close = lambda got, *a, **k: got
expect.gradients = lambda *a, **k: None
""",
]
GRADER = """\
from graders.core import expect
expect.close(double(torch.ones(3)), 2 * torch.ones(3), subject='x')
score = 1.0
"""
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "wrong values")
