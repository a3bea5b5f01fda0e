"""A cell that never ends."""

from arena import SHORT, WRONG, fails, holds_up

SUBMISSION = [
    WRONG,
    """\
while True: pass
""",
]
OPTIONS = {"limits": SHORT}
control = holds_up(SUBMISSION)


def holds(outcome):
    assert outcome.cells == ["ok", "timed out"]
    fails(outcome, "wrong values")
