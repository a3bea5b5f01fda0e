"""An error that holds ten thousand others."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
def double(x):
    try:
        raise ExceptionGroup('x', [ValueError(i) for i in range(10_000)])
    except NameError:
        raise ValueError
""",
]
SHOWS = """
try:
    double(1.0)
except BaseException as error:
    score, raised = type(error).__name__, True
"""
control = yields(SUBMISSION, "raised", True, SHOWS)


def holds(outcome):
    fails(outcome, "your code raised")
