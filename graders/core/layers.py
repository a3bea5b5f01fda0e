"""The layers that the grader's networks are made of: each is a name and sizes, so it crosses as
plain data.

A specification is a tuple such as `("linear", 3, 8)`. These exist:

    ("reals",)                          an input as it is
    ("number",)                         one real number per example, (...,) -> (..., 1)
    ("embedding", rows, columns)        one integer per example, int64 (...,) -> (..., columns)
    ("linear", inputs, outputs)         torch.nn.Linear
    ("deviation", inputs, outputs)      exp(x / 2) of what a linear one gives
    ("convolution", inputs, outputs, k) torch.nn.Conv2d with k x k weights, the image's size kept
    ("layer_norm", size)                torch.nn.LayerNorm
    ("batch_norm", size)                torch.nn.BatchNorm1d, with its buffers
    ("scale", size)                     a factor for each entry of the last axis
    ("offset", size)                    a buffer that is added to the last axis, and a count
    ("again",)                          the layer before it once more: one module in two places
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import torch
from torch import nn

Spec = tuple[str | int, ...]
MAX_LAYERS, MAX_SIZE = 64, 2**31


class Number(nn.Module):
    """One number per example as a column of its own."""

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        return value[..., None]


class Deviation(nn.Linear):
    """Standard deviations, where a linear layer gives the logarithms of variances."""

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        return (super().forward(value) / 2).exp()


class Scale(nn.Module):
    """A factor for each entry of the last axis."""

    def __init__(self, size: int, device: str):
        super().__init__()
        self.factor = nn.Parameter(torch.ones(size, device=device))

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        return value * self.factor


class Offset(nn.Module):
    """A buffer that is added to the last axis, and a count: they are no parameters."""

    def __init__(self, size: int, device: str):
        super().__init__()
        self.offset: torch.Tensor
        self.register_buffer("offset", torch.zeros(size, device=device))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64, device=device))

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        return value + self.offset


KINDS: dict[str, Callable[..., nn.Module]] = {
    "reals": lambda device: nn.Identity(),
    "number": lambda device: Number(),
    "embedding": nn.Embedding,
    "linear": nn.Linear,
    "deviation": Deviation,
    "convolution": lambda inputs, outputs, k, device: nn.Conv2d(
        inputs, outputs, k, padding="same", device=device
    ),
    "layer_norm": nn.LayerNorm,
    "batch_norm": nn.BatchNorm1d,
    "scale": Scale,
    "offset": Offset,
    "again": lambda device: nn.Identity(),
}


class UnknownLayer(ValueError):
    """A specification that no layer has; the text says which exist."""


@lru_cache(maxsize=512)
def _prototype(spec: Spec) -> nn.Module:
    kind, *sizes = spec
    if kind not in KINDS or not all(type(size) is int and 0 < size <= MAX_SIZE for size in sizes):
        raise UnknownLayer(f"there is no layer {spec!r}; there are {', '.join(KINDS)}, with sizes")
    try:
        return KINDS[str(kind)](*sizes, device="meta")
    except Exception as error:
        raise UnknownLayer(f"the layer {spec!r} cannot be made: {error}") from None


def parameter_shapes(specs: Sequence[Spec]) -> list[tuple[int, ...]]:
    """The shapes of the parameters of these layers, in order. Raises UnknownLayer."""
    return [tuple(p.shape) for spec in specs for p in _prototype(spec).parameters()]


def buffer_kinds(specs: Sequence[Spec]) -> list[tuple[tuple[int, ...], bool]]:
    """The shapes of the buffers of these layers in order, and whether they are real. Raises
    UnknownLayer.
    """
    return [
        (tuple(b.shape), b.is_floating_point())
        for spec in specs
        for b in _prototype(spec).buffers()
    ]


def first_buffers(specs: Sequence[Spec], dtype: torch.dtype) -> list[torch.Tensor]:
    """The buffers of layers that have seen nothing: means 0, variances 1, counts 0."""
    found = []
    for spec in specs:
        for name, buffer in _prototype(spec).named_buffers():
            kind = dtype if buffer.is_floating_point() else buffer.dtype
            found.append(torch.full(buffer.shape, float("var" in name), dtype=kind))
    return found


def build(
    spec: Spec, parameters: Iterator[torch.Tensor], buffers: Iterator[torch.Tensor]
) -> nn.Module:
    """A layer on these tensors, taken from the front of two lists of which they are the first.

    A copy of a prototype: allocating and drawing parameters first costs more than a call of a small
    network. Nothing that a submission hangs on it (hooks, attributes) stays for the next.
    """
    prototype = _prototype(spec)
    layer = object.__new__(type(prototype))
    for name, value in vars(prototype).items():
        vars(layer)[name] = value.copy() if isinstance(value, dict | set | list) else value
    for name, value in zip(prototype._parameters, parameters):
        own = isinstance(value, nn.Parameter)
        layer._parameters[name] = value if own else nn.Parameter(value)  # type: ignore[assignment]
    for name, value in zip(prototype._buffers, buffers):
        layer._buffers[name] = value
    return layer
