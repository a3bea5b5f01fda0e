"""Has the checks of a file run in a process of its own, and ends that process where nothing in it
can: code that does not return from a library, or that ends the process itself.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import graders.public
from graders.core.language import say, spoken
from graders.core.pace import ended

# The packages come from where they come from here; what lies in the working folder is found last,
# so that a file called random.py is nobody's library.
BOOT = (
    "import sys; sys.path[:] = eval(sys.argv[1]); import graders.core, graders.public;"
    " sys.path[:] = eval(sys.argv[2]); from graders.core.inside import main; main(sys.argv[3])"
)
# As where submissions are graded: plots open no window, and nothing is compiled.
QUIET = {"MPLBACKEND": "Agg", "TORCHDYNAMO_DISABLE": "1"}
START = 120.0
GRACE = 2.0


class Unusable(Exception):
    """A file that cannot be checked; the text says why."""


@dataclass(frozen=True)
class Told:
    """The report of one exercise, as text, and how many of its checks pass."""

    name: str
    text: str
    state: str
    passed: int
    checks: int


@dataclass
class Found:
    """What the checks of a file found, and sentences about the file. `whole`: how many checks each
    exercise of the homework has, where it is known which one that is.
    """

    reports: list[Told] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    whole: dict[str, int] = field(default_factory=dict)


def check_file(
    file: Path,
    seconds: dict[str, float] | None = None,
    more: Sequence[str] = (),
) -> Found:
    """Check a notebook or script with `more` cells, with the topics that are found from here.
    `seconds`: the limits (default: those of the homework that lies here). Raises Unusable.
    """
    cells: dict[str, list[str]] = {}
    calls: dict[str, float] = {}
    order = {
        "file": str(file), "seconds": seconds, "more": list(more),
        "public": list(map(str, graders.public.__path__)),
        "cells": cells, "calls": calls,
        "language": spoken().code, "texts": dict(spoken().own),
    }  # fmt: skip
    while True:
        with _Process(json.dumps(order)) as process:
            last = process.listen()
        if "unusable" in last:
            raise Unusable(last["unusable"])
        if "reports" in last:
            told = [Told(*report) for report in last["reports"]]
            return Found(told, last["notes"], last["whole"])
        kind, name, wall = last.get("what"), last.get("name", ""), last.get("late", 0.0)
        if kind == "cell":
            cells.setdefault(name, []).append(ended(int(name), wall))
        elif kind == "call" and name not in calls:
            calls[name] = wall
        else:
            raise Unusable(
                say("the process that ran the checks ended, and the code was not running")
            )


class _Process:
    """The other process, with all that it has said."""

    def __init__(self, order: str):
        here = [os.path.abspath(place or ".") for place in sys.path]
        later = sorted(here, key=lambda place: place == os.getcwd())
        self._said: queue.Queue[dict[str, Any]] = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-c", BOOT, repr(here), repr(later), order],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, **QUIET},
        )
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> _Process:
        return self

    def __exit__(self, *_: object) -> None:
        _end(self._process)

    def listen(self) -> dict[str, Any]:
        """The result, or what was being done when it ended; `late`: the seconds after which it was
        given up.
        """
        doing: dict[str, Any] = {"wall": START}
        while True:
            try:
                said = self._said.get(timeout=doing["wall"] + GRACE)
            except queue.Empty:
                return {**doing, "late": doing["wall"]}
            if not said or "what" not in said:
                return said or doing
            doing = said if said["what"] else {"wall": START}

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(json.loads(line))
        self._said.put({})


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with what it started, as far as the system groups them."""
    if hasattr(os, "killpg"):
        try:
            os.killpg(process.pid, 9)
        except ProcessLookupError:
            pass
    process.kill()
    process.wait()
