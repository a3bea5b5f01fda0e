"""Every comparison of a grader in the same process says yes."""

from arena import WRONG, fails, full_marks

SUBMISSION = [
    WRONG,
    """\
torch.allclose = lambda *a, **k: True
""",
]
control = full_marks(SUBMISSION)


def holds(outcome):
    fails(outcome, "wrong values")
