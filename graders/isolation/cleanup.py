"""Removes what a submission left on disk, once nothing of it is alive."""

from __future__ import annotations

import contextlib
import os

WORLD_WRITABLE = ("/tmp", "/var/tmp", "/dev/shm")


def remove_tree(folder: str) -> None:
    """Remove a folder, however deep it is nested and whatever its permissions; links are removed,
    not followed.

    Inner folders are moved up before they are emptied, so that no path grows long and nothing
    recurses.
    """
    mark = os.urandom(8).hex()
    moved = 0
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        for entry in _entries(here):
            if not entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)
                continue
            moved += 1
            target = os.path.join(folder, f"{mark}-{moved}")
            with contextlib.suppress(OSError):
                os.chmod(entry.path, 0o700)
                os.rename(entry.path, target)
                waiting.append(target)
        if here != folder:
            with contextlib.suppress(OSError):
                os.rmdir(here)
    with contextlib.suppress(OSError):
        os.rmdir(folder)


def remove_files_of(uid: int, places: tuple[str, ...] = WORLD_WRITABLE) -> None:
    """Remove what this user owns in the folders where everybody may write."""
    for place in places:
        for entry in _entries(place):
            with contextlib.suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid == uid:
                    (
                        remove_tree(entry.path)
                        if entry.is_dir(follow_symlinks=False)
                        else os.unlink(entry.path)
                    )


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
