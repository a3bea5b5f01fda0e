"""Everything that is written of a graded class: feedback, records, grades.csv, exports, the report;
and where it was.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from graders.bulk.exports import FORMATS, grades_csv
from graders.bulk.feedback import feedback_page
from graders.bulk.platforms import write_platforms
from graders.bulk.publication import may_leave
from graders.bulk.report import Names, write_report
from graders.bulk.scores import Result, to_read_again
from graders.bulk.summary import exercise_table, troubles
from graders.core.language import OUR_TONGUE, speaking
from graders.core.text import file_name, line
from graders.grading import record

WRITTEN = (
    ("Grades", "grades.csv", ""),
    ("Exports", "exports", " (all that counts; for Canvas, Moodle, Gradescope; JSON)"),
    ("Report", "report.html", " (the class)"),
    ("Feedback", "feedback", " (a page per student)"),
    ("By hand", "by_hand", " (the written questions with their rubrics, for you)"),
    ("Records", "records", " (every verdict, for you)"),
)


def write_outputs(
    out: Path,
    results: Sequence[Result],
    left_out: Sequence[str],
    about: Mapping[str, Any],
    names: Names,
) -> list[str]:
    """Write every file of a class. Equal gradebooks give equal files, but for the times in records
    and report. Returns sentences on what could not be written of a submission.
    """
    with speaking(results[0].homework.tongue if results else OUR_TONGUE):
        return _written(out, results, left_out, about, names)


def _written(
    out: Path,
    results: Sequence[Result],
    left_out: Sequence[str],
    about: Mapping[str, Any],
    names: Names,
) -> list[str]:
    said: list[str] = []
    for result in results:
        with guarded(result.name, "its feedback page", said):
            record.write(
                out / "feedback" / file_name(result.name, ".html"),
                feedback_page(result.grade, result.homework, result),
            )
        with guarded(result.name, "its record", said):
            record.write(
                out / "records" / file_name(result.name, ".json"),
                record.dumps(record.to_json(result.grade, content=result.row.content, **about)),
            )
    record.write(out / "grades.csv", grades_csv(results))
    leaving = list(map(may_leave, results))
    for name, form in FORMATS.items():
        record.write(
            out / "exports" / f"{name}.{'json' if name == 'json' else 'csv'}", form(leaving)
        )
    write_platforms(out / "exports", leaving)
    write_report(out / "report.html", results, left_out, names)
    return said


@contextmanager
def guarded(name: str, what: str, said: list[str]) -> Iterator[None]:
    """Whatever keeps a file of one submission from being written becomes a sentence: it is no
    reason for nobody to get one.
    """
    try:
        yield
    except Exception as error:
        said.append(
            f"{name}: {what} could not be written ({line(f'{type(error).__name__}: {error}', 200)})"
        )


def tell(
    console: Console, out: Path, results: Sequence[Result], left_out: Sequence[str], names: Names
) -> None:
    """The summary on the terminal. With pseudonyms nothing that names a file or a student."""
    grades = [names.of_grade(result.grade) for result in results]
    console.print(exercise_table(grades))
    for sentence in [
        *troubles(grades),
        *([] if names.key else [*to_read_again(results), *left_out]),
    ]:
        console.print(f"! {sentence}", highlight=False, markup=False)
    for title, path, about in (w for w in WRITTEN if (out / w[1]).exists()):
        console.print(f"{title + ':':<10}{out / path}{about}", highlight=False, markup=False)
    read = f"critic review {results[0].homework.name} --out {shlex.quote(str(out))}"
    console.print(
        f"{'Next:':<10}{read} (written answers, students and mistakes in the browser)",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
