"""Leaves a setuid shell behind."""

from arena import WRONG, yields

SUBMISSION = [
    WRONG,
    """\
import os, shutil
shutil.copy("/bin/sh", "sh")
os.chmod("sh", 0o6755)
mode = os.stat("sh").st_mode & 0o6000 > 0
""",
]
control = yields(SUBMISSION, "mode", True)


def holds(outcome):
    assert outcome.cells == ["ok", "ok"]
