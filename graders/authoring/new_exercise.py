"""`critic new-exercise`: the files of an exercise that is still to be written, in a course or in
this repository.
"""

from __future__ import annotations

import ast
import keyword
from collections.abc import Sequence
from pathlib import Path

import tomlkit

from graders.authoring.skeleton import MODULES, PROMPT, PROMPT_HEAD, TEST
from graders.course.homeworks import FILE, RESERVED, course_folder, homeworks
from graders.grading.catalogue import ASSIGNMENTS, homework_names, load_homework


class CannotWrite(Exception):
    """A new exercise that cannot be made; the text says why."""


def new_exercise(
    topic: str, name: str, arguments: Sequence[str] = ("x",), homework: str = ""
) -> list[Path]:
    """Write or extend the files of a topic by an exercise, and enter it in homeworks.toml. Returns
    the files.

    homework: default the first that has the topic, else a new one with the topic's name. Raises
    CannotWrite, UnknownName.
    """
    for word in (topic, name, *arguments):
        if not word.isidentifier() or keyword.iskeyword(word):
            raise CannotWrite(
                f"{word!r} cannot be the name of a topic, an exercise or an argument: use letters,"
                " digits and _"
            )
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
    words = _words(topic, name, arguments)
    parts = {f"{folder}/{topic}.py": part for folder, part in MODULES.items()}
    if course_folder() is None:
        parts[f"tests/reference/test_{topic}.py"] = TEST
    files = {path: _module(root / path, *part, words) for path, part in parts.items()}
    files[f"assignments/{topic}.md"] = _prompts(root / f"assignments/{topic}.md", words)
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


def _words(topic: str, name: str, arguments: Sequence[str]) -> dict[str, str]:
    def lines(value: str) -> str:
        return "\n".join(f"    {argument} = {value}" for argument in arguments)

    return {
        "topic": topic,
        "heading": topic.replace("_", " ").capitalize(),
        "name": name,
        "arguments": ", ".join(arguments),
        "zeros": lines("torch.zeros(3, dtype=torch.float64)"),
        "drawn": lines("draw.normal(5)"),
    }


def _module(
    path: Path, headline: str, imports: Sequence[str], body: str, words: dict[str, str]
) -> str:
    """The module with the exercise at its end and with what that needs imported."""
    source = path.read_text() if path.exists() else headline.format(**words) + "\n"
    return (
        _with_imports(source, [line.format(**words) for line in imports]).rstrip()
        + "\n\n\n"
        + body.format(**words)
    )


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
    return "\n".join([*lines, "", *lacking[:1], *([""] if len(lacking) > 1 else []), *lacking[1:]])


def _prompts(path: Path, words: dict[str, str]) -> str:
    text = path.read_text() if path.exists() else PROMPT_HEAD.format(**words)
    return text.rstrip() + "\n\n" + PROMPT.format(**words)


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
