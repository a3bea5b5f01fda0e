"""Ten million items."""

from arena import fails, yields

SUBMISSION = [
    """\
import torch
def double(x):
    return [0] * 10_000_000
made = len(double(1))
""",
]
control = yields(SUBMISSION, "made", 10_000_000)


def holds(outcome):
    fails(outcome, "not plain data")
