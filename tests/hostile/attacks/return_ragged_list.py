"""A ragged list of lists."""

from arena import fails, yields

SUBMISSION = [
    """\
import torch
def double(x):
    return [[1, 2], [3], [[4]]]
kind = type(double(torch.ones(3))).__name__
made = kind != 'NoneType'
""",
]
control = yields(SUBMISSION, "made", True)


def holds(outcome):
    fails(outcome, "not a tensor")
