"""The shell in which a grader's cells run is the submission's."""

from arena import WRONG, fails, full_marks

SUBMISSION = [
    WRONG,
    """\
get_ipython().user_ns['torch'] = type('T', (), {'allclose': staticmethod(lambda *a: True), '__getattr__': lambda s, n: getattr(sys.modules['torch'], n)})()
""",
]
GRADER = "x = torch.ones(3)\nscore = float(torch.allclose(double(x), 2 * x))"
control = full_marks(SUBMISSION, GRADER)


def holds(outcome):
    fails(outcome, "wrong values")
