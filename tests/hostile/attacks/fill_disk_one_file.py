"""Writes one huge file."""

from arena import WRONG, yields

SUBMISSION = [
    WRONG,
    """\
with open('f', 'wb') as file:
    while True:
        file.write(b'x' * 1_000_000)
""",
]
SMALL = "machinery = open('f', 'wb').write(b'x')"
control = yields([WRONG, SMALL], "machinery", 1)


def holds(outcome):
    assert outcome.cells[1] in ("error", "killed")
