"""Values that were computed elsewhere, attached to the caller's graph: their gradients are fetched
from there, to any order.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch

from graders.core.host import Reply
from graders.core.values import map_tensors


class Graphs(Protocol):
    """Where graphs are kept."""

    def vjp(
        self, handle: int, gradients: list[Any], create_graph: bool
    ) -> tuple[list[Any], int]: ...
    def release(self, handles: list[int]) -> None: ...


class _Graph:
    """A kept graph on the other side, released when nobody can ask for its gradients any more."""

    def __init__(self, host: Graphs, handle: int):
        self.host = host
        self.handle = handle

    def __del__(self) -> None:
        if self.handle:
            self.host.release([self.handle])


def attach(host: Graphs, reply: Reply, leaves: list[torch.Tensor]) -> Any:
    """The reply's value with its tensors attached to the graph that the other side keeps."""
    if not any(reply.requires_grad):
        return reply.value
    data: list[torch.Tensor] = []
    map_tensors(reply.value, data.append)
    attached = iter(_connect(_Graph(host, reply.handle), data, reply.requires_grad, leaves))
    return map_tensors(reply.value, lambda _: next(attached))


def _connect(
    graph: _Graph, data: list[Any], flags: tuple[bool, ...], leaves: list[Any]
) -> list[Any]:
    # The anchor makes the outputs require grad even when no input does: exactly as the submission's
    # tensors did.
    anchor = torch.zeros((), requires_grad=True)
    live = [value for value, flag in zip(data, flags) if flag]
    with torch.enable_grad():
        attached = iter(_Attach.apply(graph, flags, live, len(leaves), *leaves, anchor))  # type: ignore[no-untyped-call]
    return [next(attached) if flag else value for value, flag in zip(data, flags)]


class _Attach(torch.autograd.Function):
    """Outputs computed elsewhere, with the gradients of their inputs fetched from there, to any
    order.
    """

    @staticmethod
    def forward(
        ctx: Any,
        graph: _Graph,
        flags: tuple[bool, ...],
        live: list[torch.Tensor],
        count: int,
        *leaves_and_anchor: torch.Tensor,
    ) -> tuple[torch.Tensor, ...]:
        ctx.graph, ctx.flags = graph, flags
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*leaves_and_anchor[:count])
        return tuple(value.clone() for value in live)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor | None) -> tuple[Any, ...]:
        given = iter(gradients)
        weights = [next(given) if flag else None for flag in ctx.flags]
        create = torch.is_grad_enabled()
        plain = [None if w is None else w.detach() for w in weights]
        found, handle = ctx.graph.host.vjp(ctx.graph.handle, plain, create)
        if create and handle:
            inputs = [*ctx.saved_tensors, *(torch.zeros(()) if w is None else w for w in weights)]
            graph = _Graph(ctx.graph.host, handle)
            present = [value for value in found if value is not None]
            flags = tuple(value is not None and value.requires_grad for value in found)
            dense = [value.detach() if value is not None else torch.zeros(()) for value in found]
            connected = _connect(graph, dense, flags, inputs) if present else dense
            found = [None if value is None else c for value, c in zip(found, connected)]
        return (None, None, None, None, *found, None)
