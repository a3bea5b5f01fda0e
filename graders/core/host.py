"""Runs the functions of one namespace. The notebook uses it directly; the isolated worker serves it
over a socket.
"""

from __future__ import annotations

import itertools
import random
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from graders.core.draw import LOW, seed_torch
from graders.core.fixtures import Network, NetworkState, gradient_left
from graders.core.forms import a
from graders.core.language import say, to_say
from graders.core.modules import method_of
from graders.core.state import neutral
from graders.core.values import accept, map_tensors
from graders.core.verdict import Missing, StudentError, Unacceptable

BLAMED = (Exception, SystemExit, GeneratorExit)


Pair = tuple[torch.Tensor, torch.Tensor]

NO_FUNCTION = to_say(
    "there is no function named `{name}`: is the name spelled like this, and does its cell run"
    " without an error?"
)
NO_CLASS = to_say(
    "there is no class named `{name}`: is the name spelled like this, and does its cell run without"
    " an error?"
)


@dataclass(frozen=True, eq=False)
class Request:
    """One call: tensors are detached; `requires_grad` has one flag per tensor and network
    parameter, in order. The last arguments are passed by the names in `keywords`, if there are any.

    Each is equal to itself alone: the values of tensors do not compare.
    """

    name: str
    arguments: tuple[Any, ...]
    requires_grad: tuple[bool, ...]
    seed: int
    grad_enabled: bool = True
    echo: bool = False
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reply:
    """What a call left: the value (tensors detached), which of its tensors require grad, a handle
    on their graph, what each network recorded, and, if the request said `echo`, the arguments after
    the call, with `left`: the `requires_grad` and `.grad` of each tensor among them.
    """

    value: Any
    requires_grad: tuple[bool, ...]
    handle: int
    recorded: tuple[list[Any], ...]
    arguments: tuple[Any, ...] = ()
    left: tuple[tuple[bool, torch.Tensor | None], ...] = ()


class Host:
    """Calls functions by name and keeps the graph of each result until it is released.

    `meant` gives names that a function means otherwise than they stand in the namespace.
    """

    def __init__(
        self,
        namespace: dict[str, Any],
        *,
        meant: Callable[[str], dict[str, Any]] = lambda name: {},
    ):
        self.namespace = namespace
        self._meant = meant
        self._graphs: dict[int, tuple[list[Any], list[Any]]] = {}
        self._handles = itertools.count(1)

    def call(self, request: Request) -> Reply:
        """Call a function of the namespace under a seed.

        Raises Missing, Unacceptable, or StudentError for whatever the function raised.
        """
        with neutral(), self._meaning(request.name.partition(".")[0]):
            return self._called(request)

    def _called(self, request: Request) -> Reply:
        function = self._function(request.name)
        arguments, leaves, networks, tensors = _build(request)
        first = len(arguments) - len(request.keywords)
        plain, named = arguments[:first], dict(zip(request.keywords, arguments[first:]))
        with _seeded(request.seed), torch.set_grad_enabled(request.grad_enabled):
            value = self._valued(lambda: _accepted(function(*plain, **named), request.echo))
        outputs: list[torch.Tensor] = []

        def detached(tensor: torch.Tensor) -> torch.Tensor:
            outputs.append(tensor)
            return tensor.detach()

        value = map_tensors(value, detached)
        recorded = tuple(list(map(_detached, network.calls)) for network in networks)
        after, left = self._afterwards(arguments, tensors) if request.echo else ((), ())
        flags = tuple(output.requires_grad for output in outputs)
        return Reply(value, flags, self._keep(outputs, leaves), recorded, after, left)

    def _valued(self, call: Callable[[], Any]) -> Any:
        """What a call of the submission's function gives, as plain data."""
        return _blame(call)

    def _afterwards(self, arguments: list[Any], tensors: list[Pair]) -> tuple[Any, Any]:
        """The arguments after the call, and what it left on each tensor among them."""
        after = tuple(_blame(lambda: [_after(a) for a in arguments]))
        return after, tuple((seen.requires_grad, gradient_left(leaf)) for seen, leaf in tensors)

    def vjp(self, handle: int, gradients: list[Any], create_graph: bool) -> tuple[list[Any], int]:
        """Gradients of the kept outputs with respect to the call's tensors and parameters, None
        where there is none.

        With `create_graph` they come with a handle of their own, over the same tensors followed by
        `gradients`.
        """
        outputs, leaves = self._graphs[handle]
        weights = [
            None if g is None else g.detach().clone().requires_grad_(create_graph)
            for g in gradients
        ]
        used = [
            (o, w)
            for o, w in zip(outputs, weights)
            if o is not None and o.requires_grad and w is not None
        ]
        wanted = [leaf for leaf in leaves if leaf.requires_grad]
        if not used or not wanted:
            return [None] * len(leaves), 0
        with neutral(), torch.enable_grad():
            found = _blame(
                lambda: torch.autograd.grad(
                    [o for o, _ in used],
                    wanted,
                    [w for _, w in used],
                    retain_graph=True,
                    create_graph=create_graph,
                    allow_unused=True,
                )
            )
        results = iter(found)
        flat = [next(results) if leaf.requires_grad else None for leaf in leaves]
        if not create_graph:
            return flat, 0
        kept = self._keep(flat, [*leaves, *(torch.zeros(()) if w is None else w for w in weights)])
        return flat, kept

    def release(self, handles: list[int]) -> None:
        """Forget graphs that nobody will ask for again."""
        for handle in handles:
            self._graphs.pop(handle, None)

    def get(self, name: str) -> Any:
        """The value of an answer. Raises Missing or Unacceptable."""
        if name not in self.namespace:
            raise Missing(
                say(
                    "nothing is assigned to `{name}`: is the name spelled like this, and does its"
                    " cell run without an error?",
                    name=name,
                )
            )
        if self.namespace[name] is ...:
            raise Missing(say("`{name}` is still `...`, so it is not answered yet", name=name))
        return _blame(lambda: map_tensors(accept(self.namespace[name]), torch.Tensor.detach))

    def replace(self, name: str, function: Callable[..., Any]) -> None:
        """Put a stand-in where the submission's functions look for `name`."""
        self.namespace[name] = function

    @contextmanager
    def _meaning(self, name: str) -> Iterator[None]:
        """Let the names that a function means otherwise than they stand mean that."""
        meant = self._meant(name)
        now = {known: self.namespace[known] for known in meant if known in self.namespace}
        self.namespace.update(meant)
        try:
            yield
        finally:
            self.namespace.update(now)

    def _function(self, name: str) -> Callable[..., Any]:
        name, _, method = name.partition(".")
        if name not in self.namespace:
            text = NO_CLASS if method else NO_FUNCTION
            raise Missing(say(text, name=name))
        if method:
            return method_of(self.namespace[name], name, method)
        function: Callable[..., Any] = self.namespace[name]
        if isinstance(function, type) or not callable(function):
            what = say("a class") if isinstance(function, type) else a(type(function))
            raise Missing(
                say(
                    "`{name}` is {what}, not a function: does a later cell use its name for"
                    " something else?",
                    name=name,
                    what=what,
                )
            )
        return function

    def _keep(self, outputs: list[Any], leaves: list[Any]) -> int:
        if not any(output is not None and output.requires_grad for output in outputs):
            return 0
        handle = next(self._handles)
        self._graphs[handle] = (outputs, leaves)
        return handle


