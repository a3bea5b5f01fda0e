"""Functions that leave something changed behind: arguments, networks, gradients, the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from graders.core.contract import Contract, Net, Tensor
from graders.core.fixtures import Network
from graders.core.values import map_tensors, tensors_in

Function = Callable[..., Any]


def wrong_states(function: Function, contract: Contract) -> Iterator[tuple[str, Function]]:
    """Name and function, for everything of law 10 that a call may leave changed."""
    for place, part in enumerate(contract.takes):
        for name, change in _changes(part).items():
            yield f"argument {place + 1}: {name}", _leaving(function, place, change)
    differentiable = any(getattr(part, "graph", False) for part in contract.takes)
    if contract.gives and differentiable:
        for name, change in RESULTS.items():
            yield name, _then(function, change)
        yield "under no_grad", torch.no_grad()(_plain(function))
        for place, part in enumerate(contract.takes):
            if getattr(part, "graph", False):
                yield f"argument {place + 1} cut off", _cut(function, place)
    if {"detach", "no_grad"} & set(function.__code__.co_names):
        yield "nothing is cut off", _uncut(function)


def _changes(part: Any) -> dict[str, Callable[[Any], None]]:
    if isinstance(part, Tensor):
        return TENSORS if part.kind not in ("permutation", "steps") else INDICES
    if not isinstance(part, Net):
        return {}
    return {name: change for name, change in NETWORKS.items() if not _free(name, part)}


def _free(name: str, part: Net) -> bool:
    """Whether a network that is there to be changed may be changed so."""
    return part.changes and name in ("a parameter", "the last parameter", "gradients cleared",
                                     "gradients zeroed", "a gradient added", "evaluation mode",
                                     "training mode")  # fmt: skip


def _plain(function: Function) -> Function:
    return lambda *arguments: function(*arguments)


def _leaving(function: Function, place: int, change: Callable[[Any], None]) -> Function:
    def leaving(*arguments: Any) -> Any:
        value = function(*arguments)
        change(arguments[place])
        return value

    return leaving


def _then(function: Function, change: Callable[[Any], Any]) -> Function:
    return lambda *arguments: change(function(*arguments))


def _cut(function: Function, place: int) -> Function:
    """The function of a copy without history of one argument."""

    def copied(value: Any) -> Any:
        if not isinstance(value, Network):
            return value.detach()
        copy = Network.from_state(value.state())
        if value.record:  # what it is called with is recorded all the same
            copy.calls = value.calls
        return copy.requires_grad_(False)

    def cut(*arguments: Any) -> Any:
        return function(*(copied(a) if i == place else a for i, a in enumerate(arguments)))

    return cut


class _NoDetach(torch.overrides.TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return args[0] if func is torch.Tensor.detach else func(*args, **(kwargs or {}))


def _uncut(function: Function) -> Function:
    """The function where `detach` and `no_grad` do nothing."""

    def uncut(*arguments: Any) -> Any:
        before = torch.no_grad
        torch.no_grad = torch.enable_grad  # type: ignore[misc, assignment]
        try:
            with _NoDetach():
                return function(*arguments)
        finally:
            torch.no_grad = before  # type: ignore[misc]

    return uncut


def _set(value: torch.Tensor, change: Callable[[torch.Tensor], Any]) -> None:
    if value.numel():
        change(value.data)


def _of_first(change: Callable[[torch.Tensor], Any]) -> Callable[[Network], None]:
    return lambda network: _set(next(network.parameters()), change)


def _last(network: Network) -> None:
    _set(list(network.parameters())[-1], lambda data: data.mul_(1.001).add_(1e-3))


def _scale_only(network: Network) -> None:
    """Changes what is in no linear layer."""
    for layer in network.modules():
        if hasattr(layer, "factor"):
            layer.factor.data.mul_(1.001)


def _buffers(network: Network) -> None:
    for buffer in network.buffers():
        buffer.add_(1)


def _gradients(change: Callable[[torch.Tensor], torch.Tensor | None]) -> Callable[[Network], None]:
    def changed(network: Network) -> None:
        for parameter in network.parameters():
            if parameter.grad is not None:
                parameter.grad = change(parameter.grad)

    return changed


def _added(network: Network) -> None:
    for parameter in network.parameters():
        old = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        parameter.grad = old + 1e-3


def _flags(flag: bool) -> Callable[[Network], None]:
    def changed(network: Network) -> None:
        network.requires_grad_(flag)

    return changed


def _thaw_one(network: Network) -> None:
    for parameter in network.parameters():
        if not parameter.requires_grad:
            parameter.requires_grad_(True)
            return


def _marked(value: torch.Tensor) -> None:
    if value.is_leaf:
        value.requires_grad_(not value.requires_grad)


TENSORS: dict[str, Callable[[Any], None]] = {
    "changed in place": lambda t: _set(t, lambda data: data.add_(1e-3)),
    "its first entry changed": lambda t: _set(t, lambda data: data.view(-1)[:1].add_(1e-3)),
    "clamped": lambda t: _set(t, lambda data: data.clamp_(0.3, 0.5)),
    "set to zero": lambda t: _set(t, torch.Tensor.zero_),
    "sorted": lambda t: _set(t, lambda data: data.copy_(data.flatten().sort()[0].view_as(data))),
    "marked": _marked,
}
INDICES: dict[str, Callable[[Any], None]] = {
    "sorted": lambda t: _set(t, lambda data: data.copy_(data.sort()[0])),
    "set to zero": lambda t: _set(t, torch.Tensor.zero_),
}
NETWORKS: dict[str, Callable[[Network], None]] = {
    "a parameter": _of_first(lambda data: data.mul_(1.001)),
    "the last parameter": _last,
    "a scale": _scale_only,
    "buffers": _buffers,
    "frozen": _flags(False),
    "made trainable": _flags(True),
    "one made trainable": _thaw_one,
    "gradients cleared": lambda network: network.zero_grad(),
    "gradients zeroed": lambda network: network.zero_grad(set_to_none=False),
    "gradients halved": _gradients(lambda g: g / 2),
    "a gradient added": _added,
    "evaluation mode": lambda network: network.eval() and None,  # type: ignore[func-returns-value]
    "training mode": lambda network: network.train() and None,  # type: ignore[func-returns-value]
}


def _backward(value: Any) -> Any:
    """The result, after a step of autograd that a caller did not ask for."""
    total = [part.sum() for part in tensors_in(value) if part.requires_grad]
    if total:
        sum(total).backward(retain_graph=True)  # type: ignore[union-attr, arg-type]
    return value


RESULTS: dict[str, Callable[[Any], Any]] = {
    "backward inside": _backward,
    "detached": lambda value: map_tensors(value, torch.Tensor.detach),
    "through numpy": lambda value: map_tensors(
        value, lambda t: torch.from_numpy(t.detach().numpy().copy())
    ),
}
