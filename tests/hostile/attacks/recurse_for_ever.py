"""A call that calls itself."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
def double(x): return double(x)
""",
]
SHOWS = """
try:
    double(1.0)
except BaseException as error:
    score, raised = type(error).__name__, True
"""
control = yields(SUBMISSION, "score", "RecursionError", SHOWS)


def holds(outcome):
    fails(outcome, "your code raised RuntimeError")
