"""The public checks on a student's own machine: by file, or by name inside a notebook."""

from __future__ import annotations

import contextlib
import importlib
import io
import pkgutil
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import graders.public
from graders.core.answers import form_check
from graders.core.artefacts import FILE, artefact_host
from graders.core.engine import run_exercise
from graders.core.exercise import Check, Exercise, members
from graders.core.hints import with_hint
from graders.core.host import Host
from graders.core.submission import read, runnable
from graders.core.verdict import Verdict

KEY = "public"
CHECKERS = ("otter", "graders.core.notebook")


class UnknownExercise(Exception):
    """A name that no exercise has; the text lists those that exist."""


def exercises() -> dict[str, tuple[Exercise, list[Check]]]:
    """Every exercise of the topics that are here, with its public checks, by name."""
    found = {}
    for topic in sorted(module.name for module in pkgutil.iter_modules(graders.public.__path__)):
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
    name: str, namespace: Mapping[str, Any], artefacts: Path = Path(FILE)
) -> list[Verdict]:
    """Run the public checks of one exercise on functions and values by name, those of an experiment
    on its file.

    Raises UnknownExercise.
    """
    known = exercises()
    if name not in known:
        raise UnknownExercise(f"there is no exercise `{name}`; there are {', '.join(known)}")
    exercise, checks = known[name]
    host = artefact_host(artefacts) if exercise.kind == "E" else Host(dict(namespace))
    return [with_hint(verdict) for verdict in run_exercise(checks, host, key=KEY, public=True)]


@dataclass(frozen=True)
class Ran:
    """What a notebook or script defines, the exercises whose checks it calls, and a sentence for
    every cell that raised.
    """

    namespace: dict[str, Any]
    mentions: tuple[str, ...]
    notes: list[str]


def run_file(path: Path) -> Ran:
    """Run a notebook or script, its own calls of checks left out. Raises submission.Unreadable."""
    source = read(path)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    notes = []
    for number, cell in enumerate(source.cells, 1):
        try:
            with contextlib.redirect_stdout(io.StringIO()), _without_checks():
                exec(
                    compile(runnable(cell), f"{Path(path).name}, cell {number}", "exec"), namespace
                )
        except (Exception, SystemExit) as error:
            notes.append(f"cell {number} raised {type(error).__name__}: {error}")
    return Ran(namespace, source.mentions, notes)


@contextlib.contextmanager
def _without_checks() -> Iterator[None]:
    """What a notebook calls to check itself, replaced by something that does nothing while the file
    is read.
    """
    before = {name: sys.modules.get(name) for name in CHECKERS}
    for name in CHECKERS:
        sys.modules[name] = _Inert(name)
    try:
        yield
    finally:
        for name, module in before.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module


class _Inert(types.ModuleType):
    """A module, or an object of it, every function of which exists and does nothing."""

    def __init__(self, *arguments: Any, **options: Any):
        super().__init__("inert")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Inert if name == "Notebook" else lambda *arguments, **options: None
