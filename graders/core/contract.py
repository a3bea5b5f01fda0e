"""What the arguments and the result of an exercise are, as data: axes by name, and kinds.

    @exercise(
        covers=(...), takes=(data("N D"), net("D -> K, K"), net("K -> D"), count("S")),
        gives=reals("N"), random=True,
    )
    def elbo(x, encoder, decoder, n_samples=1): ...

Axes are letters with a size, numbers, and `...` for any leading axes. What always holds follows
from the declaration: inputs of every size (`Contract.draw`), and the shape of the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from graders.core.draw import Draw
from graders.core.fixtures import Structure, network
from graders.core.inputs import entries
from graders.core.layers import Spec

# All axes differ, so that none can be taken for another.
SIZES = (5, 6, 3, 4, 7, 2)
Sizes = Mapping[str, Any]
LEADING = "..."


@dataclass(frozen=True)
class Tensor:
    """A tensor with these axes, whose entries are of one kind (a key of `inputs.KINDS`).

    graph: the result is differentiable in it wherever the reference is, and nowhere else. column:
    it may come with one more axis of size 1.
    """

    axes: str
    kind: str = "reals"
    graph: bool = False
    column: bool = False

    def shape(self, sizes: Sizes, column: bool = False) -> tuple[int, ...]:
        """The shape for these sizes of the axes."""
        shape: list[int] = []
        for axis in self.axes.split():
            shape += sizes[LEADING] if axis == LEADING else [_size(axis, sizes)]
        return (*shape, 1) if column and self.column else tuple(shape)


@dataclass(frozen=True)
class Number:
    """A Python number: the size of an axis, or a float between two others."""

    axis: str = ""
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True)
class Net:
    """A network with these inputs and outputs, each the name of its last axis: `"D -> K, K"`.

    graph: as for tensors, in all its parameters. changes: its parameters are for the function to
    change. column: its result `(N, 1)` may as well be `(N,)`. scale: of its weights.
    """

    axes: str
    graph: bool = True
    changes: bool = False
    column: bool = False
    scale: float = 1.0

    def structure(self, sizes: Sizes, column: bool = True) -> Structure:
        """A structure that differs from a plain one where people's networks do: a factor that is in
        no linear layer, and buffers.
        """
        inputs, outputs = (_widths(side, sizes) for side in self.axes.split("->"))
        hidden: tuple[Spec, ...] = (("linear", sum(inputs), 7), ("scale", 7), ("offset", 7))
        heads: tuple[Spec, ...] = tuple(("linear", 7, width) for width in outputs)
        return Structure(hidden, heads, squeeze=self.column and not column)


Argument = Tensor | Number | Net


@dataclass(frozen=True)
class Contract:
    """What a function takes and gives. `gives` is empty where anything may come back.

    dtypes: the names of the dtypes that it is asked for. exact: there is one right value.
    """

    takes: tuple[Argument, ...]
    gives: tuple[Tensor | Number, ...]
    dtypes: tuple[str, ...] = ("float64", "float32")
    exact: bool = True

    @property
    def networks(self) -> tuple[Net, ...]:
        """The networks among the arguments."""
        return tuple(part for part in self.takes if isinstance(part, Net))

    @property
    def axes(self) -> tuple[str, ...]:
        """The letters of the axes in the order in which they appear."""
        words = " ".join(_letters(part) for part in (*self.takes, *self.gives)).split()
        return tuple(dict.fromkeys(word for word in words if not word.isdigit()))

    def sizes(self, leading: tuple[int, ...] = ()) -> dict[str, Any]:
        """A size for every axis, all different."""
        letters = [axis for axis in self.axes if axis != LEADING]
        return {LEADING: leading, **dict(zip(letters, SIZES, strict=False))}

    def every_size(self) -> Iterator[dict[str, Any]]:
        """All axes different, then each 1 in turn, then leading axes where there may be any."""
        usual = self.sizes((3,) if set(self.axes) == {LEADING} else ())
        yield usual
        yield from ({**usual, axis: 1} for axis in usual if axis != LEADING)
        if LEADING in self.axes:
            yield {**usual, LEADING: (2, 4)}
            yield {**usual, LEADING: (1,)}

    def draw(
        self,
        draw: Draw,
        sizes: Sizes,
        dtype: torch.dtype = torch.float64,
        *,
        ends: bool = False,
        column: bool = False,
    ) -> list[Any]:
        """Arguments of these sizes. ends: with entries at the ends of their domains; column: every
        `(N,)` that may be `(N, 1)` is.
        """
        return [_drawn(part, draw, sizes, dtype, ends, column) for part in self.takes]


def reals(axes: str, *, graph: bool = True, column: bool = False) -> Tensor:
    """Any real numbers."""
    return Tensor(axes, "reals", graph, column)


def log_variances(axes: str, *, graph: bool = True) -> Tensor:
    """Logarithms of variances."""
    return Tensor(axes, "log_variances", graph)


def logits(axes: str, *, graph: bool = True, column: bool = False) -> Tensor:
    """Real numbers up to 1e4 in size."""
    return Tensor(axes, "logits", graph, column)


def data(axes: str) -> Tensor:
    """Data in [0, 1]: black, white and grey. Needs no graph."""
    return Tensor(axes, "unit")


def unit(axes: str, *, graph: bool = False, column: bool = False) -> Tensor:
    """Numbers in [0, 1] that need not add up to anything."""
    return Tensor(axes, "unit", graph, column)


def probabilities(axes: str) -> Tensor:
    """Vectors on the last axis that are not negative and add up to 1."""
    return Tensor(axes, "probabilities")


def densities(axes: str) -> Tensor:
    """Numbers that are not negative."""
    return Tensor(axes, "densities")


def positives(axes: str, *, graph: bool = False) -> Tensor:
    """Numbers well above 0, such as standard deviations."""
    return Tensor(axes, "positives", graph)


def covariances(axes: str, *, graph: bool = True) -> Tensor:
    """Symmetric positive definite matrices on the last two axes."""
    return Tensor(axes, "covariances", graph)


def permutation(axes: str) -> Tensor:
    """The indices 0 to n - 1 in any order, int64."""
    return Tensor(axes, "permutation")


def distances(axes: str) -> Tensor:
    """A matrix of distances between points: symmetric, 0 on its diagonal."""
    return Tensor(axes, "distances")


def count(axis: str) -> Number:
    """A Python integer that is the size of an axis of its own, or of others' too."""
    return Number(axis)


