"""One byte that claims to be a terabyte."""

from arena import fails, yields

SUBMISSION = [
    """\
import torch
def double(x):
    return torch.zeros(1).expand(10**12)
kind = type(double(torch.ones(3))).__name__
made = kind != 'NoneType'
""",
]
control = yields(SUBMISSION, "made", True)


def holds(outcome):
    fails(outcome, "more than may be returned")
