"""A backward pass that never ends."""

from arena import SHORT, WRONG, fails, holds_up

SUBMISSION = [
    WRONG,
    """\
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return 2 * x
    @staticmethod
    def backward(ctx, g):
        while True: pass
double = lambda x: F.apply(x)
""",
]
OPTIONS = {"limits": SHORT}
control = holds_up(
    SUBMISSION, "x = torch.ones(1, requires_grad=True)\nscore = double(x).sum().backward() or 0.5"
)


def holds(outcome):
    fails(outcome, "no answer in time")
