"""Makes a file that looks like a terabyte."""

from arena import WRONG, yields

SUBMISSION = [
    WRONG,
    """\
with open('f', 'wb') as file:
    file.truncate(10**12)
""",
]
SMALL = "machinery = open('f', 'wb').write(b'x')"
control = yields([WRONG, SMALL], "machinery", 1)


def holds(outcome):
    assert outcome.cells == ["ok", "error"]
