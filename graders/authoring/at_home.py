"""`critic check`: words on the terminal, and the exit status. The checks run in a process of their
own: this one loads none of them, and no torch.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from graders.core.__main__ import tell
from graders.core.outside import Unusable as Unreadable
from graders.core.outside import check_file
from graders.core.pace import DEFAULT
from graders.course.environment import environment_of
from graders.course.homeworks import UnknownName, homeworks
from graders.grading.beside import taken_from
from graders.packaging.intake import Unusable, to_check

OK, USAGE = 0, 2


def check_at_home(console: Console, file: Path) -> int:
    """`critic check`: what a student sees, with the topics of the course. Of a folder or an archive
    the file is checked that would be graded. Returns the exit status.
    """
    if not file.exists():
        return say(console, f"Cannot check: there is no {file}", USAGE)
    try:
        known = homeworks()
        names = {exercise for table in known.values() for exercise in table["points"]}
        with tempfile.TemporaryDirectory(prefix="critic-check-") as folder:
            chosen = to_check(file, Path(folder), names)
            assert chosen.file is not None  # without one it raises Unusable
            found = check_file(chosen.file, _longest(known), list(map(taken_from, chosen.joined)))
    except UnknownName as error:
        return say(console, f"Cannot check: {error}", USAGE)
    except (Unusable, Unreadable) as error:
        return say(console, f"nothing was checked: {error}", USAGE)
    return tell(replace(found, notes=[*chosen.notes, *found.notes]))


def _longest(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """The limits of the homework that gives the most time: a file does not say whose it is."""
    given = [environment_of(name, table).seconds for name, table in tables.items()]
    return {
        key: max([getattr(DEFAULT, key), *(g.get(f"{key}_seconds", 0.0) for g in given)])
        for key in ("cell", "call", "total")
    }


def say(console: Console, text: str, status: int = OK) -> int:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
    return status
