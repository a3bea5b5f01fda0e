"""An import hook gives the grader a checker of the submission's."""

from arena import WRONG, fails, full_marks

SUBMISSION = [
    WRONG,
    """\
import importlib.abc, importlib.util, sys
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        return importlib.util.spec_from_loader(name, self) if name == 'checker' else None
    def exec_module(self, module):
        module.same = lambda *a: True
sys.meta_path.insert(0, Finder())
""",
]
GRADER = """\
import checker
score = float(checker.same(double(torch.ones(3)), 2 * torch.ones(3)))
"""
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "wrong values")
