"""An object that runs code where it is unpickled."""

from arena import fails

SUBMISSION = [
    """\
import torch
import os
class Bomb:
    def __reduce__(self): return (os._exit, (0,))
def double(x): return Bomb()
""",
]


def control(arena):
    """A grader that unpickles what it is sent ends."""
    assert (
        arena.in_process(SUBMISSION, "import pickle\npickle.loads(pickle.dumps(double(1)))")
        == "killed"
    )


def holds(outcome):
    fails(outcome, "not plain data")
