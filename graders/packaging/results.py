"""`results.json` for Gradescope: two entries per exercise, one that students see at once and one
that carries the points.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from graders.core.language import counted, say, to_say
from graders.core.render import lines
from graders.grading.catalogue import Entry, Homework
from graders.grading.grade import ExerciseGrade
from graders.packaging.rules import ON_TIME, Late, Rules

PENDING = to_say(
    "Not graded yet. If this stays, the time for your submission ran out before: which exercise"
    " takes long?"
)
KINDS = {"public": to_say("public checks"), "hidden": to_say("hidden checks")}
LONGEST = 20_000


@dataclass(frozen=True)
class Given:
    """What a person gave for an exercise; no points: it is excused. `comment`: Markdown."""

    points: float | None
    comment: str


NOTHING_GIVEN: Mapping[str, Given] = MappingProxyType({})


def given_by_hand(file: Path, submission: str) -> dict[str, Given]:
    """What a person gave for a submission of this number, by exercise, from the file that `critic
    export` writes; nothing when there is no file, or nobody gave anything.
    """
    if not file.exists():
        return {}
    # It names every submission of the class: nobody but the grader may read it.
    file.chmod(0o600)
    of_all: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return {name: Given(**found) for name, found in of_all.get(submission, {}).items()}


def document(
    homework: Homework,
    rules: Rules,
    done: Mapping[str, ExerciseGrade],
    *,
    late: Late = ON_TIME,
    notes: Sequence[str] = (),
    given: Mapping[str, Given] = NOTHING_GIVEN,
    **extra: Any,
) -> dict[str, Any]:
    """What is known so far; exercises that are not `done` are marked as pending. `given`: what a
    person gave, which goes before what a machine found.

    The text for the whole submission says nothing that depends on hidden checks: students read it
    at once.
    """
    said = list(notes)
    if late.kept < 1:
        said.append(
            counted(
                late.days,
                "Handed in {number} day late: {percent}% of the points are taken off.",
                "Handed in {number} days late: {percent}% of the points are taken off.",
                percent=round(100 * (1 - late.kept)),
            )
        )
    said.append(
        say("Points come from hidden checks and are shown when your instructor publishes them.")
        if rules.hidden != "visible"
        else ""
    )
    automatic = {name: e.points for name, e in done.items() if e.share is not None}
    earned = {**automatic, **{name: found.points for name, found in given.items()}}
    return {
        "score": round(late.kept * sum(points or 0.0 for points in earned.values()), 6),
        "output": clean("\n".join(filter(None, said))),
        "output_format": "text",
        "stdout_visibility": "hidden",
        "tests": [
            test
            for number, entry in enumerate(homework.entries, 1)
            for test in _tests(
                number, entry, homework, rules, done.get(entry.name), given.get(entry.name)
            )
        ],
        "extra_data": {
            "homework": homework.name,
            "withheld": [e.name for e in done.values() if e.share is None and not e.waiting],
            "waiting": [e.name for e in done.values() if e.waiting],
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
    number: int,
    entry: Entry,
    homework: Homework,
    rules: Rules,
    exercise: ExerciseGrade | None,
    given: Given | None,
) -> Iterator[dict[str, Any]]:
    """The entries of one exercise: its two groups of checks, and what a person gave, which then
    carries the points.
    """
    possible = float(homework.points[entry.name])
    if entry in homework.graded:
        if entry.public or entry.choices.visible:
            yield _test(f"{number}.1", entry, "public", rules.public, exercise)
        points = {"score": exercise.points if exercise else 0.0, "max_score": possible}
        withheld = exercise is not None and exercise.share is None
        yield {
            **_test(f"{number}.2", entry, "hidden", rules.hidden, exercise),
            **({} if withheld or given else points),
        }
    if given:
        yield _by_hand(f"{number}.3", entry, given, possible, rules.hidden)


def _by_hand(
    number: str, entry: Entry, given: Given, possible: float, visibility: str
) -> dict[str, Any]:
    """What a person gave and wrote, in Markdown; an exercise that is excused has no points."""
    said = say("This exercise does not count for you.")
    points: dict[str, Any] = {}
    if given.points is not None:
        said = say(
            "**{points:.4g} of {possible:g} points**", points=given.points, possible=possible
        )
        points = {"score": given.points, "max_score": possible}
    return {
        "name": say("{name}: read by your instructor", name=entry.name),
        "number": number,
        "output": clean(f"{said}\n\n{given.comment}".strip()),
        "output_format": "md",
        "visibility": visibility,
        "tags": [entry.topic, "by hand"],
        **points,
    }


def _test(
    number: str, entry: Entry, kind: str, visibility: str, exercise: ExerciseGrade | None
) -> dict[str, Any]:
    """One group of checks. A group without a verdict of its own says nothing, and so passes."""
    test = {
        "name": f"{entry.name}: {say(KINDS[kind])}",
        "number": number,
        "output": say(PENDING),
        "output_format": "text",
        "visibility": visibility,
        "tags": [entry.topic, kind],
    }
    if exercise is None:
        return {**test, "tags": [*test["tags"], "pending"]}
    found = exercise.seen(entry.choices)
    if kind == "hidden":
        shown = {*entry.choices.unseen, *entry.choices.visible}
        found = tuple(v for v in exercise.verdicts if not v.public and v.check not in shown)
    note = exercise.note if kind == "hidden" else ""
    test["output"] = clean("\n".join(filter(None, [note, *lines(found)])))
    return (
        test
        if exercise.share is None and kind == "hidden"
        else {**test, "status": "passed" if all(v.passed for v in found) else "failed"}
    )
