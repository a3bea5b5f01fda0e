"""The course that is graded, and its key: a secret of the instructor's from which all hidden inputs
follow.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from graders.core.files import read_at_most
from graders.course import homeworks

VARIABLE = "CRITIC_COURSE_KEY_FILE"
MOST = 2**12  # bytes


class BadKey(Exception):
    """A course key that cannot be used; the text says which file and why."""


def enter_course(folder: Path | None) -> None:
    """Work on the course in this folder; without one on that of the current folder, if it is one;
    else the built-in one.
    """
    if folder is None and not os.environ.get(homeworks.VARIABLE) and Path(homeworks.FILE).exists():
        folder = Path()
    if folder is not None:
        os.environ[homeworks.VARIABLE] = str(folder.resolve())


def course_key(file: Path | None = None) -> str:
    """The key in `file`, else that of the course, else that of CRITIC_COURSE_KEY_FILE, else the
    user's own, made on first use. Raises BadKey.
    """
    course = homeworks.course_folder()
    path = file or (
        course / homeworks.KEY if course else Path(os.environ.get(VARIABLE) or _default())
    )
    try:
        if not path.exists():
            new_key(path)
        content = read_at_most(path, MOST + 1)
        key = content.decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadKey(f"the course key {path} cannot be read or made: {error}") from None
    if len(content) > MOST:
        raise BadKey(
            f"{path} is no course key, which is one line of text: name the file that holds it, or a"
            " new one, which is then made"
        )
    if not key:
        raise BadKey(
            f"the course key {path} is empty: remove the file, and a new key is made; results of"
            " another key are graded again"
        )
    return key


def new_key(path: Path) -> None:
    """Write a new key that only its owner may read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(32) + "\n")


def fingerprint(key: str) -> str:
    """What results record of the key: enough to see that two runs used the same one."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _default() -> Path:
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return data / "critic" / "course.key"
