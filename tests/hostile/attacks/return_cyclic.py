"""A list that contains itself: a reader that follows it never ends."""

from arena import fails, yields

SUBMISSION = [
    """\
import torch
def double(x):
    loop = []
    loop.append(loop)
    return loop
cyclic = double(1)[0][0][0] is not None
""",
]
control = yields(SUBMISSION, "cyclic", True)


def holds(outcome):
    fails(outcome, "not plain data")
