"""What may cross between a check and a submission, either way. One rule for the notebook, the audit
and the grader.

Plain data only: None, bool, int, float, str, list, tuple, set, dict, dense CPU tensors, numeric
arrays and the grader's own networks. What extends a list, tuple or dict crosses as what it extends.
Everything else is refused with a sentence, so that no object of a submission's own making is ever
looked at by a check, and no check passes what works only as long as nothing is isolated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from graders.core.fixtures import Network
from graders.core.language import say
from graders.core.verdict import TooMuch, Unacceptable

MAX_DEPTH = 32
MAX_ITEMS = 100_000
MAX_TENSORS = 4096
MAX_TENSOR_BYTES = 64 * 2**20
MAX_CHECK_BYTES = 256 * 2**20
MAX_TEXT = 100_000
MAX_AXES = 32
DTYPES = (
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64, torch.complex128,
    torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
)  # fmt: skip
# numpy's own, by exact type: a class that extends one is somebody's object.
SCALARS = frozenset({np.bool_, np.str_, *(np.dtype(code).type for code in "bhilqBHILQefd")})
NUMPY_DTYPES = {kind.str: kind for kind in map(np.dtype, "?bhiqBHIQefdFD")}


def accept(value: Any) -> Any:
    """The value as plain data: exact built-in types, plain tensors (graph kept), or Unacceptable.

    NumPy scalars become Python scalars and parameters become tensors; both behave alike in every
    check.
    """
    return _Acceptance().accept(value, 0)


class CannotPass(TypeError):
    """A check passes what cannot reach a submission: its author's mistake, who reads the text."""


def passable(value: Any, call: str) -> Any:
    """An argument as plain data, or the network that it is. Raises CannotPass."""
    if type(value) is Network:
        return value
    try:
        accepted = accept(value)
    except Unacceptable as refusal:
        raise CannotPass(
            f"{call} is called by its check with {_name(type(value))} as an argument, which cannot"
            f" reach a submission that runs apart: {str(refusal).replace('returned', 'passed')}"
        ) from None
    if _holds_network(accepted):
        raise CannotPass(
            f"{call} is called by its check with a {_name(type(value))} that holds a network: pass"
            " each network as an argument of its own"
        )
    return accepted


def _holds_network(value: Any) -> bool:
    if type(value) in (list, tuple):
        return any(map(_holds_network, value))
    if type(value) is dict:
        return any(map(_holds_network, value.values()))
    return isinstance(value, Network)


def map_tensors(value: Any, function: Callable[[torch.Tensor], Any]) -> Any:
    """The same accepted value with `function` applied to every tensor, arrays copied, networks left
    alone.
    """
    if isinstance(value, torch.Tensor):
        return function(value)
    if type(value) is np.ndarray:
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(map_tensors(item, function) for item in value)
    if type(value) is dict:
        return {key: map_tensors(item, function) for key, item in value.items()}
    return value


def tensors_in(value: Any) -> list[torch.Tensor]:
    """The tensors of an accepted value, in order; of networks, and of arrays, none."""
    found: list[torch.Tensor] = []
    map_tensors(value, found.append)
    return found


