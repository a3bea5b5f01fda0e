"""Changes the grader's objects whenever Python collects garbage."""

from arena import WRONG, fails, full_marks

SUBMISSION = [
    WRONG,
    """\
import gc
def meddle(phase, info):
    torch.allclose = lambda *a, **k: True
gc.callbacks.append(meddle)
gc.collect()
""",
]
control = full_marks(SUBMISSION)


def holds(outcome):
    fails(outcome, "wrong values")
