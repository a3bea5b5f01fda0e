"""Conventions of a course: what its students write otherwise than we do, such as sigma where we
have the logarithm of the variance.

    @convention(
        ours=lambda theirs, mu, logvar: theirs(mu, (logvar / 2).exp()),
        theirs=lambda ours, mu, sigma: ours(mu, 2 * sigma.log()),
    )
    def kl_standard_normal(mu, sigma): ...

A convention is a module of `graders.public`. Checks, mistakes and the reference stay as they are:
between them and the submission stands `graders.core.adapted`, on the grader's side of the wire.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import graders.public
from graders.core.exercise import Check, Exercise
from graders.core.fixtures import Network
from graders.core.given import given

Function = Callable[..., Any]
# A module may say with this what of our texts reads otherwise, or, with None, is not said.
SAYS = "SAYS"


@dataclass(frozen=True)
class Convention:
    """How a course means one exercise. `stub` is what its students complete; `ours(their function,
    *our arguments)` is our result, `theirs(our function, *their arguments)` theirs.
    """

    stub: Function
    ours: Function
    theirs: Function
    module: str = ""
    says: Mapping[str, str | None] | None = None


# Of each exercise those that hold, in order: a later one is nearer to the submission.
Conventions = Mapping[str, tuple[Convention, ...]]


def convention(*, ours: Function, theirs: Function) -> Callable[[Function], Convention]:
    """Make the stub of an exercise, as a course has it, into a convention."""
    return lambda stub: Convention(stub, ours, theirs)


def conventions_in(name: str) -> dict[str, Convention]:
    """What a module adapts, by exercise. Raises ModuleNotFoundError."""
    module = importlib.import_module(f"graders.public.{name}")
    says = getattr(module, SAYS, {})
    return {
        exercise: replace(value, module=name, says=says)
        for exercise, value in vars(module).items()
        if isinstance(value, Convention)
    }


def conventions_here() -> dict[str, dict[str, Convention]]:
    """Every convention that is here, by the name of its module."""
    found = {}
    for module in pkgutil.iter_modules(graders.public.__path__):
        with contextlib.suppress(Exception):  # a topic that somebody is still writing
            if known := conventions_in(module.name):
                found[module.name] = known
    return found


def conventions_of(table: Mapping[str, Iterable[str]]) -> Conventions:
    """Those that a homework names: exercises by module, in the order of the modules."""
    found: dict[str, tuple[Convention, ...]] = {}
    for name, exercises in table.items():
        known = conventions_in(name)
        for exercise in exercises:
            found[exercise] = (*found.get(exercise, ()), known[exercise])
    return found


def conventions_given() -> Conventions:
    """The conventions that the functions of the homework follow whose folder this is."""
    return _given(tuple((k, tuple(v)) for k, v in given().get("conventions", {}).items()))


@cache
def _given(table: tuple[tuple[str, tuple[str, ...]], ...]) -> Conventions:
    return conventions_of(dict(table))


def as_ours(chain: Sequence[Convention], theirs: Function) -> Function:
    """A function as our checks call it, from one that follows these conventions."""
    for one in reversed(chain):
        theirs = partial(one.ours, theirs)
    return theirs


def as_theirs(chain: Sequence[Convention], ours: Function) -> Function:
    """A function that follows these conventions, from one of ours."""
    for one in chain:
        ours = partial(one.theirs, ours)
    return ours


def said(chain: Sequence[Convention], text: str) -> str:
    """A text of ours as this course has it; nothing where it would be wrong there."""
    for one in chain:
        for ours, theirs in (one.says or {}).items():
            if ours in text:
                if theirs is None:
                    return ""
                text = text.replace(ours, theirs)
    return text


def meant(chain: Sequence[Convention], exercise: Exercise) -> Exercise:
    """The exercise with the stub of the course."""
    return replace(exercise, stub=chain[-1].stub) if chain else exercise


def reworded(chain: Sequence[Convention], check: Check) -> Check:
    """The check with its sentence as the course has it."""
    return replace(check, sentence=said(chain, check.sentence) or check.sentence)


def with_output(network: Network, place: int, kind: str) -> Network:
    """The network with another kind of layer for one of its outputs, over the same parameters: a
    `deviation` gives exp(x / 2) where a `linear` one gives x.
    """
    heads = list(network.structure.heads)
    heads[place] = (kind, *heads[place][1:])
    structure = replace(network.structure, heads=tuple(heads))
    made = Network(
        structure,
        record=network.record,
        values=list(network.parameters()),
        buffers=list(network.buffers()),
    )
    made.origin = network
    return made.train(network.training)
