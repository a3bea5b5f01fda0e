"""Raises at a line that depends on the hidden input."""

from arena import yields

SUBMISSION = [
    """\
import torch, sys
def double(x):
    bits = int(x.sum().abs() * 10) % 4
    if bits == 0: raise KeyError
    if bits == 1: raise KeyError
    if bits == 2: raise KeyError
    raise KeyError
""",
]
GRADER = """\
x = torch.full((1,), 7301.0)
try:
    double(x)
except BaseException as error:
    shown = type(error).__name__ + str(error.__traceback__.tb_next.tb_lineno) + '7301'
leaked = '7301' in shown
"""
control = yields(SUBMISSION, "leaked", True, GRADER)


def holds(outcome):
    assert outcome.first.shown == "your code raised KeyError"
