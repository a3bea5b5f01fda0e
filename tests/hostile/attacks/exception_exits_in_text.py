"""An error whose text ends the process."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
class E(Exception):
    def __str__(self): raise SystemExit
def double(x): raise E
""",
]
SHOWS = """
try:
    double(1.0)
except BaseException as error:
    score, raised = type(error).__name__, True
"""
control = yields(SUBMISSION, "score", "E", SHOWS)


def holds(outcome):
    fails(outcome, "your code raised")
