"""The worker's own server answers from the submission's table."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
from graders.core.host import Host, Reply
Host.get = lambda self, name: 'full marks'
real_call = Host.call
Host.call = lambda self, request: Reply(request.arguments[0], (False,), 0, ())
""",
]
# The patch is real: even the control, which asks the same worker, is told what the submission
# wants.
control = yields(SUBMISSION, "score", "full marks")


def holds(outcome):
    fails(outcome, "wrong values")
