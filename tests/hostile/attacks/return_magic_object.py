"""An object that is equal to everything and answers every operation with itself."""

from arena import fails, full_marks

SUBMISSION = [
    """\
import torch
class Any:
    def __eq__(self, other): return True
    __hash__ = None
    def __getattr__(self, name): return lambda *a, **k: True
def double(x): return Any()
""",
]
GRADER = "score = float(double(torch.ones(3)) == 2 * torch.ones(3))"
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "not plain data")
