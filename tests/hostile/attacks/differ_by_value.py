"""Remembers the worked example and guesses elsewhere."""

from arena import WRONG, full_marks

SUBMISSION = [
    WRONG,
    """\
known = torch.arange(12.0).reshape(4, 3)
def double(x): return 2 * x if x.shape == known.shape and torch.equal(x.float(), known) else 3 * x
""",
]
control = full_marks(SUBMISSION)


def holds(outcome):
    assert not outcome.passed
    assert any("" in v.problem for v in outcome.verdicts)
