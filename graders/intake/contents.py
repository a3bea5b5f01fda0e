"""What a file of code says about itself without being run: which exercises it answers, and which
other files it takes code from.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from graders.core.magics import python
from graders.core.statements import unfolded
from graders.core.submission import Unreadable, read

RUN = re.compile(
    r"^\s*(?:%run|get_ipython\(\)\.run_line_magic\(['\"]run['\"],)\s+(?:-\w+\s+)*[\"']?([^\s\"']+)",
    re.MULTILINE,
)
DEF = re.compile(r"^(?:async\s+)?def\s+(\w+)\s*\(", re.MULTILINE)
COMPOUND = (ast.If, ast.Try, ast.With, ast.For, ast.While)
EVERYTHING = "*"


@dataclass
class Contents:
    """`answers`: the names of exercises that have a body or a value here. `takes`: for each module
    that is imported, by its dots and name, the names that are taken from it. `runs`: files that
    `%run` runs. `problem`: why the file cannot be read.
    """

    answers: set[str] = field(default_factory=set)
    takes: list[tuple[int, str, tuple[str, ...]]] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    problem: str = ""


def contents(path: Path, exercises: Iterable[str]) -> Contents:
    """Look at a notebook or script. Nothing of it is run, and nothing that it holds is an error."""
    wanted, found = frozenset(exercises), Contents()
    try:
        cells = read(path).cells
    except (Unreadable, OSError) as error:
        found.problem = str(error)
        return found
    for cell in cells:
        found.runs += RUN.findall(cell)
        try:
            body = [part for s in ast.parse(python(cell)).body for part in unfolded(s)]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            found.answers |= wanted.intersection(DEF.findall(cell))
            continue
        for statement in _statements(body):
            _look_at(statement, wanted, found)
    return found


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those inside `if`, `try`, `with` and loops too."""
    for statement in body:
        yield statement
        if isinstance(statement, COMPOUND):
            for part in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(statement, part, []))
            for handler in getattr(statement, "handlers", []):
                yield from _statements(handler.body)


def _look_at(statement: ast.stmt, wanted: frozenset[str], found: Contents) -> None:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        if statement.name in wanted and not all(map(_is_nothing, statement.body)):
            found.answers.add(statement.name)
    elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
        if statement.value is not None and not _is_empty(statement.value):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names = {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
            found.answers |= wanted & names
    elif isinstance(statement, ast.ImportFrom):
        names = tuple(alias.asname or alias.name for alias in statement.names)
        found.takes.append((statement.level, statement.module or "", names))
    elif isinstance(statement, ast.Import):
        found.takes += [(0, alias.name, ()) for alias in statement.names]


def _is_nothing(statement: ast.stmt) -> bool:
    """Whether a statement of a function is what stubs consist of."""
    if isinstance(statement, ast.Raise):
        return any(
            isinstance(node, ast.Name) and node.id == "NotImplementedError"
            for node in ast.walk(statement)
        )
    if isinstance(statement, ast.Return):
        return statement.value is None or _is_empty(statement.value)
    docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return docstring or isinstance(statement, ast.Pass)


def _is_empty(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value in (None, ..., NotImplemented)
