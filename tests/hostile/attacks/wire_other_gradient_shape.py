"""Answers a question about gradients with one of another shape, to make the grader's own autograd
fail.
"""

from arena import yields

SUBMISSION = [
    """\
import torch
from graders.core.host import Host
Host.vjp = lambda self, handle, weights, create: ([torch.ones(7, dtype=torch.float64)], 0)
def double(x): return 2 * x
answered = Host({}).vjp(1, [], False)[0][0].numel()
""",
]
control = yields(SUBMISSION, "answered", 7)


def holds(outcome):
    assert outcome.first.problem == "the process that ran your code ended"
