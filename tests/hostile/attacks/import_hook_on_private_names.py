"""Waits with an import hook for somebody to import the hidden checks."""

from arena import WRONG, fails, yields

SUBMISSION = [
    WRONG,
    """\
import sys
asked = []
class Ear:
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("refer", "graders.hid", "hidden")):
            asked.append(name)
sys.meta_path.insert(0, Ear())
loot = asked
""",
]
control = yields(
    SUBMISSION,
    "heard",
    1,
    "try:\n    import hidden_checks\nexcept ImportError:\n    pass\nheard = min(len(asked), 1)",
)


def holds(outcome):
    assert outcome.loot == []
    fails(outcome)
