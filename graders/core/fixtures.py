"""The grader's own networks: small, exactly reproducible, and recording what they were called
with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import nn
from torch._functorch.pyfunctorch import temporarily_clear_interpreter_stack

from graders.core.draw import Draw


@dataclass(frozen=True)
class NetworkState:
    """A network as plain data: what crosses to the worker, and what comes back after a call.

    `gradients` holds None where a parameter has no `.grad`. `leaf` says whether a parameter is
    still a leaf.
    """

    sizes: tuple[int, ...]
    heads: int
    squeeze: bool
    record: bool
    training: bool
    parameters: tuple[torch.Tensor, ...]
    requires_grad: tuple[bool, ...]
    gradients: tuple[torch.Tensor | None, ...] = ()
    leaf: tuple[bool, ...] = ()


class Layer(nn.Linear):
    """A linear layer with given parameters: allocating and drawing them first costs more than a
    call of a small network.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor):
        nn.Module.__init__(self)
        self.out_features, self.in_features = weight.shape
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)


class Network(nn.Module):
    """A fully connected network with tanh between its layers and linear outputs.

    sizes: (inputs, hidden..., outputs). Several inputs (`discriminator(x, z)`) are concatenated on
    the last axis.
    heads: the number of output layers; two make an encoder that returns (mu, logvar).
    squeeze: drop the last axis of each output, for critics that return `(N,)`.
    record: keep a copy of every input in `calls`, a list with one tensor (or tuple of tensors) per
    call.
    values: the parameters, weight before bias, hidden layers before heads; float64 zeros unless
    given. Any number of leading dimensions is accepted.
    """

    def __init__(
        self,
        sizes: tuple[int, ...],
        heads: int = 1,
        *,
        squeeze: bool = False,
        record: bool = False,
        values: Sequence[torch.Tensor] | None = None,
    ):
        super().__init__()
        self.sizes = tuple(sizes)
        self.squeeze = squeeze
        self.record = record
        self.calls: list[Any] = []
        if values is None:
            values = [
                torch.zeros(shape, dtype=torch.float64) for shape in shapes(self.sizes, heads)
            ]
        layers = [
            Layer(weight, bias) for weight, bias in zip(values[::2], values[1::2], strict=True)
        ]
        self.hidden = nn.ModuleList(layers[: len(layers) - heads])
        self.heads = nn.ModuleList(layers[len(layers) - heads :])

    def forward(self, *inputs: torch.Tensor) -> Any:
        if self.record:
            copies = tuple(map(_copy, inputs))
            self.calls.append(copies[0] if len(copies) == 1 else copies)
        hidden = inputs[0] if len(inputs) == 1 else torch.cat(inputs, -1)
        for layer in self.hidden:
            hidden = torch.tanh(layer(hidden))
        outputs = tuple(
            head(hidden).squeeze(-1) if self.squeeze else head(hidden) for head in self.heads
        )
        return outputs[0] if len(outputs) == 1 else outputs

    def state(self) -> NetworkState:
        """This network as plain data, parameters detached but not copied."""
        parameters = list(self.parameters())
        return NetworkState(
            self.sizes, len(self.heads), self.squeeze, self.record, self.training,
            tuple(p.detach() for p in parameters),
            tuple(p.requires_grad for p in parameters),
            tuple(_gradient(p) for p in parameters),
            tuple(p.is_leaf for p in parameters),
        )  # fmt: skip

    @classmethod
    def from_state(cls, state: NetworkState) -> Network:
        """A fresh network that owns copies of the parameters: nobody can keep a doctored one."""
        values = [value.detach().clone() for value in state.parameters]
        network = cls(
            state.sizes, state.heads, squeeze=state.squeeze, record=state.record, values=values
        )
        for parameter, flag in zip(network.parameters(), state.requires_grad, strict=True):
            parameter.requires_grad_(flag)
        for parameter, gradient in zip(network.parameters(), state.gradients):
            parameter.grad = None if gradient is None else gradient.detach().clone()
        network.train(state.training)
        return network

    def intact(self) -> bool:
        """Whether every layer still has one weight and one bias of the declared shape."""
        return [tuple(p.shape) for p in self.parameters()] == shapes(self.sizes, len(self.heads))


def shapes(sizes: Sequence[int], heads: int) -> list[tuple[int, ...]]:
    """The shapes of a network's parameters in order: weight and bias of each hidden layer, then of
    each head.
    """
    layers = [*zip(sizes[1:-1], sizes[:-2]), *[(sizes[-1], sizes[-2])] * heads]
    return [shape for rows, columns in layers for shape in ((rows, columns), (rows,))]


def _gradient(parameter: torch.Tensor) -> torch.Tensor | None:
    return parameter.grad.detach() if parameter.is_leaf and parameter.grad is not None else None


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
    autograd recorded.
    """

    value: object
    arguments: list[Any] = field(default_factory=list)
    states: list[NetworkState] = field(default_factory=list)


def network(
    draw: Draw,
    sizes: tuple[int, ...],
    heads: int = 1,
    *,
    scale: float = 1.0,
    squeeze: bool = False,
    record: bool = False,
    dtype: torch.dtype = torch.float64,
) -> Network:
    """A network whose parameters are drawn from `draw`: weights N(0, scale^2 / fan-in), biases N(0,
    (scale / 2)^2).
    """
    values = []
    for shape in shapes(sizes, heads):
        spread = scale / shape[1] ** 0.5 if len(shape) == 2 else scale / 2
        values.append((spread * draw.normal(*shape)).to(dtype))
    return Network(sizes, heads, squeeze=squeeze, record=record, values=values)


def constant(network: Network, head: int, value: float | torch.Tensor) -> Network:
    """Make one output of a network ignore its input, in place: weights 0, bias `value`. Returns the
    network.
    """
    layer = cast(Layer, network.heads[head])
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.copy_(torch.as_tensor(value, dtype=layer.bias.dtype).expand_as(layer.bias))
    return network


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
        codes = [
            code
            for i, code in enumerate(codes)
            if not any(code.shape == c.shape and torch.equal(code, c) for c in codes[:i])
        ]
    if not codes or sum(map(len, codes)) != samples * examples:
        return []
    flat = torch.cat(codes)
    sample_major = flat.reshape(samples, examples, dimension)
    if samples == 1 or examples == 1:
        return [sample_major]
    return [sample_major, flat.reshape(examples, samples, dimension).transpose(0, 1)]
