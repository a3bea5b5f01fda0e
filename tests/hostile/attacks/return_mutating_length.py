"""A list subclass whose items never end: it is read as the empty list that it is."""

from arena import fails, yields

SUBMISSION = [
    """\
import torch
class Grows(list):
    def __iter__(self):
        while True: yield 1
def double(x): return Grows()
made = next(iter(double(1)))
""",
]
control = yields(SUBMISSION, "made", 1)


def holds(outcome):
    fails(outcome, "not a tensor")
