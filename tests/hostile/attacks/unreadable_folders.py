"""Leaves folders and files without any permission."""

from arena import WRONG, yields

SUBMISSION = [
    WRONG,
    """\
import os
for i in range(5):
    os.makedirs(f"closed{i}/inner")
    open(f"closed{i}/inner/file", "w").close()
    os.chmod(f"closed{i}/inner", 0)
    os.chmod(f"closed{i}", 0)
made = os.stat("closed0").st_mode & 0o777
""",
]
control = yields(SUBMISSION, "made", 0)


def holds(outcome):
    assert outcome.cells == ["ok", "ok"]
