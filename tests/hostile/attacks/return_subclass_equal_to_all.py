"""A tensor subclass whose every comparison is true."""

from arena import fails, full_marks

SUBMISSION = [
    """\
import torch
class Yes(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True
def double(x):
    return (3 * x).as_subclass(Yes)
""",
]
control = full_marks(SUBMISSION)


def holds(outcome):
    fails(outcome, "not plain data")
