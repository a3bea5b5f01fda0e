"""What is kept of a check that did not pass: enough to recognise a mistake, and no more than a
megabyte of what a submission returned.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from graders.core.fixtures import NetworkState
from graders.core.verdict import Failure, Heard

MOST = 2**20
# What a tensor takes beside its numbers.
OVERHEAD = 512
# A check that tries many inputs says with the first ones what it says with all.
MOST_CALLS = 12


def kept(error: Any) -> Any:
    """The error of a check without the frames that it came through, which hold every value of the
    check; its own values as they are, or as digests where they are too many.
    """
    if isinstance(error, BaseException):
        error.__traceback__ = error.__context__ = error.__cause__ = None
    if isinstance(error, Failure):
        values = {name: _apart(getattr(error, name)) for name in ("got", "wanted", "wrong")}
        for name, value in values.items():
            setattr(error, name, value if size_of(value) <= MOST else _digest(value))
    return error


class Records:
    """The calls of a check. `calls`: what its networks were called with, all of it, or nothing once
    it is too much. `heard`: the first calls themselves.
    """

    def __init__(self) -> None:
        self.calls: tuple[Any, ...] = ()
        self.heard: tuple[Heard, ...] = ()
        self._room = self._hearing = MOST

    def add(self, call: Heard) -> None:
        """Keep one more call."""
        self._room -= sum(map(size_of, call.recorded)) if self._room > 0 else 0
        self.calls = (*self.calls, _apart(call.recorded)) if self._room > 0 else ()
        size = size_of((call.value, call.recorded, *map(_plain, call.request.arguments)))
        self._hearing -= size
        if self._hearing > 0 and len(self.heard) < MOST_CALLS:
            value, recorded = _apart(call.value), _apart(call.recorded)
            self.heard = (*self.heard, replace(call, value=value, recorded=recorded))


def _plain(argument: Any) -> Any:
    return argument.parameters if isinstance(argument, NetworkState) else argument


def size_of(value: Any) -> int:
    """Bytes of the tensors, arrays and text in a value."""
    if isinstance(value, torch.Tensor):
        return value.numel() * value.element_size() + OVERHEAD
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, (list, tuple, set, frozenset)):
        return 16 + sum(map(size_of, value))
    if isinstance(value, dict):
        return 16 + sum(size_of(key) + size_of(item) for key, item in value.items())
    return len(value) if isinstance(value, str) else 16


def _apart(value: Any) -> Any:
    """The same value on memory of its own where it shares a larger one's, as what came in one reply
    does, and without the graph behind it.
    """
    if isinstance(value, torch.Tensor):
        plain = value.detach()
        own = plain.untyped_storage().nbytes() <= plain.nbytes or size_of(plain) > MOST
        return plain if own else plain.clone()
    if isinstance(value, np.ndarray):
        return value if value.base is None or value.nbytes > MOST else value.copy()
    if type(value) in (list, tuple):
        return type(value)(map(_apart, value))
    return value


def _digest(value: Any) -> str:
    """Equal for equal values."""
    content = hashlib.sha256()
    _feed(content, value)
    return f"{size_of(value):,} bytes, {content.hexdigest()}"


def _feed(content: Any, value: Any) -> None:
    content.update(type(value).__name__.encode())
    if isinstance(value, torch.Tensor):
        content.update(f"{value.dtype} {tuple(value.shape)}".encode())
        content.update(value.contiguous().flatten().view(torch.uint8).numpy())
    elif isinstance(value, np.ndarray):
        content.update(f"{value.dtype} {value.shape}".encode() + np.ascontiguousarray(value).data)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _feed(content, item)
    else:
        content.update(repr(value).encode())
