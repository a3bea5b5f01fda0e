"""An error with a chain of 3,000 causes."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
def double(x):
    error = ValueError(0)
    for i in range(3000):
        new = ValueError(i)
        new.__cause__ = error
        error = new
    raise error
""",
]
SHOWS = """
try:
    double(1.0)
except BaseException as error:
    score, raised = type(error).__name__, True
"""
control = yields(SUBMISSION, "score", "ValueError", SHOWS)


def holds(outcome):
    fails(outcome, "your code raised ValueError")
