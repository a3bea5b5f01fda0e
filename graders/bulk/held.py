"""Who holds a file that cannot be written: what a person has to close so that a command goes on."""

from __future__ import annotations

import os
from pathlib import Path

import psutil


def holders(path: Path) -> str:
    """The other programs that have a file open, as far as they may be looked at: "python (process
    12)"; "another program" where none is seen.
    """
    found = [
        f"{process.info['name']} (process {process.pid})"
        for process in psutil.process_iter(["name"])
        if process.pid != os.getpid() and _has_open(process, str(path.resolve()))
    ]
    return ", ".join(found[:3]) or "another program"


def _has_open(process: psutil.Process, path: str) -> bool:
    try:
        return any(file.path == path for file in process.open_files())
    except (psutil.Error, OSError):  # another user's, or it has ended
        return False
