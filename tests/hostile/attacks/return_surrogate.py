"""A string that cannot be encoded."""

from arena import fails, yields

SUBMISSION = [
    """\
import torch
def double(x):
    return '\\ud800'
kind = type(double(torch.ones(3))).__name__
made = kind != 'NoneType'
""",
]
control = yields(SUBMISSION, "made", True)


def holds(outcome):
    fails(outcome, "not plain data")
