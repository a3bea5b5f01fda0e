"""Has torch map the hidden checks as a tensor."""

from arena import WRONG, fails, finds_the_secret

SUBMISSION = [
    WRONG,
    """\
import os
size = os.path.getsize("@SECRET@")
loot = bytes(torch.from_file("@SECRET@", size=size, dtype=torch.uint8).tolist()).decode()
""",
]
control = finds_the_secret(SUBMISSION)


def holds(outcome):
    fails(outcome)
