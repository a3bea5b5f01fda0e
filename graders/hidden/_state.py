"""The law that arguments and networks are afterwards as they were (law 10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from graders.core.contract import Contract, Net, Tensor
from graders.core.fixtures import Network, NetworkState, worn
from graders.core.verdict import Failure


def law_state(name: str, contract: Contract, student: Any, draw: Any) -> None:
    for used in (True, False):
        dtype = getattr(torch, contract.dtypes[0])
        given = contract.draw(draw, contract.usual, dtype)
        for part, value in zip(contract.takes, given, strict=True):
            if isinstance(part, Tensor) and part.graph and used:
                value.requires_grad_()
            if isinstance(value, Network):
                value = worn(value) if used else value
                value.train(used)
        _unchanged(name, contract, given, student.observe(name, *given))


def _unchanged(name: str, contract: Contract, given: Sequence[Any], seen: Any) -> None:
    tensors = [value for value in given if isinstance(value, torch.Tensor)]
    after = [v for v, before in zip(seen.arguments, given) if isinstance(before, torch.Tensor)]
    for before, value, (flag, gradient) in zip(tensors, after, seen.left, strict=True):
        if not isinstance(value, torch.Tensor) or not _same(before.detach(), value.detach()):
            detail = "the call changed a tensor; copy it"
            raise Failure("an argument was changed", name, detail, got=value)
        if flag != before.requires_grad:
            raise Failure("an argument was changed", name, "the call changed a `requires_grad`")
        if not _same(torch.ones_like(before) if before.requires_grad else None, gradient):
            raise Failure("a `.grad` was changed", name, BACKWARD, got=gradient)
    networks = [value for value in given if isinstance(value, Network)]
    for part, net, state in zip(contract.networks, networks, seen.states, strict=True):
        _same_network(name, part, net.state(), state)


BACKWARD = "the call changed a `.grad`: was backward called inside, or a gradient cleared?"


def _same_network(name: str, part: Net, before: NetworkState, after: NetworkState) -> None:
    every = [
        ("buffers", before.buffers, after.buffers),
        ("requires_grad flags", before.requires_grad, after.requires_grad),
    ]
    if not part.changes:
        every += [
            ("parameters", before.parameters, after.parameters),
            ("gradients", before.gradients, after.gradients),
            ("training mode", (before.training,), (after.training,)),
        ]
    for what, old, new in every:
        if len(old) != len(new) or not all(map(_same, old, new)):
            raise Failure(
                f"a network's {what} changed", name,
                f"the call changed the {what} of a network: they are the caller's", got=list(new),
            )  # fmt: skip


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, torch.Tensor) and isinstance(after, torch.Tensor):
        return (before.shape, before.dtype) == (after.shape, after.dtype) and torch.equal(
            torch.nan_to_num(before), torch.nan_to_num(after)
        )
    return type(before) is type(after) and not isinstance(before, torch.Tensor) and before == after
