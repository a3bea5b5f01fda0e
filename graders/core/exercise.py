"""Exercises, checks, misconceptions and stand-ins: plain frozen data, and the decorators that make
them.

A topic's module is its own registry: `members(module, Check)` lists what it defines, in order.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import ModuleType
from typing import Any, TypeVar

from graders.core.contract import Argument, Contract, Number, Tensor
from graders.core.draw import Draw, derive_seed
from graders.core.forms import Form
from graders.core.module import Module


@dataclass(frozen=True)
class Exercise:
    """Something a student hands in under a fixed name.

    kind: "F" function, "A" answer, "E" experiment, "W" written. `covers` lists question ids of the
    sheets. `requires` names the exercises that a solution may call. `stub` is the function whose
    source students complete; `contract` says what it takes and gives, or `module`, of a class.
    """

    kind: str
    covers: tuple[str, ...]
    requires: tuple[str, ...] = ()
    stub: Callable[..., Any] | None = None
    form: Form | None = None
    random: bool = False
    contract: Contract | None = None
    name: str = ""
    module: Module | None = None

    @property
    def signature(self) -> str:
        """`kl_standard_normal(mu, logvar)` for a function, the bare name for everything else."""
        return f"{self.name}{inspect.signature(self.stub)}" if self.stub else self.name


@dataclass(frozen=True)
class Law:
    """A statistical check states its test, its sample size and the probability that it fails a
    right answer. `misses` holds, for kinds of wrong noise, the probability that it passes.
    """

    test: str
    n: int
    false_fail: float
    misses: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Check:
    """One sentence that is true when it passes, and the function that raises at most once when it
    is not.

    The function may ask for `student`, `draw` (seeded inputs) and `right` (the reference) by
    parameter name. `after` names checks of the same exercise without which this one says nothing;
    `behind` holds those that have no name before `members` reads the module.
    `stand_ins` is False when the sentence needs the true prerequisites, not merely consistent ones.
    Where a pass has more to say than its sentence (what a construction does), the function returns
    it as text, which becomes the verdict's message: instructors read it. `general` marks what
    follows from the declaration of the exercise. `any_dtype`: what comes back for float64 is
    taken as float64, since its dtype is the claim of another check, which `claims_dtype`.
    """

    exercise: str
    sentence: str
    function: Callable[..., Any]
    after: tuple[str, ...] = ()
    law: Law | None = None
    stand_ins: bool = True
    name: str = ""
    general: bool = False
    behind: tuple[Check, ...] = ()
    any_dtype: bool = False
    claims_dtype: bool = False

    def catches(self, hint: str) -> Callable[[Callable[..., Any]], Misconception]:
        """Make a wrong solution into a misconception that this check is the first to catch."""
        return lambda function: Misconception(
            self.exercise, hint, self.name, function, function.__name__, self
        )


@dataclass(frozen=True)
class Misconception:
    """A known mistake as code: the value or function that somebody who holds it would hand in.

    `caught_by` names the first check that fails it, `catcher` is that check where it has no name
    yet. `hint` names the idea, never the fix.
    """

    exercise: str
    hint: str
    caught_by: str
    value: Any
    name: str = ""
    catcher: Check | None = None


@dataclass(frozen=True)
class Terms:
    """What a result is the sum of: a function that gives the terms, each of the result's shape, and
    what students call them ("The divergence").
    """

    exercise: str
    names: tuple[str, ...]
    function: Callable[..., tuple[Any, ...]]
    name: str = ""


@dataclass(frozen=True)
class StandIn:
    """A public, deliberately wrong replacement of a prerequisite, with random coefficients as its
    last arguments.
    """

    exercise: str
    function: Callable[..., Any]
    coefficients: int
    name: str = ""

    def drawn(self, key: str) -> list[float]:
        """Coefficients between 0.5 and 1.5, the same wherever this key is."""
        draw = Draw(derive_seed(key, "stand-in", self.exercise))
        return draw.uniform(0.5, 1.5, self.coefficients).tolist()

    def bound(self, coefficients: Sequence[float]) -> Callable[..., Any]:
        """The function that stands in the place of the exercise's."""
        names = list(inspect.signature(self.function).parameters)[-self.coefficients :]
        return partial(self.function, **dict(zip(names, coefficients, strict=True)))


