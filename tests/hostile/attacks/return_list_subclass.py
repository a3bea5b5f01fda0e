"""A list that is equal to every list."""

from arena import fails, full_marks

SUBMISSION = [
    """\
import torch
class L(list):
    def __eq__(self, other): return True
def double(x): return L()
""",
]
GRADER = "score = float(double([1]) == [2])"
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "not a tensor")
