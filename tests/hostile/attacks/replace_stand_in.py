"""Replaces the public module from which stand-ins come."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
import graders.public.kl as kl
from graders.core.exercise import StandIn
for name, value in list(vars(kl).items()):
    if isinstance(value, StandIn):
        delattr(kl, name)
removed = not [v for v in vars(kl).values() if isinstance(v, StandIn)]
""",
]
control = yields(SUBMISSION, "removed", True)


def holds(outcome):
    fails(outcome, "wrong values")
