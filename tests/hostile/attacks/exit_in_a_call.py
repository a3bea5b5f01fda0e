"""Ends the process that grades, at once and with status 0."""

from arena import WRONG, ends_the_grader, fails

SUBMISSION = [
    WRONG,
    """\
def double(x): os._exit(0)
""",
]
control = ends_the_grader(SUBMISSION)


def holds(outcome):
    fails(outcome, "the process that ran your code ended")
