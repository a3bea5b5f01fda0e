"""What a person reads of a submission: written answers as Markdown, with their pictures, and the
code of each exercise.
"""

from __future__ import annotations

import ast
import base64
import binascii
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from graders.core import submission as reader
from graders.core.magics import python
from graders.core.text import plain
from graders.grading.catalogue import Homework
from graders.grading.markdown import data_url

HEADING = re.compile(r"^###? +`?(\w+)`?", re.MULTILINE)
SHOWN = re.compile(r"!\[([^\]]*)\]\(\s*(?:attachment:)?([^)\s]+)[^)]*\)")
NOT_ANSWERED = "_Type your answer here, replacing this text._"
# Of one answer or the code of one exercise. A picture counts as the text that holds it.
LONGEST = 8 * 2**20
# The name under which the code of all cells is kept.
WHOLE = ""
TOO_LONG = "\n\n(What follows is longer than this page shows: open the submission itself.)"


def read_handed_in(homework: Homework, file: Path | None) -> dict[str, str]:
    """By exercise: the written answer in Markdown, pictures in it as data; or the code that defines
    it. Nothing of what is not there or cannot be read.
    """
    written = {entry.name for entry in homework.entries if entry.exercise.kind == "W"}
    coded = [entry.name for entry in homework.entries if entry.exercise.kind in "FA"]
    texts = {n: text for n, text in written_answers(file).items() if n in written}
    cells = [plain(cell, limit=LONGEST) for cell in _cells(file)]
    texts |= {WHOLE: "\n\n# %%\n".join(cells), **code_of(coded, cells)}
    return {n: t if len(t) <= LONGEST else t[:100_000] + TOO_LONG for n, t in texts.items()}


def written_answers(file: Path | None) -> dict[str, str]:
    """The text below each heading of a notebook, by the name of the exercise; nothing of what
    cannot be read.
    """
    answers: dict[str, list[str]] = {}
    name = ""
    for cell in _markdown_cells(file):
        text = _text(cell)
        heading = HEADING.search(text)
        name = heading[1] if heading else name
        if not heading and name:
            answers.setdefault(name, []).append(_with_pictures(text, cell, file))
    texts = {
        name: "\n\n".join(parts).replace("<!-- END QUESTION -->", "").strip()
        for name, parts in answers.items()
    }
    return {name: text for name, text in texts.items() if text and text != NOT_ANSWERED}


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
    bound = []
    for node in tree.body:
        text = ast.get_source_segment(code, node) or ""
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound.append((node.name, text))
        elif isinstance(node, ast.Assign):
            bound.extend((t.id, text) for t in node.targets if isinstance(t, ast.Name))
    return bound


def _markdown_cells(file: Path | None) -> list[dict[str, Any]]:
    """The text cells of a notebook. Whoever reads this needs no reason why there are none: the
    grade has it.
    """
    try:
        cells = json.loads(file.read_bytes())["cells"] if file and file.suffix == ".ipynb" else []
        return [cell for cell in cells if cell["cell_type"] == "markdown"]
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return []


def _text(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    lines = source if isinstance(source, list) else [source]
    joined = "".join(line for line in lines if isinstance(line, str))
    return plain(joined, limit=LONGEST)


def _with_pictures(text: str, cell: dict[str, Any], file: Path | None) -> str:
    """The text with each picture that was pasted, or lies beside the notebook, in it as data."""

    def shown(match: re.Match) -> str:
        label, name = match.groups()
        if name.startswith("data:"):
            return match[0]
        url = data_url(_attached(cell, name) or _beside(file, name))
        return f"![{label}]({url})" if url else f"(a picture {name!r} that cannot be shown)"

    return SHOWN.sub(shown, text)


def _attached(cell: dict[str, Any], name: str) -> bytes:
    try:
        (encoded,) = list(cell["attachments"][name].values())[:1]
        return base64.b64decode(encoded if isinstance(encoded, str) else "".join(encoded))
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        return b""


def _beside(file: Path | None, name: str) -> bytes:
    """A picture in the folder of the notebook. Nothing from elsewhere, and no link to elsewhere."""
    if file is None or "/" in name or "\\" in name or file.name == file.parent.name:
        return b""
    try:
        path = file.parent / name
        fits = path.is_file() and not path.is_symlink() and path.stat().st_size < LONGEST // 2
        return path.read_bytes() if fits else b""
    except (OSError, ValueError):
        return b""
