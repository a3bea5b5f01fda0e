"""What a person needs to grade the written questions of a submission: its answers, the rubrics, and
the plots of its experiment.
"""

from __future__ import annotations

import base64
import importlib
import io
import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from graders.bulk.outputs import guarded
from graders.bulk.scores import Result
from graders.core.artefacts import Unusable, artefact_file, read_artefacts
from graders.core.text import file_name, plain
from graders.grading import record
from graders.grading.catalogue import Entry, Homework
from graders.grading.grade import Grade
from graders.grading.pages import template
from graders.grading.prompts import prompt_of, read_topic

HEADING = re.compile(r"^###? +`?(\w+)`?", re.MULTILINE)
NOT_ANSWERED = "_Type your answer here, replacing this text._"


@dataclass(frozen=True)
class Written:
    """A written question as a person grades it. `answer`: the student's text, nothing when there is
    none.
    """

    name: str
    points: float
    answer: str
    rubric: str


@dataclass(frozen=True)
class Plot:
    """A plot of what the student's experiment left. `image`: a data URL, nothing when the public
    checks of `exercise` fail or its numbers cannot be drawn.
    """

    exercise: str
    image: str


def write_by_hand(
    out: Path, results: Sequence[Result], files: Mapping[str, Path | None]
) -> list[str]:
    """Write a page for each submission of a homework that has written questions. `files`: what was
    handed in, by submission. Returns sentences on what could not be written.
    """
    said: list[str] = []
    for result in results:
        with guarded(result.name, "its page for grading by hand", said):
            if page := by_hand_page(result, files.get(result.name)):
                record.write(out / "by_hand" / file_name(result.name, ".html"), page)
    return said


def by_hand_page(result: Result, file: Path | None) -> str:
    """Self-contained HTML, for instructors: it holds rubrics. Nothing when the homework has no
    written question.
    """
    asked = [entry for entry in result.homework.entries if entry.exercise.kind == "W"]
    if not asked:
        return ""
    answers = written_answers(file)
    questions = [
        Written(e.name, result.homework.points[e.name], answers.get(e.name, ""), _rubric(e))
        for e in asked
    ]
    return template(__file__, "by_hand.html").render(
        result=result,
        homework=result.homework,
        questions=questions,
        plots=plots(result.homework, result.grade, file),
        name=argument(result.name),
    )


def argument(name: str) -> str:
    """The name of a submission as a command takes it, whatever it holds: for paste into a shell."""
    return shlex.quote(name) if not name.startswith("-") else f"-- {shlex.quote(name)}"


def written_answers(file: Path | None) -> dict[str, str]:
    """The text below each heading of a notebook, by the name of the exercise; nothing of what
    cannot be read.
    """
    answers: dict[str, list[str]] = {}
    name = ""
    for cell in _markdown(file):
        heading = HEADING.search(cell)
        name = heading[1] if heading else name
        if not heading and name:
            answers.setdefault(name, []).append(cell)
    texts = {
        name: "\n\n".join(parts).replace("<!-- END QUESTION -->", "").strip()
        for name, parts in answers.items()
    }
    return {name: plain(text) for name, text in texts.items() if text and text != NOT_ANSWERED}


def plots(homework: Homework, grade: Grade, file: Path | None) -> list[Plot]:
    """What the experiment of a submission left, drawn where the public checks of it pass: those of
    others have any shape.
    """
    topic = next((entry.topic for entry in homework.entries if entry.exercise.kind == "E"), "")
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


def _artefacts(file: Path | None) -> dict[str, dict[str, Any]]:
    path = artefact_file(file) if file else None
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


def _markdown(file: Path | None) -> list[str]:
    """The texts of a notebook. Whoever reads this needs no reason why there are none: the grade has
    it.
    """
    try:
        cells = json.loads(file.read_bytes())["cells"] if file and file.suffix == ".ipynb" else []
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "markdown"]
        return [source if isinstance(source, str) else "".join(source) for source in sources]
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return []


@cache
def _rubric(entry: Entry) -> str:
    return prompt_of(entry, read_topic(entry.topic)).rubric
