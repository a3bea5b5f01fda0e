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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from graders.core.draw import Draw
from graders.core.fixtures import Structure, network, sure
from graders.core.inputs import entries
from graders.core.layers import Spec

# All axes differ, so that none can be taken for another.
SIZES = (5, 6, 3, 4, 7, 2)
Sizes = Mapping[str, Any]
SPECIAL: tuple[Spec, ...] = (("scale", 7), ("again",), ("offset", 7))
LEADING = "..."
STEP = "step of "


@dataclass(frozen=True)
class Tensor:
    """A tensor with these axes, whose entries are of one kind (a key of `inputs.KINDS`).

    graph: the result is differentiable in it wherever the reference is, and nowhere else. column:
    it may come with one more axis of size 1. below: the axis whose indices these are.
    """

    axes: str
    kind: str = "reals"
    graph: bool = False
    column: bool = False
    below: str = ""

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
    An input may also be a `number` for each example, or a `step of T`: an index of that axis.

    graph: as for tensors, in all its parameters. changes: its parameters are for the function to
    change. column: its result `(N, 1)` may as well be `(N,)`. scale: of its weights. codes: the
    axes of what it is called with, where that is drawn from q(z | x): examples and codes, and in
    front of them the samples of each.
    """

    axes: str
    graph: bool = True
    changes: bool = False
    column: bool = False
    scale: float = 1.0
    codes: str = ""

    def structure(self, sizes: Sizes, column: bool = True) -> Structure:
        """A structure that differs from a plain one where people's networks do: a factor that is in
        no linear layer, in a module that is used twice, and buffers.
        """
        inputs, outputs = (_words(side) for side in self.axes.split("->"))
        wide, layers = zip(*(_input(word, sizes) for word in inputs), strict=True)
        hidden: tuple[Spec, ...] = (("linear", sum(wide), 7), *SPECIAL)
        heads: tuple[Spec, ...] = tuple(("linear", 7, _size(word, sizes)) for word in outputs)
        plain = all(layer == ("reals",) for layer in layers)
        named = ((), ()) if plain else (layers, ("x", "t")[: len(layers)])
        return Structure(hidden, heads, *named, squeeze=self.column and not column)


Argument = Tensor | Number | Net


@dataclass(frozen=True)
class Contract:
    """What a function takes and gives. `gives` is empty where anything may come back.

    dtypes: the names of the dtypes that it is asked for. exact: there is one right value, for one
    draw of codes where some are drawn. constant: the value is right up to a constant, which may
    depend on sizes and on what is positive. names: of the arguments.
    """

    takes: tuple[Argument, ...]
    gives: tuple[Tensor | Number, ...]
    dtypes: tuple[str, ...] = ("float64", "float32")
    exact: bool = True
    constant: bool = False
    names: tuple[str, ...] = ()

    @property
    def codes(self) -> str:
        """The axes of the codes that are drawn, if any are."""
        return next((part.codes for part in self.networks if part.codes), "")

    @property
    def networks(self) -> tuple[Net, ...]:
        """The networks among the arguments."""
        return tuple(part for part in self.takes if isinstance(part, Net))

    @property
    def indexed(self) -> frozenset[str]:
        """The axes whose indices are arguments."""
        return frozenset(p.below for p in self.takes if isinstance(p, Tensor) and p.below)

    @property
    def axes(self) -> tuple[str, ...]:
        """The letters of the axes in the order in which they appear."""
        words = " ".join(_letters(part) for part in (*self.takes, *self.gives)).split()
        return tuple(dict.fromkeys(word for word in words if not word.isdigit()))

    def sizes(self, leading: tuple[int, ...] = ()) -> dict[str, Any]:
        """A size for every axis, all different."""
        letters = [axis for axis in self.axes if axis != LEADING]
        return {LEADING: leading, **dict(zip(letters, SIZES, strict=False))}

    def sizes_of(self, given: Sequence[Any]) -> dict[str, int]:
        """The sizes of the axes by letter, as these arguments have them; without leading axes."""
        found: dict[str, int] = {}
        for part, value in zip(self.takes, given, strict=True):
            if isinstance(part, Number) and part.axis:
                found[part.axis] = int(value)
            elif isinstance(part, Tensor):
                letters = [axis for axis in part.axes.split() if axis != LEADING]
                shape = (
                    value.shape[:-1] if value.ndim > len(letters) and part.column else value.shape
                )
                found |= dict(zip(letters, shape[len(shape) - len(letters) :]))
            elif isinstance(part, Net):
                heads = _words(part.axes.split("->")[1])
                found |= dict(zip(heads, (int(spec[2]) for spec in value.structure.heads)))
        return found

    @property
    def wide(self) -> dict[str, Any]:
        """Sizes with one leading axis, or two where there is no other."""
        return self.sizes((2, 7) if set(self.axes) == {LEADING} else (2,))

    @property
    def usual(self) -> dict[str, Any]:
        """Sizes that all differ, with an axis at least where there may be any."""
        return self.sizes((3,) if set(self.axes) == {LEADING} else ())

    def every_size(self) -> Iterator[dict[str, Any]]:
        """All axes different, then each 1 in turn, then leading axes where there may be any. Of one
        index alone nothing could be asked.
        """
        usual = self.usual
        yield usual
        yield from ({**usual, axis: 1} for axis in usual if axis not in {LEADING, *self.indexed})
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


def multipliers(axes: str) -> Tensor:
    """Numbers in [-1, 0], each the slope of a softplus with its sign changed."""
    return Tensor(axes, "multipliers")


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


def rates(axes: str) -> Tensor:
    """Numbers well between 0 and 1, such as the variances of a noise schedule."""
    return Tensor(axes, "rates")


def kept(axes: str) -> Tensor:
    """Numbers between 0 and 1 that fall along the last axis: what is left of a variance."""
    return Tensor(axes, "kept")


def steps(axes: str, below: str, kind: str = "steps") -> Tensor:
    """Indices of the axis `below`, int64, the first of them 0. kind: `late_steps` are in its second
    half; `early_steps` are in the first, and one of them is -1.
    """
    return Tensor(axes, kind, below=below)


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
    codes: str = "",
) -> Net:
    """A network from what to what: `"D -> K, K"` has two outputs, `"D, K -> 1"` two inputs."""
    return Net(axes, graph, changes, column, scale, codes)


def _letters(part: Argument) -> str:
    if isinstance(part, Tensor):
        return f"{part.axes} {part.below}"
    if isinstance(part, Number):
        return part.axis
    words = (word for side in part.axes.split("->") for word in _words(side))
    return " ".join(word.removeprefix(STEP) for word in words if word != "number")


def _size(axis: str, sizes: Sizes) -> int:
    return int(axis) if axis.isdigit() else int(sizes[axis])


def _words(side: str) -> list[str]:
    return [word.strip() for word in side.split(",")]


def _input(word: str, sizes: Sizes) -> tuple[int, Spec]:
    """How many numbers an input of a network becomes, and the layer that makes them."""
    if word == "number":
        return 1, ("number",)
    if word.startswith(STEP):
        return 4, ("embedding", _size(word.removeprefix(STEP), sizes), 4)
    return _size(word, sizes), ("reals",)


def _drawn(
    part: Argument, draw: Draw, sizes: Sizes, dtype: torch.dtype, ends: bool, column: bool
) -> Any:
    if isinstance(part, Number):
        return int(sizes[part.axis]) if part.axis else float(draw.uniform(part.low, part.high))
    if isinstance(part, Net):
        made = network(draw, part.structure(sizes, column), scale=part.scale, dtype=dtype)
        return sure(made) if ends and part.codes else made
    below = int(sizes[part.below]) if part.below else 0
    value = entries(part.kind, draw, part.shape(sizes, column), ends=ends, below=below)
    return value.to(dtype) if value.is_floating_point() else value
