"""Classes that are the reference but for one thing that a class of modules may get wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from graders.core.module import Module
from graders.core.values import map_tensors

Class = Callable[..., nn.Module]


def wrong_modules(right: Class, module: Module) -> Iterator[tuple[str, Class]]:
    """Name and class, for everything that the laws of a class speak of."""
    for name, change in RESULTS.items():
        yield name, _class(right, after=change)
    for name, change in STARTS.items():
        yield name, _class(right, start=change)
    for name, change in CALLS.items():
        yield name, _class(right, before=change)
    if len(module.forward.gives) > 1:
        yield "outputs exchanged", _class(right, after=lambda result: tuple(result)[::-1])
    yield "in a module of its own", _wrapped(right)
    yield "the same start each time", _seeded(right)
    if _trained_otherwise(right, module):
        yield "never in evaluation mode", _class(right, before=lambda one, given: one.train())
        yield "never in training mode", _class(right, before=lambda one, given: one.eval())


def _each(change: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[Any], Any]:
    return lambda result: map_tensors(result, change)


def _other_kind(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.float() if tensor.dtype == torch.float64 else tensor.double()


RESULTS: dict[str, Callable[[Any], Any]] = {
    "no graph": _each(torch.Tensor.detach),
    "another dtype": _each(_other_kind),
    "rounded to float32": _each(lambda tensor: tensor.float().to(tensor.dtype)),
    "dropout left on": _each(lambda tensor: nn.functional.dropout(tensor, 0.5, training=True)),
    "noise left on": _each(lambda tensor: tensor + 1e-3 * torch.randn_like(tensor)),
    "squeezed": _each(torch.Tensor.squeeze),
    "an axis more": _each(lambda tensor: tensor[None]),
    "the first example for all": _each(lambda tensor: tensor[:1].expand_as(tensor)),
    "mean of the batch taken off": _each(lambda tensor: tensor - tensor.mean(0)),
}


def _last(one: nn.Module) -> tuple[nn.Module, str]:
    """Where the last parameter is."""
    name = [name for name, _ in one.named_parameters()][-1]
    *path, last = name.split(".")
    return one.get_submodule(".".join(path)), last


def _unregistered(one: nn.Module) -> None:
    part, name = _last(one)
    value = part._parameters.pop(name)
    object.__setattr__(part, name, value.detach() if value is not None else None)


def _renamed(one: nn.Module) -> None:
    part, name = _last(one)
    value = part._parameters.pop(name)
    part.register_parameter(f"{name}_2", value)
    object.__setattr__(part, name, value)


def _frozen(one: nn.Module) -> None:
    part, name = _last(one)
    getattr(part, name).requires_grad_(False)


def _zeroed(one: nn.Module) -> None:
    with torch.no_grad():
        for parameter in one.parameters():
            parameter.zero_()


STARTS: dict[str, Callable[[nn.Module], None]] = {
    "a parameter that is not registered": _unregistered,
    "a parameter under another name": _renamed,
    "a frozen parameter": _frozen,
    "parameters all 0": _zeroed,
    "one parameter more": lambda one: one.register_parameter("more", nn.Parameter(torch.ones(1))),
    "one buffer more": lambda one: one.register_buffer("more", torch.ones(1)),
}


def _changed(tensor: Any) -> None:
    if isinstance(tensor, torch.Tensor) and tensor.is_floating_point():
        with torch.no_grad():
            tensor.add_(1.0)


CALLS: dict[str, Callable[[nn.Module, tuple[Any, ...]], Any]] = {
    "an argument changed": lambda one, given: _changed(given[0]),
    "a parameter changed": lambda one, given: _changed(next(one.parameters())),
}


def _class(
    right: Class,
    *,
    start: Callable[[nn.Module], None] = lambda one: None,
    before: Callable[[nn.Module, tuple[Any, ...]], Any] = lambda one, given: None,
    after: Callable[[Any], Any] = lambda result: result,
) -> Class:
    """The class with something done when it is made, before it is called, to what it gives."""

    class Wrong(right):  # type: ignore[valid-type, misc]
        def __init__(self, *given: Any, **named: Any):
            super().__init__(*given, **named)
            start(self)

        def forward(self, *given: Any, **named: Any) -> Any:
            before(self, given)
            return after(super().forward(*given, **named))

    return Wrong


def _wrapped(right: Class) -> Class:
    class Wrapped(nn.Module):
        def __init__(self, *given: Any, **named: Any):
            super().__init__()
            self.model = right(*given, **named)

        def forward(self, *given: Any, **named: Any) -> Any:
            return self.model(*given, **named)

    return Wrapped


def _seeded(right: Class) -> Class:
    class Seeded(right):  # type: ignore[valid-type, misc]
        def __init__(self, *given: Any, **named: Any):
            torch.manual_seed(0)
            super().__init__(*given, **named)

    return Seeded


def _trained_otherwise(right: Class, module: Module) -> bool:
    """Whether training mode makes any difference."""
    one = right(*module.of(module.usual))
    return any(isinstance(part, OTHERWISE) for part in one.modules())


OTHERWISE = (
    nn.modules.dropout._DropoutNd,
    nn.modules.batchnorm._NormBase,
)
