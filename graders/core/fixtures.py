"""The grader's own networks: small, exactly reproducible, and recording what they were called
with.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, cast

import torch
from torch import nn
from torch._functorch.pyfunctorch import temporarily_clear_interpreter_stack

from graders.core.draw import Draw
from graders.core.language import say
from graders.core.layers import Spec, buffer_kinds, build, first_buffers, parameter_shapes


@dataclass(frozen=True)
class Structure:
    """What a network is made of, as plain data: the layers of `graders.core.layers`.

    inputs: one layer for each input, whose results are joined on the last axis; none means any
    number of reals. names: the names of the inputs, for calls by keyword. hidden: layers one after
    the other, tanh after each. heads: one layer for each output, each on what comes out of the last
    hidden one. squeeze: drop the last axis of each output, for critics that return `(N,)`.
    """

    hidden: tuple[Spec, ...]
    heads: tuple[Spec, ...]
    inputs: tuple[Spec, ...] = ()
    names: tuple[str, ...] = ()
    squeeze: bool = False

    @property
    def layers(self) -> tuple[Spec, ...]:
        """All layers in the order of the parameters."""
        return (*self.inputs, *self.hidden, *self.heads)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The widths (inputs, hidden..., outputs) of a fully connected network."""
        return (*(int(spec[1]) for spec in self.hidden), *map(int, self.heads[0][1:]))


def dense(
    sizes: Sequence[int],
    heads: int = 1,
    *,
    inputs: Mapping[str, Spec] | None = None,
    squeeze: bool = False,
) -> Structure:
    """A fully connected structure of these widths. `inputs` maps names to layers; the first width
    is then the sum of theirs.
    """
    layers: list[Spec] = [("linear", *pair) for pair in pairwise(sizes)]
    named = inputs or {}
    return Structure(
        tuple(layers[:-1]), (layers[-1],) * heads, tuple(named.values()), tuple(named), squeeze
    )


@dataclass(frozen=True)
class NetworkState:
    """A network as plain data: what crosses to the worker, and what comes back after a call.

    `gradients` holds None where a parameter has no `.grad`. `leaf` says whether a parameter is
    still a leaf.
    """

    structure: Structure
    record: bool
    training: bool
    parameters: tuple[torch.Tensor, ...]
    requires_grad: tuple[bool, ...]
    gradients: tuple[torch.Tensor | None, ...] = ()
    leaf: tuple[bool, ...] = ()
    buffers: tuple[torch.Tensor, ...] = ()

    @property
    def sizes(self) -> tuple[int, ...]:
        """The widths of a fully connected network."""
        return self.structure.sizes


