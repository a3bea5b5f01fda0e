"""Right for the shape of the worked example, wrong elsewhere."""

from arena import WRONG, full_marks

SUBMISSION = [
    WRONG,
    """\
def double(x): return (2 if x.shape == (4, 3) else 3) * x
""",
]
control = full_marks(SUBMISSION)


def holds(outcome):
    assert not outcome.passed
    assert any("" in v.problem for v in outcome.verdicts)
