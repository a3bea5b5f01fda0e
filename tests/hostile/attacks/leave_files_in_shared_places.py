"""Leaves files where every user may write, for a partner's submission to find."""

from arena import WRONG, yields

SUBMISSION = [
    WRONG,
    """\
import os
left = 0
for place in ("/dev/shm", "/tmp", "/var/tmp", "."):
    try:
        open(f"{place}/note-{os.getpid()}", "w").write("the answers")
        left += 1
    except OSError:
        pass
wrote = left > 0
""",
]
control = yields(SUBMISSION, "wrote", True)


def holds(outcome):
    assert outcome.cells == ["ok", "ok"]
