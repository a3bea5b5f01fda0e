"""Opens files without end."""

from arena import WRONG, yields

SUBMISSION = [
    WRONG,
    """\
keep = []
while True:
    keep.append(os.open('/dev/null', 0))
""",
]
SMALL = "machinery = int(os.open('/dev/null', 0) > 0)"
control = yields([WRONG, SMALL], "machinery", 1)


def holds(outcome):
    assert outcome.cells == ["ok", "error"]
