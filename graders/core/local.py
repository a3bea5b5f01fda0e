"""The public checks on a student's own machine: by file, or by name inside a notebook."""

from __future__ import annotations

import contextlib
import importlib
import io
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import graders.public
from graders.core.answers import form_check
from graders.core.artefacts import FILE, artefact_host
from graders.core.beside import working_in
from graders.core.cells import Cells
from graders.core.engine import run_exercise
from graders.core.exercise import Check, Exercise, members
from graders.core.hints import with_hint
from graders.core.host import Host, Reply, Request
from graders.core.inert import without_checks
from graders.core.state import neutral
from graders.core.submission import read
from graders.core.timers import Stopped, limited
from graders.core.troubles import sentences
from graders.core.verdict import TimedOut, Verdict

KEY = "public"
# Of CPU time, for a cell and for a call, as when it is graded; of wall time, as many times that.
SECONDS = 10.0
GUARD = 2.0
Meant = Callable[[str], dict[str, Any]]


class UnknownExercise(Exception):
    """A name that no exercise has; the text lists those that exist."""


def exercises() -> dict[str, tuple[Exercise, list[Check]]]:
    """Every exercise of the topics that are here, with its public checks, by name."""
    found = {}
    for topic in sorted(module.name for module in pkgutil.iter_modules(graders.public.__path__)):
        with neutral():  # topics make tensors when they are imported
            module = importlib.import_module(f"graders.public.{topic}")
        checks = members(module, Check)
        for exercise in members(module, Exercise):
            own = [check for check in checks if check.exercise == exercise.name]
            found[exercise.name] = (
                exercise,
                [form_check(exercise), *own] if exercise.kind == "A" else own,
            )
    return found


def check_exercise(
    name: str,
    namespace: Mapping[str, Any],
    artefacts: Path = Path(FILE),
    meant: Meant = lambda name: {},
) -> list[Verdict]:
    """Run the public checks of one exercise on functions and values by name, those of an experiment
    on its file.

    Raises UnknownExercise.
    """
    known = exercises()
    if name not in known:
        raise UnknownExercise(f"there is no exercise `{name}`; there are {', '.join(known)}")
    exercise, checks = known[name]
    with neutral():
        host = artefact_host(artefacts) if exercise.kind == "E" else _Here(namespace, meant)
        verdicts = run_exercise(checks, host, key=KEY, public=True)
        return [with_hint(verdict) for verdict in verdicts]


class _Here(Host):
    """Functions of this process, each call under the limit that it has when it is graded."""

    def __init__(self, namespace: Mapping[str, Any], meant: Meant):
        here = namespace if isinstance(namespace, dict) else dict(namespace)
        super().__init__(here, meant=meant)

    def call(self, request: Request) -> Reply:
        """Call a function. Raises TimedOut where it does not end."""
        try:
            reply: Reply = limited(
                lambda: super(_Here, self).call(request), SECONDS, GUARD * SECONDS
            )
            return reply
        except Stopped as stop:
            raise TimedOut(
                f"the call did not end within {GUARD * SECONDS:g} s and was stopped"
                if stop.wall
                else f"the call used more than {SECONDS:g} s of CPU time and was stopped"
            ) from None


@dataclass(frozen=True)
class Ran:
    """What a notebook or script defines, the exercises whose checks it calls, and sentences about
    what went wrong. `meant`: names that a function means otherwise than they stand.
    """

    namespace: dict[str, Any]
    defined: tuple[str, ...]
    mentions: tuple[str, ...]
    notes: list[str]
    meant: Meant


def run_file(path: Path) -> Ran:
    """Run a notebook or script in its folder, its own calls of checks left out. Raises
    submission.Unreadable.
    """
    source = read(path)
    cells = Cells()
    notes = list(source.notes)
    with working_in(Path(path).resolve().parent), _quiet(), contextlib.ExitStack() as stack:
        stack.callback(cells.enter())
        stack.callback(without_checks())
        for number, code in enumerate(source.cells, 1):
            notes += _run_cell(cells, code, number)
    defined = tuple(cells.defined(list(exercises())))
    notes += sentences(cells.troubles)
    return Ran(cells.namespace, defined, source.mentions, notes, cells.meanings.meant)


def _run_cell(cells: Cells, code: str, number: int) -> list[str]:
    run = cells.start(code, number)
    try:
        limited(run.go, SECONDS, GUARD * SECONDS)
    except Stopped:
        with contextlib.suppress(Stopped):
            limited(run.rest, SECONDS, GUARD * SECONDS)
        return [f"cell {number} was stopped after {SECONDS:g} s: it did not end"]
    return []


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What the cells print is not shown, and nobody is there to answer what they ask."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        before, sys.stdin = sys.stdin, io.StringIO()
        try:
            yield
        finally:
            sys.stdin = before
