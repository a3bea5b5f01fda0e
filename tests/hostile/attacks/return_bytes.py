"""Raw bytes."""

from arena import fails, yields

SUBMISSION = [
    """\
import torch
def double(x):
    return b'\\x80\\x04'
kind = type(double(torch.ones(3))).__name__
made = kind != 'NoneType'
""",
]
control = yields(SUBMISSION, "made", True)


def holds(outcome):
    fails(outcome, "not plain data")
