"""Solution cells in Otter's notation: what a student gets is the stub, what stands in the master is
the reference.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Collection
from pathlib import Path
from types import FunctionType

from graders.core.arrays import FILE
from graders.core.language import say
from graders.grading.catalogue import Entry, Homework, reference_module
from graders.grading.prompts import BadAssignment
from graders.grading.source import assignment, definition, literal, needed, standalone

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"
PROMPT = re.compile(r'^""" # BEGIN PROMPT\n.*?^""" # END PROMPT\n', re.MULTILINE | re.DOTALL)


def solution_cell(
    entry: Entry, known: frozenset[str], conventions: Collection[str] = frozenset()
) -> str:
    """The code cell of an exercise. `known` are the names that cells above it define, `conventions`
    those of exercises that the course means otherwise than the reference.
    """
    if entry.exercise.kind == "A":
        module = reference_module(entry.topic)
        ours = entry.solution == getattr(module, entry.name)
        # A course may have an answer of its own.
        statement = (
            assignment(module, entry.name)[0]
            if ours
            else f"{entry.name} = {literal(entry.solution)}"
        )
        return f"{statement}  # SOLUTION"
    stub = in_language(definition(entry.exercise.stub)).splitlines()
    if stub[-1].strip() != "...":
        raise BadAssignment(
            f"the stub of {entry.name} in graders/public/{entry.topic}.py must end with a line"
            " `...`"
        )
    ours = known - frozenset(conventions)
    helpers = needed(entry.solution, ours | {entry.name})
    apart = entry.conventions or helpers != needed(entry.solution, known | {entry.name})
    solution = _within(entry, ours) if apart else _body(definition(entry.solution))
    helpers = [] if apart else helpers
    if isinstance(entry.solution, type):
        return _class_cell(entry, known)
    code = [*stub[:-1], f"    {BEGIN}", solution, f"    {END}"]
    return "\n".join([*_unprompted(helpers), *code])


def _class_cell(entry: Entry, known: frozenset[str]) -> str:
    """The cell of a class: the whole of it is the solution, the whole stub what students get."""
    stub = in_language(definition(entry.exercise.stub)).replace('"""', "'''")
    lines = [
        f"{BEGIN} NO PROMPT",
        standalone(entry.solution, entry.name, known),
        END,
        '""" # BEGIN PROMPT',
        stub,
        '""" # END PROMPT',
    ]
    return "\n".join(lines)


def in_language(stub: str) -> str:
    """The code of a stub with its docstring in the language that is spoken."""
    defined = ast.parse(stub).body[0]
    english = ast.get_docstring(defined) or ""
    if not english or say(english) == english:
        return stub
    node, lines = defined.body[0], stub.splitlines()
    quotes = 'r"""' if "\\" in say(english) else '"""'
    text = textwrap.indent(say(english), "    ").lstrip()
    own = [*f"    {quotes}{text}".splitlines(), *([] if "\n" not in text else ["    "])]
    own[-1] = f'{own[-1]}"""'
    return "\n".join([*lines[: node.lineno - 1], *own, *lines[node.end_lineno :]])


def _within(entry: Entry, known: frozenset[str]) -> str:
    """The reference and what it calls inside the function of the course, which calls it in its own
    convention.
    """
    chain = [f'conventions_in("{c.module}")["{entry.name}"]' for c in entry.conventions]
    given = ", ".join(inspect.signature(entry.exercise.stub).parameters)
    lines = [
        "from graders.core.convention import as_theirs, conventions_in",
        "",
        standalone(entry.solution, entry.name, known),
        "",
        f"return as_theirs([{', '.join(chain)}], {entry.name})({given})",
    ]
    return textwrap.indent("\n".join(lines), "    ")


def experiment_cell(topic: str, code: str, known: frozenset[str]) -> str:
    """The code of a topic's training runs, with the functions of the reference before it that its
    solution calls.
    """
    names = (
        {node.id for node in ast.walk(ast.parse(_solved(code))) if isinstance(node, ast.Name)}
        if code
        else set()
    )
    called = [
        value
        for name, value in vars(reference_module(topic)).items()
        if name in names - known and isinstance(value, FunctionType)
    ]
    helpers = [
        part for function in called for part in (*needed(function, known), definition(function))
    ]
    return "\n".join([*_unprompted(list(dict.fromkeys(helpers))), code]) if code else ""


def _unprompted(parts: list[str]) -> list[str]:
    """Lines that only the solution has."""
    return [f"{BEGIN} NO PROMPT", "\n\n\n".join(parts), END, "", ""] if parts else []


def _solved(code: str) -> str:
    """Code without what stands in a solution's place for students."""
    return PROMPT.sub("", code)


def explanation(entry: Entry) -> str:
    """What the reference says about its solution, for those who grade."""
    if entry.exercise.kind == "A":
        return assignment(reference_module(entry.topic), entry.name)[1]
    text = ast.get_docstring(ast.parse(definition(entry.solution)).body[0])
    return f"```text\n{text}\n```" if text else ""


def files_beside(homework: Homework) -> dict[str, bytes]:
    """What is handed in beside the notebook with the solutions: the reference's own run of an
    experiment.
    """
    topic = next((entry.topic for entry in homework.entries if entry.exercise.kind == "E"), "")
    return (
        {FILE: Path(reference_module(topic).__file__).with_suffix(".npz").read_bytes()}
        if topic
        else {}
    )


def readable(code: str) -> str:
    """A solution cell without Otter's marks."""
    lines = [
        line
        for line in _solved(code).splitlines()
        if line.strip() not in (BEGIN, f"{BEGIN} NO PROMPT", END)
    ]
    return "\n".join(line.removesuffix("  # SOLUTION") for line in lines)


def _body(code: str) -> str:
    """The lines of a function below its docstring."""
    function = ast.parse(code).body[0]
    first = function.body[0]
    described = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    start = first.end_lineno if described else first.lineno - 1
    return "\n".join(code.splitlines()[start:]).strip("\n")
