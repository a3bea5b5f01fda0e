"""What a file of code says about itself without being run: which exercises it answers, and which
other files it takes code from.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from graders.core.asides import answered, flat
from graders.core.magics import python
from graders.core.statements import unfolded
from graders.core.submission import Unreadable, read

RUN = re.compile(
    r"^\s*(?:%run|get_ipython\(\)\.run_line_magic\(['\"]run['\"],)\s+(?:-\w+\s+)*[\"']?([^\s\"']+)",
    re.MULTILINE,
)
DEF = re.compile(r"^(?:async\s+)?def\s+(\w+)\s*\(", re.MULTILINE)
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
        found.answers |= wanted & answered(body)
        for statement in flat(body):
            _look_at(statement, found)
    return found


def _look_at(statement: ast.stmt, found: Contents) -> None:
    if isinstance(statement, ast.ImportFrom):
        names = tuple(alias.asname or alias.name for alias in statement.names)
        found.takes.append((statement.level, statement.module or "", names))
    elif isinstance(statement, ast.Import):
        found.takes += [(0, alias.name, ()) for alias in statement.names]
