"""Which Python runs the workers: the grader's own, or another of the same version that every user
may read.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

from graders.isolation.mounts import closed_folders


@dataclass(frozen=True)
class Interpreter:
    """An executable, and every folder from which it and the libraries are read."""

    executable: str
    sites: tuple[str, ...]
    folders: tuple[str, ...]

    @property
    def closed(self) -> list[str]:
        """Folders on the way that other users may not enter."""
        return closed_folders([self.executable, *self.folders])


def own() -> Interpreter:
    """The interpreter of this process."""
    return _interpreter(sys.executable, sys.base_prefix, sys.prefix)


def open_to_all() -> Interpreter | None:
    """Another interpreter of the same version that a worker's user may read, with the same
    libraries; None if there is none.
    """
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for path in (f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        if not os.access(path, os.X_OK):
            continue
        asked = subprocess.run(
            [path, "-S", "-s", "-c", "import sys; print(sys.base_prefix)"],
            capture_output=True,
            text=True,
            check=False,
        )
        found = _interpreter(path, asked.stdout.strip(), asked.stdout.strip())
        if asked.returncode == 0 and not found.closed:
            return found
    return None


def _interpreter(executable: str, *prefixes: str) -> Interpreter:
    sites = tuple(
        p
        for p in sys.path
        if os.path.basename(p.rstrip("/")) in ("site-packages", "dist-packages")
        and os.path.isdir(p)
    )
    folders = dict.fromkeys(map(os.path.realpath, [*prefixes, *sites, os.path.dirname(executable)]))
    return Interpreter(executable, sites, tuple(folders))
