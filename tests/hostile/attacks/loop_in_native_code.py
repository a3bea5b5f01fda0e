"""A call that never returns from native code, where no exception can be raised."""

from arena import SHORT, WRONG, fails, holds_up

SUBMISSION = [
    WRONG,
    """\
def double(x): return sum(range(10**13))
""",
]
OPTIONS = {"limits": SHORT}
control = holds_up(SUBMISSION)


def holds(outcome):
    fails(outcome, "no answer in time")
