"""Reads the machine's passwords."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
machinery = open("/etc/passwd").read(4)
loot = open("/etc/shadow").read()
""",
]
control = yields(SUBMISSION, "machinery", "root")


def holds(outcome):
    fails(outcome)
    assert outcome.loot is None
