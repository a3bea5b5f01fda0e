"""Right within the first moments of its process, when examples are tried."""

from arena import WRONG, full_marks

SUBMISSION = [
    WRONG,
    """\
import time
born = time.monotonic()
def double(x): return (2 if time.monotonic() - born < 0.05 and not x.requires_grad else 3) * x
""",
]
control = full_marks(SUBMISSION)


def holds(outcome):
    assert not outcome.passed
    assert any("" in v.problem for v in outcome.verdicts)
