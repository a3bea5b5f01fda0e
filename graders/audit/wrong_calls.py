"""Functions that are right but for what they call, or for what they refuse."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

from graders.core.contract import Contract, Tensor
from graders.core.exercise import Exercise
from graders.core.values import map_tensors
from graders.grading.catalogue import Entry, required
from graders.grading.right import compose

Function = Callable[..., Any]


def wrong_prerequisites(
    entry: Entry, others: Mapping[str, Entry]
) -> Iterator[tuple[str, Function]]:
    """The reference with each prerequisite missing, or written out wrong in a known way."""
    for name in every_prerequisite(entry.exercise, others):
        yield f"{name} is missing", compose(entry.solution, {name: missing(name)})
        for mistake in others[name].misconceptions:
            yield f"{mistake.name} inside", compose(entry.solution, {name: mistake.value})


def every_prerequisite(exercise: Exercise, others: Mapping[str, Entry]) -> list[str]:
    """What a solution may call, directly or through something else."""
    return [entry.name for entry in required(exercise.requires, others.__getitem__)]


def missing(name: str) -> Function:
    """What a prerequisite is that nobody has written."""

    def nothing_here(*arguments: Any, **named: Any) -> Any:
        raise NameError(f"name {name!r} is not defined")

    return nothing_here


def wrong_refusals(function: Function, contract: Contract) -> Iterator[tuple[str, Function]]:
    """What is refused is accepted, or refused otherwise; what is allowed is refused."""
    tensors = [part for part in contract.takes if isinstance(part, Tensor)]
    if _raises(function):
        for name, answer in ACCEPTED.items():
            yield name, _instead(function, answer)
        if any("..." in part.axes or part.below for part in tensors):
            yield "refuses where the first of a batch is wrong", _of_first(function)
    kinds = {part.kind for part in tensors}
    if kinds & {"reals", "logits", "unit", "probabilities", "densities", "steps", "permutation"}:
        yield "refuses where an entry is 0", _refusing(function, lambda t: bool((t == 0).any()))
    if kinds & {"reals", "logits"}:
        yield "refuses where an entry is large", _refusing(function, lambda t: bool((t > 50).any()))
    if kinds & {"reals", "logits", "log_variances"}:
        yield "refuses negative entries", _refusing(function, lambda t: bool((t < 0).any()))


def _raises(function: Function) -> bool:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return any(isinstance(node, ast.Raise) for node in ast.walk(tree))


def _raise(*arguments: Any) -> Any:
    raise RuntimeError("refused")


def _nan(*arguments: Any) -> Any:
    return torch.tensor(float("nan"), dtype=torch.float64)


ACCEPTED: dict[str, Function] = {
    "gives nothing where it should refuse": lambda *arguments: None,
    "gives NaN where it should refuse": _nan,
    "gives an argument where it should refuse": lambda *arguments: arguments[0],
    "raises another error": _raise,
}


def _instead(function: Function, answer: Function) -> Function:
    def instead(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except ValueError:
            return answer(*arguments)

    return instead


def _of_first(function: Function) -> Function:
    """Refuses by the first entry of a batch."""

    def of_first(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except ValueError:
            first = [a[:1] if isinstance(a, torch.Tensor) and a.ndim else a for a in arguments]
            function(*first)
            return map_tensors(arguments[0], lambda t: t.sum(-1) if t.ndim else t)

    return of_first


def _refusing(function: Function, when: Callable[[torch.Tensor], bool]) -> Function:
    def refusing(*arguments: Any) -> Any:
        if any(isinstance(a, torch.Tensor) and when(a) for a in arguments):
            raise ValueError("refused")
        return function(*arguments)

    return refusing
