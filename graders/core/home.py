"""Reports of the exercises of a namespace at home: in which order, what is not started yet, and
which exercise is the cause when several fail.
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from graders.core.arrays import FILE
from graders.core.artefacts import artefact_host
from graders.core.beside import working_in
from graders.core.exercise import Check, Exercise
from graders.core.given import given
from graders.core.language import say
from graders.core.local import (
    HERE,
    Meant,
    UnknownExercise,
    Watch,
    check_exercise,
    exercises,
    run_file,
)
from graders.core.pace import Seconds
from graders.core.report import (
    ANSWERED,
    EMPTY,
    FAILS,
    LATER,
    PASSES,
    PERSON,
    Report,
    Summary,
    of_verdicts,
)
from graders.core.verdict import Verdict
from graders.core.worth import Worth, worth


def report_on(name: str, namespace: Mapping[str, Any]) -> Report:
    """The report of one exercise. Raises UnknownExercise, with the names that come near."""
    return _Home(namespace).report(name)


def report_all(namespace: Mapping[str, Any]) -> Summary:
    """The reports of all exercises of the homework."""
    home = _Home(namespace)
    return Summary(tuple(home.report(name) for name in in_order(home.known)))


def report_file(
    path: Path, watch: Watch = HERE, more: Sequence[str] = ()
) -> tuple[list[Report], list[str]]:
    """Run a notebook or script (with `more` cells), then the public checks of every exercise that
    it defines or checks, in the order of the homework, else of the file; those that a person reads
    are named.

    What an experiment left beside the file is checked too. Returns the reports, and a sentence for
    every cell that raised. Raises submission.Unreadable.
    """
    path = Path(path).resolve()
    ran = run_file(path, watch, more)
    home = _Home(ran.namespace, path, ran.meant, watch)
    listed = [name for name in given().get("exercises", ()) if name in home.known]
    left = [name for name in home.known if home.left(name)]
    touched = dict.fromkeys((*ran.defined, *ran.mentions, *left))
    written = {name for name in listed if touched and home.known[name][0].kind == "W"}
    names = [name for name in listed or touched if name in touched or name in written]
    with working_in(path.parent):  # for what functions open and import when they are called
        return [home.report(name) for name in names if name in home.known], ran.notes


def checks_here() -> dict[str, int]:
    """How many public checks each exercise of the homework has whose folder this is, in order."""
    known = exercises()
    names = [name for name in given().get("exercises", ()) if name in known]
    return {name: len(known[name][1]) for name in names if known[name][1]}


def seconds_here() -> Seconds:
    """The limits of the homework whose folder this is."""
    limits = given().get("seconds", {})
    return Seconds(**{name.removesuffix("_seconds"): value for name, value in limits.items()})


def in_order(known: Mapping[str, Any]) -> list[str]:
    """The exercises of this homework in the order of its notebook; all that there are where no
    list says which.
    """
    names = given().get("exercises", known)
    return [name for name in names if name in known]


def nearest(name: str, known: Sequence[str]) -> str:
    """A sentence for a name that no exercise has."""
    near = difflib.get_close_matches(name, known, n=1)
    mean = (
        say("did you mean `{name}`?", name=near[0])
        if near
        else say("there are {names}", names=", ".join(known))
    )
    return say("there is no exercise `{name}`; {mean}", name=name, mean=mean)


class _Home:
    """The exercises that are here, and what the checks of each found in a namespace: asked once."""

    def __init__(
        self,
        namespace: Mapping[str, Any],
        beside: Path = Path(FILE),
        meant: Meant = lambda name: {},
        watch: Watch | None = None,
    ):
        self.watch = watch or Watch(seconds_here())
        self.namespace = namespace
        self.meant = meant
        self.beside = beside
        self.known = exercises()
        self._found: dict[str, list[Verdict]] = {}

    def report(self, name: str) -> Report:
        if name not in self.known:
            raise UnknownExercise(nearest(name, in_order(self.known)))
        state = self.state(name)
        verdicts = self.verdicts(name) if state in (PASSES, FAILS) else []
        causes = self.causes(name) if state == FAILS else []
        return of_verdicts(
            name,
            verdicts,
            state=state,
            causes=causes,
            worth=self.worth(name, causes),
            left=self.known[name][0].kind == "E",
        )

    def worth(self, name: str, causes: Sequence[str]) -> Worth | None:
        """What the exercise is worth by itself."""
        checks = self.known[name][1]
        return worth(name, checks, causes, self.namespace, self.meant) if causes else None

    def verdicts(self, name: str) -> list[Verdict]:
        if name not in self._found:
            self._found[name] = check_exercise(
                name, self.namespace, self.beside, self.meant, self.watch
            )
        return self._found[name]

    def left(self, name: str) -> bool:
        """Whether a training run has left something for this exercise."""
        return self.known[name][0].kind == "E" and artefact_host(self.beside).has(name)

    def state(self, name: str) -> str:
        exercise, checks = self.known[name]
        if exercise.kind == "W":
            return PERSON
        if not (self.left(name) if exercise.kind == "E" else started(exercise, self.namespace)):
            return EMPTY
        if not checks:
            return LATER
        right = all(verdict.passed for verdict in self.verdicts(name))
        if exercise.kind == "A" and right:
            return ANSWERED
        return PASSES if right else FAILS

    def causes(self, name: str) -> list[str]:
        """The prerequisites that this exercise calls and that are not started or fail checks of
        their own; of several that call each other, the first.
        """
        called = set(_called(self.namespace.get(name), self.namespace))
        failing = [
            other
            for other in _prerequisites(name, self.known)
            if other in called and self.state(other) in (FAILS, EMPTY)
        ]
        return [other for other in failing if not self.causes(other)]


def started(exercise: Exercise, namespace: Mapping[str, Any]) -> bool:
    """Whether somebody has written anything: a stub only returns None, an answer is `...`."""
    value = namespace.get(exercise.name, ...)
    if value is ...:
        return False
    if isinstance(value, type):  # of a class, what it does when it is called
        value = getattr(value, "forward", value)
    code = getattr(value, "__code__", None)
    if exercise.kind != "F" or code is None:
        return True
    says = {constant for constant in code.co_consts if not isinstance(constant, str)}
    return bool(code.co_names) or bool(says - {None, ...}) or code.co_code[::2] != _EMPTY


def _stub() -> None:
    """A function that nobody has written yet."""
    ...


# Its instructions, without their arguments: those count constants, of which a docstring is one.
_EMPTY = _stub.__code__.co_code[::2]


def _prerequisites(name: str, known: Mapping[str, tuple[Exercise, list[Check]]]) -> list[str]:
    """Every exercise that this one may call, directly or through others, the deepest first."""
    found: list[str] = []

    def visit(one: str) -> None:
        for other in known[one][0].requires:
            if other in known and other not in found:
                visit(other)
                found.append(other)

    visit(name)
    return found


def _called(value: Any, namespace: Mapping[str, Any]) -> Iterator[str]:
    """The names of the namespace's functions that a function can reach, itself left out."""
    waiting, seen = [value], set()
    while waiting:
        for name in _names(waiting.pop()):
            if name not in seen and isinstance(namespace.get(name), Callable):  # type: ignore[arg-type]
                seen.add(name)
                waiting.append(namespace[name])
                yield name


def _names(value: Any) -> Iterator[str]:
    """The global names in the code of a function, and of the functions inside it."""
    code = getattr(value, "__code__", value)
    if isinstance(code, types.CodeType):
        yield from code.co_names
        for constant in code.co_consts:
            yield from _names(constant)