class Network(nn.Module):
    """A network with tanh after its hidden layers, and linear outputs unless its structure says
    otherwise.

    structure: widths (inputs, hidden..., outputs), or a `Structure`. Several inputs
    (`discriminator(x, z)`) are joined on the last axis.
    heads: the number of outputs; two make an encoder that returns (mu, logvar).
    record: keep a copy of every input in `calls`, a list with one tensor (or tuple of tensors) per
    call.
    values: the parameters in the order of the layers, weight before bias; float64 zeros unless
    given. buffers: those of the layers that have any. Any number of leading dimensions is accepted.
    """

    def __init__(
        self,
        structure: Sequence[int] | Structure,
        heads: int = 1,
        *,
        squeeze: bool = False,
        record: bool = False,
        values: Sequence[torch.Tensor] | None = None,
        buffers: Sequence[torch.Tensor] | None = None,
    ):
        super().__init__()
        if not isinstance(structure, Structure):
            structure = dense(structure, heads, squeeze=squeeze)
        self.structure = structure
        self.record = record
        self.calls: list[Any] = []
        # The network whose parameters these are, where it is another one.
        self.origin: Network | None = None
        layers = structure.layers
        if values is None:
            values = [torch.zeros(shape, dtype=torch.float64) for shape in parameter_shapes(layers)]
        if buffers is None:
            buffers = first_buffers(layers, values[0].dtype if values else torch.float64)
        tensors, states = iter(values), iter(buffers)
        self.inputs = nn.ModuleList(build(spec, tensors, states) for spec in structure.inputs)
        self.hidden = nn.ModuleList()
        for spec in structure.hidden:
            again = spec == ("again",) and len(self.hidden)
            self.hidden.append(self.hidden[-1] if again else build(spec, tensors, states))
        self.heads = nn.ModuleList(build(spec, tensors, states) for spec in structure.heads)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The widths of a fully connected network."""
        return self.structure.sizes

    def forward(self, *inputs: torch.Tensor, **named: torch.Tensor) -> Any:
        inputs = self._in_order(inputs, named)
        if self.record:
            copies = tuple(map(_copy, inputs))
            self.calls.append(copies[0] if len(copies) == 1 else copies)
        hidden = self._joined(inputs)
        for layer in self.hidden:
            hidden = torch.tanh(layer(hidden))
        outputs = tuple(
            head(hidden).squeeze(-1) if self.structure.squeeze else head(hidden)
            for head in self.heads
        )
        return outputs[0] if len(outputs) == 1 else outputs

    def _in_order(
        self, inputs: tuple[torch.Tensor, ...], named: dict[str, torch.Tensor]
    ) -> tuple[torch.Tensor, ...]:
        names = self.structure.names
        rest = names[len(inputs) :]
        if set(named) != set(rest) or (names and len(inputs) > len(names)):
            wanted = (
                say("the inputs ({names})", names=", ".join(names))
                if names
                else say("inputs by position only")
            )
            given = ", ".join(["..."] * len(inputs) + [f"{name}=..." for name in named])
            raise TypeError(
                say(
                    "this network takes {wanted}, and was called as network({given})",
                    wanted=wanted,
                    given=given,
                )
            )
        return (*inputs, *(named[name] for name in rest))

    def _joined(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        if not self.structure.inputs:
            return inputs[0] if len(inputs) == 1 else torch.cat(inputs, -1)
        parts = [layer(value) for layer, value in zip(self.inputs, inputs, strict=True)]
        shape = torch.broadcast_shapes(*(part.shape[:-1] for part in parts))  # type: ignore[no-untyped-call]
        return torch.cat([part.expand(*shape, part.shape[-1]) for part in parts], -1)

    def state(self) -> NetworkState:
        """This network as plain data, parameters detached but not copied."""
        parameters = list(self.parameters())
        return NetworkState(
            self.structure, self.record, self.training,
            tuple(p.detach() for p in parameters),
            tuple(p.requires_grad for p in parameters),
            tuple(gradient_left(p) for p in parameters),
            tuple(p.is_leaf for p in parameters),
            tuple(b.detach() for b in self.buffers()),
        )  # fmt: skip

    @classmethod
    def from_state(cls, state: NetworkState) -> Network:
        """A fresh network that owns copies of the parameters: nobody can keep a doctored one."""
        values, buffers = (
            [value.detach().clone() for value in tensors]
            for tensors in (state.parameters, state.buffers)
        )
        network = cls(state.structure, record=state.record, values=values, buffers=buffers)
        for parameter, flag in zip(network.parameters(), state.requires_grad, strict=True):
            parameter.requires_grad_(flag)
        for parameter, gradient in zip(network.parameters(), state.gradients):
            parameter.grad = None if gradient is None else gradient.detach().clone()
        network.train(state.training)
        return network

    def intact(self) -> bool:
        """Whether every layer still has the parameters and buffers of its declared shape."""
        layers = self.structure.layers
        parameters = [tuple(p.shape) for p in self.parameters()]
        buffers = [(tuple(b.shape), b.is_floating_point()) for b in self.buffers()]
        return parameters == parameter_shapes(layers) and buffers == buffer_kinds(layers)


def gradient_left(leaf: torch.Tensor) -> torch.Tensor | None:
    """The `.grad` of a tensor; None where it has none, and where it is no leaf."""
    return leaf.grad.detach() if leaf.is_leaf and leaf.grad is not None else None


def _copy(value: torch.Tensor) -> torch.Tensor:
    """A copy without history. Inside `torch.func.vmap` or `grad` it is one of the whole batch that
    the wrapper hides.
    """
    hidden = torch._C._functorch
    if not hidden.is_functorch_wrapped_tensor(value):
        return value.detach().clone()
    while hidden.is_functorch_wrapped_tensor(value):
        value = hidden.get_unwrapped(value)
    with temporarily_clear_interpreter_stack():
        return value.detach().clone()


@dataclass
class Observed:
    """What a call returned, and every argument as it is after the call.

    `states` holds the networks among them as plain data too: only there does `leaf` show what
    autograd recorded. `left` holds the `requires_grad` and `.grad` of every tensor among them; one
    that required grad had a `.grad` of ones before.
    """

    value: object
    arguments: list[Any] = field(default_factory=list)
    states: list[NetworkState] = field(default_factory=list)
    left: tuple[tuple[bool, torch.Tensor | None], ...] = ()


def network(
    draw: Draw,
    structure: Sequence[int] | Structure,
    heads: int = 1,
    *,
    scale: float = 1.0,
    squeeze: bool = False,
    record: bool = False,
    inputs: Mapping[str, Spec] | None = None,
    dtype: torch.dtype = torch.float64,
) -> Network:
    """A network whose parameters are drawn from `draw`: weights N(0, scale^2 / fan-in), biases and
    all others of one axis N(0, (scale / 2)^2).

    `inputs` names the inputs and says what each is: `{"x": ("reals",), "t": ("embedding", 10, 4)}`.
    """
    if not isinstance(structure, Structure):
        structure = dense(structure, heads, inputs=inputs, squeeze=squeeze)
    values = []
    for shape in parameter_shapes(structure.layers):
        spread = scale / math.prod(shape[1:]) ** 0.5 if len(shape) > 1 else scale / 2
        values.append((spread * draw.normal(*shape)).to(dtype))
    buffers = first_buffers(structure.layers, dtype)
    for buffer in buffers if ("offset" in {spec[0] for spec in structure.layers}) else ():
        buffer.copy_(draw.normal(*buffer.shape))
    return Network(structure, record=record, values=values, buffers=buffers)


def worn(network: Network) -> Network:
    """The network as it may come from somebody's training, in place: every third parameter frozen,
    every second with a `.grad`. Returns the network.
    """
    for index, parameter in enumerate(network.parameters()):
        parameter.requires_grad_(index % 3 != 1)
        parameter.grad = torch.full_like(parameter, 0.5 + index) if index % 2 == 0 else None
    return network


def sure(network: Network) -> Network:
    """The network with outputs of some hundreds, as a trained decoder is of black pixels, in place.
    Returns the network.
    """
    with torch.no_grad():
        for head in network.heads:
            head.weight.mul_(200)  # type: ignore[operator]
    return network


def constant(network: Network, head: int, value: float | torch.Tensor) -> Network:
    """Make one output of a network ignore its input, in place: weights 0, bias `value`. Returns the
    network.
    """
    layer = cast(nn.Linear, network.heads[head])
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.copy_(torch.as_tensor(value, dtype=layer.bias.dtype).expand_as(layer.bias))
    return network


def _content(code: torch.Tensor) -> tuple[Any, ...]:
    plain = code.detach().contiguous()
    return plain.shape, plain.dtype, plain.flatten().view(torch.uint8).numpy().tobytes()


def as_samples(
    calls: list[torch.Tensor], samples: int, examples: int, dimension: int
) -> list[torch.Tensor]:
    """The recorded latent codes as `(samples, examples, dimension)`, in every layout that their
    number allows.

    A submission may draw in a loop, at once, sample-major or example-major; all are right. An empty
    list means that the number of recorded codes does not fit, even when repeated calls with equal
    codes are counted once.
    """
    codes = [
        call.reshape(-1, dimension) for call in calls if call.shape and call.shape[-1] == dimension
    ]
    if sum(map(len, codes)) != samples * examples:
        codes = list({_content(code): code for code in codes}.values())
    if not codes or sum(map(len, codes)) != samples * examples:
        return []
    flat = torch.cat(codes)
    sample_major = flat.reshape(samples, examples, dimension)
    if samples == 1 or examples == 1:
        return [sample_major]
    return [sample_major, flat.reshape(examples, samples, dimension).transpose(0, 1)]
