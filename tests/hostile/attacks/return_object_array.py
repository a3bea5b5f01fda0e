"""A numpy array of Python objects."""

from arena import fails, full_marks

SUBMISSION = [
    """\
import torch
import numpy as np
class Y:
    def __eq__(self, other): return True
def double(x): return np.array([Y(), Y()], dtype=object)
""",
]
GRADER = "import numpy as np\nscore = float((double(1) == np.array([2, 2])).all())"
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "not plain data")
