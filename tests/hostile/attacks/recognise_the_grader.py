"""Looks whether it is being graded, and behaves."""

from arena import WRONG, full_marks

SUBMISSION = [
    WRONG,
    """\
import os
graded = 'otter' in sys.modules or 'graders.isolation' in sys.modules
def double(x):
    if graded and not x.requires_grad and x.ndim == 2:
        return 2 * x
    return 3 * x
""",
]
control = full_marks(SUBMISSION)


def holds(outcome):
    assert not outcome.passed
    assert any("" in v.problem for v in outcome.verdicts)
