"""What a person needs to grade the written questions of a submission: its answers, the rubrics, and
the plots of its experiment.
"""

from __future__ import annotations

import base64
import importlib
import io
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from graders.bulk.exports import as_csv
from graders.bulk.gradebook import Score
from graders.bulk.outputs import guarded
from graders.bulk.pictures import Scan, kind_of, scans_of
from graders.bulk.scores import Result
from graders.bulk.written import written_answers
from graders.core.arrays import Unusable, read_artefacts
from graders.core.language import say, speaking, spoken
from graders.core.text import file_name
from graders.grading import record
from graders.grading.listed import Exercises, Item
from graders.grading.markdown import as_html
from graders.grading.outcome import Grade
from graders.grading.pages import decimal, template
from graders.grading.prompts import prompt_of, read_topic
from graders.grading.rubric import Rubric, read_rubric
from graders.intake.find import Found


@dataclass(frozen=True)
class Question:
    """A written exercise as those who grade it read it."""

    name: str
    points: float
    prompt: Markup
    rubric: Rubric
    items: tuple[tuple[float, Markup], ...]
    remarks: Markup


@dataclass(frozen=True)
class Written:
    """A question with what a student wrote: nothing when there is no answer."""

    question: Question
    answer: Markup
    given: Score | None


@dataclass(frozen=True)
class Plot:
    """A plot of what the student's experiment left. `image`: a data URL, nothing when the public
    checks of `exercise` fail or its numbers cannot be drawn.
    """

    exercise: str
    image: str


def write_by_hand(
    out: Path, results: Sequence[Result], handed_in: Mapping[str, Found]
) -> list[str]:
    """Write a page for each submission of a homework that has written questions, an index, and a
    CSV file to fill for `critic score --file`. `handed_in`: by submission. Returns sentences on
    what could not be written.
    """
    said: list[str] = []
    if not results or not questions_of(results[0].homework):
        return said
    folder, names = out / "by_hand", ["", *(result.name for result in results), ""]
    with speaking(results[0].homework.tongue):
        for result, before, after in zip(results, names, names[2:]):
            with guarded(result.name, "its page for grading by hand", said):
                page = by_hand_page(result, handed_in.get(result.name), (before, after))
                record.write(folder / page_name(result.name), page)
        write_index(out, results)
    return said


def write_index(out: Path, results: Sequence[Result]) -> None:
    """Write what of these pages holds the points of everybody: the index and the CSV file."""
    if results and questions_of(results[0].homework):
        with speaking(results[0].homework.tongue):
            record.write(out / "by_hand" / "index.html", _index(results))
        record.write(out / "by_hand" / "scores.csv", scores_to_fill(results))


def by_hand_page(result: Result, found: Found | None, around: tuple[str, str] = ("", "")) -> str:
    """Self-contained HTML, for instructors: it holds rubrics. Nothing when the homework has no
    written question. `around`: the submissions before and after.
    """
    asked = questions_of(result.homework)
    if not asked:
        return ""
    found = found or Found(result.name, None)
    answers = written_answers(result.homework, found)
    return template(__file__, "by_hand.html").render(
        result=result,
        homework=result.homework,
        written=[
            Written(q, as_html(answers.get(q.name, "")), result.given.get(q.name)) for q in asked
        ],
        plots=plots(result.homework, result.grade, found.artefacts),
        scans=[(Scan.of(*scan), scan_url(scan[1])) for scan in scans_of(found).items()],
        before=around[0],
        after=around[1],
        quote=quote,
        page_name=page_name,
        points=_points,
        command=f"critic score {result.homework.name} {argument(result.name)}",
    )


def _points(number: float) -> str:
    """A number of points as the page says it."""
    if number == 1:
        return say("{points} point", points=decimal(number))
    return say("{points} points", points=decimal(number))


def scan_url(scan: bytes) -> str:
    """A scan as an address that holds it, to be saved where no browser shows it."""
    kind = kind_of(scan) or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(scan).decode()}"


def argument(name: str) -> str:
    """The name of a submission as a command takes it, whatever it holds: for paste into a shell."""
    return shlex.quote(name) if not name.startswith("-") else f"-- {shlex.quote(name)}"


def page_name(submission: str) -> str:
    """The file of a submission's page."""
    return file_name(submission, ".html")


def questions_of(homework: Exercises[Any]) -> tuple[Question, ...]:
    """The written exercises of a homework, prompts and rubrics as HTML, rubrics in points."""
    return tuple(
        _question(entry, homework.points[entry.name], spoken().code)
        for entry in homework.entries
        if entry.kind == "W"
    )


@cache
def _question(entry: Item, points: float, language: str) -> Question:
    prompt = prompt_of(entry, read_topic(entry.topic))
    rubric = read_rubric(prompt.rubric, points, entry.name)
    items = tuple((item.points, as_html(item.text)) for item in rubric.items)
    remarks = as_html(rubric.remarks)
    return Question(entry.name, points, as_html(prompt.text), rubric, items, remarks)


def scores_to_fill(results: Sequence[Result]) -> str:
    """A row for every exercise of every submission that a person has to look at, with the points
    given so far.
    """
    rows = [["submission", "exercise", "points", "comment"]]
    for result in results:
        questions = [question.name for question in questions_of(result.homework)]
        for name in (*questions, *result.grade.waiting):
            given = result.given.get(name)
            points, comment = (f"{given.points:.12g}", given.comment) if given else ("", "")
            rows.append([result.name, name, points, comment])
    return as_csv(rows)


def _index(results: Sequence[Result]) -> str:
    return template(__file__, "by_hand_index.html").render(
        homework=results[0].homework,
        questions=questions_of(results[0].homework),
        results=results,
        quote=quote,
        page_name=page_name,
    )


def plots(homework: Exercises[Any], grade: Grade, file: Path | None) -> list[Plot]:
    """What the experiment of a submission left, drawn where the public checks of it pass: those of
    others have any shape.
    """
    topic = next((entry.topic for entry in homework.entries if entry.kind == "E"), "")
    if not topic:
        return []
    module = importlib.import_module(f"graders.public.{topic}")
    passed = {
        e.name
        for e in grade.exercises
        if e.verdicts and all(v.passed for v in e.verdicts if v.public)
    }
    kept = {name: parts for name, parts in _artefacts(file).items() if name in passed}
    return [
        Plot(module.NEEDS[name], _drawn(draw, kept) if module.NEEDS[name] in kept else "")
        for name, draw in module.PLOTS.items()
    ]


def _artefacts(path: Path | None) -> dict[str, dict[str, Any]]:
    try:
        return read_artefacts(path) if path else {}
    except Unusable:
        return {}


def _drawn(draw: Callable[[list], Any], kept: Mapping[str, Any]) -> str:
    picture = io.BytesIO()
    try:
        draw([kept]).savefig(picture, format="png", dpi=80, metadata={"Software": None})
    except Exception:
        # A student's numbers, in libraries that were not made for hostile ones: a plot must not
        # end the grading.
        return ""
    return "data:image/png;base64," + base64.b64encode(picture.getvalue()).decode()
