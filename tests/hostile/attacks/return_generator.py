"""A generator that would run in the reader."""

from arena import fails, yields

SUBMISSION = [
    """\
import torch
def double(x):
    return (i for i in range(10**9))
kind = type(double(torch.ones(3))).__name__
made = kind != 'NoneType'
""",
]
control = yields(SUBMISSION, "made", True)


def holds(outcome):
    fails(outcome, "not plain data")
