"""Grades in the forms that people and learning platforms read: our own CSV, Canvas, Moodle,
Gradescope, JSON.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Callable, Sequence

from graders.bulk.scores import Result, exercises_of
from graders.core.language import counted
from graders.course.people import Person

# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\u2212")
# What ends a cell or a row, in one program or another.
SEPARATORS = ',;"\t\r\n'


def grades_csv(results: Sequence[Result]) -> str:
    """A row per submission: the share of each automatic exercise (empty where withheld), points and
    possible points of these.
    """
    names = [exercise.name for exercise in results[0].grade.exercises] if results else []
    rows = [["submission", *names, "points", "possible"]]
    for result in results:
        shares = result.shares()
        points = sum(
            (share or 0.0) * result.homework.points[name] for name, share in shares.items()
        )
        rows.append(
            [
                result.name,
                *(number(share) for share in shares.values()),
                number(points),
                number(result.grade.possible),
            ]
        )
    return as_csv(rows)


def own_csv(results: Sequence[Result]) -> str:
    """A row per person with everything that counts: points of every exercise, what a person gave
    included, lateness and total.
    """
    names = exercises_of(results)
    rows = [
        [
            "submission",
            "id",
            "name",
            "email",
            "section",
            *names,
            "days_late",
            "points",
            "possible",
            "complete",
        ]
    ]
    for result, person in _by_person(results):
        late = (
            "unknown"
            if result.row.found.marked_late and result.row.found.submitted is None
            else str(result.days_late)
        )
        about = [result.name, person.id, person.name, person.email, person.section]
        rows.append(
            [
                *about,
                *(number(result.earned.get(name)) for name in names),
                late,
                number(result.total),
                number(result.possible),
                "yes" if result.complete else "no",
            ]
        )
    return as_csv(rows)


def canvas_csv(results: Sequence[Result]) -> str:
    """What "Import" in Canvas's gradebook takes. An assignment of this title is matched, or
    made.
    """
    title = results[0].homework.title if results else "homework"
    rows = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title]]
    rows.append(
        ["    Points Possible", "", "", "", "", number(results[0].in_all) if results else ""]
    )
    for result, person in _by_person(results):
        theirs = person.canvas
        rows.append(
            [
                _last_first(person) or result.name,
                theirs,
                _own_id(person),
                person.login,
                person.section,
                _final(result) if result.possible else EXCUSED,
            ]
        )
    return as_csv(rows)


def moodle_csv(results: Sequence[Result]) -> str:
    """Moodle's offline grading worksheet; "Identifier" is known when the submissions were
    downloaded from Moodle.
    """
    rows = [
        [
            "Identifier",
            "Full name",
            "ID number",
            "Email address",
            "Grade",
            "Maximum grade",
            "Feedback comments",
        ]
    ]
    for result, person in _by_person(results):
        handle = (
            result.row.found.handle if result.row.found.handle.startswith("Participant ") else ""
        )
        rows.append(
            [
                handle,
                person.name or result.name,
                _own_id(person),
                person.email,
                _final(result),
                number(result.in_all),
                comments(result),
            ]
        )
    return as_csv(rows)


def gradescope_csv(results: Sequence[Result]) -> str:
    """The columns of Gradescope's own table of scores."""
    names = exercises_of(results)
    points = [f"{name} ({number(results[0].homework.points[name])} pts)" for name in names]
    rows = [
        [
            "First Name",
            "Last Name",
            "SID",
            "Email",
            "Sections",
            "Total Score",
            "Max Points",
            "Status",
            "Submission ID",
            "Lateness (H:M:S)",
            *points,
        ]
    ]
    for result, person in _by_person(results):
        first, _, last = person.name.rpartition(" ")
        late, status = (
            f"{24 * result.days_late:02d}:00:00",
            "Graded" if result.complete else "Ungraded",
        )
        about = [first, last or result.name, _own_id(person), person.email, person.section]
        rows.append(
            [
                *about,
                number(result.total) if result.complete else "",
                number(result.possible),
                status,
                gradescope_id(result),
                late,
                *(number(result.earned.get(name)) for name in names),
            ]
        )
    return as_csv(rows)


