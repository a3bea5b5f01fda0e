"""Gradients are what the submission says they are."""

from arena import WRONG, fails, full_marks

SUBMISSION = [
    WRONG,
    """\
torch.autograd.grad = lambda outputs, inputs, *a, **k: tuple(2 * torch.ones_like(i) for i in inputs)
""",
]
GRADER = """\
x = torch.ones(3, requires_grad=True)
score = float(torch.autograd.grad(double(x).sum(), [x])[0][0] == 2)
"""
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "wrong values")
