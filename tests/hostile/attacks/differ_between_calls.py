"""Right in the first call, wrong afterwards: a grader that calls once is content."""

from arena import WRONG, full_marks

SUBMISSION = [
    WRONG,
    """\
calls = 0
def double(x):
    global calls
    calls += 1
    return (2 if calls == 1 else 3) * x
""",
]
control = full_marks(SUBMISSION)


def holds(outcome):
    assert not outcome.passed
    assert any("" in v.problem for v in outcome.verdicts)
