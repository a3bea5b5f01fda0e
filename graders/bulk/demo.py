"""A made-up class: notebooks written from the references and the misconceptions, so that the truth
is known.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from rich.console import Console

from graders.bulk.by_hand import questions_of
from graders.bulk.command import Options, grade_folder
from graders.bulk.early import GRADEBOOK
from graders.core.exercise import Misconception
from graders.course.closed import writable
from graders.grading.catalogue import Entry, Homework, load_homework
from graders.grading.source import IMPORTS, standalone

STUDENTS = 24
ENDLESS = "while True:\n    pass"


@dataclass(frozen=True)
class Pretend:
    """One made-up student: which exercises are done wrong, which are left out, and what else is in
    the notebook.
    """

    name: str
    wrong: tuple[Misconception, ...] = ()
    left_out: tuple[str, ...] = ()
    extra: str = ""


def grade_demo(console: Console, homework: str, out: Path, jobs: int) -> int:
    """Write a made-up class below `out` and grade it."""
    writable(out)
    submissions = out / "submissions"
    known = load_homework(homework)
    write_class(known, pretend_class(known), submissions)
    console.print(f"Wrote {STUDENTS} made-up submissions to {submissions}")
    return grade_folder(
        console,
        homework,
        submissions,
        out,
        jobs,
        (),
        None,
        False,
        Options(gradebook=out / GRADEBOOK),
    )


def _some(chance: random.Random, entries: Sequence[Entry], count: int) -> list[Entry]:
    """So many of the exercises, or all where there are fewer."""
    return chance.sample(entries, min(count, len(entries)))


def pretend_class(homework: Homework, seed: int = 0) -> list[Pretend]:
    """24 students: a third of them perfect, the others with one to three mistakes each; two with
    more trouble.
    """
    chance = random.Random(seed)
    functions = [entry for entry in homework.graded if entry.misconceptions]
    students = []
    for number in range(STUDENTS):
        name = f"student_{number + 1:02d}"
        chosen = [] if number % 3 == 0 else _some(chance, functions, 1 + number % 3)
        wrong = tuple(chance.choice(_writable(entry.misconceptions)) for entry in chosen)
        left_out = (
            tuple(entry.name for entry in _some(chance, homework.graded, 3))
            if number == STUDENTS - 1
            else ()
        )
        students.append(Pretend(name, wrong, left_out, ENDLESS if number == STUDENTS - 2 else ""))
    return students


def write_class(homework: Homework, students: Sequence[Pretend], folder: Path) -> None:
    """Write a notebook for each student, and `truth.json` beside the folder: who made which
    mistake.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for student in students:
        nbformat.write(notebook(homework, student), folder / f"{student.name}.ipynb")
        if left := artefacts(homework, student):
            np.savez_compressed(folder / f"{student.name}.npz", **left)
    truth = {
        s.name: {"wrong": {m.exercise: m.name for m in s.wrong}, "left_out": s.left_out}
        for s in students
    }
    (folder.parent / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")


def notebook(homework: Homework, student: Pretend) -> nbformat.NotebookNode:
    """The notebook that this student would hand in."""
    names = frozenset(entry.name for entry in homework.entries)
    cells = [IMPORTS, *([student.extra] if student.extra else [])]
    for entry in _handed_in(homework, student):
        if entry.exercise.kind != "E":
            cells.append(standalone(_made(entry, student), entry.name, names))
    code = [nbformat.v4.new_code_cell(cell, id=f"cell-{i}") for i, cell in enumerate(cells)]
    written = [
        nbformat.v4.new_markdown_cell(text, id=f"text-{i}")
        for i, text in enumerate(_written(homework, student))
    ]
    book = nbformat.v4.new_notebook(cells=[*code, *written])
    book.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    return book


def artefacts(homework: Homework, student: Pretend) -> dict[str, Any]:
    """The arrays of the experiment that this student would hand in beside the notebook, by group
    and key.
    """
    groups: dict[str, Any] = {}
    for entry in _handed_in(homework, student):
        if entry.exercise.kind == "E":
            groups = {**entry.beside, **groups, entry.name: _made(entry, student)}
    return {
        f"{group}/{key}": value
        for group, parts in groups.items()
        if group not in student.left_out
        for key, value in parts.items()
    }


def _written(homework: Homework, student: Pretend) -> list[str]:
    """The written answers: what the rubric asks for, all of it from who makes no mistake; of the
    others some leave parts out, and some everything.
    """
    found = []
    for question in questions_of(homework):
        chance = random.Random(f"{student.name} {question.name}")
        parts = [item.text for item in question.rubric.items]
        if student.wrong:
            parts = [part for part in parts if chance.random() < 0.7]
        if parts and not (student.left_out and chance.random() < 0.5):
            lines = "\n".join(f"- {part}" for part in parts)
            found.append(f"### {question.name} ({question.points:g} points)\n\n{lines}")
    return found


def _handed_in(homework: Homework, student: Pretend) -> list[Entry]:
    return [entry for entry in homework.graded if entry.name not in student.left_out]


def _made(entry: Entry, student: Pretend) -> Any:
    """What this student has for an exercise."""
    return next(
        (mistake.value for mistake in student.wrong if mistake.exercise == entry.name),
        entry.solution,
    )


def _writable(mistakes: Sequence[Misconception]) -> list[Misconception]:
    """Misconceptions whose code can stand in a notebook by itself."""
    return [m for m in mistakes if not callable(m.value) or m.value.__code__.co_flags & 0x10 == 0]
