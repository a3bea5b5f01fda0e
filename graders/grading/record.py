"""A grade as JSON: what instructors read, and what a process of the pool sends back."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import graders.core
import reference
from graders.core.verdict import Status, Verdict
from graders.grading.grade import Diagnosed, ExerciseGrade, Grade

VERDICT_FIELDS = (
    "exercise",
    "check",
    "sentence",
    "status",
    "public",
    "problem",
    "message",
    "hint",
    "seed",
    "seconds",
    "calls",
)


def to_json(grade: Grade, **extra: Any) -> dict[str, Any]:
    """The grade as plain data, with whatever else the run records beside it."""
    exercises = [
        {
            "name": e.name,
            "share": e.share,
            "possible": e.possible,
            "note": e.note,
            "diagnosis": [asdict(d) for d in e.diagnosis],
            "verdicts": [
                {name: _plain(getattr(v, name)) for name in VERDICT_FIELDS} for v in e.verdicts
            ],
        }
        for e in grade.exercises
    ]
    return {
        "submission": grade.submission,
        "homework": grade.homework,
        "points": grade.points,
        "possible": grade.possible,
        "notes": list(grade.notes),
        "seconds": grade.seconds,
        "exercises": exercises,
        **extra,
    }


def from_json(data: dict[str, Any]) -> Grade:
    """The grade that `to_json` wrote."""
    exercises = tuple(
        ExerciseGrade(
            e["name"],
            tuple(Verdict(**{**v, "status": Status(v["status"])}) for v in e["verdicts"]),
            e["share"],
            e["possible"],
            tuple(Diagnosed(**d) for d in e["diagnosis"]),
            e["note"],
        )
        for e in data["exercises"]
    )
    return Grade(
        data["submission"], data["homework"], exercises, tuple(data["notes"]), data["seconds"]
    )


def write(path: Path, text: str) -> None:
    """Write a file so that whoever reads it sees the old text or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8", errors="backslashreplace")
    os.replace(part, path)


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


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Status) else value
