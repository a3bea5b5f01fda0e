"""What kind of file something is by its name, and what to say of a submission without code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from graders.core.language import say, to_say
from graders.intake.archives import shown
from graders.intake.files import CLUTTER

NOTEBOOKS = (".ipynb", ".ipynb.txt", ".ipynb.json")
SCRIPTS = (".py", ".py.txt", ".ipy", ".pyw", ".qmd")
# These may hold code or a text: one has to look.
PERHAPS = (".md", ".rmd", ".json", ".txt")
MARKS = (b'"nbformat"', b"```{python", b"{code-cell}", b"jupytext")
LOOK = 2**18
# What is called like no code and may be code nevertheless: a text that defines functions.
TEXT = re.compile(r"[^.]+|.*\.txt", re.IGNORECASE)
DEFINES = re.compile(rb"^def \w+\(", re.MULTILINE)
NOT_SUBMISSIONS = ("__init__.py", "setup.py", "conftest.py")
ASIDE = (*CLUTTER, "graders", "tests")
DOCUMENTS = {
    ".pdf": to_say("a PDF"),
    ".html": to_say("a web page"),
    ".htm": to_say("a web page"),
    ".docx": to_say("a text document"),
    ".doc": to_say("a text document"),
    ".odt": to_say("a text document"),
    ".rtf": to_say("a text document"),
    ".pages": to_say("a text document"),
    ".tex": to_say("a LaTeX source"),
    ".png": to_say("a picture"),
    ".jpg": to_say("a picture"),
    ".jpeg": to_say("a picture"),
    ".heic": to_say("a picture"),
    ".gdoc": to_say("a link to a document"),
    ".url": to_say("a link"),
    ".webloc": to_say("a link"),
    ".lnk": to_say("a link"),
    ".desktop": to_say("a link"),
    ".icloud": to_say("what iCloud leaves in the place of a file that was not downloaded"),
    ".eml": to_say("a mail"),
    ".msg": to_say("a mail"),
    ".gz": to_say("a compressed file"),
}
WANTED = to_say("hand in the .ipynb file itself (in Jupyter: File, Download)")


def is_notebook(name: str) -> bool:
    """Whether a file is called like a notebook, whatever was added to its name."""
    return name.lower().endswith(NOTEBOOKS)


def is_code(name: str) -> bool:
    """Whether a file is called like a notebook or a script."""
    return name.lower().endswith((*NOTEBOOKS, *SCRIPTS))


def is_candidate(name: str, path: Path) -> bool:
    """Whether a file of a submission could be the one that is graded."""
    parts = PurePosixPath(name).parts
    if parts[-1] in NOT_SUBMISSIONS or any(p.startswith(".") or p in ASIDE for p in parts):
        return False
    return is_code(name) or (name.lower().endswith(PERHAPS) and _holds_code(path))


def is_renamed(name: str, path: Path) -> bool:
    """Whether a file that is called like no code holds code nevertheless: a notebook under any
    name, or a script in a text.
    """
    parts = PurePosixPath(name).parts
    if any(p.startswith(".") or p in ASIDE for p in parts) or is_document(name):
        return False
    start = _start(path)
    notebook = start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") and MARKS[0] in start
    return notebook or bool(TEXT.fullmatch(parts[-1]) and DEFINES.search(start))


def is_document(name: str) -> bool:
    """Whether somebody may have meant a file to be graded that holds no code."""
    return PurePosixPath(name.lower()).suffix in (
        ".pdf",
        ".docx",
        ".doc",
        ".odt",
        ".html",
        ".pages",
    )


def what_to_do(name: str, files: Iterable[str] | Mapping[str, Path]) -> str:
    """What a submission without code holds instead, and what to hand in."""
    suffixes = {PurePosixPath(file.lower()).suffix: file for file in files}
    for suffix, what in DOCUMENTS.items():
        if suffix in suffixes:
            return say(
                "{name} is {what}, which holds no code that could be run: {wanted}",
                name=shown(suffixes[suffix]),
                what=say(what),
                wanted=say(WANTED),
            )
    return say(
        "{name} holds no notebook and no script: {wanted}", name=shown(name), wanted=say(WANTED)
    )


def is_placeholder(name: str) -> bool:
    """Whether a file stands in the place of one that was not downloaded."""
    return name.lower().endswith(".icloud")


def _holds_code(path: Path) -> bool:
    start = _start(path)
    return any(mark in start for mark in MARKS)


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LOOK)
    except OSError:
        return b""
