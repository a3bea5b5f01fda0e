"""A nested, ragged tensor."""

from arena import fails, yields

SUBMISSION = [
    """\
import torch
def double(x):
    return torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])
kind = type(double(torch.ones(3))).__name__
made = kind != 'NoneType'
""",
]
control = yields(SUBMISSION, "made", True)


def holds(outcome):
    fails(outcome, "not plain data")
