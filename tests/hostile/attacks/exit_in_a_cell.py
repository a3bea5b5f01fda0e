"""Ends the process while the notebook runs."""

from arena import WRONG, ends_the_grader, fails

SUBMISSION = [
    WRONG,
    """\
os._exit(0)
""",
]
control = ends_the_grader(SUBMISSION)


def holds(outcome):
    assert outcome.cells == ["ok", "killed"]
    assert outcome.notes == ["cell 2 ended the process; the rest counts"]
    fails(outcome, "wrong values")
