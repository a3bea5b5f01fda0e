"""The public checks on a student's own machine: by file, or by name inside a notebook."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import pkgutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import graders.public
from graders.core.adapted import adapted
from graders.core.answers import form_check
from graders.core.arrays import FILE
from graders.core.artefacts import artefact_host
from graders.core.asides import misplaced
from graders.core.beside import working_in
from graders.core.cells import Cells
from graders.core.convention import conventions_given, meant, reworded, said
from graders.core.engine import run_exercise
from graders.core.exercise import Check, Exercise, members
from graders.core.given import given
from graders.core.hints import with_hint
from graders.core.host import Host, Reply, Request
from graders.core.inert import without_checks
from graders.core.language import say, to_say
from graders.core.pace import (
    DEFAULT,
    REST,
    USED_UP,
    Seconds,
    out_of_time,
    patience,
    run_cell,
    stopped,
)
from graders.core.relation import with_relation
from graders.core.state import neutral
from graders.core.student import Hosting
from graders.core.submission import read
from graders.core.timers import Stopped, limited
from graders.core.troubles import sentences
from graders.core.verdict import Died, TimedOut, Verdict

KEY = "public"
CELL, CALL = "cell", "call"
NO_ANSWER = to_say("the code did not answer within {wall:g} s and was ended")
ENDED = to_say("the process that ran the code ended")
Meant = Callable[[str], dict[str, Any]]


def _unheard(what: str, name: str, wall: float) -> None:
    """Nobody watches this process."""


@dataclass(frozen=True)
class Watch:
    """Under which conditions a file is checked.

    tell: hears what begins (CELL or CALL), the number or name of it, and the seconds until it has
    ended for certain, if it can be ended from here. cells, calls: what earlier ended the process,
    or had to be ended with it; cells with a sentence each time, calls with the seconds after which
    it had to be.
    """

    seconds: Seconds = DEFAULT
    tell: Callable[[str, str, float], None] = _unheard
    cells: Mapping[str, Sequence[str]] = field(default_factory=dict)
    calls: Mapping[str, float] = field(default_factory=dict)


HERE = Watch()


class UnknownExercise(Exception):
    """A name that no exercise has; the text lists those that exist."""


def topics() -> list[str]:
    """The topics that are here, by name."""
    return sorted(module.name for module in pkgutil.iter_modules(graders.public.__path__))


def exercises() -> dict[str, tuple[Exercise, list[Check]]]:
    """Every exercise of the topics that are here, with its public checks, by name."""
    found = {}
    for topic in topics():
        with neutral():  # topics make tensors when they are imported
            module = importlib.import_module(f"graders.public.{topic}")
        checks = members(module, Check)
        for exercise in members(module, Exercise):
            left = given().get("without", {}).get(exercise.name, ())
            own = [
                replace(check, after=tuple(name for name in check.after if name not in left))
                for check in checks
                if check.exercise == exercise.name and check.name not in left
            ]
            chain = conventions_given().get(exercise.name, ())
            found[exercise.name] = (
                meant(chain, exercise),
                [form_check(exercise), *own]
                if exercise.kind == "A"
                else [reworded(chain, one) for one in own],
            )
    return found


def check_exercise(
    name: str,
    namespace: Mapping[str, Any],
    artefacts: Path = Path(FILE),
    defined_as: Meant = lambda name: {},
    watch: Watch = HERE,
) -> list[Verdict]:
    """Run the public checks of one exercise on functions and values by name, those of an experiment
    on its file.

    Raises UnknownExercise.
    """
    known = exercises()
    if name not in known:
        raise UnknownExercise(
            say(
                "there is no exercise `{name}`; there are {names}",
                name=name,
                names=", ".join(known),
            )
        )
    exercise, checks = known[name]
    with neutral():
        host = (
            artefact_host(artefacts) if exercise.kind == "E" else here(namespace, defined_as, watch)
        )
        verdicts = run_exercise(checks, host, key=KEY, public=True)
        chain, own = conventions_given().get(name, ()), given().get("hints", {}).get(name, {})
        hints = [with_relation(with_hint(verdict)).hint for verdict in verdicts]
        return [
            replace(verdict, hint=say(said(chain, own.get(hint, hint))))
            for verdict, hint in zip(verdicts, hints, strict=True)
        ]


def here(
    namespace: Mapping[str, Any], defined_as: Meant = lambda name: {}, watch: Watch = HERE
) -> Hosting:
    """The functions of this process as checks call them, whatever conventions they follow."""
    host: Hosting = adapted(Here(namespace, defined_as, watch), conventions_given())
    return host


class Here(Host):
    """Functions of this process, each call under the limit that it has when it is graded."""

    def __init__(
        self,
        namespace: Mapping[str, Any],
        meant: Meant = lambda name: {},
        watch: Watch = HERE,
    ):
        here = namespace if isinstance(namespace, dict) else dict(namespace)
        super().__init__(here, meant=meant)
        self._watch = watch

    def call(self, request: Request) -> Reply:
        """Call a function. Raises TimedOut where it does not end, Died where it ends the
        process.
        """
        if request.name in self._watch.calls:
            wall = self._watch.calls[request.name]
            raise TimedOut(say(NO_ANSWER, wall=wall)) if wall else Died(say(ENDED))
        seconds = self._watch.seconds
        wall = seconds.guard * seconds.call
        self._watch.tell(CALL, request.name, wall)
        try:
            reply: Reply = limited(lambda: super(Here, self).call(request), seconds.call, wall)
            return reply
        except Stopped as stop:
            raise TimedOut(
                say("the call did not end within {wall:g} s and was stopped", wall=wall)
                if stop.wall
                else say(
                    "the call used more than {call:g} s of CPU time and was stopped",
                    call=seconds.call,
                )
            ) from None
        finally:
            self._watch.tell("", "", wall)


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


def run_file(path: Path, watch: Watch = HERE, more: Sequence[str] = ()) -> Ran:
    """Run a notebook or script in its folder, its own calls of checks left out, and `more` cells.
    Raises submission.Unreadable.
    """
    source = read(path)
    cells = Cells(str(Path(path).resolve()) if source.script else "")
    notes = list(source.notes)
    with working_in(Path(path).resolve().parent), _quiet(), contextlib.ExitStack() as stack:
        stack.callback(cells.enter())
        stack.callback(without_checks())
        notes += _run_cells(cells, (*source.cells, *more), watch)
    known = exercises()
    defined = tuple(cells.defined([name for name in cells.namespace if name in known]))
    graded = [name for name, (exercise, _) in known.items() if exercise.kind != "W"]
    notes += misplaced(source.asides, source.cells, graded) + sentences(cells.troubles)
    return Ran(cells.namespace, defined, source.mentions, notes, cells.meanings.meant)


def _run_cells(cells: Cells, codes: Sequence[str], watch: Watch) -> list[str]:
    """Run the cells in order; returns sentences. When time is up, and in a cell that ended a
    process before, only what takes no time is run.
    """
    notes: list[str] = []
    seconds, slow, cut = watch.seconds, 0, 0
    started, used = time.monotonic(), 0.0
    wall = seconds.guard * seconds.cell
    for number, code in enumerate(codes, 1):
        ended = watch.cells.get(str(number), ())
        notes += ended[:1]
        spent = time.monotonic() - started
        late = used > seconds.total or spent > seconds.guard * seconds.total
        if late and not cut:
            cut = number
            notes.append(out_of_time(cut, USED_UP))
        if len(ended) > 1:
            continue
        before = time.process_time()
        watch.tell(CELL, str(number), (2 + REST) * wall)
        only = late or bool(ended)
        hasty = patience(seconds.cell, slow)
        if not run_cell(cells, code, number, only, seconds.cell, wall, hasty):
            notes.append(stopped(number, seconds.cell, slow))
            slow += 1
        used += time.process_time() - before
    watch.tell("", "", wall)
    return notes


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What the cells print is not shown, and nobody is there to answer what they ask."""
    with (
        open(os.devnull, "w", encoding="utf-8") as out,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
    ):
        before, sys.stdin = sys.stdin, io.StringIO()
        try:
            yield
        finally:
            sys.stdin = before
