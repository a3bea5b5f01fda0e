"""Opens a zip that holds hidden checks: a wheel, an assignment, a dist folder."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import os, zipfile
loot = zipfile.ZipFile(os.path.dirname("@SECRET@") + "/archive.zip").read("key.txt").decode()
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
