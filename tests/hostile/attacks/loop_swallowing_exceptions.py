"""A cell that never ends and swallows every Exception."""

from arena import SHORT, WRONG, fails, holds_up

SUBMISSION = [
    WRONG,
    """\
while True:
    try:
        while True: pass
    except Exception: pass
""",
]
OPTIONS = {"limits": SHORT}
control = holds_up(SUBMISSION)


def holds(outcome):
    assert outcome.cells == ["ok", "timed out"]
    fails(outcome, "wrong values")
