"""The public checks on a student's own machine: by file, or by name inside a notebook."""

from __future__ import annotations

import contextlib
import importlib
import io
import pkgutil
import sys
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import graders.public
from graders.core.answers import form_check
from graders.core.engine import run_exercise
from graders.core.exercise import Check, Exercise, members
from graders.core.host import Host
from graders.core.submission import read, runnable
from graders.core.verdict import Verdict

KEY = "public"


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
            found[exercise.name] = exercise, [form_check(exercise), *own] if exercise.kind == "A" else own
    return found


def check_exercise(name: str, namespace: Mapping[str, Any]) -> list[Verdict]:
    """Run the public checks of one exercise on functions and values by name. Raises UnknownExercise."""
    known = exercises()
    if name not in known:
        raise UnknownExercise(f"there is no exercise `{name}`; there are {', '.join(known)}")
    return run_exercise(known[name][1], Host(dict(namespace)), key=KEY, public=True)


def check_file(path: Path) -> tuple[dict[str, list[Verdict]], list[str]]:
    """Run a notebook or script, then the public checks of every exercise that it defines or checks.

    Returns the verdicts by exercise, and a sentence for every cell that raised. Raises submission.Unreadable.
    """
    source = read(path)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    notes = []
    for number, cell in enumerate(source.cells, 1):
        try:
            with contextlib.redirect_stdout(io.StringIO()), _without_otter():
                exec(compile(runnable(cell), f"{Path(path).name}, cell {number}", "exec"), namespace)  # noqa: S102 - the student's own code on the student's own machine
        except (Exception, SystemExit) as error:
            notes.append(f"cell {number} raised {type(error).__name__}: {error}")
    known = exercises()
    names = [name for name in known if known[name][0].kind in "FA" and (name in namespace or name in source.mentions)]
    return {name: check_exercise(name, namespace) for name in names}, notes


@contextlib.contextmanager
def _without_otter() -> Iterator[None]:
    """Otter replaced by something that does nothing: its own checks are not wanted while a file is read."""
    inert = types.ModuleType("otter")
    inert.Notebook = _Inert  # type: ignore[attr-defined]
    before = sys.modules.get("otter")
    sys.modules["otter"] = inert
    try:
        yield
    finally:
        sys.modules.pop("otter")
        if before is not None:
            sys.modules["otter"] = before


class _Inert:
    """An object every method of which exists and does nothing."""

    def __init__(self, *arguments: Any, **options: Any):
        pass

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments, **options: None
