"""Reading files that somebody names: whatever lies under the name, it ends."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from graders.core.language import say


def read_at_most(path: Path, most: int) -> bytes:
    """The first bytes of a file, no more than so many. Raises OSError, also where it is no file: a
    pipe would be waited for, and a device has no end.
    """
    with open(path, "rb", opener=_only_files) as file:
        return file.read(most)


def is_file(path: Path) -> bool:
    """Whether a file lies there itself, no link. A name made from another's may be too long for
    any: pathlib raises then.
    """
    return os.path.isfile(path) and not os.path.islink(path)


def _only_files(path: str, flags: int) -> int:
    number = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if stat.S_ISREG(os.fstat(number).st_mode) or stat.S_ISDIR(os.fstat(number).st_mode):
        return number  # who reads a folder hears of it
    os.close(number)
    raise OSError(errno.EINVAL, say("it is no file but a pipe or a device"), path)
