"""Prints 40 MB in a cell and in a call."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
print('x' * 40_000_000)
def double(x):
    print('y' * 40_000_000)
    os.write(1, b'z' * 40_000_000)
    return 3 * x
""",
]
SMALL = "print('x')\nmachinery = 1"
control = yields([WRONG, SMALL], "machinery", 1)


def holds(outcome):
    assert outcome.cells == ["ok", "ok"]
    fails(outcome, "wrong values")
