"""What takes long to find out and follows from files alone, kept between runs in a folder of the
user's. Whatever is wrong with that folder, it is found out again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

# So many findings of one kind are kept, the newest.
MOST = 300


def kept(kind: str, version: object, find: Callable[[], Any]) -> Any:
    """What `find` gives, as plain JSON; what it gave to an earlier process for this very version.

    version: all that it depends on, with the same repr in every process.
    """
    name = hashlib.sha256(repr(version).encode()).hexdigest()[:32]
    file = _folder() / kind / f"{name}.json"
    with contextlib.suppress(OSError, ValueError):
        return json.loads(file.read_text())
    found = find()
    with contextlib.suppress(OSError):
        _write(file, json.dumps(found))
    return found


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    part.write_text(text)
    part.replace(file)
    files = sorted(file.parent.glob("*.json"), key=lambda each: each.stat().st_mtime)
    for old in files[:-MOST]:
        old.unlink(missing_ok=True)


def _folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "critic"