def _build(
    request: Request,
) -> tuple[list[Any], list[torch.Tensor], list[Network], list[Pair]]:
    """Arguments as the function shall see them, the leaves behind them in wire order, and the
    networks and tensors among them.

    Tensors come as pairs of what the function sees and the leaf behind it. Where the arguments are
    asked for afterwards, the leaf has a `.grad` of ones, which shows whether it was left alone.
    """
    flags = iter(request.requires_grad)
    leaves: list[torch.Tensor] = []
    networks: list[Network] = []
    tensors: list[Pair] = []

    def tensor(data: torch.Tensor) -> torch.Tensor:
        leaf = data.detach().clone().requires_grad_(next(flags))
        leaves.append(leaf)
        # A view of the leaf: in-place operations then behave as on the tensor of a caller.
        seen = leaf.clone() if leaf.requires_grad else leaf
        if request.echo and leaf.requires_grad:
            leaf.grad = torch.ones_like(leaf)
        tensors.append((seen, leaf))
        return seen

    def argument(value: Any) -> Any:
        if isinstance(value, NetworkState):
            network = Network.from_state(value)
            networks.append(network)
            for parameter in network.parameters():
                parameter.requires_grad_(next(flags))
                leaves.append(parameter)
            return network
        return map_tensors(value, tensor)

    return [argument(value) for value in request.arguments], leaves, networks, tensors


def _accepted(value: Any, echo: bool) -> Any:
    """The value as plain data. Where the arguments are asked for too, they count: a value that is
    refused is then None.
    """
    try:
        return accept(value)
    except Unacceptable:
        if echo:
            return None
        raise


def _after(argument: Any) -> Any:
    if isinstance(argument, Network):
        if not argument.intact():
            raise Unacceptable(
                say("a network whose layers were replaced or reshaped cannot be returned")
            )
        return argument.state()
    return map_tensors(accept(argument), torch.Tensor.detach)


def _detached(call: Any) -> Any:
    return tuple(map(_detached, call)) if isinstance(call, tuple) else accept(call).detach()


def _blame(action: Callable[[], Any]) -> Any:
    """Run student code; whatever it raises becomes a StudentError that holds names and text
    only.
    """
    try:
        return action()
    except StudentError:
        raise
    except BLAMED as error:
        raise StudentError(_kinds(error), _text(error)) from None


def _kinds(error: BaseException) -> tuple[str, ...]:
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"]
    name = "".join(c for c in type(error).__name__[:60] if c.isprintable())
    return tuple(dict.fromkeys([name, *kinds[:-1]]))


def _text(error: BaseException) -> str:
    """The message and the line of the submission it comes from; a hostile `__str__` gets none."""
    try:
        text = str(error)[:500].encode(errors="replace").decode()
    except BaseException:
        return ""
    frames = [
        f
        for f in traceback.extract_tb(error.__traceback__)
        if "graders/core" not in f.filename and "/torch/" not in f.filename
    ]
    where = (
        say(" (line {lineno} of {name})", lineno=frames[-1].lineno, name=frames[-1].name)
        if frames and frames[-1].name != "<module>"
        else ""
    )
    return text + where


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Torch, numpy and random under one seed, and afterwards, in somebody's notebook, as they
    were.
    """
    states = torch.get_rng_state(), np.random.get_state(), random.getstate()
    seed_torch(torch.default_generator, seed)
    np.random.seed(seed if seed < LOW else (seed % LOW, seed // LOW))
    random.seed(seed)
    try:
        yield
    finally:
        torch.set_rng_state(states[0])
        np.random.set_state(states[1])
        random.setstate(states[2])
