"""The Otter master notebook of a homework, made of prompts, stubs, solutions and test cells that
only look verdicts up.
"""

from __future__ import annotations

import json
from pathlib import Path

import jinja2
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from graders.core.language import say, spoken, to_say
from graders.core.pictures import pictures
from graders.core.submission import EXPERIMENT
from graders.core.variants import without_choices
from graders.grading.catalogue import Entry, Homework
from graders.grading.pages import decimal
from graders.grading.prompts import Prompt, TopicText, convention_text, prompt_of, read_topic
from graders.grading.source import IMPORTS, definition, needed
from graders.packaging.solutions import experiment_cell, explanation, files_beside, solution_cell

ONE_POINT, POINTS = to_say("{points} point"), to_say("{points} points")
WHO = to_say(
    "**Who you are.** Write your number, your login or your e-mail between the quotes, as your"
    " course knows you. Some questions offer their choices in an order that is yours alone and"
    " follows from this word; with the word of somebody else, your letters mean something else."
)
YOURS = to_say("The choices, in your order, are shown by the next cell.")
PLUGIN = "graders.packaging.plugin.CriticPlugin"
LOOK_UP = """\
def check_{number}():
    from graders.packaging.verdicts import look_up
    look_up("{exercise}", {number})"""


def master_notebook(homework: Homework, template: Path) -> NotebookNode:
    """The notebook that `otter assign` takes. `template` is the folder with the texts for
    students.
    """
    cells = [
        _config(homework),
        new_markdown_cell(render(template / "introduction.md", homework=homework)),
    ]
    cells += [
        new_code_cell(in_language(template / "first_cell.py").read_text().strip()),
        new_code_cell(IMPORTS),
    ]
    cells += [new_markdown_cell(say(WHO)), new_code_cell('student = ""')] if homework.varied else []
    followed = dict.fromkeys(c.module for e in homework.entries for c in e.conventions)
    said = [convention_text(name).introduction for name in followed]
    cells += [new_markdown_cell(text) for text in said if text]
    # A check stands below its exercise: what a solution calls must be defined above it.
    above: frozenset[str] = frozenset()
    texts: dict[str, TopicText] = {}
    for entry in homework.entries:
        if entry.topic not in texts:
            texts[entry.topic] = read_topic(entry.topic)
            cells.append(new_markdown_cell(_below(introduction(texts[entry.topic], homework))))
            given = tuple(e for e in homework.given if e.topic == entry.topic)
            cells += _given(given, frozenset(e.name for e in homework.entries))
            above |= {e.name for e in given}
            cells += _experiment(entry.topic, texts[entry.topic], above)
        cells += _question(entry, homework, texts[entry.topic], above)
        above |= {entry.name}
    cells.append(new_markdown_cell(render(template / "hand_in.md", homework=homework)))
    cells.append(new_code_cell("grader.check_all()"))
    book = new_notebook(cells=cells)
    book.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    book.metadata["language_info"] = {"name": "python"}
    return with_stable_ids(book)


def in_language(path: Path) -> Path:
    """A file of the template, in the language of the homework where there is one."""
    own = path.parent / spoken().code / path.name
    return own if own.exists() else path


