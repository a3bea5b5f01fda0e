"""Writes its own score."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
import json
json.dump({"score": 1}, open("@RESULTS@", "w"))
""",
]
GRADER = "score = json.load(open('results.json'))['score']"
control = yields(SUBMISSION, "score", 1, GRADER)


def holds(outcome):
    assert outcome.cells == ["ok", "error"]
    fails(outcome)