def number(low: float, high: float) -> Number:
    """A Python float."""
    return Number("", low, high)


def net(
    axes: str,
    *,
    graph: bool = True,
    changes: bool = False,
    column: bool = False,
    scale: float = 1.0,
) -> Net:
    """A network from what to what: `"D -> K, K"` has two outputs, `"D, K -> 1"` two inputs."""
    return Net(axes, graph, changes, column, scale)


def _letters(part: Argument) -> str:
    if isinstance(part, Tensor):
        return part.axes
    return part.axis if isinstance(part, Number) else part.axes.replace("->", " ").replace(",", " ")


def _size(axis: str, sizes: Sizes) -> int:
    return int(axis) if axis.isdigit() else int(sizes[axis])


def _widths(side: str, sizes: Sizes) -> list[int]:
    return [_size(axis.strip(), sizes) for axis in side.split(",")]


def _drawn(
    part: Argument, draw: Draw, sizes: Sizes, dtype: torch.dtype, ends: bool, column: bool
) -> Any:
    if isinstance(part, Number):
        return int(sizes[part.axis]) if part.axis else float(draw.uniform(part.low, part.high))
    if isinstance(part, Net):
        return network(draw, part.structure(sizes, column), scale=part.scale, dtype=dtype)
    value = entries(part.kind, draw, part.shape(sizes, column), ends=ends)
    return value.to(dtype) if value.is_floating_point() else value
