"""Listens to what the process imports and opens."""

from arena import SECRET, WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import sys
loot = []
sys.addaudithook(lambda event, arguments: loot.append(str(arguments)) if event == "open" and len(loot) < 500 else None)
""",
]
GRADER = f"import os\nopen('{SECRET}', 'w').close()"
control = finds_the_secret(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome)
