"""A value whose text takes for ever, at the end of a cell."""

from arena import SHORT, WRONG, fails, holds_up

SUBMISSION = [
    WRONG,
    """\
class R:
    def __repr__(self):
        while True: pass
R()
""",
]
OPTIONS = {"limits": SHORT}
control = holds_up(SUBMISSION)


def holds(outcome):
    assert outcome.cells[1] in ("timed out", "ok")
    fails(outcome, "wrong values")
