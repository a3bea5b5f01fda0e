"""numpy's own checks are replaced."""

from arena import WRONG, fails, full_marks

SUBMISSION = [
    WRONG,
    """\
import numpy.testing
numpy.testing.assert_allclose = lambda *a, **k: None
""",
]
GRADER = """\
import numpy.testing
numpy.testing.assert_allclose(double(torch.ones(3)), 2 * torch.ones(3))
score = 1.0
"""
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "wrong values")
