"""Puts links to the results into its folder, so that cleaning up removes or changes them."""

from arena import WRONG, yields

SUBMISSION = [
    WRONG,
    """\
import os
os.symlink(os.path.dirname(os.path.abspath("@RESULTS@")), "link")
os.symlink(os.path.abspath("@RESULTS@"), "file")
links = len([n for n in os.listdir(".") if os.path.islink(n)])
""",
]
control = yields(SUBMISSION, "links", 2)


def holds(outcome):
    assert outcome.cells == ["ok", "ok"]
