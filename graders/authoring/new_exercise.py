"""`critic new-exercise`: the files of an exercise that is still to be written, in a course or in
this repository.
"""

from __future__ import annotations

import ast
import keyword
from collections.abc import Sequence
from pathlib import Path

import tomlkit

from graders.authoring.skeleton import (
    HEADLINES,
    KINDS,
    PROMPT_HEAD,
    TEST,
    TEST_HEADLINE,
    Part,
)
from graders.course.homeworks import FILE, course_folder, homeworks
from graders.course.wrong import RESERVED
from graders.grading.catalogue import ASSIGNMENTS, homework_names, load_homework

# Names of axes, for what a constructor takes.
LETTERS = "DKHLMPQRSTUVWXYZ"


class CannotWrite(Exception):
    """A new exercise that cannot be made; the text says why."""


def new_exercise(
    topic: str,
    name: str,
    arguments: Sequence[str] = ("x",),
    homework: str = "",
    kind: str = "function",
) -> list[Path]:
    """Write or extend the files of a topic by an exercise, and enter it in homeworks.toml. Returns
    the files.

    kind: a key of `KINDS`. homework: default the first that has the topic, else a new one with the
    topic's name. Raises CannotWrite, UnknownName.
    """
    for word in (topic, name, *arguments):
        if not word.isidentifier() or keyword.iskeyword(word):
            raise CannotWrite(
                f"{word!r} cannot be the name of a topic, an exercise or an argument: use letters,"
                " digits and _"
            )
    if kind not in KINDS:
        raise CannotWrite(f"there is no kind {kind!r} of exercise; there are {', '.join(KINDS)}")
    root, table = _place()
    if course_folder() is not None and (ASSIGNMENTS / f"{topic}.md").exists():
        raise CannotWrite(
            f"{topic!r} is a topic of critic itself; give the topic of your course another name"
        )
    taken = [
        known
        for known in homework_names()
        if name in {entry.name for entry in load_homework(known).entries}
    ]
    if taken:
        raise CannotWrite(f"there is an exercise {name!r} already, in the homework {taken[0]!r}")
    words = _words(topic, name, arguments, kind)
    files = {}
    for folder, part in KINDS[kind].parts.items():
        path = f"{folder}/{topic}.py"
        files[path] = _module(root / path, HEADLINES[folder], part, words)
    if course_folder() is None and KINDS[kind].oracle:
        test = f"tests/reference/test_{topic}.py"
        files[test] = _module(root / test, TEST_HEADLINE, TEST, words)
    files[f"assignments/{topic}.md"] = _prompts(
        root / f"assignments/{topic}.md", KINDS[kind].prompt, words
    )
    files[table.relative_to(root).as_posix()] = _entered(table, topic, name, homework)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return [root / path for path in files]


def _place() -> tuple[Path, Path]:
    """The folder that holds the topics, and its homeworks.toml."""
    course = course_folder()
    if course is not None:
        return course, course / FILE
    if ASSIGNMENTS.resolve() == Path("assignments").resolve():
        return Path(), Path("assignments") / FILE
    raise CannotWrite(
        "a new exercise belongs to a course: `critic init mycourse` makes one; go there, or name it"
        " with --course"
    )


def _words(topic: str, name: str, arguments: Sequence[str], kind: str) -> dict[str, str]:
    taken, drawn, gives = ['reals("N")'] * len(arguments), ["draw.normal(5)"] * len(arguments), ""
    if kind == "random":
        taken, gives = ['reals("...")'] * len(arguments), "..."
    if kind == "network":
        taken = ['net("D -> 1")', *['reals("N D")'] * (len(arguments) - 1)]
        drawn = ["network(draw, (3, 5, 1))", *["draw.normal(5, 3)"] * (len(arguments) - 1)]
    example = ["torch.zeros(3, dtype=torch.float64)"] * len(arguments)
    if kind == "network":
        example = ["network(Draw(1), (3, 5, 1))", *["Draw(2).normal(5, 3)"] * (len(arguments) - 1)]
    return {
        "topic": topic,
        "heading": topic.replace("_", " ").capitalize(),
        "name": name,
        "NAME": name.upper(),
        "arguments": ", ".join(arguments),
        "first": "noise" if kind == "random" else "values",
        "random": "\n    random=True," if kind == "random" else "",
        "takes": "".join(f"{part}, " for part in taken).rstrip(),
        "gives": gives,
        "drawn": ", ".join(drawn),
        "letters": ", ".join(f'"{letter}"' for letter in LETTERS[: len(arguments)]),
        "sizes": ", ".join(["3"] * len(arguments)),
        "zeros": ", ".join(["torch.zeros(shape, dtype=torch.float64)"] * len(arguments)),
        "example": "\n".join(f"    {a} = {value}" for a, value in zip(arguments, example)),
    }


def _module(path: Path, headline: str, part: Part, words: dict[str, str]) -> str:
    """The module with the exercise at its end and with what that needs imported."""
    source = path.read_text() if path.exists() else headline.format(**words) + "\n"
    if not part.text:
        return source
    imports = [line.format(**words) for line in part.imports]
    return _with_imports(source, imports).rstrip() + "\n\n\n" + part.text.format(**words)


def _with_imports(source: str, statements: Sequence[str]) -> str:
    """The source with those imports that it lacks, below its last one or below its docstring."""
    tree = ast.parse(source)
    bound = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    lacking = []
    for statement in statements:
        before, _, names = statement.rpartition("import ")
        missing = [name for name in names.split(", ") if name not in bound]
        lacking += [f"{before}import {', '.join(missing)}"] if missing else []
    found = [
        node.end_lineno or 0 for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    lines = source.splitlines()
    if found:
        return "\n".join([*lines[: max(found)], *lacking, *lines[max(found) :]])
    # A blank line below the docstring, and one between torch and ours.
    theirs = [line for line in lacking if line == "import torch"]
    ours = [line for line in lacking if line != "import torch"]
    return "\n".join([*lines, "", *theirs, *([""] if theirs and ours else []), *ours])


def _prompts(path: Path, prompt: str, words: dict[str, str]) -> str:
    text = path.read_text() if path.exists() else PROMPT_HEAD.format(**words)
    return text.rstrip() + "\n\n" + prompt.format(**words)


def _entered(file: Path, topic: str, name: str, homework: str) -> str:
    """homeworks.toml with the exercise, for one point, in a homework that has its topic. Comments
    stay.
    """
    known = homeworks()
    homework = homework or next(
        (h for h, table in known.items() if topic in table["topics"]), topic
    )
    if homework == RESERVED:
        raise CannotWrite(f"{RESERVED!r} is no name for a homework; name one with --homework")
    document = tomlkit.parse(file.read_text())
    if homework not in known:
        document.add(tomlkit.nl())
        document[homework] = {
            "title": topic.replace("_", " ").capitalize(),
            "topics": [topic],
            "points": {},
        }
    table = document[homework]
    if topic not in table["topics"]:
        table["topics"].append(topic)
    table["points"][name] = 1
    return tomlkit.dumps(document)
