"""The file of a long run's results, one line of JSON for each: what a run that was killed goes on
from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")


def read(file: Path, kind: Callable[..., Result]) -> list[Result]:
    """The results in a file, oldest first. A last line that a kill cut short is left out, as if it
    had not been run.
    """
    lines = file.read_text().split("\n")[:-1] if file.exists() else []
    return [kind(**json.loads(line)) for line in lines]


@contextmanager
def keeping(file: Path, known: Iterable[Any]) -> Iterator[Callable[[Any], None]]:
    """Write the file anew with what is known, and give a function that adds a result. A kill at any
    moment loses none.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(file.name + ".new")
    fresh.write_text("".join(map(_line, known)))
    fresh.replace(file)
    with file.open("a") as opened:

        def keep(result: Any) -> None:
            opened.write(_line(result))
            opened.flush()

        yield keep


def _line(result: Any) -> str:
    return json.dumps(asdict(result)) + "\n"
