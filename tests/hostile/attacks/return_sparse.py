"""A sparse tensor, on which half of the comparisons are not defined."""

from arena import fails, yields

SUBMISSION = [
    """\
import torch
def double(x):
    return (2 * x).detach().to_sparse()
kind = type(double(torch.ones(3))).__name__
made = kind != 'NoneType'
""",
]
control = yields(SUBMISSION, "made", True)


def holds(outcome):
    fails(outcome, "not plain data")