def to_json(results: Sequence[Result]) -> str:
    """Everything that counts, without times: equal grades give equal text."""
    data = [
        {
            "submission": r.name,
            "content": r.row.content,
            "people": [
                {
                    "id": p.id,
                    "name": p.name,
                    "email": p.email,
                    "login": p.login,
                    "section": p.section,
                }
                for p in r.people
            ],
            "submitted": r.row.found.submitted.isoformat() if r.row.found.submitted else None,
            "days_late": r.days_late,
            "notes": list(r.row.notes),
            "exercises": [_exercise(r, name, points) for name, points in r.earned.items()],
            "points": round(r.total, 6),
            "possible": r.possible,
            "complete": r.complete,
        }
        for r in results
    ]
    return (
        json.dumps(
            {"homework": results[0].homework.name if results else None, "results": data},
            indent=1,
            ensure_ascii=False,
        )
        + "\n"
    )


# What Canvas reads as excused.
EXCUSED = "EX"

FORMATS: dict[str, Callable[[Sequence[Result]], str]] = {
    "own": own_csv,
    "canvas": canvas_csv,
    "moodle": moodle_csv,
    "gradescope": gradescope_csv,
    "json": to_json,
}


def comments(result: Result) -> str:
    """What may stand beside a grade where students read it: what a person wrote, and lateness.
    Nothing of hidden checks.
    """
    said = [f"{name}: {score.comment}" for name, score in result.given.items() if score.comment]
    return " ".join([*said, *lateness(result)])


def lateness(result: Result) -> list[str]:
    """A sentence on lateness, where there is any."""
    days = result.days_late
    return [counted(days, "{number} day late.", "{number} days late.")] if days else []


def number(value: float | None) -> str:
    """At most four decimals, rounded half up as people do; empty for what is not known."""
    if value is None:
        return ""
    return f"{math.floor(value * 10_000 + 0.5 + 1e-6) / 10_000:.4f}".rstrip("0").rstrip(".")


def _final(result: Result) -> str:
    """Points for a platform: empty while something is withheld or not yet read, so that nobody sees
    a grade too early, and when nothing counts.
    """
    return number(result.of_all) if result.complete and result.possible else ""


def _exercise(result: Result, name: str, points: float | None) -> dict:
    grade = next((e for e in result.grade.exercises if e.name == name), None)
    given = result.given.get(name)
    return {
        "name": name,
        "points": None if points is None else round(points, 6),
        "possible": result.homework.points[name],
        "automatic": grade.share if grade else None,
        "given": given and {"points": given.points, "comment": given.comment},
        "mistakes": [d.name for d in grade.diagnosis] if grade else [],
        "note": grade.note if grade else "",
        "checks": [
            {
                "check": v.check,
                "status": v.status.value,
                "public": v.public,
                "problem": v.problem,
                "seed": str(v.seed),
            }
            for v in (grade.verdicts if grade else ())
        ],
    }


def _by_person(results: Sequence[Result]) -> list[tuple[Result, Person]]:
    """Everybody with their result: a group's submission is a row for each of them."""
    return [(result, person) for result in results for person in result.people or (Person(),)]


def _own_id(person: Person) -> str:
    """The id that the university gave: where only Canvas's own number is known, nothing."""
    return person.id if person.id != person.canvas else ""


def gradescope_id(result: Result) -> str:
    """Gradescope's number of a submission; nothing where it came from elsewhere."""
    handle = result.row.found.handle
    elsewhere = any(person.canvas == handle for person in result.people)
    return handle if handle.isdigit() and not elsewhere else ""


def _last_first(person: Person) -> str:
    first, _, last = person.name.rpartition(" ")
    return person.name if "," in person.name or not first else f"{last}, {first}"


def as_csv(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a CSV file in which no cell is a formula, whatever a program takes for the end of a
    cell.
    """
    return "".join(",".join(map(_cell, row)) + "\n" for row in rows)


def _cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula or for two cells: some part them at semicolons
    or tabs, and some read full-width signs.
    """
    text = "'" + text if _formula(text) else text
    if any(c in text for c in SEPARATORS):
        return '"' + text.replace('"', '""') + '"'
    return text


def unescaped(cell: str) -> str:
    """What a cell held before `as_csv` kept it from being a formula."""
    return cell[1:] if cell.startswith("'") and _formula(cell[1:]) else cell


def _formula(text: str) -> bool:
    folded = unicodedata.normalize("NFKC", text).lstrip(" ")
    return folded.startswith(FORMULA) or text.startswith(FORMULA)
