"""Functions whose arguments or result are changed on the way: dtype, layout, axes, sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from graders.core.contract import Contract, Net, Number, Tensor
from graders.core.fixtures import Network
from graders.core.values import map_tensors

Function = Callable[..., Any]
Change = Callable[[torch.Tensor], torch.Tensor]


def wrong_dtypes(function: Function, contract: Contract) -> Iterator[tuple[str, Function]]:
    """Computed or given back in another dtype, and out of range where the domain ends."""
    if not any(isinstance(part, Tensor) for part in contract.gives):
        return
    for dtype in (torch.float32, torch.float64):
        yield f"returned in {_name(dtype)}", _of_result(function, lambda t, d=dtype: t.to(d))
    for dtype in (torch.bfloat16, torch.float32):
        yield f"computed in {_name(dtype)}", computed_in(function, dtype)
    for name, kinds, change in RANGES:
        for place, part in enumerate(contract.takes):
            if isinstance(part, Tensor) and part.kind in kinds:
                yield f"argument {place + 1} {name}", _of_argument(function, place, change)
    yield "NaN where an exponential overflows", _overflowing(function)


def wrong_axes(function: Function, contract: Contract) -> Iterator[tuple[str, Function]]:
    """Arguments and results along the wrong axes, and factors that are sizes of axes."""
    for place, part in enumerate(contract.takes):
        if isinstance(part, Tensor) and part.axes.split():
            for name, change in ARGUMENTS.items():
                yield f"argument {place + 1}: {name}", _of_argument(function, place, change)
    for first in range(len(contract.takes)):
        for second in range(first):
            if _alike(contract.takes[first], contract.takes[second]):
                yield (
                    f"arguments {second + 1} and {first + 1} exchanged",
                    _exchanged(function, second, first),
                )
    if not contract.gives:
        return
    for axis in contract.axes:
        if axis != "...":
            for name, power in (("divided", -1), ("multiplied", 1)):
                yield f"{name} by {axis}", _scaled(function, contract, axis, power)
    for name, change in RESULTS.items():
        yield f"result {name}", _of_result(function, change)
    for i in range(len(contract.gives)):
        if len(contract.gives) > 1:
            yield f"part {i + 1} is that before it", _part_repeated(function, i)
            yield f"part {i + 1} negated", _part_negated(function, i)


def wrong_sizes(function: Function, contract: Contract) -> Iterator[tuple[str, Function]]:
    """Right for one size, one number of axes, one call."""
    for axis in contract.axes:
        if axis != "...":
            yield f"wrong where {axis} is 1", _where_one(function, contract, axis)
    if "..." in contract.axes:
        yield "one leading axis only", _few_axes(function, contract)
    yield "the result of the first call", _cached(function)
    yield "squeezed", _of_result(function, torch.Tensor.squeeze)
    for place, part in enumerate(contract.takes):
        if isinstance(part, Number) and part.axis:
            yield f"argument {place + 1} taken for 1", _with(function, place, lambda _: 1)
            yield f"argument {place + 1} and one more", _with(function, place, lambda n: n + 1)
        elif isinstance(part, Number):
            yield f"argument {place + 1} not used", _with(function, place, lambda _: part.low)
        if getattr(part, "column", False):
            yield f"argument {place + 1} as a column", _column(function, place, True)
            yield f"argument {place + 1} as a row", _column(function, place, False)


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.kind == other.kind and len(one.axes.split()) == len(other.axes.split())
    return isinstance(one, Net) and isinstance(other, Net) and one.axes == other.axes


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _floating(change: Change) -> Change:
    return lambda t: change(t) if t.is_floating_point() else t


def _of_result(function: Function, change: Change) -> Function:
    return lambda *arguments: map_tensors(function(*arguments), change)


def _of_argument(function: Function, place: int, change: Change) -> Function:
    def changed(*arguments: Any) -> Any:
        return function(*(change(a) if i == place else a for i, a in enumerate(arguments)))

    return changed


def _with(function: Function, place: int, change: Callable[[Any], Any]) -> Function:
    return _of_argument(function, place, change)


def _exchanged(function: Function, one: int, other: int) -> Function:
    def exchanged(*arguments: Any) -> Any:
        given = list(arguments)
        given[one], given[other] = given[other], given[one]
        return function(*given)

    return exchanged


def computed_in(function: Function, dtype: torch.dtype) -> Function:
    """The function of what arguments are in this dtype, as it is where they have it anyway."""

    def computed(*arguments: Any) -> Any:
        real = next(
            (a.dtype for a in arguments if isinstance(a, torch.Tensor) and a.is_floating_point()),
            None,
        )
        if real is None:
            return function(*arguments)
        rounded = [
            _floating(lambda t: t.to(dtype).to(real))(a) if isinstance(a, torch.Tensor) else a
            for a in arguments
        ]
        return map_tensors(function(*rounded), _floating(lambda t: t.to(dtype).to(t.dtype)))

    return computed


def _overflowing(function: Function) -> Function:
    """NaN in float32 wherever the exponential of an argument or of a score overflows."""

    def overflowing(*arguments: Any) -> Any:
        tensors = [a for a in arguments if isinstance(a, torch.Tensor) and a.is_floating_point()]
        nothing = sum(0 * t.exp().sum() for t in tensors)
        return map_tensors(function(*arguments), _floating(lambda t: t + nothing))

    return overflowing


def _sizes(contract: Contract, arguments: tuple[Any, ...]) -> dict[str, int]:
    """The sizes of the axes by letter, as the arguments have them."""
    found: dict[str, int] = {}
    for part, value in zip(contract.takes, arguments):
        if isinstance(part, Number) and part.axis:
            found[part.axis] = int(value)
        elif isinstance(part, Tensor):
            letters = part.axes.split()
            shape = value.shape[:-1] if len(value.shape) > len(letters) else value.shape
            if "..." in letters:
                letters = letters[1:]
            if letters and len(shape) >= len(letters):
                found |= dict(zip(letters, shape[-len(letters) :]))
    return found


def _scaled(function: Function, contract: Contract, axis: str, power: int) -> Function:
    def scaled(*arguments: Any) -> Any:
        size = _sizes(contract, arguments).get(axis, 2)
        return _times(function(*arguments), float(size) ** power)

    return scaled


def _times(value: Any, factor: float) -> Any:
    if type(value) is float:
        return value * factor
    if type(value) is tuple:
        return tuple(_times(part, factor) for part in value)
    return map_tensors(value, _floating(lambda t: t * factor))


def _where_one(function: Function, contract: Contract, axis: str) -> Function:
    def wrong(*arguments: Any) -> Any:
        value = function(*arguments)
        one = _sizes(contract, arguments).get(axis) == 1
        return _times(value, 2.0) if one else value

    return wrong


def _few_axes(function: Function, contract: Contract) -> Function:
    place, part = next(
        (i, p) for i, p in enumerate(contract.takes) if isinstance(p, Tensor) and "..." in p.axes
    )
    most = len(part.axes.split())

    def few(*arguments: Any) -> Any:
        if arguments[place].ndim > most:
            raise ValueError("too many dimensions")
        return function(*arguments)

    return few


def _cached(function: Function) -> Function:
    """What the first call with arguments of these shapes gave."""
    kept: dict[Any, Any] = {}

    def cached(*arguments: Any) -> Any:
        key = tuple(
            (a.shape, a.dtype, a.requires_grad) if isinstance(a, torch.Tensor) else type(a)
            for a in arguments
        )
        return kept[key] if key in kept else kept.setdefault(key, function(*arguments))

    return cached


def _column(function: Function, place: int, column: bool) -> Function:
    """As for `(N, 1)`, or for `(N,)`, whatever comes: what does not fit is an error."""

    def strict(*arguments: Any) -> Any:
        value = arguments[place]
        if isinstance(value, torch.Tensor) and (value.ndim == 2) != column:
            raise IndexError("too many or too few dimensions")
        if isinstance(value, Network) and value.structure.squeeze == column:
            raise IndexError("too many or too few dimensions")
        return function(*arguments)

    return strict


def _part_repeated(function: Function, i: int) -> Function:
    def repeated(*arguments: Any) -> Any:
        value = list(function(*arguments))
        value[i] = value[i - 1]
        return tuple(value)

    return repeated


def _part_negated(function: Function, i: int) -> Function:
    def negated(*arguments: Any) -> Any:
        value = list(function(*arguments))
        value[i] = -value[i]
        return tuple(value)

    return negated


def _of_rows(change: Change) -> Change:
    """A change of real tensors that have an axis to change along."""
    return lambda t: change(t) if t.ndim and t.is_floating_point() else t


ARGUMENTS: dict[str, Change] = {
    "the first along the first axis for all": _of_rows(lambda t: t[:1].expand_as(t)),
    "the first along the last axis for all": _of_rows(lambda t: t[..., :1].expand_as(t)),
    "its mean along the first axis": _of_rows(lambda t: t.mean(0, keepdim=True).expand_as(t)),
    "its mean along the last axis": _of_rows(lambda t: t.mean(-1, keepdim=True).expand_as(t)),
    "without its mean along the first axis": _of_rows(lambda t: t - t.mean(0, keepdim=True)),
    "turned along the first axis": _of_rows(lambda t: t.roll(1, 0)),
    "turned along the last axis": _of_rows(lambda t: t.roll(1, -1)),
    "transposed": lambda t: t.mT if t.ndim > 1 and t.shape[-1] == t.shape[-2] else t,
    "detached": torch.Tensor.detach,
    "its absolute values": _of_rows(torch.abs),
    "its last left out": _of_rows(lambda t: torch.cat([t[:-1], 0 * t[-1:]])),
    "not used": _of_rows(lambda t: torch.full_like(t, 0.5)),
}
RESULTS: dict[str, Change] = {
    "with one more axis": lambda t: t.unsqueeze(-1),
    "with one more axis in front": lambda t: t.unsqueeze(0),
    "flattened": torch.Tensor.flatten,
    "transposed": lambda t: t.mT if t.ndim > 1 else t,
    "broadcast": lambda t: t[:, None] + 0 * t if t.ndim == 1 else t,
    "summed": _floating(lambda t: t.sum()),
    "its mean": _floating(lambda t: t.mean()),
    "its mean, for each": _floating(lambda t: t.mean().expand_as(t)),
    "negated": _floating(torch.neg),
    "halved": _floating(lambda t: t / 2),
    "and 0.01": _floating(lambda t: t + 0.01),
    "not negative": _floating(lambda t: t.clamp_min(0)),
    "rounded to four places": _floating(lambda t: t.detach().round(decimals=4) + (t - t.detach())),
    "zero in place of what is not finite": _floating(
        lambda t: torch.where(t.isfinite(), t, torch.zeros_like(t))
    ),
}
# The ends of domains, avoided as people do.
RANGES: tuple[tuple[str, tuple[str, ...], Change], ...] = (
    ("clamped to 20", ("logits",), lambda t: t.clamp(-20, 20)),
    ("clamped to 10", ("log_variances",), lambda t: t.clamp(-10, 10)),
    ("clamped away from 0 and 1", ("unit",), lambda t: t.clamp(1e-6, 1 - 1e-6)),
    ("clamped away from 0", ("probabilities", "densities"), lambda t: t.clamp_min(1e-6)),
    ("moved from 0", ("probabilities", "densities", "unit"), lambda t: t + 1e-6),
)
