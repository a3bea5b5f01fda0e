"""Calls in float32 that fail in float64. A tensor of a fixed dtype somewhere in a function, such as
labels from `torch.ones(n)`, is the claim of the check of dtypes; the others look at the values.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from graders.core.fixtures import NetworkState
from graders.core.host import Reply, Request
from graders.core.values import map_tensors
from graders.core.verdict import StudentError

# What torch and Python raise where two dtypes cannot meet.
CLASHES = {"RuntimeError", "TypeError"}


def may_clash(error: StudentError, leaves: list[torch.Tensor]) -> bool:
    """Whether an error can come from a dtype: something is float64, and the error is of the
    kind.
    """
    return not CLASHES.isdisjoint(error.kinds) and doubles(leaves)


def doubles(leaves: list[torch.Tensor]) -> bool:
    """Whether any of these tensors is float64."""
    return any(leaf.dtype == torch.float64 for leaf in leaves)


def narrowed(request: Request) -> Request:
    """The same call in float32."""
    return replace(request, arguments=tuple(map(_single, request.arguments)))


def widened(reply: Reply, request: Request) -> Reply:
    """What such a call left, as float64; arguments that it left alone are those of the request."""
    after = zip(reply.arguments, request.arguments) if reply.arguments else ()
    return replace(
        reply,
        recorded=tuple([map_tensors(call, _double) for call in calls] for calls in reply.recorded),
        arguments=tuple(_restored(value, before) for value, before in after),
        left=tuple((flag, None if g is None else _double(g)) for flag, g in reply.left),
    )


def single(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor in float32 where it is in float64, with its history."""
    return tensor.float() if tensor.dtype == torch.float64 else tensor


def _single(argument: Any) -> Any:
    if isinstance(argument, NetworkState):
        return _network(argument, single)
    return map_tensors(argument, single)


def _double(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.double() if tensor.dtype == torch.float32 else tensor


def _network(state: NetworkState, change: Any) -> NetworkState:
    return replace(
        state,
        parameters=tuple(map(change, state.parameters)),
        gradients=tuple(None if g is None else change(g) for g in state.gradients),
        buffers=tuple(map(change, state.buffers)),
    )


def _restored(after: Any, before: Any) -> Any:
    """An argument after the call: each tensor as it was before, unless the call changed it."""
    if isinstance(after, NetworkState) and isinstance(before, NetworkState):
        olds = iter([*before.parameters, *_present(before.gradients), *before.buffers])
        return _network(after, lambda value: _as_before(value, next(olds, None)))
    kept: list[torch.Tensor] = []
    map_tensors(before, kept.append)
    olds = iter(kept)
    return map_tensors(after, lambda value: _as_before(value, next(olds, None)))


def _present(gradients: tuple[torch.Tensor | None, ...]) -> list[torch.Tensor]:
    return [gradient for gradient in gradients if gradient is not None]


def _as_before(after: torch.Tensor, before: torch.Tensor | None) -> torch.Tensor:
    if before is not None and before.shape == after.shape:
        same = torch.equal(single(before).nan_to_num(), after.nan_to_num())
        if same and single(before).dtype == after.dtype:
            return before
    return _double(after)
