"""Sharing one machine among the submissions that are graded at once."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Machine:
    """A lock file that every process of a run takes together, and one of them alone when wall time
    has to be fair.
    """

    def __init__(self, file: Path):
        self._path = file
        self._file = None

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Hold the machine together with others."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("w") as self._file:
            fcntl.flock(self._file, fcntl.LOCK_SH)
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Inside `shared`: wait for the others to end what they are doing, and keep them from going
        on.
        """
        # Given back first: two that wait for each other's share would wait for ever.
        fcntl.flock(self._file, fcntl.LOCK_UN)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_SH)
