"""A submission that is graded in the test's own process."""

from contextlib import contextmanager

from graders.core.host import Host


class Here:
    """These names, as a submission defines them."""

    def __init__(self, defined):
        self.defined = defined

    def names(self, names):
        return {name for name in names if name in self.defined}

    @contextmanager
    def branch(self, exercise=""):
        host = Host(dict(self.defined))
        host.broken = False
        yield host

    def seal(self):
        pass
