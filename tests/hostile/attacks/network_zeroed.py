"""Sets the network's weights to zero, so that nothing is right."""

from arena import NETWORK_CHECKS, full_marks

SUBMISSION = [
    """\
import torch
from torch import nn
def apply(net, x):
    with torch.no_grad():
        for p in net.parameters():
            p.zero_()
    return torch.zeros(len(x), 2, dtype=x.dtype)
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
