"""Nests folders deeper than a recursive clean-up can follow."""

from arena import WRONG, yields

SUBMISSION = [
    WRONG,
    """\
import os
home = os.getcwd()
os.chdir("/dev/shm")  # where folders are quick to make
for _ in range(1500):
    os.mkdir("d")
    os.chdir("d")
os.chdir(home)
made = os.path.isdir("/dev/shm/d/d/d")
""",
]
# Where neither layer holds, and under bubblewrap, /dev/shm is closed to submissions.
NEEDS = ("own ipc", "own user")
NOT_UNDER = "by bubblewrap"
control = yields(SUBMISSION, "made", True)


def holds(outcome):
    assert outcome.cells == ["ok", "ok"]
