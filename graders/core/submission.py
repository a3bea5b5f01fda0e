"""Reading what a student hands in: the code cells of a notebook, or a script. Standard library
only.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_BYTES = 64 * 2**20
EXPERIMENT = "experiment"
MAGIC = re.compile(r"^\s*[%!?]|\?\s*$|^\s*\w+\s*=\s*[%!]")
CALL = re.compile(r"""\bcheck\(\s*["'](\w+)["']""")


class Unreadable(Exception):
    """A file that holds no code to grade; the text says why and what to hand in instead."""


@dataclass(frozen=True)
class Source:
    """The code of a submission, cell by cell. Cells tagged `experiment` are left out. `mentions`:
    names it checks.
    """

    cells: tuple[str, ...]
    mentions: tuple[str, ...] = ()


def read(path: Path) -> Source:
    """The code of a notebook (nbformat 3 or 4) or a script. Raises Unreadable."""
    path = Path(path)
    if path.stat().st_size > MAX_BYTES:
        raise Unreadable(
            f"{path.name} is larger than {MAX_BYTES // 2**20} MB: clear the outputs of the notebook"
            " and hand it in again"
        )
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(
            f"{path.name} is not a text file, so neither a notebook nor a script: hand in the"
            " .ipynb file itself"
        ) from None
    if not text.strip():
        raise Unreadable(f"{path.name} is empty: save the notebook and hand it in again")
    cells = [text] if path.suffix == ".py" else _notebook_cells(path.name, text)
    return Source(tuple(cells), tuple(dict.fromkeys(CALL.findall("\n".join(cells)))))


def runnable(cell: str) -> str:
    """A cell without the lines that only IPython understands, for where there is no IPython."""
    lines = cell.splitlines()
    if lines and lines[0].lstrip().startswith("%%"):
        return (
            ""
            if not lines[0].lstrip().startswith(("%%time", "%%capture"))
            else runnable("\n".join(lines[1:]))
        )
    return "\n".join("pass" if MAGIC.search(line) and not _parses(line) else line for line in lines)


def _parses(line: str) -> bool:
    try:
        ast.parse(line.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _notebook_cells(name: str, text: str) -> list[str]:
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable(
            f"{name} is not a complete notebook (its JSON does not parse): was the upload cut off?"
            " Save it and hand it in again"
        ) from None
    try:
        cells = (
            notebook["cells"]
            if "cells" in notebook
            else [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
        )
        return [
            _code(cell)
            for cell in cells
            if cell["cell_type"] == "code" and EXPERIMENT not in _tags(cell)
        ]
    except (KeyError, TypeError, AttributeError):
        raise Unreadable(
            f"{name} is JSON but not a notebook: hand in the .ipynb file itself"
        ) from None


def _code(cell: dict[str, Any]) -> str:
    source = cell["source"] if "source" in cell else cell["input"]
    # JSON can hold half a character (a lone surrogate), which no encoding can: it becomes a
    # question mark.
    return (
        (source if isinstance(source, str) else "".join(source)).encode(errors="replace").decode()
    )


def _tags(cell: dict[str, Any]) -> list[Any]:
    tags = cell.get("metadata", {}).get("tags", [])
    return tags if isinstance(tags, list) else []
