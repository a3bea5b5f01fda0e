"""Code that stands in cells of text, where it does not run: which exercises it would have answered.

Nothing here runs any of it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from graders.core.formats import CODE, MARKDOWN, Cell
from graders.core.language import say
from graders.core.magics import chunks, python, tree
from graders.core.statements import IMPORTS, bound

COMPOUND = (ast.If, ast.Try, ast.With, ast.For, ast.While)
# What may be code in a text, and what Markdown puts around a line of it.
LIKE = re.compile(r"^[ \t>*`-]*(?:(?:async )?def \w+\(|\w+[ \t]*=[^=])", re.MULTILINE)
BEFORE = re.compile(r"[ \t]*(?:(?:`{3,}|~{3,}).*|[>*-] |[`*]+)")
LONGEST = 2**17


@dataclass(frozen=True)
class Aside:
    """A cell of text that looks like code. after: how many cells of code stand above it."""

    cell: Cell
    after: int


def asides(cells: Sequence[Cell]) -> tuple[Aside, ...]:
    """The cells of text that look like code: of very much text, the first."""
    found, after, room = [], 0, LONGEST
    for cell in cells:
        after += cell.kind == CODE
        if cell.kind != CODE and len(cell.text) <= room and LIKE.search(cell.text):
            room -= len(cell.text)
            found.append(Aside(cell, after))
    return tuple(found)


def misplaced(found: Iterable[Aside], codes: Sequence[str], exercises: Iterable[str]) -> list[str]:
    """A sentence about each aside that answers exercises which no cell of code answers."""
    wanted, said = set(exercises), []
    held = [(aside, _typed(aside.cell.text) & wanted) for aside in found]
    if any(names for _, names in held):
        wanted -= set().union(*map(_given, codes))
    for aside, names in held:
        if missing := sorted(names & wanted):
            said.append(_sentence(aside, missing))
    return said


def answered(body: Iterable[ast.stmt]) -> set[str]:
    """The names that code gives a body or a value, which a stub does not."""
    names: set[str] = set()
    for statement in flat(body):
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names |= set() if all(map(_is_nothing, statement.body)) else {statement.name}
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)) and not _is_empty(statement.value):
            names |= bound(statement)
    return names


def flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those inside `if`, `try`, `with` and loops too."""
    for statement in body:
        yield statement
        if isinstance(statement, COMPOUND):
            for part in ("body", "orelse", "finalbody"):
                yield from flat(getattr(statement, part, []))
            for handler in getattr(statement, "handlers", []):
                yield from flat(handler.body)


def _sentence(aside: Aside, names: list[str]) -> str:
    kind = "Markdown" if aside.cell.kind == MARKDOWN else "raw"
    place = say("below cell {number}", number=aside.after) if aside.after else say("above cell 1")
    return say(
        "{names}: the code stands in a {kind} cell {place}, where it does not run; make it a cell"
        " of code (in Jupyter: click beside the cell, press Esc and then Y)",
        names=", ".join(f"`{name}`" for name in names),
        kind=kind,
        place=place,
    )


def _typed(text: str) -> set[str]:
    """The names that a text answers, whatever Markdown puts around the code in it."""
    if not tree(text):
        lines = text.split("\n")
        bare = [line[m.end() :] if (m := BEFORE.match(line)) else line for line in lines]
        text = "\n".join(line.rstrip("`* \t") for line in bare)
    return set().union(*(answered(body) for body in _bodies(text)))


def _given(code: str) -> set[str]:
    """The names that a cell of code answers or imports."""
    names: set[str] = set()
    for body in _bodies(python(code)):
        imports = [statement for statement in flat(body) if isinstance(statement, IMPORTS)]
        names = names.union(answered(body), *map(bound, imports))
    return names


def _bodies(code: str) -> Iterator[list[ast.stmt]]:
    """The statements of code, or of the pieces of it that are Python."""
    whole = tree(code)
    for _, text in chunks(code) if whole is None else ():
        if part := tree(text):
            yield part.body
    if whole:
        yield whole.body


def _is_nothing(statement: ast.stmt) -> bool:
    """Whether a statement of a function is what stubs consist of."""
    if isinstance(statement, ast.Raise):
        return any(
            isinstance(node, ast.Name) and node.id == "NotImplementedError"
            for node in ast.walk(statement)
        )
    if isinstance(statement, ast.Return):
        return _is_empty(statement.value)
    docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return docstring or isinstance(statement, ast.Pass)


def _is_empty(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value in (None, ...))
