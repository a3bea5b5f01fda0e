"""Whether two functions are one on everything that a declaration lets in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from graders.core.contract import Contract, Tensor
from graders.core.draw import Draw
from graders.core.fixtures import Network
from graders.core.values import tensors_in

Function = Callable[..., Any]


def same(contract: Contract, one: Function, other: Function, room: float) -> bool:
    """Whether two functions give the same values and gradients, or raise the same, for arguments of
    every size, layout and dtype, also at the ends of their domains, up to a relative `room` in
    float64.
    """
    return not any(
        _differ(*(_outcome(contract, f, given(), seed) for f in (one, other)), room)
        for seed, given in enumerate(_cases(contract))
    )


def _cases(contract: Contract) -> Iterator[Callable[[], list[Any]]]:
    dtypes = [getattr(torch, name) for name in contract.dtypes]
    for i, sizes in enumerate([*contract.every_size(), contract.sizes((2,))] * 2):
        for options in ({}, {"column": True}, {"ends": True}):
            for dtype in dtypes:
                yield lambda s=sizes, d=dtype, o=options, i=i: contract.draw(Draw(i), s, d, **o)


def _outcome(contract: Contract, function: Function, given: list[Any], seed: int) -> list[Any]:
    leaves = []
    for part, value in zip(contract.takes, given, strict=True):
        if isinstance(value, Network) and part.graph:
            leaves += list(value.parameters())
        elif isinstance(part, Tensor) and part.graph:
            leaves.append(value.requires_grad_())
    torch.manual_seed(seed)
    try:
        value = function(*given)
    except Exception as error:
        return [type(error).__name__]
    parts = tensors_in(value)
    total = [part.sum() for part in parts if part.requires_grad and part.isfinite().all()]
    slopes = torch.autograd.grad(sum(total), leaves, allow_unused=True) if total and leaves else ()
    state = [p.detach() for v in given if isinstance(v, Network) for p in v.parameters()]
    return [*_plain(value), *(0.0 if s is None or not s.any() else s for s in slopes), *state]


def _plain(value: Any) -> list[Any]:
    if isinstance(value, (tuple, list)):
        return [plain for part in value for plain in _plain(part)]
    if isinstance(value, dict):
        return [plain for part in value.values() for plain in _plain(part)]
    return [value.detach() if isinstance(value, torch.Tensor) else value]


def _differ(one: list[Any], other: list[Any], room: float) -> bool:
    return len(one) != len(other) or any(_unlike(a, b, room) for a, b in zip(one, other))


def _unlike(one: Any, other: Any, room: float) -> bool:
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        if one.shape != other.shape or one.dtype != other.dtype:
            return True
        if not one.is_floating_point():
            return not torch.equal(one, other)
        room = room if one.dtype == torch.float64 else 1e-5
        scale = one[one.isfinite()].abs().max().item() if one.isfinite().any() else 0.0
        return not torch.allclose(one, other, rtol=room, atol=room * scale, equal_nan=True)
    if isinstance(one, float) and isinstance(other, float):
        return not (one == other or abs(one - other) <= room * (1 + abs(one)))
    return type(one) is not type(other) or one != other