class _Acceptance:
    """One walk over one value, counting what it has seen."""

    def __init__(self) -> None:
        self.items = 0
        self.tensors = 0
        self.bytes = 0

    def accept(self, value: Any, depth: int) -> Any:
        self.items += 1
        if depth > MAX_DEPTH:
            raise Unacceptable(
                say(
                    "a value nested more than 32 levels deep cannot be returned; does it hold"
                    " itself?"
                )
            )
        if self.items > MAX_ITEMS:
            raise Unacceptable(
                say(
                    "a value of more than {max_items} items cannot be returned; return tensors",
                    max_items=MAX_ITEMS,
                )
            )
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is int:
            return self._int(value)
        if kind is str:
            return self._text(value)
        if kind in (set, frozenset):
            return frozenset(self._key(item) for item in value)
        # Named tuples, what torch.max returns, ordered and default dicts: as what they extend.
        if issubclass(kind, (list, tuple)):
            base = list if issubclass(kind, list) else tuple
            return base([self.accept(item, depth + 1) for item in base.__iter__(value)])
        if issubclass(kind, dict):
            return {self._key(k): self.accept(item, depth + 1) for k, item in dict.items(value)}
        return self._array(value, kind)

    def _array(self, value: Any, kind: type) -> Any:
        if kind is torch.Tensor:
            return self._tensor(value)
        if kind is torch.nn.Parameter:
            return self._tensor(value * 1 if value.requires_grad else value.detach())
        if kind is np.ndarray:
            return self._ndarray(value)
        if kind in SCALARS:
            return self.accept(value.item(), 0)
        if isinstance(value, torch.Tensor):
            raise Unacceptable(
                say(
                    "a {kind}, which is a subclass of torch.Tensor, cannot be returned; return a"
                    " plain tensor",
                    kind=_name(kind),
                )
            )
        if kind is Network:
            return value
        raise Unacceptable(
            say(
                "a value of type {kind} cannot be returned; return tensors, numbers, strings,"
                " or lists, tuples, sets and dicts of them",
                kind=_name(kind),
            )
        )

    def _int(self, value: int) -> int:
        if not -(2**63) <= value < 2**63:
            raise Unacceptable(
                say("an integer of more than 64 bits cannot be returned; return a float")
            )
        return value

    def _text(self, value: str) -> str:
        if len(value) > MAX_TEXT:
            raise Unacceptable(
                say(
                    "a string of more than {max_text} characters cannot be returned",
                    max_text=MAX_TEXT,
                )
            )
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise Unacceptable(
                    say("a string that is not valid Unicode cannot be returned")
                ) from None
        return value

    def _key(self, value: Any) -> Any:
        if type(value) not in (bool, int, float, str) and type(value) not in SCALARS:
            raise Unacceptable(
                say(
                    "sets and the keys of dicts may hold strings and numbers only, not {kind}",
                    kind=_name(type(value)),
                )
            )
        return self.accept(value, 0)

    def _tensor(self, value: torch.Tensor) -> torch.Tensor:
        if (
            value.layout is not torch.strided
            or value.device.type != "cpu"
            or value.is_quantized
            or value.is_nested
        ):
            raise Unacceptable(
                say(
                    "a tensor that is not dense on the CPU ({layout}, {device}) cannot be"
                    " returned; return an ordinary one",
                    layout=value.layout,
                    device=value.device.type,
                )
            )
        if value.dtype not in DTYPES:
            raise Unacceptable(
                say(
                    "a tensor of dtype {dtype} cannot be returned; return real numbers, integers"
                    " or truth values",
                    dtype=value.dtype,
                )
            )
        self._count(value.numel() * value.element_size(), value.ndim)
        return value

    def _ndarray(self, value: NDArray[Any]) -> NDArray[Any]:
        if value.dtype.newbyteorder("<").str not in NUMPY_DTYPES:
            raise Unacceptable(
                say(
                    "an array of dtype {dtype} cannot be returned; return real numbers, integers"
                    " or truth values",
                    dtype=value.dtype,
                )
            )
        self._count(value.nbytes, value.ndim)
        # In the byte order of this machine, as it would arrive.
        return value.astype(value.dtype.newbyteorder("="), copy=False)

    def _count(self, size: int, axes: int) -> None:
        if axes > MAX_AXES:
            raise Unacceptable(
                say("a value of more than {max_axes} axes cannot be returned", max_axes=MAX_AXES)
            )
        self.tensors += 1
        self.bytes += size
        if self.tensors > MAX_TENSORS or self.bytes > MAX_TENSOR_BYTES:
            raise TooMuch(
                say(
                    "more than 64 MB, or more than 4096 tensors, cannot be returned; did two shapes"
                    " broadcast to a larger one?"
                )
            )


def _name(kind: type) -> str:
    """The class name as short printable text: the submission chose it."""
    return "".join(c for c in type.__getattribute__(kind, "__name__")[:40] if c.isprintable())
