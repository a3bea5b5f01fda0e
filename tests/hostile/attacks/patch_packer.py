"""The worker's packer sends what the submission wants instead of what its function returned."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
from graders.isolation import wire
real = wire.Packer.value
wire.Packer.value = lambda self, value: real(self, 'passed')
""",
]
# The patch is real: even the control, which asks the same worker, is told what the submission
# wants.
control = yields(SUBMISSION, "score", "passed")


def holds(outcome):
    fails(outcome, "")
