"""Records objects instead of tensors."""

from arena import NETWORK_CHECKS, full_marks

SUBMISSION = [
    """\
import torch
from torch import nn
class Same:
    shape = (4, 3)
    def __eq__(self, other): return True
    def detach(self): return self
    def clone(self): return self
def apply(net, x):
    net(x)
    net.calls[:] = [Same()]
    return 2 * net(x)
""",
]
GRADER = """\
from graders.core.fixtures import Network
net = Network((3, 2), record=True)
x = torch.ones(4, 3, dtype=torch.float64)
got = apply(net, x)
score = float(net.calls[0] == x)
"""
OPTIONS = {"checks": NETWORK_CHECKS}
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    assert outcome.first.status.value == "student error"
