"""bubblewrap for a grader that is not root and may not make namespaces itself: `bwrap` may, being
setuid or known to AppArmor.

It makes namespaces for programs and not for forks, so each worker has a zygote of its own inside
one. That costs some seconds for each, and in return the worker shares processes, queues and files
with nobody: where Landlock is missing or too old to keep submissions from each other, nothing else
would.
"""

from __future__ import annotations

import os
import shutil
import subprocess

from graders.isolation.mounts import TEMPORARY, arrange

BY = "by bubblewrap"
PROVIDES = ("hidden folders", "no network", "own processes", "own ipc")
NAMESPACES = ["--unshare-pid", "--unshare-net", "--unshare-ipc"]
SECONDS = 10.0


def find() -> str | None:
    """A bwrap that works here, or None: it may be missing, or be denied what it needs as well."""
    path = shutil.which("bwrap")
    try:
        works = (
            path
            and not subprocess.run(
                [path, *NAMESPACES, "--ro-bind", "/", "/", "true"],
                capture_output=True,
                timeout=SECONDS,
                check=False,
            ).returncode
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return path if works else None


def command(path: str, hide: list[str], keep: list[str], base: str) -> list[str]:
    """What to put before a program: everything read-only, these folders empty, those kept, and only
    the base writable.

    Not `--die-with-parent`: it looks at the thread that started it, and a grader's threads come and
    go.
    """
    outer, kept, inner = arrange(
        [*hide, *(f for f in TEMPORARY if not f.startswith("/dev/"))], keep, base
    )
    words = [path, *NAMESPACES, "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    for folder in outer:
        words += _empty(folder)
    for folder in dict.fromkeys([*kept, base]):
        words += ["--bind" if folder == base else "--ro-bind", folder, folder]
    for folder in inner:
        words += _empty(folder)
    # Last, because mount points are made in the emptied folders. A setuid bwrap takes no sizes:
    # nobody may fill them.
    for folder in ["/dev", *(f for f in [*outer, *inner] if os.path.isdir(f))]:
        words += ["--remount-ro", folder]
    return [*words, "--"]


def _empty(path: str) -> list[str]:
    return ["--tmpfs", path] if os.path.isdir(path) else ["--ro-bind", "/dev/null", path]
