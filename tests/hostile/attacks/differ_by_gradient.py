"""Right values without a way back to the inputs."""

from arena import WRONG, full_marks

SUBMISSION = [
    WRONG,
    """\
def double(x): return 2 * x.detach()
""",
]
control = full_marks(SUBMISSION)


def holds(outcome):
    assert not outcome.passed
    assert any("no gradient" in v.problem for v in outcome.verdicts)
