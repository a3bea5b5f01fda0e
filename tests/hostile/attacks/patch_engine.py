"""The engine reports success for everything."""

from arena import WRONG, fails, full_marks

SUBMISSION = [
    WRONG,
    """\
import graders.core.verdict as v
v.Verdict.passed = property(lambda self: True)
""",
]
GRADER = """\
from graders.core.verdict import Verdict, Status
score = float(Verdict('e', 'c', 's', Status.FAILED, True).passed)
"""
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "wrong values")
