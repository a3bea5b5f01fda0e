"""What passes between a check and the functions that it calls, noted on its way."""

from __future__ import annotations

import hashlib
from typing import Any

import torch

from graders.core.host import Reply, Request
from graders.core.student import Hosting
from graders.core.values import map_tensors


class Noted:
    """The same host. `requests` holds what was asked of it, `differentiated` the places of those
    whose gradients were, `values` digests of what it gave: results and gradients.
    """

    def __init__(self, host: Hosting, values: list[str] | None = None):
        self._host = host
        self.requests: list[Request] = []
        self.differentiated: set[int] = set()
        self._places: dict[int, int] = {}
        self.values = [] if values is None else values

    def __getattr__(self, name: str) -> Any:
        return getattr(self._host, name)

    def call(self, request: Request) -> Reply:
        self.requests.append(request)
        reply = self._host.call(request)
        self._places[reply.handle] = len(self.requests) - 1
        self.values.append(_text(reply.value))
        return reply

    def vjp(self, handle: int, gradients: list[Any], create_graph: bool) -> tuple[list[Any], int]:
        found, kept = self._host.vjp(handle, gradients, create_graph)
        self._places[kept] = place = self._places[handle]
        self.differentiated.add(place)
        self.values.append(_text(found))
        return found, kept

    def release(self, handles: list[int]) -> None:
        self._host.release(handles)

    def get(self, name: str) -> Any:
        return self._host.get(name)


def _text(value: Any) -> str:
    return repr(map_tensors(value, _bytes))


def _bytes(tensor: torch.Tensor) -> Any:
    flat = tensor.detach().contiguous().reshape(-1)
    content = hashlib.sha256(flat.view(torch.uint8).numpy().data)
    return tuple(tensor.shape), str(tensor.dtype), content.hexdigest()
