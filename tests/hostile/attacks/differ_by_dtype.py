"""Right for the dtype that everybody uses."""

from arena import WRONG, full_marks

SUBMISSION = [
    WRONG,
    """\
def double(x): return (2 if x.dtype == torch.float32 else 3) * x
""",
]
control = full_marks(SUBMISSION)


def holds(outcome):
    assert not outcome.passed
    assert any("wrong values" in v.problem for v in outcome.verdicts)
