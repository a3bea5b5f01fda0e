"""Prints the hidden input."""

from arena import yields

SUBMISSION = [
    """\
import torch, sys
def double(x):
    print(x, flush=True)
    sys.stderr.write(str(x))
    return 3 * x
""",
]
GRADER = """\
import io, contextlib
with contextlib.redirect_stdout(io.StringIO()) as out:
    double(torch.full((1,), 7301.0))
leaked = '7301' in out.getvalue()
"""
control = yields(SUBMISSION, "leaked", True, GRADER)


def holds(outcome):
    assert outcome.first.shown == "wrong values"
