"""What a person reads of a submission: written answers, and the code of each exercise."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from graders.bulk.written import TOO_LONG, written_answers
from graders.core import submission as reader
from graders.core.language import say
from graders.core.magics import python
from graders.core.text import plain
from graders.grading.listed import Exercises
from graders.intake.find import Found

# Of the code of all cells together.
LONGEST = 8 * 2**20
# The name under which the code of all cells is kept.
WHOLE = ""


def read_handed_in(homework: Exercises[Any], found: Found) -> dict[str, str]:
    """By exercise: the written answer in Markdown, pictures in it as data; or the code that defines
    it. Nothing of what is not there or cannot be read.
    """
    written = {entry.name for entry in homework.entries if entry.kind == "W"}
    coded = [entry.name for entry in homework.entries if entry.kind in "FA"]
    cells = [plain(cell, limit=LONGEST) for cell in _cells(found.file)]
    texts = {WHOLE: "\n\n# %%\n".join(cells), **code_of(coded, cells)}
    texts = {
        n: t if len(t) <= LONGEST else f"{t[:LONGEST]}\n\n{say(TOO_LONG)}" for n, t in texts.items()
    }
    answers = written_answers(homework, found)
    return texts | {name: text for name, text in answers.items() if name in written}


def code_of(names: Iterable[str], cells: Sequence[str]) -> dict[str, str]:
    """The last cell that defines or assigns each name; of a script, its statement alone."""
    wanted, found = set(names), {}
    for cell in cells:
        for name, statement in _definitions(cell):
            if name in wanted:
                found[name] = cell if len(cells) > 1 else statement
    return found


def _cells(file: Path | None) -> Sequence[str]:
    try:
        return reader.read(file).cells if file else ()
    except (OSError, reader.Unreadable):
        return ()


def _definitions(cell: str) -> list[tuple[str, str]]:
    """Names that the statements of a cell bind, each with the text of its statement."""
    try:
        code = python(cell)
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [(name, cell) for name in re.findall(r"^(?:def )?(\w+)\s*[=(]", cell, re.MULTILINE)]
    bound: list[tuple[str, str]] = []
    lines = re.split(r"\r\n|\r|\n", code)
    for node in tree.body:
        text = _text(lines, node)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound.append((node.name, text))
        elif isinstance(node, ast.Assign):
            bound.extend((t.id, text) for t in node.targets if isinstance(t, ast.Name))
    return bound


def _text(lines: Sequence[str], node: ast.stmt) -> str:
    """What `ast.get_source_segment` says, which splits all of the code anew for every statement."""
    part = [line.encode() for line in lines[node.lineno - 1 : node.end_lineno]]
    part[-1] = part[-1][: node.end_col_offset]
    part[0] = part[0][node.col_offset :]
    return b"\n".join(part).decode()
