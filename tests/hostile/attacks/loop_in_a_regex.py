"""A regular expression that takes exponential time."""

from arena import SHORT, WRONG, fails, holds_up

SUBMISSION = [
    WRONG,
    """\
import re
def double(x): return re.match('(a+)+$', 'a' * 40 + 'b')
""",
]
OPTIONS = {"limits": SHORT}
control = holds_up(SUBMISSION)


def holds(outcome):
    fails(outcome, "no answer in time")
