"""An object whose __array__ runs in the grader that converts it."""

from arena import fails, full_marks

SUBMISSION = [
    """\
import torch
import numpy as np
class A:
    def __array__(self, *a, **k): return np.array([2.0, 2.0, 2.0])
def double(x): return A()
""",
]
GRADER = "import numpy as np\nscore = float(np.allclose(np.asarray(double(torch.ones(3))), 2))"
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "not plain data")
