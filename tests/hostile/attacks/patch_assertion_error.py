"""An assertion that fails raises what the grader takes for success."""

from arena import WRONG, fails, full_marks

SUBMISSION = [
    WRONG,
    """\
import builtins
class Fine(Exception): pass
builtins.AssertionError = Fine
""",
]
GRADER = """\
x = torch.arange(3.0)
try:
    if not torch.allclose(double(x), 2 * x):
        raise AssertionError
    score = 1.0
except Exception as error:
    score = float(type(error).__name__ != 'AssertionError')
"""
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "wrong values")
