"""Properties are never run."""

from arena import WRONG, fails, full_marks

SUBMISSION = [
    WRONG,
    """\
import sys, types
fake = types.ModuleType('hypothesis')
fake.given = lambda *a, **k: lambda f: lambda: None
sys.modules['hypothesis'] = fake
""",
]
GRADER = """\
from hypothesis import given
@given(1)
def prop(x):
    assert torch.allclose(double(x), 2 * x)
prop()
score = 1.0
"""
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "wrong values")
