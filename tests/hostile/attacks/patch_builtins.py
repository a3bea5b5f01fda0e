"""all, any, abs, bool and isinstance are the submission's."""

from arena import WRONG, fails, full_marks

SUBMISSION = [
    WRONG,
    """\
import builtins
builtins.all = lambda *_: True
builtins.any = lambda *_: False
builtins.abs = lambda *_: 0
""",
]
GRADER = """\
x = torch.arange(3.0)
score = float(all(float(a) == float(b) for a, b in zip(double(x), 2 * x)))
"""
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome)
