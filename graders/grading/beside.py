"""What stands beside the code of a submission, read; and what one of its scripts gives another."""

from __future__ import annotations

from pathlib import PurePosixPath

from graders.core.language import counted, say
from graders.core.text import name as plain_name
from graders.intake.archives import shown
from graders.intake.find import Found
from graders.intake.kinds import is_code
from graders.isolation.beside import Beside

# What may stand beside the code of a submission: the worker's own folder has room for it and more.
BESIDE_FILES, BESIDE_BYTES = 2_000, 64 * 2**20


def read_beside(found: Found, script: bool = False) -> tuple[Beside, tuple[str, ...]]:
    """The files that stand beside a submission's code, and a sentence when they are too many or too
    large: code comes first, then what is small. A script lies there itself.
    """
    files: dict[str, bytes] = {}
    left: list[str] = []
    room = BESIDE_BYTES
    order = sorted(found.files, key=lambda f: (not is_code(f[0]), f[1].stat().st_size, f[0]))
    for name, path in order:
        size = path.stat().st_size
        if name == found.main and not script:
            continue
        if size > room or len(files) >= BESIDE_FILES:
            left.append(name)
            continue
        room -= size
        files[name] = path.read_bytes()
    folder = PurePosixPath(found.main).parent.as_posix()
    own = plain_name(PurePosixPath(found.main or "script.py").name) if script else ""
    beside = Beside(files, "" if folder == "." else folder, own)
    return beside, tuple(map(_left_out, left[:1], [left]))


def _left_out(first: str, left: list[str]) -> str:
    name, more = shown(first), len(left) - 1
    many = counted(
        more, "{name} and {number} more file", "{name} and {number} more files", name=name
    )
    return say(
        "{files} was not there when the code ran: what stands beside it may be {number:,} files"
        " with {megabytes} MB together.",
        files=many if more else name,
        number=BESIDE_FILES,
        megabytes=BESIDE_BYTES // 2**20,
    )


def taken_from(joined: tuple[str, tuple[str, ...]]) -> str:
    """A cell that takes exercises from another script of the same submission."""
    file, names = joined
    module = ".".join(PurePosixPath(file).with_suffix("").parts)
    return f"from {module} import {', '.join(names)}"
