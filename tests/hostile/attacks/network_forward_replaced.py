"""Replaces the forward pass of the network that it is given."""

from arena import NETWORK_CHECKS, full_marks

SUBMISSION = [
    """\
import torch
from torch import nn
def apply(net, x):
    net.forward = lambda x: torch.zeros(len(x), 2, dtype=x.dtype)
    return net(x)
""",
]
GRADER = """\
from graders.core.fixtures import Network
net = Network((3, 2), record=True)
x = torch.ones(4, 3, dtype=torch.float64)
got = apply(net, x)
score = float(torch.allclose(got, 2 * net(x)))
"""
OPTIONS = {"checks": NETWORK_CHECKS}
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    assert outcome.first.problem == "wrong values"
