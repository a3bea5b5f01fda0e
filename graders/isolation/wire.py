"""Values as notes and raw bytes, and back. What arrives from a worker is believed in neither size
nor type.

A frame (`channel`) is `magic, sequence number, header length, buffer length`, a msgpack header (one
of `messages`), and the bytes of the tensors that the header mentions, in order, each 16-byte
aligned. There is no offset to forge: positions follow from dtypes and shapes. Nothing is ever
unpickled.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from graders.core.fixtures import Network, NetworkState, Structure
from graders.core.layers import UnknownLayer, buffer_kinds, parameter_shapes
from graders.core.values import DTYPES, MAX_AXES, MAX_DEPTH, MAX_TENSORS, NUMPY_DTYPES, accept
from graders.core.verdict import Unacceptable
from graders.isolation import messages as m

ALIGN = 16


class WireError(Exception):
    """The other side broke the protocol. The text says how."""


class Closed(WireError):
    """The other side ended the connection."""


class Packer:
    """Turns values into notes and collects the bytes of their tensors."""

    def __init__(self) -> None:
        self.buffers: list[memoryview | bytes] = []
        self.size = 0

    def value(self, value: Any) -> Any:
        """The note for an accepted value."""
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        if kind is torch.Tensor:
            return self.tensor(value)
        if kind is np.ndarray:
            return self._array(value)
        if kind is list or kind is tuple:
            return (m.ListNote if kind is list else m.TupleNote)(
                [self.value(item) for item in value]
            )
        if kind is frozenset or kind is set:
            return m.SetNote(list(value))
        if kind is dict:
            return m.DictNote([(key, self.value(item)) for key, item in value.items()])
        if kind is NetworkState or kind is Network:
            return self._network(
                value if kind is NetworkState else value.state(), live=kind is Network
            )
        raise Unacceptable(f"a value of type {kind.__name__[:40]} cannot be sent")

    def tensor(self, value: torch.Tensor) -> m.TensorNote:
        """The note for a tensor; its bytes join the buffer."""
        plain = value.detach().resolve_conj().resolve_neg().contiguous()
        # A single item counts as contiguous whatever its stride; `view` does not agree.
        flat = plain.as_strided((plain.numel(),), (1,))
        self._add(flat.view(torch.uint8).numpy().data if plain.numel() else b"")
        return m.TensorNote(DTYPES.index(value.dtype), list(value.shape))

    def _array(self, value: np.ndarray) -> m.ArrayNote:
        # Little-endian and one of the plain types, so that both sides mean the same by its name.
        dtype = value.dtype.newbyteorder("<") if value.dtype.byteorder == ">" else value.dtype
        if dtype.str not in NUMPY_DTYPES:
            raise Unacceptable(f"an array of dtype {value.dtype} cannot be returned")
        plain = np.ascontiguousarray(value, dtype=dtype)
        self._add(plain.reshape(-1).view(np.uint8).data if plain.size else b"")
        return m.ArrayNote(dtype.str, list(value.shape))

    def _network(self, state: NetworkState, live: bool) -> m.NetworkNote:
        return m.NetworkNote(
            live, _structure_note(state.structure), state.record, state.training,
            [self.tensor(p) for p in state.parameters], list(state.requires_grad),
            [None if g is None else self.tensor(g) for g in state.gradients], list(state.leaf),
            [self.tensor(b) for b in state.buffers],
        )  # fmt: skip

    def _add(self, data: memoryview | bytes) -> None:
        self.buffers.append(data)
        padding = -len(data) % ALIGN
        if padding:
            self.buffers.append(bytes(padding))
        self.size += len(data) + padding


class Unpacker:
    """Turns notes back into values over one buffer, by exactly the rule of `values.accept`.

    notes: bytes of the header that holds them.
    """

    def __init__(self, buffer: bytearray | memoryview, notes: int = 0):
        self.bytes, self.notes = len(buffer), notes
        self._buffer = buffer
        self._position = 0
        self._tensors = 0

    def value(self, note: Any) -> Any:
        """The value, after the same acceptance that a notebook applies. Raises Unacceptable or
        WireError.
        """
        value = self._build(note, 0)
        return value if isinstance(value, NetworkState) else accept(value)

    def tensor(self, note: m.TensorNote) -> torch.Tensor:
        """The tensor, on the memory of the buffer; booleans are read as bytes, since 2 is no
        boolean.
        """
        if note.dtype >= len(DTYPES):
            raise WireError("a tensor of unknown dtype")
        dtype = DTYPES[note.dtype]
        start, count = self._take(note.shape, dtype.itemsize)
        if not count:
            return torch.empty(note.shape, dtype=dtype)
        if dtype is torch.bool:
            return (
                torch.frombuffer(self._buffer, dtype=torch.uint8, count=count, offset=start)
                .ne(0)
                .reshape(note.shape)
            )
        return torch.frombuffer(self._buffer, dtype=dtype, count=count, offset=start).reshape(
            note.shape
        )

    def finish(self) -> None:
        """Every byte that came must have been mentioned."""
        if self._position != len(self._buffer):
            raise WireError("bytes that no tensor accounts for")

    def _build(self, note: Any, depth: int) -> Any:
        if depth > MAX_DEPTH + 1:
            raise WireError("a value nested too deeply")
        kind = type(note)
        if kind is m.TensorNote:
            return self.tensor(note)
        if kind is m.ListNote:
            return [self._build(item, depth + 1) for item in note.items]
        if kind is m.TupleNote:
            return tuple([self._build(item, depth + 1) for item in note.items])
        if kind is m.DictNote:
            return {key: self._build(item, depth + 1) for key, item in note.items}
        if kind is m.SetNote:
            return frozenset(note.items)
        if kind is m.ArrayNote:
            return self._array(note)
        if kind is m.NetworkNote:
            state = self._network(note)
            if depth and not note.live:
                raise WireError("a network's state inside another value")
            return Network.from_state(state) if note.live else state
        return note

    def _array(self, note: m.ArrayNote) -> np.ndarray:
        dtype = NUMPY_DTYPES.get(note.dtype)
        if dtype is None or len(note.shape) > MAX_AXES:
            raise WireError("an array of unknown dtype or of too many dimensions")
        start, count = self._take(note.shape, dtype.itemsize)
        if not count:
            return np.zeros(note.shape, dtype)
        raw = np.uint8 if dtype.kind == "b" else dtype
        return (
            np.frombuffer(self._buffer, raw, count, start)
            .reshape(note.shape)
            .astype(dtype, copy=False)
        )

    def _take(self, shape: list[int], itemsize: int) -> tuple[int, int]:
        """The position and number of the items of the next tensor. Python integers: no product can
        overflow.
        """
        self._tensors += 1
        count = math.prod(shape)
        # A shape such as (2**62, 0) holds nothing and still overflows in the libraries.
        if (
            self._tensors > MAX_TENSORS
            or math.prod(size for size in shape if size) * itemsize >= 2**62
        ):
            raise WireError("too many tensors, or a shape that is too large")
        start, size = self._position, count * itemsize
        if start + size > len(self._buffer):
            raise WireError("a tensor that is larger than what was sent")
        self._position = start + size + -size % ALIGN
        return start, count

    def _network(self, note: m.NetworkNote) -> NetworkState:
        parts = note.structure
        inputs, hidden, heads = (
            tuple(map(tuple, layers)) for layers in (parts.inputs, parts.hidden, parts.heads)
        )
        state = NetworkState(
            Structure(hidden, heads, inputs, tuple(parts.names), parts.squeeze),
            note.record,
            note.training,
            tuple(map(self.tensor, note.parameters)),
            tuple(note.requires_grad),
            tuple(None if g is None else self.tensor(g) for g in note.gradients),
            tuple(note.leaf),
            tuple(map(self.tensor, note.buffers)),
        )
        _as_declared(state)
        return state


def _structure_note(structure: Structure) -> m.StructureNote:
    hidden, heads, inputs = (
        [list(spec) for spec in layers]
        for layers in (structure.hidden, structure.heads, structure.inputs)
    )
    return m.StructureNote(hidden, heads, inputs, list(structure.names), structure.squeeze)


def _as_declared(state: NetworkState) -> None:
    """A network must be what its structure says: a check that rebuilds it would otherwise fail in
    the grader's own code.
    """
    layers = state.structure.layers
    try:
        shapes, buffers = parameter_shapes(layers), buffer_kinds(layers)
    except UnknownLayer:
        raise Unacceptable("a network of layers that are not ours cannot be returned") from None
    lengths = {
        len(state.requires_grad),
        len(state.gradients) or len(shapes),
        len(state.leaf) or len(shapes),
    }
    kept = [(tuple(b.shape), b.dtype.is_floating_point) for b in state.buffers]
    if (
        [tuple(p.shape) for p in state.parameters] != shapes
        or kept != buffers
        or lengths != {len(shapes)}
    ):
        raise Unacceptable("a network whose layers were replaced or reshaped cannot be returned")
    if not all(p.dtype.is_floating_point for p in state.parameters):
        raise Unacceptable(
            "a network whose parameters are not real floating-point numbers cannot be returned"
        )
    for parameter, gradient in zip(state.parameters, state.gradients):
        if gradient is not None and (
            gradient.shape != parameter.shape or gradient.dtype != parameter.dtype
        ):
            raise Unacceptable(
                "a network with a gradient of another shape or dtype than its parameter cannot be"
                " returned"
            )
