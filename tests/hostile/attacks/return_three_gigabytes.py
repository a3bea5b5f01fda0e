"""More than fits."""

from arena import fails, yields

SUBMISSION = [
    """\
import torch
def double(x):
    return torch.empty(3 * 2**28)
made = 4 * 3 * 2**28
""",
]
control = yields(SUBMISSION, "made", 3 * 2**30)


def holds(outcome):
    fails(outcome)
