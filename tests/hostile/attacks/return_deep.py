"""A list nested 100,000 levels deep."""

from arena import fails, yields

SUBMISSION = [
    """\
import torch
def double(x):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    return deep
made = len(double(1))
""",
]
control = yields(SUBMISSION, "made", 1)


def holds(outcome):
    fails(outcome, "not plain data")
