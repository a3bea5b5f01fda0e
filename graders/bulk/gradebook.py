"""`grades.csv`: a row per submission, a column per exercise with the share of its points that was earned."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from graders.grading.grade import Grade


def grades_csv(grades: Sequence[Grade]) -> str:
    """Columns: submission, one per exercise (0 to 1, empty where the grader withheld it), points, possible."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [exercise.name for exercise in grades[0].exercises] if grades else []
    writer.writerow(["submission", *names, "points", "possible"])
    for grade in sorted(grades, key=lambda grade: grade.submission):
        shares = ["" if e.share is None else _number(e.share) for e in grade.exercises]
        writer.writerow([_cell(grade.submission), *shares, _number(grade.points), _number(grade.possible)])
    return text.getvalue()


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _cell(text: str) -> str:
    """A file name that a spreadsheet cannot take for a formula."""
    return "'" + text if text.startswith(("=", "+", "-", "@")) else text
