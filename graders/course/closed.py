"""What holds secrets or grades is readable to its owner alone."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def owner_only() -> Iterator[None]:
    """Whatever is written inside is nobody else's to read; a decorator too."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def writable(folder: Path) -> None:
    """Make a folder to write to. Raises OSError that names it where that cannot be: before the work
    that would be lost.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


def open_to_all(folder: Path) -> None:
    """Let everybody read a folder: it holds what students get."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
