"""Modules that a submission defines as classes.

They are made and called where its code runs, and nothing of them is kept there: parameters and
buffers are tensors of the check, which go along with every call. So gradients reach them, an
optimizer may step them, and what a method leaves in a buffer comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from graders.core.forms import a
from graders.core.language import say
from graders.core.verdict import Missing, Unacceptable

if TYPE_CHECKING:
    from graders.core.student import Student

INIT, CALL = "__init__", "__call__"
Tensors = dict[str, torch.Tensor]


def method_of(found: Any, name: str, method: str) -> Callable[..., Any]:
    """A method of a class as a function of plain data: how an instance is made and what its state
    is, then the arguments. Raises Missing where it is no class of modules.
    """
    if not isinstance(found, type) or not issubclass(found, nn.Module):
        what = say("a class") if isinstance(found, type) else a(type(found))
        raise Missing(
            say(
                "`{name}` is {what}, not a class that extends torch.nn.Module: does a later"
                " cell use its name for something else?",
                name=name,
                what=what,
            )
        )
    return partial(_first_state, found) if method == INIT else partial(_called, found, method)


def _first_state(kind: Callable[..., nn.Module], *positional: Any, **named: Any) -> Any:
    return _state(kind(*positional, **named))


def _state(module: nn.Module) -> dict[str, Any]:
    return {
        "parameters": {name: p.detach() for name, p in module.named_parameters()},
        "buffers": {name: b.detach() for name, b in module.named_buffers()},
        "frozen": [name for name, p in module.named_parameters() if not p.requires_grad],
    }


def _called(
    kind: Callable[..., nn.Module],
    method: str,
    made: tuple[list[Any], dict[str, Any]],
    parameters: Tensors,
    buffers: Tensors,
    training: bool,
    *positional: Any,
    **named: Any,
) -> dict[str, Any]:
    """What a method returns on a new instance with this state, and the buffers afterwards."""
    with torch.random.fork_rng(devices=[]):
        module = kind(*made[0], **made[1])
    _fill(module, parameters, buffers)
    module.train(training)
    result = getattr(module, method)(*positional, **named)
    return {"result": result, "buffers": {n: b.detach() for n, b in module.named_buffers()}}


def _fill(module: nn.Module, parameters: Tensors, buffers: Tensors) -> None:
    """Put tensors in the places of a module's parameters and buffers, shared ones in all theirs."""
    own = {id(p): parameters.get(name) for name, p in module.named_parameters()}
    own |= {id(b): buffers.get(name) for name, b in module.named_buffers()}
    if any(tensor is None for tensor in own.values()):
        raise Unacceptable(
            say(
                "a module whose parameters or buffers have other names each time it is made"
                " cannot be used"
            )
        )
    for part in module.modules():
        for places in (part._parameters, part._buffers):
            for name, value in places.items():
                if value is not None:
                    places[name] = own[id(value)]  # type: ignore[assignment]
        if names := getattr(part, "_flat_weights_names", None):  # recurrent layers have a list too
            vars(part)["_flat_weights"] = [getattr(part, name) for name in names]


class Model:
    """An instance of a submission's class, as checks see it: `model(x)`, `model.encode(x)`,
    `model.parameters()`, and as much more of `torch.nn.Module` as is here.
    """

    def __init__(self, student: Student, name: str, made: tuple[Any, Any], seed: int | None):
        self._student, self._name, self._made = student, name, made
        self.training = True
        found = student.method(name, INIT, *made[0], seed=seed, **made[1])
        self._parameters = {
            key: value.detach().clone().requires_grad_()
            for key, value in _tensors(found, "parameters").items()
        }
        self._buffers = _tensors(found, "buffers")
        self.frozen = _names(found)

    def __call__(self, *positional: Any, seed: int | None = None, **named: Any) -> Any:
        return self._method(CALL, *positional, seed=seed, **named)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return partial(self._method, name)

    def _method(self, name: str, *positional: Any, seed: int | None = None, **named: Any) -> Any:
        made = (list(self._made[0]), dict(self._made[1]))
        found = self._student.method(
            self._name, name, made, self._parameters, self._buffers, self.training, *positional,
            seed=seed, **named,
        )  # fmt: skip
        return self._result(found)

    def afterwards(self, *positional: Any) -> tuple[list[Any], Tensors]:
        """Call it, and return what became of the arguments, and of the parameters by name."""
        made = (list(self._made[0]), dict(self._made[1]))
        seen = self._student.observe(
            f"{self._name}.{CALL}",
            made,
            self._parameters,
            self._buffers,
            self.training,
            *positional,
        )
        self._result(seen.value)
        return list(seen.arguments[4:]), _tensors({"parameters": seen.arguments[1]}, "parameters")

    def _result(self, found: Any) -> Any:
        after = _tensors(found, "buffers")
        if {k: b.shape for k, b in after.items()} != {k: b.shape for k, b in self._buffers.items()}:
            raise Unacceptable(
                say("buffers of other names or shapes than before cannot be returned")
            )
        self._buffers = after
        return found["result"]

    def named_parameters(self) -> Iterator[tuple[str, torch.Tensor]]:
        """The parameters by name; a shared one has one name."""
        yield from self._parameters.items()

    def parameters(self) -> Iterator[torch.Tensor]:
        """The parameters, leaves of the check's own graph."""
        yield from self._parameters.values()

    def buffers(self) -> Iterator[torch.Tensor]:
        """The buffers as the last call left them."""
        yield from self._buffers.values()

    def state_dict(self) -> Tensors:
        """Copies of all parameters and buffers, for a module of ours with the same names."""
        every = {**self._parameters, **self._buffers}
        return {name: tensor.detach().clone() for name, tensor in every.items()}

    def fill(self, values: Callable[[str, torch.Tensor], torch.Tensor]) -> Model:
        """Set every parameter, in place, to what this gives for its name and value."""
        with torch.no_grad():
            for name, parameter in self._parameters.items():
                parameter.copy_(values(name, parameter))
        return self

    def to(self, dtype: torch.dtype) -> Model:
        """Parameters and buffers in another dtype."""
        self._parameters = {
            name: p.detach().to(dtype).requires_grad_() for name, p in self._parameters.items()
        }
        self._buffers = {
            name: b.to(dtype) if b.is_floating_point() else b for name, b in self._buffers.items()
        }
        return self

    def train(self, mode: bool = True) -> Model:
        """In training mode, or not."""
        self.training = mode
        return self

    def eval(self) -> Model:
        """Not in training mode."""
        return self.train(False)


def _names(found: Any) -> list[str]:
    """The parameters that are not trained."""
    names = found.get("frozen") if isinstance(found, Mapping) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Unacceptable(say("a module whose state is no tensors by name cannot be returned"))
    return names


def _tensors(found: Any, part: str) -> Tensors:
    """One part of a state, which comes from where the submission runs."""
    values = found.get(part) if isinstance(found, Mapping) else None
    if not isinstance(values, Mapping) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in values.items()
    ):
        raise Unacceptable(say("a module whose state is no tensors by name cannot be returned"))
    real = (value.is_floating_point() for value in values.values())
    if part == "parameters" and not all(real):
        raise Unacceptable(
            say("parameters that are not real floating-point numbers cannot be returned")
        )
    return dict(values)
