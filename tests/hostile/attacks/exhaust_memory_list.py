"""Grows a list and swallows the error."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
keep = []
def double(x):
    while True:
        try:
            keep.append(bytearray(20_000_000))
        except MemoryError:
            pass
""",
]
SMALL = "machinery = len([b'x' * 1000])"
control = yields([WRONG, SMALL], "machinery", 1)


def holds(outcome):
    fails(outcome)
