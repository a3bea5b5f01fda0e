"""A list subclass whose length and items change while it is read."""

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
    fails(outcome, "not plain data")