def exercise(
    *,
    covers: tuple[str, ...],
    requires: tuple[str, ...] = (),
    random: bool = False,
    takes: tuple[Argument, ...] = (),
    gives: Tensor | Number | tuple[Tensor | Number, ...] = (),
    dtypes: tuple[str, ...] = ("float64", "float32"),
    exact: bool = True,
    constant: bool = False,
    made: tuple[Any, ...] | None = None,
) -> Callable[[Callable[..., Any]], Exercise]:
    """Make a stub (signature and docstring, no formula) into a function exercise.

    takes, gives: one kind of `graders.core.contract` for each argument and for each part of the
    result; the checks of what always holds follow from them. exact: False where several values are
    right; constant: True where those are right that differ by a constant.

    made: of a class, what its constructor takes: letters of axes, whose sizes they are, and values;
    `takes` and `gives` are then those of its `forward`, and `random` means that it draws in
    training mode.
    """
    parts = gives if isinstance(gives, tuple) else (gives,)

    def declared(stub: Callable[..., Any]) -> Exercise:
        of_class = made is not None
        names = _parameters(stub.forward if of_class else stub)  # type: ignore[attr-defined]
        contract = Contract(takes, parts, dtypes, exact, constant, names)
        module = Module(made, contract) if made is not None else None
        function = contract if takes and not of_class else None
        return Exercise("F", covers, requires, stub, None, random, function, stub.__name__, module)

    return declared


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(name for name in inspect.signature(function).parameters if name != "self")


def answer(form: Form, *, covers: tuple[str, ...]) -> Exercise:
    """An exercise whose solution is a value assigned to its name."""
    return Exercise("A", covers, form=form)


def experiment(*, covers: tuple[str, ...]) -> Exercise:
    """An exercise whose solution is a group of arrays in `experiment.npz`, left by a training
    run.
    """
    return Exercise("E", covers)


def written(*, covers: tuple[str, ...]) -> Exercise:
    """An exercise that a person grades with the rubric of the assignment."""
    return Exercise("W", covers)


def check(
    exercise: str,
    sentence: str,
    *,
    after: tuple[str | Check, ...] = (),
    law: Law | None = None,
    stand_ins: bool = True,
    name: str | None = None,
) -> Callable[[Callable[..., Any]], Check]:
    """Make a function that raises `Failure` into a check, of the function's name unless another is
    given ("": that of the variable that holds it).
    """
    named = tuple(part if isinstance(part, str) else part.name for part in after)
    behind = tuple(part for part in after if isinstance(part, Check) and not part.name)
    return lambda function: Check(
        exercise,
        sentence,
        function,
        tuple(filter(None, named)),
        law,
        stand_ins,
        function.__name__ if name is None else name,
        behind=behind,
    )


def misconception(
    exercise: str, *, hint: str, caught_by: str
) -> Callable[[Callable[..., Any]], Misconception]:
    """Make a wrong solution into a misconception."""
    return lambda function: Misconception(exercise, hint, caught_by, function, function.__name__)


def wrong_answer(exercise: str, value: Any, *, hint: str) -> Misconception:
    """A wrong value of an answer exercise that is worth a hint of its own."""
    return Misconception(exercise, hint, "right_answer", value)


def stand_in(exercise: str, *, coefficients: int) -> Callable[[Callable[..., Any]], StandIn]:
    """Make a wrong but well-behaved replacement of a prerequisite."""
    return lambda function: StandIn(exercise, function, coefficients, function.__name__)


Member = TypeVar("Member", Exercise, Check, Misconception, Terms, StandIn)


def members(module: ModuleType, kind: type[Member]) -> list[Member]:
    """What a topic's module defines of one kind, named by its attribute, in the order of the
    source.
    """
    names = {id(value): name for name, value in vars(module).items() if isinstance(value, Check)}
    found = [
        _named(value, name, names)
        for name, value in vars(module).items()
        if isinstance(value, kind)
    ]
    return one_claims(found)


def one_claims(found: Sequence[Member]) -> list[Member]:
    """The same, where one check of an exercise claims the dtype, the others of it taking any."""
    claimed = {one.exercise for one in found if isinstance(one, Check) and one.claims_dtype}

    def freed(check: Any) -> Any:
        return replace(check, any_dtype=not check.claims_dtype)

    return [
        freed(one) if isinstance(one, Check) and one.exercise in claimed else one for one in found
    ]


def _named(member: Member, name: str, names: dict[int, str]) -> Member:
    """The member with its name, and with the names of the checks that it refers to."""
    fields = _references({**vars(member), "name": member.name or name}, names)
    return member if fields == vars(member) else type(member)(**fields)


def _references(fields: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    if behind := fields.get("behind"):
        after = [check.name or names[id(check)] for check in behind]
        return {**fields, "after": (*fields["after"], *after), "behind": ()}
    if catcher := fields.get("catcher"):
        caught_by = catcher.name or names[id(catcher)]
        return {**fields, "caught_by": caught_by, "catcher": None}
    return fields
