"""What students receive. An include-list: the notebook, `graders/core`, the topics of
`graders/public` they need, and the template.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path

from nbformat import NotebookNode

import graders.core
import graders.public
from graders.core.given import LIST
from graders.core.hints import FOLDER as HINTS
from graders.core.language import ENGLISH, speaking
from graders.core.language import FOLDER as LOCALE
from graders.core.worth import FOLDER as WORTH
from graders.grading.catalogue import Homework
from graders.grading.prompts import prompt_of, read_topic
from graders.packaging.archive import tree
from graders.packaging.master import render, write

RENDERED = ("README.md", "requirements.txt", ".github/workflows/checks.yml", "autograder.py")

# Folders of `graders.public` with values that belong to checks.
TABLES = ((HINTS, "json"), (WORTH, "json"))


def write_bundle(homework: Homework, student: NotebookNode, template: Path, folder: Path) -> None:
    """Write the student's folder of a homework."""
    for name, data in {**homework.environment.contents(), **shipped(homework)}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for name in RENDERED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(render(template / name, homework=homework))
    write(student, folder / f"{homework.name}.ipynb")


def shipped(homework: Homework) -> dict[str, bytes]:
    """The only code of ours that leaves the house, the exercises in order, and limits of time."""
    core = Path(graders.core.__path__[0])
    files = {
        f"graders/core/{name}": data
        for name, data in tree(core).items()
        if name.endswith(".py") or name == f"{LOCALE}/{homework.tongue.code}.mo"
    }
    followed: dict[str, list[str]] = {}
    for name, chain in homework.conventions.items():
        for one in chain:
            followed.setdefault(one.module, []).append(name)
    names = ["__init__", *sorted(_with_imports((*homework.topics, *followed)))]
    asked = {
        "name": homework.name,
        "libraries": list(homework.environment.libraries),
        "exercises": [entry.name for entry in homework.entries],
        "seconds": dict(homework.environment.seconds),
    }
    otherwise = {
        "conventions": followed,
        "without": {e.name: list(e.choices.without) for e in homework.entries if e.choices.without},
        "hints": {e.name: dict(e.reworded) for e in homework.entries if e.reworded},
        "language": "" if homework.tongue.code == ENGLISH else homework.tongue.code,
        "texts": dict(homework.tongue.own),
        "variants": _variants(homework),
    }
    asked |= {name: table for name, table in otherwise.items() if table}
    return (
        files
        | {f"graders/public/{name}.py": _public(name).read_bytes() for name in names}
        | {
            f"graders/public/{kind}/{path.name}": path.read_bytes()
            for name in names
            for place in graders.public.__path__
            for kind, suffix in (*TABLES, (f"{LOCALE}/{homework.tongue.code}", "mo"))
            if (path := Path(place, kind, f"{name}.{suffix}")).exists()
        }
        | {f"graders/public/{LIST}": f"{json.dumps(asked, indent=1)}\n".encode()}
    )


def _variants(homework: Homework) -> dict[str, str]:
    """The prompts of questions whose choices have an order for each student."""
    with speaking(homework.tongue):
        return {e.name: prompt_of(e, read_topic(e.topic)).text for e in homework.varied}


def _public(name: str) -> Path:
    """A module of `graders.public`, ours or one that the course adds."""
    return next(
        path for place in graders.public.__path__ if (path := Path(place, f"{name}.py")).exists()
    )


def _with_imports(topics: tuple[str, ...]) -> set[str]:
    """The topics and those that their public modules import."""
    found: set[str] = set()
    waiting = list(topics)
    while waiting:
        topic = waiting.pop()
        if topic not in found:
            found.add(topic)
            for node in ast.walk(ast.parse(_public(topic).read_text())):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                    "graders.public."
                ):
                    waiting.append(node.module.split(".")[2])
    return found