def render(path: Path, **values: object) -> str:
    """A text template, filled in."""
    return (
        jinja2.Template(
            in_language(path).read_text(),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        .render(**values)
        .strip()
        + "\n"
    )


def with_stable_ids(book: NotebookNode) -> NotebookNode:
    """The notebook with ids that depend on the order of its cells only: nbformat's and Otter's are
    random.
    """
    for number, cell in enumerate(book.cells, 1):
        cell.id = f"cell-{number}"
    return book


def write(book: NotebookNode, path: Path) -> None:
    path.write_text(nbformat.writes(book) + "\n")


def _config(homework: Homework) -> NotebookNode:
    """Otter's settings. JSON is YAML. The setup cell is ours, so that students need no Otter."""
    settings = {
        "init_cell": False,
        "export_cell": False,
        "tests": {"files": True, "ok_format": False},
        "student_files": list(files_beside(homework)),
        "generate": {
            "pdf": False,
            "show_hidden": False,
            "plugins": [{PLUGIN: {"homework": homework.name}}],
        },
    }
    return new_raw_cell("# ASSIGNMENT CONFIG\n" + json.dumps(settings, indent=1))


def _given(entries: tuple[Entry, ...], asked: frozenset[str]) -> list[NotebookNode]:
    """What the homework hands out, as the reference has it; where it calls what is `asked`, it
    calls the student's.
    """
    if not entries:
        return []
    names = ", ".join(f"`{entry.name}`" for entry in entries)
    code = [
        part
        for entry in entries
        for part in (*needed(entry.solution, asked), definition(entry.solution))
    ]
    return [
        new_markdown_cell(say("Given, for you to use: {names}.", names=names)),
        new_code_cell("\n\n\n".join(dict.fromkeys(code))),
    ]


def _experiment(topic: str, text: TopicText, above: frozenset[str]) -> list[NotebookNode]:
    """The cell of a topic's training runs, if it has any: to Otter a question without tests, for it
    removes solutions from no other cells.
    """
    if not text.experiment:
        return []
    cell = new_code_cell(
        experiment_cell(topic, text.experiment, above), metadata={"tags": [EXPERIMENT]}
    )
    begin, solution = (
        new_raw_cell("# BEGIN QUESTION\n" + json.dumps({"name": EXPERIMENT, "points": 0})),
        new_raw_cell("# BEGIN SOLUTION"),
    )
    return [begin, solution, cell, new_raw_cell("# END SOLUTION"), new_raw_cell("# END QUESTION")]


def _question(
    entry: Entry, homework: Homework, text: TopicText, above: frozenset[str]
) -> list[NotebookNode]:
    prompt, points = prompt_of(entry, text), homework.points[entry.name]
    written = entry.exercise.kind == "W"
    question = {"name": entry.name, "points": points, **({"manual": True} if written else {})}
    worth = say(ONE_POINT if points == 1 else POINTS, points=decimal(points))
    heading = f"### {entry.name if written else f'`{entry.name}`'} ({worth})"
    begin = new_raw_cell("# BEGIN QUESTION\n" + json.dumps(question))
    if entry.choices.variants:
        asked = [heading, without_choices(prompt.text), say(YOURS)]
        shows = new_code_cell(f'grader.question("{entry.name}")')
        cells = [new_markdown_cell("\n\n".join(asked)), shows, begin]
    else:
        asked = [heading, prompt.text, *_picture(entry)]
        cells = [begin, new_markdown_cell("\n\n".join(asked))]
    if entry.exercise.kind != "E":
        cells += [
            new_raw_cell("# BEGIN SOLUTION"),
            *_solution(entry, homework, prompt, above),
            new_raw_cell("# END SOLUTION"),
        ]
    cells += [] if written else _tests(entry)
    return [*cells, new_raw_cell("# END QUESTION")]


def _picture(entry: Entry) -> list[str]:
    """A sentence on what can be drawn of the exercise, if anything can."""
    one = pictures().get(entry.name)
    return (
        [
            say(
                '*Picture:* `grader.plot("{name}")` draws {shows}.',
                name=entry.name,
                shows=say(one.shows),
            )
        ]
        if one
        else []
    )


def _solution(
    entry: Entry, homework: Homework, prompt: Prompt, above: frozenset[str]
) -> list[NotebookNode]:
    if entry.exercise.kind == "W":
        return [new_markdown_cell(f"**Rubric**\n\n{prompt.rubric}")]
    said = explanation(entry)
    return [
        *([new_markdown_cell(f"**Solution**\n\n{said}")] if said else []),
        new_code_cell(solution_cell(entry, above, homework.conventions)),
    ]


def _tests(entry: Entry) -> list[NotebookNode]:
    """One test case per check, public ones first. They hold a number each, and nothing of the
    check.
    """
    visible = [""] * len(entry.public) + [c.name in entry.choices.visible for c in entry.hidden]
    marks = ["# HIDDEN\n" if seen is False else "" for seen in visible]
    cells = [
        new_code_cell(mark + LOOK_UP.format(exercise=entry.name, number=number))
        for number, mark in enumerate(marks, 1)
    ]
    return [new_raw_cell("# BEGIN TESTS"), *cells, new_raw_cell("# END TESTS")]


def introduction(text: TopicText, homework: Homework) -> str:
    """A topic's text without paragraphs on exercises that this homework leaves out: the order of
    what it does not have, and the time that it takes, are of no use.
    """
    here = {entry.name for entry in (*homework.entries, *homework.given)}
    absent = [f"`{name}`" for name in text.prompts if name not in here]
    paragraphs = text.introduction.split("\n\n")
    return "\n\n".join(p for p in paragraphs if not any(name in p for name in absent))


def _below(introduction: str) -> str:
    """A topic's text, its heading one level below the title of the notebook."""
    return "#" + introduction if introduction.startswith("# ") else introduction
