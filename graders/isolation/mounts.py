"""A mount namespace in which closed homes and private folders are empty, and the interpreter is where it was."""

from __future__ import annotations

import os

from graders.isolation import linux
from graders.isolation.landlock import inside


def closed_folders(paths: list[str]) -> list[str]:
    """The topmost folders on the way to these paths that an ordinary user may not enter."""
    found = []
    for path in paths:
        parts = os.path.realpath(path).split("/")
        for length in range(2, len(parts) + 1):
            folder = "/".join(parts[:length])
            if os.path.isdir(folder) and not os.stat(folder).st_mode & 0o001:
                found.append(folder)
                break
    return sorted(set(found))


def cover(folders: list[str], keep: list[str], writable: str, holding: str) -> None:
    """Enter a new mount namespace and empty these folders, except for what must be kept (read-only) or stay writable.

    A private folder inside something kept is emptied in turn. Needs CAP_SYS_ADMIN; raises OSError.
    """
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    folders = sorted(folders)
    outer = [f for f in folders if not any(f != o and inside(f, o) for o in folders)]
    kept = [k for k in dict.fromkeys([*keep, writable]) if any(inside(k, o) for o in outer)]
    linux.mount("tmpfs", holding, "tmpfs", data="size=1m,mode=0700")
    for index, path in enumerate(kept):
        os.mkdir(f"{holding}/{index}")
        linux.mount(path, f"{holding}/{index}", flags=linux.MS_BIND | linux.MS_REC)
    for folder in outer:
        _empty(folder)
    for index, path in enumerate(kept):
        os.makedirs(path, exist_ok=True)
        linux.mount(f"{holding}/{index}", path, flags=linux.MS_BIND | linux.MS_REC)
        if path != writable:
            linux.mount("none", path, flags=linux.MS_BIND | linux.MS_REMOUNT | linux.MS_RDONLY | linux.MS_NOSUID)
    linux.umount(holding)
    for folder in folders:
        if any(inside(folder, path) for path in kept):
            _empty(folder)


def _empty(path: str) -> None:
    if os.path.isdir(path):
        linux.mount("tmpfs", path, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,mode=0755")
    elif os.path.exists(path):
        linux.mount("/dev/null", path, flags=linux.MS_BIND)
