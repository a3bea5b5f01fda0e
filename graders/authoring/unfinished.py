"""What an exercise still lacks, in sentences: read from its files before anything of it is run."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from graders.authoring.skeleton import HEADLINES
from graders.course.homeworks import topic_text
from graders.grading.catalogue import Entry, hidden_modules, load_homework
from graders.grading.prompts import BadAssignment, prompt_of, read_topic
from graders.grading.source import definition

TODO = re.compile(r"\bTODO: *(.*?)(?:\"\"\"|\"\)|\",.*| \|)?$")


def unfinished(homeworks: Sequence[str], only: Sequence[str] = ()) -> list[str]:
    """A sentence for all that these homeworks lack before an audit makes sense; or that these
    exercises of them lack, whatever else stands in their files. Raises UnknownName.
    """
    loaded = [load_homework(name) for name in homeworks]
    entries = list(
        {entry.name: entry for homework in loaded for entry in homework.entries}.values()
    )
    if only:
        return [line for entry in entries if entry.name in only for line in _lacking(entry)]
    topics = list(dict.fromkeys(entry.topic for entry in entries))
    return [
        *(line for topic in topics for line in _marked(topic)),
        *(line for entry in entries for line in _lacking(entry)),
    ]


def _marked(topic: str) -> Iterator[str]:
    """Every line of the topic's files that says what is to be written there."""
    for shown, path in _files(topic):
        for number, line in enumerate(path.read_text().splitlines() if path.exists() else (), 1):
            if found := TODO.search(line):
                yield f"{shown}, line {number}: {found[1]}"


def _files(topic: str) -> Iterator[tuple[str, Path]]:
    yield f"assignments/{topic}.md", topic_text(topic)
    packages = [folder.replace("/", ".") for folder in HEADLINES if folder != "graders/hidden"]
    for name in [*(f"{package}.{topic}" for package in packages), *hidden_modules(topic)]:
        file = Path(str(importlib.import_module(name).__file__))
        inside = "/__init__" if file.name == "__init__.py" else ""
        yield f"{name.replace('.', '/')}{inside}.py", file


def _lacking(entry: Entry) -> Iterator[str]:
    """What every exercise has, and this one has not."""
    name, topic = entry.name, entry.topic
    try:
        prompt_of(entry, read_topic(topic))
    except BadAssignment as error:
        yield f"{name}: {error}"
    if entry.exercise.kind == "A" and entry.solution is None:
        yield f"{name}: reference/{topic}.py does not assign the right answer to `{name}`"
    if entry.exercise.kind == "F":
        yield from (f"{name}: {sentence}" for sentence in _lacking_function(entry))


def _lacking_function(entry: Entry) -> Iterator[str]:
    name, topic, stub = entry.name, entry.topic, entry.exercise.stub
    assert stub is not None  # a function or class is declared by its stub
    if not inspect.isfunction(entry.solution) and not isinstance(entry.solution, type):
        yield f"reference/{topic}.py defines no function or class `{name}`"
    elif isinstance(entry.solution, type) != isinstance(stub, type):
        yield "one of the stub and the reference is a class, and the other a function"
    elif not entry.conventions and str(inspect.signature(entry.solution)) != str(
        inspect.signature(stub)
    ):
        yield (
            f"the stub takes {inspect.signature(stub)} and the reference takes"
            f" {inspect.signature(entry.solution)}; they must be alike"
        )
    if not inspect.getdoc(stub):
        yield (
            f"the stub in graders/public/{topic}.py has no docstring: students do not know what to"
            " return"
        )
    if definition(stub).splitlines()[-1].strip() != "...":
        yield (
            f"the stub in graders/public/{topic}.py does not end with a line `...`: it must not"
            " hold a solution"
        )
    if not entry.public:
        yield f"graders/public/{topic}.py has no check for it: students can try nothing at home"
    # Of a class its values are compared by what it declares.
    if entry.exercise.module is None and all(check.general for check in entry.hidden):
        yield f"graders/hidden/{topic} has no check for it: every answer would get the points"
    if not entry.misconceptions:
        yield (
            f"graders/hidden/{topic} has no misconception for it: nothing shows that the checks"
            " catch a mistake"
        )
