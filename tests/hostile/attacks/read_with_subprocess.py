"""Has another program read the hidden checks."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import subprocess
loot = subprocess.run(["cat", "@SECRET@"], capture_output=True, text=True).stdout
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
