"""A coroutine."""

from arena import fails, yields

SUBMISSION = [
    """\
import torch
async def _later(): return 1
def double(x):
    return _later()
kind = type(double(torch.ones(3))).__name__
made = kind != 'NoneType'
""",
]
control = yields(SUBMISSION, "made", True)


def holds(outcome):
    fails(outcome, "not plain data")
