"""A grade as JSON: what instructors read, and what a process of the pool sends back."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import graders.core
import reference
from graders.grading import codec
from graders.grading.outcome import Grade

EPOCH = (1980, 1, 1, 0, 0, 0)


def to_json(grade: Grade, **extra: Any) -> dict[str, Any]:
    """The grade as plain data, with whatever else the run records beside it."""
    return {**codec.plain(grade), "points": grade.points, "possible": grade.possible, **extra}


def from_json(data: dict[str, Any]) -> Grade:
    """The grade that `to_json` wrote."""
    return codec.built(Grade, data)


def write(path: Path, text: str) -> None:
    """Write a file so that whoever reads it sees the old text or the new one, never a part."""
    write_bytes(path, text.encode("utf-8", errors="backslashreplace"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file of any kind in the same way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    os.replace(part, path)


def zipped(files: Mapping[str, bytes], executable: Collection[str] = ()) -> bytes:
    """A zip of these files by their path inside it, equal byte by byte whenever they are: sorted,
    without times, with fixed modes.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (0o100755 if name in executable else 0o100644) << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


@cache
def code_version() -> str:
    """A hash of every file that decides about a grade: checks, reference, homeworks."""
    roots = [Path(graders.core.__path__[0]).parent, Path(reference.__path__[0])]
    files = sorted(p for root in roots for p in root.rglob("*.py"))
    files += sorted((Path(reference.__path__[0]).parent / "assignments").glob("*.toml"))
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def dumps(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
