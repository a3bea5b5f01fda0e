"""Replaces the layers, so that the network after the call is another one."""

from arena import NETWORK_CHECKS, full_marks

SUBMISSION = [
    """\
import torch
from torch import nn
def apply(net, x):
    value = 2 * net(x)
    net.heads[0] = nn.Linear(7, 7, dtype=torch.float64)
    return value
""",
]
GRADER = """\
from graders.core.fixtures import Network
net = Network((3, 2), record=True)
x = torch.ones(4, 3, dtype=torch.float64)
got = apply(net, x)
score = float(net.heads[0].weight.shape == (7, 7))
"""
OPTIONS = {"checks": NETWORK_CHECKS}
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    assert outcome.verdicts[1].status.value in ("student error", "failed")
