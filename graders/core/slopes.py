"""Whether the gradient of a function is that of its own value: no right value is needed to see it.

Where a term is cut out of the graph the value still moves with an argument, and its gradient does
not say so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from graders.core import expect
from graders.core.draw import Draw
from graders.core.fixtures import Network
from graders.core.language import say, to_say
from graders.core.student import Student
from graders.core.values import tensors_in
from graders.core.verdict import Failure

STEP = 1e-5
# Rounding and curvature leave far less; a term that is cut out, far more.
ROOM = 1e-3
SEED = 20
PARTLY = to_say(
    "A part of the graph is cut: the value moves with this argument, and its gradient does not say"
    " so. Which of your terms comes without its history?"
)
Arguments = Callable[[], Sequence[Any]]


def follows(student: Student, name: str, arguments: Arguments, index: int) -> None:
    """Checks that the gradient at an argument (float64) says how the value changes with it, along
    one direction. Says nothing where the value is no smooth function of it, or of other noise in
    every call.
    """
    given = arguments()
    leaves = _leaves(given[index])
    if any(leaf.dtype != torch.float64 for leaf in leaves):
        return
    along = [_direction(Draw(SEED + i), leaf) for i, leaf in enumerate(leaves)]
    for leaf in leaves:
        leaf.requires_grad_()
    value = _value(student, name, given)
    if value is None:
        return
    found = expect.gradient_of(value, leaves)
    slope = sum(float((g * d).sum()) for g, d in zip(found, along) if g is not None)
    near, far = (_change(student, name, arguments, index, along, k * STEP) for k in (1, 4))
    if near is None or far is None:
        return
    room = ROOM * max(abs(near), abs(slope)) + 1e-6
    if abs(near - far) > room / 2 or abs(near - slope) <= room:
        return
    raise Failure(
        "a gradient of something else",
        say("the gradient of {name}", name=name),
        say(
            "along one direction in argument number {number} the value changes at the"
            " rate {near:.4g}, its gradient says {slope:.4g}",
            number=index + 1,
            near=near,
            slope=slope,
        ),
        got=f"another gradient at argument {index + 1}",
        hint=PARTLY,
    )


def _change(
    student: Student, name: str, arguments: Arguments, index: int, along: Any, step: float
) -> float | None:
    """The rate at which the value changes along a direction, by differences."""
    values = []
    for sign in (1, -1):
        given = arguments()
        with torch.no_grad():
            moved = [
                leaf + sign * step * d for leaf, d in zip(_leaves(given[index]), along, strict=True)
            ]
            if isinstance(given[index], Network):
                for leaf, new in zip(_leaves(given[index]), moved):
                    leaf.copy_(new)
            else:
                given = [*given[:index], moved[0], *given[index + 1 :]]
        value = _value(student, name, given)
        if value is None or not value.isfinite():
            return None
        values.append(float(value.detach()))
    return (values[0] - values[1]) / (2 * step)


def _value(student: Student, name: str, given: Sequence[Any]) -> torch.Tensor | None:
    """One number that every entry of the result enters with a weight of its own."""
    got = getattr(student, name)(*given, seed=SEED)
    real = [part.double() for part in tensors_in(got) if part.is_floating_point()]
    weighted = [(part * Draw(SEED).uniform(0.5, 1.5, *part.shape)).sum() for part in real]
    return torch.stack(weighted).sum() if weighted else None


def _direction(draw: Draw, leaf: torch.Tensor) -> torch.Tensor:
    """A direction in which a tensor stays what it is: symmetric, or with entries that add up to
    1.
    """
    along = draw.normal(*leaf.shape)
    plain = leaf.detach()
    if plain.ndim > 1 and plain.shape[-1] == plain.shape[-2] and torch.equal(plain, plain.mT):
        return (along + along.mT) / 2
    if plain.ndim and bool((plain.sum(-1) - 1).abs().max() < 1e-9):
        return along - along.mean(-1, keepdim=True)
    return along


def _leaves(argument: Any) -> list[torch.Tensor]:
    return list(argument.parameters()) if isinstance(argument, Network) else [argument]
