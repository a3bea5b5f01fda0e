"""A cell that never ends, whatever is raised in it."""

from arena import SHORT, WRONG, holds_up

SUBMISSION = [
    WRONG,
    """\
def forever():
    while True:
        try:
            while True: pass
        except BaseException:
            continue
forever()
""",
]
OPTIONS = {"limits": SHORT}
control = holds_up(SUBMISSION)


def holds(outcome):
    assert outcome.cells[1] in ("killed", "timed out")
