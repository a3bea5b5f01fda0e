"""What kind of file something is by its name, and what to say of a submission without code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from graders.core.language import say, to_say
from graders.intake.archives import shown
from graders.intake.files import CLUTTER

NOTEBOOKS = (".ipynb", ".ipynb.txt", ".ipynb.json")
SCRIPTS = (".py", ".py.txt", ".ipy", ".qmd")
# These may hold code or a text: one has to look.
PERHAPS = (".md", ".rmd", ".json", ".txt")
MARKS = (b'"nbformat"', b"```{python", b"{code-cell}", b"jupytext")
LOOK = 2**18
# Names that browsers and systems make of a notebook's: no suffix, or something behind it.
RENAMED = re.compile(r"[^.]+|.*\.ipynb[ ._-]*(?:\(?\d+\)?|download|part)", re.IGNORECASE)
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
    """Whether a file that is called like no code holds a notebook nevertheless."""
    parts = PurePosixPath(name).parts
    aside = any(p.startswith(".") or p in ASIDE for p in parts)
    return not aside and bool(RENAMED.fullmatch(parts[-1])) and _holds_code(path)


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


def _holds_code(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(LOOK)
    except OSError:
        return False
    return any(mark in start for mark in MARKS)
