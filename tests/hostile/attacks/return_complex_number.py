"""A Python complex number."""

from arena import fails, yields

SUBMISSION = [
    """\
import torch
def double(x):
    return 2 + 0j
kind = type(double(torch.ones(3))).__name__
made = kind != 'NoneType'
""",
]
control = yields(SUBMISSION, "made", True)


def holds(outcome):
    fails(outcome, "not plain data")
