"""Checks that need the true prerequisites, in a form that can be judged with stand-ins: the same
calls, with the reference that calls the same stand-ins beside them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from graders.core import expect
from graders.core.engine import run_check
from graders.core.exercise import Check, Exercise
from graders.core.fixtures import Network, NetworkState
from graders.core.host import Request
from graders.core.student import Student
from graders.core.values import map_tensors
from graders.core.verdict import StudentError
from graders.grading.noted import Noted
from graders.grading.right import Right

# A constant may have been rounded to float32, where a sum is near 0.
ATOL = 1e-6


def replayed(check: Check, exercise: Exercise, key: str, right: Right) -> Check | None:
    """A check that makes the calls which this one makes of the reference. None where values cannot
    be compared: they hang on noise, or several are right.

    A statement such as "it is log 2 here" says nothing about a function that calls a stand-in. That
    it is what the right formula gives with the same stand-in is the claim that is left.
    """
    if exercise.contract and not exercise.contract.exact:
        return None
    host = Noted(right.host())
    if not run_check(check, host, key=key, public=False, right=right).passed:
        return None
    calls = [(r, i in host.differentiated) for i, r in enumerate(host.requests)]
    noisy = exercise.random and any(_noisy(right, *call) for call in calls)
    if noisy or not calls:
        return None

    def function(student: Student, right: Right) -> None:
        for request, slopes in calls:
            _agree(student, right, request, slopes)

    return replace(check, function=function, law=None, stand_ins=True)


def _noisy(right: Right, request: Request, slopes: bool) -> bool:
    """Whether another seed gives this call another value, or another slope."""
    first, second = Noted(right.host()), Noted(right.host())
    for host, seed in ((first, request.seed), (second, request.seed + 1)):
        with contextlib.suppress(StudentError):
            value, leaves = _called(Student(host), replace(request, seed=seed))
            if slopes:
                _slopes(value, leaves)
    return first.values != second.values


def _agree(student: Student, right: Right, request: Request, slopes: bool) -> None:
    subject = f"{request.name} beside stand-ins"
    try:
        wanted, theirs = _called(right, request)
    except Exception as error:  # what the exercise asks to be refused
        kind = type(error).__name__
        expect.raises(kind, lambda: _called(student, request)[0], subject=subject)
        return
    got, ours = _called(student, request)
    _same(got, wanted, subject)
    if slopes and theirs:
        names = [f"input {i + 1}" for i in range(len(ours))]
        found = _slopes(wanted, theirs)
        expect.gradients(_total(got), ours, found, names=names, subject=subject, atol=ATOL)


def _called(functions: Any, request: Request) -> tuple[Any, list[torch.Tensor]]:
    """The result of such a call, and the tensors and parameters that asked for gradients."""
    flags, leaves = iter(request.requires_grad), []

    def leaf(tensor: torch.Tensor) -> torch.Tensor:
        tensor = tensor.detach().clone().requires_grad_(next(flags))
        leaves.extend([tensor] if tensor.requires_grad else [])
        return tensor

    def argument(value: Any) -> Any:
        if not isinstance(value, NetworkState):
            return map_tensors(value, leaf)
        network = Network.from_state(value)
        for parameter in network.parameters():
            parameter.requires_grad_(next(flags))
            leaves.extend([parameter] if parameter.requires_grad else [])
        return network

    arguments = [argument(value) for value in request.arguments]
    first = len(arguments) - len(request.keywords)
    named = dict(zip(request.keywords, arguments[first:]))
    if isinstance(functions, Student):
        named["seed"] = request.seed
    return getattr(functions, request.name)(*arguments[:first], **named), leaves


def _same(got: Any, wanted: Any, subject: str) -> None:
    if isinstance(wanted, (tuple, list)):
        names = [f"value {i + 1}" for i in range(len(wanted))]
        for name, one, other in zip(names, expect.parts(got, names, subject=subject), wanted):
            _same(one, other, f"{name} of {subject}")
    elif isinstance(wanted, dict):
        for name, one in zip(wanted, expect.entries(got, list(wanted), subject=subject)):
            _same(one, wanted[name], f"{name!r} of {subject}")
    elif isinstance(wanted, torch.Tensor):
        expect.close(got, wanted, subject=subject, atol=ATOL)
    else:
        expect.number(got, float(wanted), subject=subject, atol=ATOL)


def _slopes(wanted: Any, leaves: Sequence[torch.Tensor]) -> list[torch.Tensor | None]:
    total = _total(wanted)
    return expect.gradient_of(total, leaves)


def _total(value: Any) -> torch.Tensor:
    """The sum of all entries, each part with a weight of its own."""
    tensors: list[torch.Tensor] = []
    map_tensors(value, tensors.append)
    real = [tensor for tensor in tensors if tensor.is_floating_point()]
    return sum((i * t.sum() for i, t in enumerate(real, 1)), torch.zeros((), dtype=torch.float64))
