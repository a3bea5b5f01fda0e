"""Writes into the network's record what was never asked of it."""

from arena import NETWORK_CHECKS, full_marks

SUBMISSION = [
    """\
import torch
from torch import nn
def apply(net, x):
    net.calls.append(x)
    return 3 * net(x)
""",
]
GRADER = """\
from graders.core.fixtures import Network
net = Network((3, 2), record=True)
x = torch.ones(4, 3, dtype=torch.float64)
got = apply(net, x)
score = float(torch.equal(net.calls[0], x))
"""
OPTIONS = {"checks": NETWORK_CHECKS}
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    assert outcome.first.problem == "wrong values" and outcome.verdicts[1].problem == "wrong calls"
