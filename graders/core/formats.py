"""The cells in the text of a file: notebooks, scripts with and without cell marks, and Markdown
with blocks of code.
"""

from __future__ import annotations

import ast
import codecs
import io
import json
import re
import tokenize
from dataclasses import dataclass
from typing import Any

from graders.core.language import say, to_say
from graders.core.magics import tree

EXPERIMENT = "experiment"
CODE, MARKDOWN, RAW = "code", "markdown", "raw"
# Percent scripts (Spyder, VS Code, jupytext), nbconvert, Databricks, and very old IPython.
MARK = re.compile(
    r"^#[ \t]*%%(?!\w).*$|^#[ \t]*In[ \t]?\[[\d* ]*\]:?[ \t]*$|^#[ \t]*COMMAND -{5,}[ \t]*$"
    r"|^#[ \t]*<(?:code|markdown)cell>.*$|^#[ \t]*\+(?:[ \t].*)?$",
    re.MULTILINE,
)
TAGGED = re.compile(rf"""tags\s*[=:]\s*\[[^\]\n]*\b{EXPERIMENT}\b""")
FENCE = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})[ \t]*(?P<head>\{[^}\n]*\}[^\n]*|[\w+.-]*[^\n`]*)\n"
    r"(?P<body>.*?)^[ \t]*(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
PYTHON = re.compile(r"\{?\.?(?:python3?|py|ipython3?|code-cell)\b")
OPTION = re.compile(r"^(?:#\|.*|:[\w-]+:.*)\n", re.MULTILINE)
CONFLICT = re.compile(r"^(?:<{7} |={7}$|>{7} )", re.MULTILINE)
TRAILING = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[\]}])')
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
# What is handed in instead of code, by how it begins, and what to do about it.
OTHER = (
    (b"%PDF", to_say("a PDF, which holds no code that runs")),
    (b"PK\x03\x04", to_say("an archive (a zip, or a Word document)")),
    (b"\x89PNG", to_say("not a text file but a picture")),
    (b"\xff\xd8\xff", to_say("not a text file but a picture")),
    (b"\x1f\x8b", to_say("an archive (gzip)")),
)
# The same of texts, by their first characters.
HEAD = 4_000
TEXTS = (
    (
        re.compile(r"version https://git-lfs"),
        to_say("only points to a file in the storage of Git LFS: hand in the .ipynb file itself"),
    ),
    (
        re.compile(r"\s*(?:\[InternetShortcut\].*|https?://\S+\s*\Z)"),
        to_say("holds only a link: hand in the .ipynb file itself"),
    ),
    (
        re.compile(r"(?:[A-Z][\w-]+: .*\n)+(?:.*\n)*?MIME-Version: "),
        to_say("is a mail: hand in the .ipynb file itself"),
    ),
    (
        re.compile(r"\{\\rtf"),
        to_say("is a text document, which holds no code that runs: hand in the .ipynb file itself"),
    ),
)


class NoCode(Exception):
    """Text without code to grade. The text says what it is, and what to hand in instead."""


@dataclass(frozen=True)
class Cell:
    """What stands in one cell. kind: CODE, or that of a cell which does not run."""

    text: str
    kind: str = CODE


def decode(content: bytes, script: bool) -> str:
    """The text of a file, in the encoding that it declares or shows; line breaks are `\\n`. Raises
    NoCode.
    """
    kind = next((kind for start, kind in OTHER if content.startswith(start)), "")
    if kind:
        raise NoCode(say("is {kind}: hand in the .ipynb file itself", kind=kind))
    text = _decoded(content, script)
    if text is None:
        raise NoCode(
            say(
                "is not a text file, so neither a notebook nor a script: hand in the .ipynb"
                " file itself"
            )
        )
    # A computer that went down while it wrote leaves null bytes at the end.
    return text.rstrip("\0").replace("\r\n", "\n").replace("\r", "\n")


def refuse(text: str) -> None:
    """Raises NoCode for a text that stands in the place of code."""
    for pattern, what in TEXTS:
        if pattern.match(text[:HEAD]):
            raise NoCode(say(what))


def notebook_cells(text: str) -> list[Cell]:
    """The cells of a notebook (nbformat 3 or 4), those of code that are tagged `experiment` left
    out. Raises NoCode.
    """
    notebook = _json(text)
    if isinstance(notebook, dict) and isinstance(notebook.get("content"), dict):
        notebook = notebook["content"]  # as a server gives it, with its name and path
    try:
        sheets = [notebook] if "cells" in notebook else notebook["worksheets"]
        cells = [c for sheet in sheets for c in sheet["cells"] or () if isinstance(c, dict)]
        runs = [c for c in cells if c.get("cell_type") == CODE]
        # One damaged cell is no reason to refuse the others.
        if runs and not any(map(_is_whole, runs)):
            raise KeyError("source")
        return [
            Cell(_source(cell) if kind == CODE else _prose(cell), kind)
            for cell in cells
            if (kind := cell.get("cell_type")) in (MARKDOWN, RAW)
            or (kind == CODE and _is_whole(cell) and EXPERIMENT not in _tags(cell))
        ]
    except (KeyError, TypeError, AttributeError):
        raise NoCode(say("is JSON but not a notebook: hand in the .ipynb file itself")) from None


def script_cells(text: str) -> list[Cell]:
    """The cells of a script; one that has no marks is one cell. Raises NoCode."""
    if re.search(r"^import marimo\b", text, re.MULTILINE) and "@app.cell" in text:
        raise NoCode(
            say(
                "is a marimo notebook, whose cells are functions: write it as a notebook with"
                " `marimo export ipynb`, and hand that in"
            )
        )
    if line := _conflict(text):
        raise NoCode(_conflicted(line))
    starts = [match.start() for match in MARK.finditer(text)]
    cells = [text[a:b] for a, b in zip([0, *starts], [*starts, len(text)])]
    kept = [Cell(cell, kind) for cell in cells if cell.strip() and (kind := _kind(cell))]
    return kept if any(cell.kind == CODE for cell in kept) else [Cell(text)]


def markdown_cells(text: str) -> list[Cell]:
    """The blocks of Python in a Quarto, jupytext or MyST document. Raises NoCode."""
    blocks = [m for m in FENCE.finditer(text) if PYTHON.match(m["head"])]
    kept = [m for m in blocks if not TAGGED.search(m["head"] + m["body"])]
    if not blocks:
        raise NoCode(say("holds no block of Python code: hand in the .ipynb file itself"))
    return [Cell(OPTION.sub("", m["body"])) for m in kept]


def is_notebook(text: str) -> bool:
    """Whether a text is a notebook's JSON, whatever its name says."""
    return text.lstrip()[:1] == "{" and re.search(r'"(?:cells|worksheets)"\s*:', text) is not None


def is_script(text: str) -> bool:
    """Whether a text is Python with something in it that can be graded."""
    parsed = tree(text)
    return parsed is not None and any(not isinstance(node, ast.Expr) for node in parsed.body)


def _decoded(content: bytes, script: bool) -> str | None:
    declared = [name for bom, name in BOMS if content.startswith(bom)]
    if not declared and content[:200].count(0) > len(content[:200]) // 4:
        declared = ["utf-16-le" if content[1:2] == b"\0" else "utf-16-be"]
    if script and not declared:
        try:
            declared = [tokenize.detect_encoding(io.BytesIO(content).readline)[0]]
        except (SyntaxError, UnicodeDecodeError):
            declared = []
    for encoding in [*declared, "utf-8"]:
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    # Text of an old editor: bytes that are no UTF-8 among many that are plain letters.
    plain = sum(byte in b"\t\n\r" or 32 <= byte < 127 for byte in content)
    return content.decode("cp1252", errors="replace") if plain > 0.9 * len(content) else None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    if line := _conflict(text):
        raise NoCode(_conflicted(line))
    # Trailing commas, breaks inside of strings, and what a longer version left behind the end.
    plain = TRAILING.sub(lambda match: match[1] or "", text).lstrip()
    try:
        return json.JSONDecoder(strict=False).raw_decode(plain)[0]
    except (ValueError, RecursionError):
        raise NoCode(
            say(
                "is not a complete notebook (its JSON does not parse): was the upload cut off?"
                " Save it and hand it in again"
            )
        ) from None


def _conflict(text: str) -> int:
    """The line on which git left both sides of a merge, or 0."""
    marks = [match for match in CONFLICT.finditer(text)]
    kinds = {match[0][0] for match in marks}
    return text.count("\n", 0, marks[0].start()) + 1 if len(kinds) == 3 else 0


def _conflicted(line: int) -> str:
    return say(
        "holds both sides of a merge that git could not finish (conflict markers from"
        " line {line} on): decide which side stays, save, and hand it in again",
        line=line,
    )


def _kind(cell: str) -> str:
    """The kind of a script's cell, by its mark; nothing where it is an experiment."""
    head = cell.split("\n", 1)[0]
    if not MARK.match(head):
        return CODE
    if re.search(r"\[(?:markdown|md)\]|<markdowncell>", head):
        return MARKDOWN
    return RAW if "[raw]" in head else "" if TAGGED.search(head) else CODE


def _is_whole(cell: dict[str, Any]) -> bool:
    return "source" in cell or "input" in cell


def _source(cell: dict[str, Any]) -> str:
    source = (cell["source"] if "source" in cell else cell["input"]) or ""
    text = source if isinstance(source, str) else _joined([part or "" for part in source])
    # JSON can hold half a character (a lone surrogate), which no encoding can: it becomes a
    # question mark.
    return text.replace("\r\n", "\n").replace("\r", "\n").encode(errors="replace").decode()


def _prose(cell: dict[str, Any]) -> str:
    """The text of a cell that does not run, nothing where it is none: no reason to refuse a
    notebook.
    """
    source = cell.get("source")
    lines = source if isinstance(source, list) else [source]
    return _source({"source": [line for line in lines if isinstance(line, str)]})


def _joined(lines: list[str]) -> str:
    """The lines of a cell. Some programs leave out the breaks at their ends."""
    ended = len(lines) < 2 or any(line.endswith("\n") for line in lines[:-1])
    return ("" if ended else "\n").join(lines)


def _tags(cell: dict[str, Any]) -> list[Any]:
    tags = (cell.get("metadata") or {}).get("tags") or []
    return tags if isinstance(tags, list) else []
