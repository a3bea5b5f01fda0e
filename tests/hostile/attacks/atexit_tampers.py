"""Writes its score when the process ends."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
import atexit, json
atexit.register(lambda: json.dump({"score": 1}, open("@RESULTS@", "w")))
""",
]
GRADER = (
    "def child(leave=os._exit):\n    atexit._run_exitfuncs()\n    leave(0)\npid = os.fork()\nif not"
    " pid:\n    child()\nos.waitpid(pid, 0)\nscore = json.load(open('results.json'))['score']"
)
control = yields(SUBMISSION, "score", 1, GRADER)


def holds(outcome):
    fails(outcome)
