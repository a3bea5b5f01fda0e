"""Has the profiler report every return in the grader."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import sys
loot = []
sys.setprofile(lambda frame, event, argument: loot.append(str(frame.f_locals.get("secret"))) if len(loot) < 1000 and "secret" in frame.f_locals else None)
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
