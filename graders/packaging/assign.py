"""Runs the real `otter assign` on a master notebook, and takes what it makes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from graders.core.language import say
from graders.grading.prompts import ANSWER_HERE
from graders.packaging.master import with_stable_ids, write
from graders.packaging.solutions import readable

SECONDS = 600
# What of a master notebook no student may see.
MARK = re.compile(r"# ?(BEGIN|END) (SOLUTION|PROMPT|TESTS)|# ?SOLUTION\b|# ?HIDDEN\b")


class AssignFailed(Exception):
    """`otter assign` did not finish, or its own check failed. The text ends with what it said."""


@dataclass(frozen=True)
class Assigned:
    """What Otter made of a master notebook: two notebooks, and the zip that `otter generate`
    wrote.
    """

    student: NotebookNode
    solution: NotebookNode
    zip: Path


def otter_assign(
    master: NotebookNode, name: str, folder: Path, beside: Mapping[str, bytes]
) -> Assigned:
    """Run `otter assign` in an empty folder. Raises AssignFailed unless the solutions get full
    marks there.

    `beside`: files that are handed in with the solutions.
    """
    write(master, folder / f"{name}.ipynb")
    for file, data in beside.items():
        (folder / file).write_bytes(data)
    command = [sys.executable, "-m", "otter", "assign", f"{name}.ipynb", "result", "-v"]
    try:
        run = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        raise AssignFailed(f"otter assign did not end within {SECONDS} s") from None
    said = run.stdout + run.stderr
    if run.returncode or "All autograder tests passed." not in said:
        raise AssignFailed(f"otter assign failed on the solutions of {name}:\n{said[-3000:]}")
    zips = list((folder / "result" / "autograder").glob("*.zip"))
    return Assigned(_student(folder, name), _solution(folder, name), zips[0])


def _student(folder: Path, name: str) -> NotebookNode:
    book = nbformat.read(folder / "result" / "student" / f"{name}.ipynb", as_version=4)
    for cell in book.cells:
        cell.source = cell.source.strip("\n").replace(ANSWER_HERE, say(ANSWER_HERE))
        if MARK.search(cell.source):
            raise AssignFailed(
                f"otter assign left a solution in the student's notebook of {name}, in the cell"
                f" that begins {cell.source[:60]!r}"
            )
    return with_stable_ids(book)


def _solution(folder: Path, name: str) -> NotebookNode:
    book = nbformat.read(folder / "result" / "autograder" / f"{name}.ipynb", as_version=4)
    for cell in book.cells:
        cell.source = readable(cell.source) if cell.cell_type == "code" else cell.source
    return with_stable_ids(book)
