"""User ids that belong to nobody, one per running submission, never shared by two graders."""

from __future__ import annotations

import fcntl
import os
import pwd
import random
from collections.abc import Iterator
from contextlib import contextmanager

from graders.isolation.processes import has_processes

# Below systemd's dynamic range (61184-65519) and its homes (60001-60513), above what installers
# hand out.
FIRST, LAST = 50_000, 59_999
LOCKS = "/run/critic"


class NoUid(Exception):
    """No user id is free. The text says what to look at."""


@contextmanager
def lease(locks: str = LOCKS) -> Iterator[int]:
    """A uid that passwd does not name, that no process has, and on which this process holds a
    lock.
    """
    _private_folder(locks)
    start = random.SystemRandom().randrange(LAST - FIRST + 1)
    for step in range(LAST - FIRST + 1):
        uid = FIRST + (start + step) % (LAST - FIRST + 1)
        if _named(uid) or (lock := _lock(os.path.join(locks, str(uid)))) is None:
            continue
        if not has_processes(uid):
            break
        os.close(lock)  # somebody whom no grader knows: leave the uid to them
    else:
        raise NoUid(
            f"every user id from {FIRST} to {LAST} is in use; look for other graders that hold"
            f" locks in {locks}"
        )
    try:
        yield uid
    finally:
        os.unlink(os.path.join(locks, str(uid)))
        os.close(lock)


def _private_folder(path: str) -> None:
    os.makedirs(path, mode=0o700, exist_ok=True)
    state = os.lstat(path)
    if os.path.islink(path) or state.st_uid != os.geteuid() or state.st_mode & 0o022:
        raise NoUid(
            f"{path} must be a folder of this user that nobody else can write to; remove it and try"
            " again"
        )


def _named(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _lock(path: str) -> int | None:
    fd = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its last holder removes the file: a lock on a removed one would keep nobody out.
        if os.fstat(fd).st_nlink:
            return fd
    except OSError:
        pass
    os.close(fd)
    return None
