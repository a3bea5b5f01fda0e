"""`results.json` for Gradescope: two entries per exercise, one that students see at once and one
that carries the points.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from graders.core.render import lines
from graders.grading.catalogue import Entry, Homework
from graders.grading.grade import ExerciseGrade
from graders.packaging.rules import ON_TIME, Late, Rules

PENDING = (
    "Not graded yet. If this stays, the time for your submission ran out before: which exercise"
    " takes long?"
)
LONGEST = 20_000


def document(
    homework: Homework,
    rules: Rules,
    done: Mapping[str, ExerciseGrade],
    *,
    late: Late = ON_TIME,
    notes: Sequence[str] = (),
    **extra: Any,
) -> dict[str, Any]:
    """What is known so far; exercises that are not `done` are marked as pending.

    The text for the whole submission says nothing that depends on hidden checks: students read it
    at once.
    """
    said = list(notes)
    if late.kept < 1:
        said.append(
            f"Handed in {late.days} day{'s' if late.days > 1 else ''} late: {1 - late.kept:.0%} of"
            " the points are taken off."
        )
    said.append(
        "Points come from hidden checks and are shown when your instructor publishes them."
        if rules.hidden != "visible"
        else ""
    )
    return {
        "score": round(late.kept * sum(exercise.points for exercise in done.values()), 6),
        "output": clean("\n".join(filter(None, said))),
        "output_format": "text",
        "stdout_visibility": "hidden",
        "tests": [
            test
            for number, entry in enumerate(homework.graded, 1)
            for test in _tests(number, entry, homework, rules, done.get(entry.name))
        ],
        "extra_data": {
            "homework": homework.name,
            "withheld": [e.name for e in done.values() if e.share is None],
            **extra,
        },
    }


def write_closed(path: Path, data: Mapping[str, Any]) -> None:
    """Replace a file at one stroke by one that only its owner can read."""
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=".results-")
    with open(handle, "w") as file:
        json.dump(data, file, indent=1)
    os.replace(part, path)


def clean(text: str) -> str:
    """Text without control characters: parts of it may come from the submission."""
    return "".join(c for c in text[:LONGEST] if c.isprintable() or c == "\n")


def _tests(
    number: int, entry: Entry, homework: Homework, rules: Rules, exercise: ExerciseGrade | None
) -> Iterator[dict[str, Any]]:
    if entry.public:
        yield _test(f"{number}.1", entry, "public", rules.public, exercise)
    points = {
        "score": exercise.points if exercise else 0.0,
        "max_score": float(homework.points[entry.name]),
    }
    withheld = exercise is not None and exercise.share is None
    yield {
        **_test(f"{number}.2", entry, "hidden", rules.hidden, exercise),
        **({} if withheld else points),
    }


def _test(
    number: str, entry: Entry, kind: str, visibility: str, exercise: ExerciseGrade | None
) -> dict[str, Any]:
    """One group of checks. A group without a verdict of its own says nothing, and so passes."""
    test = {
        "name": f"{entry.name}: {kind} checks",
        "number": number,
        "output": PENDING,
        "output_format": "text",
        "visibility": visibility,
        "tags": [entry.topic, kind],
    }
    if exercise is None:
        return {**test, "tags": [*test["tags"], "pending"]}
    found = exercise.public if kind == "public" else [v for v in exercise.verdicts if not v.public]
    note = exercise.note if kind == "hidden" else ""
    test["output"] = clean("\n".join(filter(None, [note, *lines(found)])))
    return (
        test
        if exercise.share is None and kind == "hidden"
        else {**test, "status": "passed" if all(v.passed for v in found) else "failed"}
    )
