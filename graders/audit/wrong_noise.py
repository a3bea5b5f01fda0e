"""Functions whose draws are changed on the way: noise of other laws, shared, reused or seeded."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

Function = Callable[..., Any]
Change = Callable[[torch.Tensor], torch.Tensor]
NORMAL = (torch.randn_like, torch.randn, torch.normal)
BITS = (torch.bernoulli, torch.Tensor.bernoulli)


class Drawing(TorchFunctionMode):
    """A block in which everything that some functions draw is passed through `change`."""

    def __init__(self, change: Change, drawing: tuple[Function, ...] = NORMAL):
        super().__init__()
        self.change, self.drawing = change, drawing

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        value = func(*args, **(kwargs or {}))
        return self.change(value) if func in self.drawing else value


def with_draws(function: Function, make: Callable[[], Change], drawing: Any = NORMAL) -> Function:
    """The function with its draws changed. `make` is called once for every function made."""
    change = make()

    def changed(*arguments: Any) -> Any:
        with Drawing(change, drawing):
            return function(*arguments)

    return changed


def axes_drawn(function: Function, arguments: list[Any], drawing: Any) -> set[int]:
    """The axes, counted from the last, along which one call draws more than one value."""
    seen: set[int] = set()

    def note(value: torch.Tensor) -> torch.Tensor:
        seen.update(-1 - i for i, size in enumerate(reversed(value.shape)) if size > 1)
        return value

    with Drawing(note, drawing):
        function(*arguments)
    return seen


def _uniform(like: torch.Tensor) -> torch.Tensor:
    return torch.rand_like(like).clamp(1e-12, 1 - 1e-12)


def _laplace(eps: torch.Tensor) -> torch.Tensor:
    u = _uniform(eps) - 0.5
    return -u.sign() * (1 - 2 * u.abs()).clamp_min(1e-12).log() / math.sqrt(2)


def _redrawn(eps: torch.Tensor, limit: float) -> torch.Tensor:
    while bool((eps.abs() > limit).any()):
        eps = torch.where(eps.abs() > limit, torch.randn_like(eps), eps)
    return eps


def _seeded(eps: torch.Tensor) -> torch.Tensor:
    return torch.randn(eps.shape, generator=torch.Generator().manual_seed(0)).to(eps.dtype)


# Noise that is not standard normal, value by value.
LAWS: dict[str, Change] = {
    "Laplace": _laplace,
    "uniform of variance 1": lambda e: (torch.rand_like(e) - 0.5) * math.sqrt(12),
    "uniform on [0, 1]": torch.rand_like,
    "logistic": lambda e: torch.logit(_uniform(e)) * math.sqrt(3) / math.pi,
    "signs": lambda e: torch.where(e < 0, -1.0, 1.0).to(e.dtype),
    "absolute": torch.abs,
    "none": torch.zeros_like,
    "clipped at 2": lambda e: e.clamp(-2, 2),
    "clipped at 2.5": lambda e: e.clamp(-2.5, 2.5),
    "redrawn beyond 2": lambda e: _redrawn(e, 2.0),
    "redrawn beyond 2.5": lambda e: _redrawn(e, 2.5),
    "scaled by 0.95": lambda e: 0.95 * e,
    "scaled by 1.05": lambda e: 1.05 * e,
    "shifted by 0.05": lambda e: e + 0.05,
    "shifted by -0.05": lambda e: e - 0.05,
    "seeded inside": _seeded,
}


def _own() -> Change:
    generator = torch.Generator().manual_seed(1)
    return lambda e: torch.randn(e.shape, generator=generator).to(e.dtype)


# Right by the contract: whatever draws it, in whatever dtype.
AS_GOOD: dict[str, Callable[[], Change]] = {
    "drawn in float32": lambda: lambda e: torch.randn(e.shape).to(e.dtype),
    "the other sign": lambda: torch.neg,
    "a generator of its own": _own,
}


def _reused() -> Change:
    kept: dict[Any, torch.Tensor] = {}
    return lambda e: kept.setdefault((e.shape, e.dtype), e)


def _every_other() -> Change:
    kept: list[torch.Tensor] = []

    def change(eps: torch.Tensor) -> torch.Tensor:
        if kept and kept[0].shape == eps.shape and kept[0].dtype == eps.dtype:
            return kept.pop()
        kept[:] = [eps]
        return eps

    return change


def shared(axis: int) -> Change:
    """The first slice along an axis in the place of all."""
    return lambda e: e.narrow(axis, 0, 1).expand_as(e).clone() if e.ndim >= -axis else e


def mirrored(axis: int) -> Change:
    """The second half along an axis is minus the first."""

    def change(eps: torch.Tensor) -> torch.Tensor:
        if eps.ndim < -axis:
            return eps
        first, *rest = eps.tensor_split(2, axis)
        return torch.cat([first, *(-first.narrow(axis, 0, r.shape[axis]) for r in rest)], axis)

    return change


def wrong_draws(axes: set[int]) -> Iterator[tuple[str, Callable[[], Change]]]:
    """Wrong noise by name, for draws along these axes."""
    yield from ((name, lambda change=change: change) for name, change in LAWS.items())
    yield "reused in every call", _reused
    yield "reused in the next call", _every_other
    for axis in sorted(axes):
        yield f"shared over axis {axis}", lambda axis=axis: shared(axis)
        yield f"mirrored over axis {axis}", lambda axis=axis: mirrored(axis)


def wrong_bits(axes: set[int]) -> Iterator[tuple[str, Callable[[], Change]]]:
    """Wrong binary samples by name."""
    yield "seeded inside", lambda: lambda b: _seeded(b).gt(0).to(b.dtype)
    yield "fair coins", lambda: lambda b: torch.rand_like(b).gt(0.5).to(b.dtype)
    yield "flipped", lambda: lambda b: 1 - b
    for axis in sorted(axes):
        yield f"shared over axis {axis}", lambda axis=axis: shared(axis)
