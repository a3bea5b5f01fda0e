"""Solutions that are right for some calls and then return junk: no check of ours may break on any.

Whatever a value is, the check that meets it fails. A check that breaks is a grader fault, which
withholds a grade that was earned or lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from graders.core.engine import run_exercise
from graders.core.host import Host
from graders.core.values import map_tensors
from graders.core.verdict import Status
from graders.grading.catalogue import Entry, Homework

KEY = "fuzz"
AFTER = (0, 1, 2, 4, 7)


class _Backward(torch.autograd.Function):
    """The identity, with a gradient that is something else."""

    @staticmethod
    def forward(ctx: Any, value: torch.Tensor, change: Callable) -> torch.Tensor:
        ctx.change = change
        return value.clone()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple:
        return ctx.change(gradient), None


def _raise(_: Any) -> None:
    raise ValueError("in backward")


def _on_gradients(change: Callable) -> Callable:
    return _on_tensors(
        lambda t: _Backward.apply(t, change) if t.is_floating_point() and t.requires_grad else t
    )


def _on_tensors(change: Callable) -> Callable:
    return lambda value: map_tensors(value, change)


def _integers(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().nan_to_num().to(torch.int64)


JUNK: dict[str, Callable[[Any], Any]] = {
    "nothing": lambda value: None,
    "a string": lambda value: "x",
    "a float": lambda value: 1.5,
    "an integer": lambda value: 2**62,
    "a large one": lambda value: 10**4000,
    "an object": lambda value: object(),
    "a dict": lambda value: {"a": value},
    "an empty list": lambda value: [],
    "a ragged list": lambda value: [[1.0], [1.0, 2.0]],
    "a triple": lambda value: (value, value, value),
    "a numpy array": lambda value: np.ones(3),
    "an array of them": _on_tensors(lambda t: t.detach().numpy()),
    "nan": _on_tensors(lambda t: t.double() * float("nan")),
    "inf": _on_tensors(lambda t: t.double() + float("inf")),
    "too large": _on_tensors(lambda t: t.double() * 1e308 * 10),
    "complex": _on_tensors(lambda t: t.to(torch.complex128)),
    "integers": _on_tensors(_integers),
    "truth values": _on_tensors(torch.Tensor.bool),
    "half precision": _on_tensors(torch.Tensor.half),
    "single precision": _on_tensors(torch.Tensor.float),
    "no entries": _on_tensors(lambda t: t.reshape(-1)[:0]),
    "another axis": _on_tensors(lambda t: t[None]),
    "twice as long": _on_tensors(lambda t: torch.cat([t.reshape(-1), t.reshape(-1)])),
    "a long row": lambda value: torch.zeros(10**6, dtype=torch.float64),
    "a long column": lambda value: torch.zeros(10**6, 1, dtype=torch.float64),
    "a billion entries": lambda value: torch.zeros(1).expand(10**9),
    "a tensor without data": _on_tensors(lambda t: t.detach().to("meta")),
    "a sparse tensor": lambda value: torch.zeros(3, 3).to_sparse(),
    "an error in backward": _on_gradients(_raise),
    "gradients of nan": _on_gradients(lambda g: g * float("nan")),
    "gradients of inf": _on_gradients(lambda g: g * 1e300 * 1e300),
    "gradients of 0": _on_gradients(lambda g: g * 0),
}


def faults(entry: Entry, homework: Homework, after: Sequence[int] = AFTER) -> list[str]:
    """What broke a check of a function: the junk, after how many right calls, and where."""
    if entry.exercise.kind != "F":
        return []
    # Once is enough for what trains: each run of it takes seconds.
    after = after[:1] if "epochs" in entry.exercise.signature else after
    return [
        f"{name} after {count} right calls breaks {check}: {message}"
        for name, junk in JUNK.items()
        for count in after
        for check, message in _broken_by(entry, homework, _late(entry.solution, junk, count))
    ]


def _broken_by(entry: Entry, homework: Homework, function: Callable) -> list[tuple[str, str]]:
    host = Host({entry.name: function})
    verdicts = [
        *run_exercise(entry.public, host, key=KEY, public=True),
        *run_exercise(entry.hidden, host, key=KEY, public=False, right=homework.right),
    ]
    return [(v.check, v.message) for v in verdicts if v.status is Status.GRADER_FAULT]


def _late(right: Callable, junk: Callable[[Any], Any], count: int) -> Callable:
    """A function that is right for so many calls, and returns junk from then on."""
    calls = 0

    def late(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        value = right(*arguments)
        return value if calls <= count else junk(value)

    return late
