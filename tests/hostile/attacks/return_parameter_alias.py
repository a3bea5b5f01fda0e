"""Returns its argument changed in place, so that the wanted value changes with it."""

from arena import fails, full_marks

SUBMISSION = [
    """\
import torch
def double(x):
    x.data.mul_(3)
    return 2 * x.data / 3 * 3
""",
]
control = full_marks(
    SUBMISSION, "x = torch.ones(3)\ngot = double(x)\nscore = float(torch.allclose(got, 2 * x))"
)


def holds(outcome):
    fails(outcome, "wrong values")
