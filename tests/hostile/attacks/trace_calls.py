"""Traces the grader's own functions and keeps their local values."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import sys
loot = []
def tracer(frame, event, argument):
    if "secret" in frame.f_locals:
        loot.append(str(frame.f_locals["secret"]))
    return tracer if frame.f_code.co_name == "_grade" else None
sys.settrace(tracer)
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
