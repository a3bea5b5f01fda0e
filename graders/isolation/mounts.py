"""A mount namespace in which closed homes and private folders are empty, and the interpreter is
where it was.
"""

from __future__ import annotations

import os

from graders.isolation import linux
from graders.isolation.sight import inside

TEMPORARY = {
    "/tmp": "size=64m,mode=1777",
    "/var/tmp": "size=64m,mode=1777",
    "/dev/shm": "size=256m,mode=1777",
}


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
    """Enter a new mount namespace and empty these folders, except for what must be kept (read-only)
    or stay writable.

    Folders for temporary files are emptied as well, and stay open to all within a size. A private
    folder inside something kept is emptied in turn. Needs CAP_SYS_ADMIN; raises OSError.
    """
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    outer, kept, inner = arrange([*folders, *TEMPORARY], keep, writable)
    linux.mount("tmpfs", holding, "tmpfs", data="size=1m,mode=0700")
    for index, path in enumerate(kept):
        os.mkdir(f"{holding}/{index}")
        linux.mount(
            path,
            f"{holding}/{index}",
            flags=linux.MS_BIND | (linux.MS_REC if path != writable else 0),
        )
    # The holding folder itself is about to disappear under an emptied one; its file descriptor
    # stays.
    stash = os.open(holding, os.O_PATH)
    for folder in outer:
        _empty(folder)
    for index, path in enumerate(kept):
        _bring_back(f"/proc/self/fd/{stash}/{index}", path, read_only=path != writable)
    linux.umount(f"/proc/self/fd/{stash}")
    os.close(stash)
    for folder in inner:
        _empty(folder)


def hide_processes() -> None:
    """Mount /proc anew in this mount namespace, so that a user sees its own processes only. What
    else it tells of all of them, their locks, is empty. Needs CAP_SYS_ADMIN; raises OSError.
    """
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    linux.mount("proc", "/proc", "proc", flags, "hidepid=2")
    for name in ("locks", "keys", "key-users"):
        if os.path.exists(f"/proc/{name}"):
            linux.mount("/dev/null", f"/proc/{name}", flags=linux.MS_BIND)


def arrange(
    folders: list[str], keep: list[str], writable: str
) -> tuple[list[str], list[str], list[str]]:
    """In which order: empty the first list, bring back the second, empty the third, which lies
    inside what was brought back.
    """
    every = sorted({f for f in folders if os.path.exists(f) and not os.path.islink(f)})
    outer = [f for f in every if not any(f != o and inside(f, o) for o in every)]
    kept = [k for k in dict.fromkeys([*keep, writable]) if any(inside(k, o) for o in outer)]
    return outer, kept, [f for f in every if any(inside(f, k) for k in kept)]


def _bring_back(source: str, path: str, read_only: bool) -> None:
    os.makedirs(path, exist_ok=True)
    linux.mount(source, path, flags=linux.MS_BIND | linux.MS_REC)
    if read_only:
        # Flags that the mount already has may be locked: they are set again, never cleared.
        present = os.statvfs(path).f_flag & (linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
        linux.mount(
            "none",
            path,
            flags=linux.MS_BIND | linux.MS_REMOUNT | linux.MS_RDONLY | linux.MS_NOSUID | present,
        )


def _empty(path: str) -> None:
    flags = linux.MS_NOSUID | linux.MS_NODEV
    if os.path.isdir(path):
        linux.mount("tmpfs", path, "tmpfs", flags, TEMPORARY.get(path, "size=1m,mode=0755"))
    elif os.path.exists(path):
        linux.mount("/dev/null", path, flags=linux.MS_BIND)
