"""What the grade of an exercise depends on beside the submission, as hashes: a change regrades what
it must, no more.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator, Set
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from graders.core.convention import SAYS
from graders.grading.catalogue import Entry, Homework, hidden_modules
from graders.grading.kept import kept
from graders.grading.listed import with_required
from graders.grading.sources import TOPICS, hashed, plain_tree, sources


def check_versions(homework: Homework) -> dict[str, str]:
    """For every graded exercise a hash of its checks, misconceptions and reference, and of all that
    they use.

    What an exercise requires belongs to it, because a failed prerequisite changes how it is judged,
    and so does what stands ready for its code.
    """
    entries = [
        (e.name, e.topic, e.exercise.kind, _answer(e), sorted(_names(e)), e.choices.version,
         list(e.followed))
        for e in homework.entries
    ]  # fmt: skip
    own: dict[str, str] = kept(
        "versions",
        (entries, *sources((*TOPICS, "graders.grading"))),
        lambda: {entry.name: _own(homework, entry) for entry in homework.entries},
    )
    return {
        entry.name: hashed(
            homework.environment.version,
            homework.tongue.version,
            *(own[name] for name in with_required(homework, [entry.name])),
        )
        for entry in homework.graded
    }


def _own(homework: Homework, entry: Entry) -> str:
    """The statements that an exercise's checks, misconceptions, stub and reference reach, and its
    answer.
    """
    names = _names(entry)
    reached = _Reached({e.name: e.topic for e in homework.entries})
    for module in (
        "graders.hidden._laws",
        f"graders.public.{entry.topic}",
        *hidden_modules(entry.topic),
        f"reference.{entry.topic}",
    ):
        reached.add(module, names)
    for one in entry.conventions:
        reached.add(f"graders.public.{one.module}", {entry.name, SAYS})
    return hashed(_answer(entry), entry.choices.version, *entry.followed, *sorted(reached.texts))


def _names(entry: Entry) -> set[str]:
    return {
        entry.name,
        *(check.name for check in (*entry.public, *entry.hidden)),
        *(mistake.name for mistake in entry.misconceptions),
        entry.stand_in.name if entry.stand_in else "",
    }


def _answer(entry: Entry) -> str:
    return _written(entry.solution) if entry.exercise.kind == "A" else ""


def _written(answer: Any) -> str:
    """An answer as text that is the same in every process: the repr of a set is not."""
    if isinstance(answer, dict):
        items = sorted(f"{_written(key)}: {_written(value)}" for key, value in answer.items())
        return f"{{{', '.join(items)}}}"
    if isinstance(answer, (set, frozenset)):
        return f"{{{', '.join(sorted(map(_written, answer)))}}}"
    if isinstance(answer, (list, tuple)):
        return f"{type(answer).__name__}({', '.join(map(_written, answer))})"
    return repr(answer)


class _Reached:
    """Collects top-level statements, and those that define the names which they use. What cannot be
    followed counts whole.
    """

    def __init__(self, exercises: dict[str, str]):
        self.texts: set[str] = set()
        self._exercises = exercises
        self._done: set[tuple[str, str]] = set()

    def add(self, module: str, names: Set[str]) -> None:
        """Add what these names mean in a module, and every statement of it that defines no name at
        all.
        """
        statements = _statements(module)
        for name in [*names, ""]:
            if (module, name) not in self._done:
                self._done.add((module, name))
                for statement in statements.get(name, ()):
                    self._take(module, statement)

    def _take(self, module: str, statement: ast.stmt) -> None:
        text, used, dotted = _content(statement)
        self.texts.add(text)
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            self._follow(statement)
            return
        self.add(module, used | dotted)
        # `right.elbo` is the reference of another exercise; a name that is only known when the code
        # runs may be any.
        called = set(self._exercises) if "getattr" in used else dotted & self._exercises.keys()
        for name in called:
            self.add(f"reference.{self._exercises[name]}", {name})

    def _follow(self, statement: ast.Import | ast.ImportFrom) -> None:
        """What an import of ours brings: the names taken from a module of a topic, or the module
        whole, by their meaning; the engine has a version of its own.
        """
        names = [alias.name for alias in statement.names]
        modules = names
        if isinstance(statement, ast.ImportFrom):
            taken_from = statement.module or ""
            modules = [f"{taken_from}.{name}" for name in names]
            if taken_from.startswith(tuple(f"{package}." for package in TOPICS)):
                self.add(taken_from, set(names))
        for module in modules:
            if (
                module.startswith(tuple(f"{package}." for package in TOPICS))
                and (module, "*") not in self._done
            ):
                self._done.add((module, "*"))
                for statements in _statements(module).values():
                    for inner in statements:
                        self._take(module, inner)


@cache
def _statements(module: str) -> dict[str, tuple[ast.stmt, ...]]:
    """The top-level statements of a module by the names that they bind; under "" those that bind
    none.
    """
    file = _file(module)
    found: dict[str, tuple[ast.stmt, ...]] = {}
    for statement in plain_tree(file.read_text()).body if file else ():
        for name in _bound(statement) or [""]:
            found[name] = (*found.get(name, ()), statement)
    return found


@cache
def _content(statement: ast.stmt) -> tuple[str, frozenset[str], frozenset[str]]:
    """The text of a statement, the names that it uses, and those that it takes from something by a
    dot.
    """
    nodes = list(ast.walk(statement))
    used = frozenset(node.id for node in nodes if isinstance(node, ast.Name))
    return (
        ast.dump(statement),
        used,
        frozenset(node.attr for node in nodes if isinstance(node, ast.Attribute)),
    )


def _bound(statement: ast.stmt) -> list[str]:
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return [statement.name]
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name.split(".")[0] for alias in statement.names]
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return list(_targets(statement))
    return []


def _targets(statement: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    for target in targets:
        yield from (
            node.id
            for node in ast.walk(target)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        )


def _file(module: str) -> Path | None:
    try:
        loaded: ModuleType = importlib.import_module(module)
    except ModuleNotFoundError:
        return None  # a name imported from a module is no module
    return Path(loaded.__file__) if loaded.__file__ else None
