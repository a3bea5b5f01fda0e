"""Reads whatever files the process was started with."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import os
loot = []
for number in range(3, 64):
    try:
        loot.append(os.pread(number, 1000, 0).decode(errors="replace"))
    except OSError:
        pass
with_content = len(loot)
def double(x):
    for number in range(3, 64):
        try:
            loot.append(os.pread(number, 1000, 0).decode(errors="replace"))
        except OSError:
            pass
    return 3 * x
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
