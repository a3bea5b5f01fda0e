"""Code that solves nothing: functions that a person could write without having read the exercise.

A check that any of them passes says something about form, and earns nothing by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch

from graders.core.fixtures import Network
from graders.core.values import map_tensors, tensors_in
from graders.grading.catalogue import Entry
from graders.grading.right import Right

Function = Callable[..., Any]


def stubs(entry: Entry, right: Right) -> Mapping[str, Any]:
    """The generic stubs of an exercise by name: functions; for an experiment, groups of arrays."""
    if entry.exercise.kind == "E":
        return {name: _artefact(entry, change) for name, change in {**LIKE, **LINES}.items()}
    if isinstance(entry.solution, type):
        return _modules(entry.solution)
    if "epochs" in entry.exercise.signature:  # what trains is not run to learn the form of a result
        return GENERIC
    reference = getattr(right, entry.name)
    return {**GENERIC, **{name: _like(reference, change) for name, change in LIKE.items()}}


def _modules(reference: type) -> Mapping[str, Any]:
    """Classes that solve nothing: all methods do what a generic stub does, or what has the form of
    the reference's result.
    """
    names = ["forward", *(n for n in vars(reference) if not n.startswith("_"))]

    def generic(stub: Function) -> type:
        def made(self: Any, *given: Any, **named: Any) -> None:
            torch.nn.Module.__init__(self)
            self.weight = torch.nn.Parameter(torch.ones(1))

        methods = {name: lambda self, *given, **named: stub(*given) for name in names}
        return type(reference.__name__, (torch.nn.Module,), {"__init__": made, **methods})

    def like(change: Callable[[torch.Tensor], torch.Tensor]) -> type:
        def method(name: str) -> Function:
            right = getattr(reference, name)
            return lambda self, *given, **named: _like(partial(right, self), change)(*given)

        return type(reference.__name__, (reference,), {name: method(name) for name in names})

    found = {name: generic(stub) for name, stub in GENERIC.items()}
    return {**found, **{name: like(change) for name, change in LIKE.items()}}


def _tensors(arguments: tuple[Any, ...]) -> list[torch.Tensor]:
    return [tensor for tensor in tensors_in(arguments) if tensor.is_floating_point()]


def _first(arguments: tuple[Any, ...]) -> torch.Tensor:
    """The first tensor, or one of the first network's parameters, or a zero."""
    networks = (p for a in arguments if isinstance(a, Network) for p in a.parameters())
    return next(iter([*_tensors(arguments), *networks]), torch.zeros((), dtype=torch.float64))


def _row(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.sum(-1) if tensor.ndim else tensor


def _through_networks(arguments: tuple[Any, ...]) -> Any:
    """The first tensor, passed through every network in turn, as far as it fits."""
    value: Any = _first(arguments)
    for network in (a for a in arguments if isinstance(a, Network)):
        value = value[0] if isinstance(value, tuple) else value
        value = network(value)
    return value


def _total(value: Any) -> torch.Tensor:
    return sum((part.sum() for part in tensors_in(value)), torch.zeros(()))


def _raise(error: type[Exception]) -> Function:
    def stub(*arguments: Any) -> Any:
        raise error("not written yet")

    return stub


# What a function can return without knowing what it is for.
GENERIC: Mapping[str, Function] = {
    "nothing": lambda *a: None,
    "the first argument": lambda *a: a[0],
    "the last argument": lambda *a: a[-1],
    "all arguments": lambda *a: tuple(a),
    "a sum times 0": lambda *a: _first(a).sum() * 0,
    "every parameter times 0": lambda *a: sum(
        (p.sum() * 0 for x in a if isinstance(x, Network) for p in x.parameters()),
        _first(a).sum() * 0,
    ),
    "the sum of everything": lambda *a: sum((t.sum() for t in _tensors(a)), _first(a).sum() * 0),
    "a sum over the last axis": lambda *a: _row(_first(a)),
    "zeros like an argument": lambda *a: _first(a) * 0,
    "ones like an argument": lambda *a: _first(a) * 0 + 1,
    "an argument between 0 and 1": lambda *a: _first(a).sigmoid(),
    "the sign of an argument": lambda *a: _first(a).sign(),
    "a row of zeros": lambda *a: _row(_first(a) * 0),
    "a row of ones": lambda *a: _row(_first(a) * 0) + 1,
    "the networks' output": lambda *a: _through_networks(a),
    "the sum of the networks' output": lambda *a: _total(_through_networks(a)),
    "noise": lambda *a: torch.randn_like(_first(a)),
    "a row of noise": lambda *a: torch.randn_like(_row(_first(a))),
    "0.0": lambda *a: 0.0,
    "1.0": lambda *a: 1.0,
    "inf": lambda *a: float("inf"),
    "-inf": lambda *a: float("-inf"),
    "an empty tuple": lambda *a: (),
    "an empty dict": lambda *a: {},
    "ValueError": _raise(ValueError),
    "NotImplementedError": _raise(NotImplementedError),
}
# What has the form of the right result, with nothing in it.
LIKE: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "zeros": torch.zeros_like,
    "ones": torch.ones_like,
    "halves": lambda t: torch.full_like(t, 0.5 if t.is_floating_point() else 1),
    "log 2": lambda t: torch.full_like(t, math.log(2) if t.is_floating_point() else 1),
    "infinity": lambda t: torch.full_like(t, float("inf") if t.is_floating_point() else 1),
    "normal noise": lambda t: torch.randn(t.shape).to(t.dtype),
    "uniform noise": lambda t: torch.rand(t.shape).to(t.dtype),
}


SETTINGS = 5


def _line(start: float, end: float) -> Callable[[torch.Tensor], torch.Tensor]:
    """From one value to another along the first axis. Settings, a few numbers, stay: anybody can
    write down a learning rate.
    """

    def line(like: torch.Tensor) -> torch.Tensor:
        if len(like) < SETTINGS:
            return like
        steps = torch.linspace(start, end, len(like)).reshape(-1, *(1,) * (like.ndim - 1))
        return steps.expand(like.shape).to(like.dtype)

    return line


# What a history of training can be without any training.
LINES: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "a line that rises": _line(-200.0, -100.0),
    "a line that falls": _line(200.0, 100.0),
}


def _like(reference: Function, change: Callable[[torch.Tensor], torch.Tensor]) -> Function:
    """What has the form of the reference's result, and a graph back to the arguments without a
    gradient in it.
    """

    def stub(*arguments: Any) -> Any:
        graph = GENERIC["every parameter times 0"](*arguments)
        try:  # on copies: what the reference records and changes is no part of the form
            value = reference(*map(_copy, arguments))
        except Exception:
            return graph
        return _changed(value, lambda t: change(t) + graph if t.is_floating_point() else change(t))

    return stub


def _copy(argument: Any) -> Any:
    if isinstance(argument, Network):
        return Network.from_state(argument.state())
    return map_tensors(argument, lambda t: t.detach().clone())


def _changed(value: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    if type(value) is float:
        return change(torch.tensor(value, dtype=torch.float64)).item()
    if type(value) is tuple:
        return tuple(_changed(part, change) for part in value)
    return map_tensors(value, change)


def _artefact(entry: Entry, change: Callable[[torch.Tensor], torch.Tensor]) -> dict[str, Any]:
    """The arrays of an experiment, every one replaced: a file that nobody trained for."""
    torch.manual_seed(0)
    return {
        name: {key: change(torch.as_tensor(array)).numpy() for key, array in group.items()}
        for name, group in entry.beside.items()
    }
