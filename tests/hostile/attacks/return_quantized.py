"""A quantized tensor."""

from arena import fails, yields

SUBMISSION = [
    """\
import torch
def double(x):
    return torch.quantize_per_tensor(x.detach().float(), 0.1, 0, torch.qint8)
kind = type(double(torch.ones(3))).__name__
made = kind != 'NoneType'
""",
]
control = yields(SUBMISSION, "made", True)


def holds(outcome):
    fails(outcome, "not plain data")
