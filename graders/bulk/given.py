"""Points that a person gives without a browser: on the command line, or in a CSV file, with the
habits of the spreadsheet that filled it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graders.bulk.command import BadOption
from graders.bulk.decisions import SCORE, Decisions
from graders.bulk.exports import unescaped
from graders.bulk.gradebook import Gradebook, Score
from graders.bulk.scores import Result
from graders.core.text import plain
from graders.course.people import fold, match
from graders.course.tables import BadTable, read_rows
from graders.grading.listed import Exercises
from graders.intake.find import name_of

TAKE_BACK = "none"
HEADER = ("submission", "exercise", "points")
# Whose undo takes it back: no browser's.
WHO = "critic score"
Scores = dict[tuple[str, str], Score | None]


def rows_of(path: Path) -> list[list[str]]:
    """Submission, exercise, points and comment of every row in which points stand. Raises
    BadOption.
    """
    try:
        header, *rest = read_rows(path) or [[]]
    except BadTable as error:
        raise BadOption(str(error)) from None
    names = [cell.strip().lower() for cell in header]
    if not any(map(any, rest)) or any(names.count(name) != 1 for name in HEADER):
        raise BadOption(
            f"{path} needs the columns {', '.join(HEADER)} (and, if you like, comment), each of"
            " them once, and a row at least"
        )
    rows = [_row(path, names, row) for row in rest if any(cell.strip() for cell in row)]
    filled = [row for row in rows if row[2] or row[3]]
    if not filled:
        raise BadOption(f"{path} has no points in any row: nothing was changed")
    return filled


def _row(path: Path, names: Sequence[str], cells: Sequence[str]) -> list[str]:
    if any(cell.strip() for cell in cells[len(names) :]):
        raise BadOption(
            f"{path} has {len(cells)} cells in the row of {cells[0]!r}, and {len(names)} columns:"
            " put quotation marks around a number or a comment with a comma"
        )
    found = dict(zip(names, [*cells, *[""] * len(names)]))
    submission, *others = [found[name] for name in HEADER] + [found.get("comment", "")]
    return [submission, *(unescaped(cell.strip()) for cell in others)]


def scores_of(
    homework: Exercises[Any], present: Sequence[Result], rows: Sequence[Sequence[str]]
) -> Scores:
    """What rows of submission, exercise, points and perhaps a comment give; None takes back. Raises
    BadOption, and where two of them say different things of the same.
    """
    scores: Scores = {}
    for row in rows:
        about, score = _score(homework, present, row)
        if scores.setdefault(about, score) != score:
            raise BadOption(f"{', '.join(about)}: two rows say different things")
    return scores


def keep(book: Gradebook, homework: str, scores: Scores) -> None:
    """Decisions as those of a review, all or none: who reads there sees them, and overwrites none
    unseen. What stands already stays as it is.
    """
    decisions = Decisions(book, homework)
    with book.transaction():
        standing = book.scores(homework)
        for (name, exercise), score in scores.items():
            if standing.get(name, {}).get(exercise) != score:
                value = {"points": score.points, "comment": score.comment} if score else None
                decisions.decide(name, exercise, SCORE, value, None, WHO)


def _score(
    homework: Exercises[Any], present: Sequence[Result], row: Sequence[str]
) -> tuple[tuple[str, str], Score | None]:
    called, exercise, points, *comment = row
    homework.entry(exercise)
    possible = homework.points[exercise]
    name = _meant(present, called).name
    if points.strip() == TAKE_BACK:
        return (name, exercise), None
    value = _number(points)
    if value is None:
        raise BadOption(
            f"{name}, {exercise}: {points!r} is no number of points; to take a score back,"
            f" give {TAKE_BACK!r} in their place"
        )
    if not 0 <= value <= possible:
        raise BadOption(f"{name}, {exercise}: {value:g} points, but there are 0 to {possible:g}")
    return (name, exercise), Score(value, plain(" ".join(comment).replace("\r\n", "\n").strip()))


def _number(text: str) -> float | None:
    """With a decimal point, or with the comma of most of Europe."""
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _meant(present: Sequence[Result], called: str) -> Result:
    """As it stands, else without what a spreadsheet or our own table put around a name."""
    names = {result.name for result in present}
    forms = (called, called.strip(), unescaped(called.strip()))
    return named(present, next((form for form in forms if form in names), forms[-1]))


def named(results: Sequence[Result], called: str) -> Result:
    """The one submission that is meant: by the name of its file or folder in any of its forms, or
    by the id, login, e-mail or name of somebody who handed it in. Raises BadOption.
    """
    forms = {fold(form) for form in (called, name_of(Path(called)), called.rstrip("/"))}
    for fits in (
        lambda r: r.name == called,
        lambda r: fold(r.name) in forms or fold(r.row.found.handle or "-") in forms,
        lambda r: fold(Path(r.name).stem) in forms,
        lambda r: match(r.people, id=called, email=called, name=called) is not None,
    ):
        found = [result for result in results if fits(result)]
        if len(found) == 1:
            return found[0]
        if found:
            several = ", ".join(result.name for result in found[:5])
            raise BadOption(f"{called!r} may mean {several}: give the name in grades.csv")
    raise BadOption(
        f"no submission {called!r} in the gradebook: the name is that of the file or folder, as in"
        " grades.csv, or the id, e-mail or name of a student"
    )
