"""Asks for a tensor of 12 GB in every call."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
def double(x):
    return torch.ones(3 * 2**30).sum() + x
""",
]
SMALL = "machinery = int(torch.ones(1000).numel() == 1000)"
control = yields([WRONG, SMALL], "machinery", 1)


def holds(outcome):
    fails(outcome, "your code raised RuntimeError")
