"""An error whose text takes for ever."""

from arena import SHORT, WRONG, fails, holds_up

SUBMISSION = [
    WRONG,
    """\
class E(Exception):
    def __str__(self):
        while True: pass
def double(x): raise E
""",
]
OPTIONS = {"limits": SHORT}
control = holds_up(SUBMISSION)


def holds(outcome):
    fails(outcome)
