"""Writes its score when an object of the grader's is collected."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
import json
class Late:
    def __del__(self):
        json.dump({"score": 1}, open("@RESULTS@", "w"))
def double(x):
    late = Late()
    return 3 * x
""",
]
GRADER = "double(1.0)\nscore = json.load(open('results.json'))['score']"
control = yields(SUBMISSION, "score", 1, GRADER)


def holds(outcome):
    fails(outcome)
