"""The course key: a secret of the instructor's from which all hidden inputs follow."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

VARIABLE = "CRITIC_COURSE_KEY_FILE"


def course_key(file: Path | None = None) -> str:
    """The key in `file`, else in the file that CRITIC_COURSE_KEY_FILE names, else in the user's own, made on first use."""
    path = file or Path(os.environ.get(VARIABLE) or _default())
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32) + "\n")
    return path.read_text().strip()


def fingerprint(key: str) -> str:
    """What results record of the key: enough to see that two runs used the same one."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _default() -> Path:
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return data / "critic" / "course.key"
