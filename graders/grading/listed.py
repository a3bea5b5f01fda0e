"""A homework as a list: names, kinds and points of its exercises, without their checks. For what
grades nothing: torch and the checks are loaded only where no earlier run has kept the list.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, Protocol, TypeVar

from graders.core.language import OUR_TONGUE, Tongue
from graders.course.choices import OURS, Choices, choices_of
from graders.course.environment import NOTHING, Environment, environment_of
from graders.course.homeworks import UnknownName, homeworks
from graders.course.texts import tongue_of
from graders.grading.kept import kept
from graders.grading.sources import TOPICS, sources

CATALOGUE = "graders.grading.catalogue"


class Named(Protocol):
    """What an exercise is called, and what it is: F, A, E or W."""

    @property
    def name(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def requires(self) -> tuple[str, ...]: ...
    @property
    def followed(self) -> tuple[str, ...]: ...
    @property
    def choices(self) -> Choices: ...


One = TypeVar("One", bound=Named)


@dataclass(frozen=True)
class Exercises(Generic[One]):
    """The exercises of a homework, listed or with their checks, in the order of the notebook, with
    points.
    """

    name: str
    title: str
    topics: tuple[str, ...]
    entries: tuple[One, ...]
    points: dict[str, float]
    environment: Environment = NOTHING
    tongue: Tongue = OUR_TONGUE

    @property
    def graded(self) -> tuple[One, ...]:
        """Without what a person grades."""
        return tuple(entry for entry in self.entries if entry.kind != "W")

    def choices(self, exercise: str) -> Choices:
        """What the course has otherwise for an exercise; nothing for one that is no more in it."""
        return next((e.choices for e in self.entries if e.name == exercise), OURS)

    def entry(self, name: str) -> One:
        """The entry of an exercise. Raises UnknownName."""
        for entry in self.entries:
            if entry.name == name:
                return entry
        raise UnknownName(
            f"homework {self.name!r} has no exercise {name!r}; it has"
            f" {', '.join(e.name for e in self.entries)}"
        )


@dataclass(frozen=True)
class Item:
    """One exercise in the list. followed: the conventions that hold for it, by their modules.
    version: what grades of it depend on, the engine left out; nothing where a person grades.
    """

    name: str
    topic: str
    kind: str
    requires: tuple[str, ...]
    followed: tuple[str, ...]
    version: str
    choices: Choices = OURS


def list_homework(name: str) -> Exercises[Item]:
    """A homework by name. Raises UnknownName."""
    spec = table_of(name)
    environment = environment_of(name, spec)
    # The checks themselves are read by other code of ours too: all that a topic imports.
    read = sources((*TOPICS, "graders.core", "graders.course", "graders.grading"))
    version = repr((name, spec, environment.version, *read))
    # This process remembers it too: no folder may be there to keep it in.
    if version not in _known:
        _known[version] = kept("homeworks", version, lambda: _rows_elsewhere(name))
    rows = _known[version]
    choices = choices_of(spec.get("exercises", {}))
    entries = tuple(_item(row, choices.get(row["name"], OURS)) for row in rows)
    topics, points = tuple(spec["topics"]), dict(spec["points"])
    tongue = tongue_of(name, spec)
    return Exercises(name, spec["title"], topics, entries, points, environment, tongue)


def table_of(name: str) -> Mapping[str, Any]:
    """The table of a homework in `homeworks.toml`. Raises UnknownName."""
    table = homeworks()
    if name not in table:
        raise UnknownName(f"there is no homework {name!r}; there are {', '.join(table)}")
    return table[name]


def required(names: Iterable[str], find: Callable[[str], One | None]) -> list[One]:
    """The exercises of these names that are found, and those that they require, directly or through
    others, each once.
    """
    found: dict[str, One] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        entry = None if name in found else find(name)
        if entry:
            found[name] = entry
            waiting.extend(entry.requires)
    return list(found.values())


def with_required(homework: Exercises[One], names: list[str]) -> list[str]:
    """The exercises named and those that they require, directly or through others, sorted by
    name.
    """
    by_name = {entry.name: entry for entry in homework.entries}
    return sorted(entry.name for entry in required(names, by_name.get))


_known: dict[str, list[dict[str, Any]]] = {}


def _rows_elsewhere(name: str) -> list[dict[str, Any]]:
    """The list from a fork, which ends with all that it has loaded: this process may have hours to
    go, and use none of it. Here where the checks are loaded anyway, or something is wrong.
    """
    if CATALOGUE in sys.modules or not hasattr(os, "fork"):
        return _rows(name)
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            with open(writing, "w") as answer:
                answer.write(json.dumps(_rows(name)))
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading) as answer:
        said = answer.read()
    os.waitpid(pid, 0)
    found: list[dict[str, Any]] = json.loads(said) if said else _rows(name)
    return found


def _rows(name: str) -> list[dict[str, Any]]:
    """The list as the exercises themselves say it: this loads them, and torch with them."""
    homework = importlib.import_module(CATALOGUE).load_homework(name)
    versions = importlib.import_module("graders.grading.versions").check_versions(homework)
    items = [
        Item(e.name, e.topic, e.kind, e.requires, e.followed, versions.get(e.name, ""))
        for e in homework.entries
    ]
    return [{key: value for key, value in asdict(i).items() if key != "choices"} for i in items]


def _item(row: Mapping[str, Any], choices: Choices) -> Item:
    requires, followed = tuple(row["requires"]), tuple(row["followed"])
    return Item(**{**row, "requires": requires, "followed": followed}, choices=choices)
