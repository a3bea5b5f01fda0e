"""Wrong solutions by somebody who has not read the checks, and how they are handed in.

A module of such solutions has a list `WRONG`, filled by the decorator `wrong`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

from graders.core.host import Host
from graders.grading.catalogue import Homework, homework_names, load_homework, load_topic
from graders.grading.right import compose, copied
from graders.grading.stand_ins import prerequisites


@dataclass(frozen=True)
class Wrong:
    """A function that is wrong, what its author misunderstands, and what else they got wrong."""

    exercise: str
    name: str
    idea: str
    solve: FunctionType
    family: str = "formula"
    also: Mapping[str, FunctionType] = field(default_factory=dict)


def wrong(
    entries: list[Wrong],
    exercise: str,
    family: str,
    idea: str,
    also: Mapping[str, FunctionType] | None = None,
) -> Callable[[FunctionType], FunctionType]:
    """Add a function to the list `entries`."""

    def add(function: FunctionType) -> FunctionType:
        entries.append(Wrong(exercise, function.__name__, idea, function, family, also or {}))
        return function

    return add


def load(file: Path) -> list[Wrong]:
    """The wrong solutions of one file; the right ones of a file that has a list `RIGHT`."""
    spec = importlib.util.spec_from_file_location(f"wrong_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [*getattr(module, "WRONG", ()), *getattr(module, "RIGHT", ())]


@cache
def homework_of(exercise: str) -> Homework:
    """The first homework that asks for an exercise."""
    return next(
        homework
        for homework in map(load_homework, homework_names())
        if any(entry.name == exercise for entry in homework.graded)
    )


def needed(homework: Homework, exercise: str) -> list[str]:
    """An exercise and all that a solution of it may call."""
    return [exercise, *(e.name for e in prerequisites(homework.entry(exercise), homework))]


class HandedIn:
    """A wrong solution as a submission: all that it may call stands beside it, right unless it says
    otherwise.
    """

    def __init__(self, case: Wrong, homework: Homework):
        right = {name: homework.entry(name).solution for name in needed(homework, case.exercise)}
        self.functions = {**right, **case.also, case.exercise: case.solve}

    def names(self, names: Any) -> set[str]:
        return {name for name in names if name in self.functions}

    @contextmanager
    def branch(self, exercise: str) -> Iterator[_Branch]:
        yield _Branch(self.functions)

    def seal(self) -> None:
        """Nothing that it writes is noted in any case."""


class _Branch(Host):
    """Functions that find one another, and stand-ins, by their names."""

    broken = False

    def __init__(self, functions: Mapping[str, FunctionType]):
        self.functions = dict(functions)
        super().__init__(together(self.functions))

    def stand_in(self, topic: str, name: str, coefficients: Any, conventions: Any = ()) -> None:
        found = next(entry.stand_in for entry in load_topic(topic) if entry.name == name)
        assert found is not None
        self.functions[name] = found.bound(coefficients)
        self.namespace = together(self.functions)


def together(functions: Mapping[str, Any]) -> dict[str, Any]:
    """The functions, each calling the others where it uses their names."""
    made: dict[str, Any] = {}

    def calling(name: str) -> Callable[..., Any]:
        return lambda *arguments, **named: made[name](*arguments, **named)

    others = {name: calling(name) for name in functions}
    for name, function in functions.items():
        made[name] = _bound(function, {key: f for key, f in others.items() if key != name})
    return made


def _bound(function: Any, others: Mapping[str, Callable]) -> Any:
    if not isinstance(function, FunctionType):
        return function
    if function.__module__.startswith("reference."):
        return compose(function, others)
    return copied(function, {**function.__globals__, **others})
