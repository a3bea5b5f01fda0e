"""Reading what a student hands in: the code cells of a notebook, a script, or a document with code.
Standard library only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from graders.core import formats
from graders.core.asides import Aside, asides
from graders.core.files import read_at_most
from graders.core.formats import CODE, Cell, NoCode
from graders.core.formats import EXPERIMENT as EXPERIMENT
from graders.core.language import say

MAX_BYTES = 256 * 2**20
LARGE = 64 * 2**20
MAX_CODE = 4 * 2**20
MAX_CELLS = 3_000
CALL = re.compile(r"""\bcheck\(\s*["'](\w+)["']""")
DOCUMENTS = (".md", ".qmd", ".rmd", ".markdown")


class Unreadable(Exception):
    """A file that holds no code to grade; the text says why and what to hand in instead."""


@dataclass(frozen=True)
class Source:
    """The code of a submission, cell by cell. Cells tagged `experiment` are left out. `mentions`:
    names it checks. `notes`: sentences about the file itself. `script`: it is one, and knows by
    what name it lies in its folder. `asides`: cells of text that look like code.
    """

    cells: tuple[str, ...]
    mentions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    script: bool = False
    asides: tuple[Aside, ...] = ()


def read(path: Path) -> Source:
    """The code of a notebook (nbformat 3 or 4), a script or a document with code, by what the file
    holds and not by its name. Raises Unreadable.
    """
    path = Path(path)
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise Unreadable(
            say(
                "{name} is larger than {megabytes} MB: clear the outputs of the notebook and"
                " hand it in again",
                name=path.name,
                megabytes=MAX_BYTES // 2**20,
            )
        )
    try:
        found = _cells(path)
        cells = [cell.text for cell in found if cell.kind == CODE]
        if sum(map(len, cells)) > MAX_CODE:
            raise NoCode(
                say(
                    "holds more than {megabytes} MB of code: load data from a file",
                    megabytes=MAX_CODE // 2**20,
                )
            )
        if len(cells) > MAX_CELLS:
            raise NoCode(
                say(
                    "holds {number:,} cells of code, and at most {max_cells:,} are run: hand in a"
                    " notebook with those of this homework",
                    number=len(cells),
                    max_cells=MAX_CELLS,
                )
            )
    except NoCode as error:
        raise Unreadable(f"{path.name} {error}") from None
    notes: tuple[str, ...] = ()
    if size > LARGE:
        notes = (
            say(
                "{name} has {megabytes} MB, nearly all of it outputs: its code was read;"
                " clear the outputs before handing it in",
                name=path.name,
                megabytes=size // 2**20,
            ),
        )
    mentions = tuple(dict.fromkeys(CALL.findall("\n".join(cells))))
    script = path.suffix.lower() == ".py"
    return Source(tuple(cells), mentions, notes, script, asides(found))


def _cells(path: Path) -> list[Cell]:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    script = bool(suffixes) and suffixes[-1] in (".py", ".ipy")
    text = formats.decode(read_at_most(path, MAX_BYTES + 1), script)
    if not text.strip():
        raise NoCode(say("is empty: save the notebook and hand it in again"))
    if formats.is_notebook(text) and not (script and formats.is_script(text)):
        return formats.notebook_cells(text)
    if script:
        return formats.script_cells(text)
    if suffixes and suffixes[-1] in DOCUMENTS:
        return formats.markdown_cells(text)
    formats.refuse(text)
    if text.lstrip()[:9].lower() in ("<!doctype", "<html>"):
        raise NoCode(
            say("is a web page, which holds no code that runs: hand in the .ipynb file itself")
        )
    if formats.is_script(text):
        return formats.script_cells(text)
    return formats.notebook_cells(text)
