"""A submission as checks see it: functions by name, differentiable wherever they run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch

from graders.core.attach import Graphs, attach
from graders.core.draw import derive_seed
from graders.core.evidence import Records, size_of
from graders.core.fixtures import Network, NetworkState, Observed
from graders.core.forms import in_words
from graders.core.host import Host, Reply, Request
from graders.core.language import say
from graders.core.modules import CALL, INIT, Model
from graders.core.narrow import doubles, may_clash, narrowed, single, widened
from graders.core.values import MAX_CHECK_BYTES, map_tensors, passable
from graders.core.verdict import Heard, StudentError, TooMuch


class Hosting(Graphs, Protocol):
    """What runs the submission: `Host` in this process, or a connection to an isolated worker."""

    def call(self, request: Request) -> Reply: ...
    def get(self, name: str) -> Any: ...


class Student:
    """`student.kl_standard_normal(mu, logvar)` calls the submission's function of that name.

    Results carry gradients to the tensors and networks that were passed, to every order. Arguments
    are copied, so the caller's are never changed. A network's `calls` afterwards holds what this
    call recorded. Every call is
    seeded: by `seed=`, else by its position among the calls of this check.
    """

    def __init__(self, host: Hosting, seed: int = 0, *, any_dtype: bool = False):
        """any_dtype: where arguments are float64, so is what comes back, and a call that fails for
        a dtype is made in float32.
        """
        self._host = host
        self._seed = seed
        self._any_dtype = any_dtype
        self.count = 0
        # The newest call and what it returned: where a check cannot go on, this is why.
        self.last: tuple[str, Any] | None = None
        self.recorded = Records()
        # Whether a call failed as dtypes do that clash, or gave another than it was asked for.
        self.clashed = self.narrow = False
        self._room = MAX_CHECK_BYTES

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments, seed=None, **named: (
            self._call(name, arguments, named, seed, echo=False).value
        )

    def observe(
        self, name: str, *arguments: Any, seed: int | None = None, **named: Any
    ) -> Observed:
        """Call a function and also report every argument as it is afterwards, those passed by name
        last.
        """
        return self._call(name, arguments, named, seed, echo=True)

    def module(self, name: str, *arguments: Any, seed: int | None = None, **named: Any) -> Model:
        """An instance of a class that extends `torch.nn.Module`, made of these arguments."""
        return Model(self, name, (arguments, named), seed)

    def method(
        self, name: str, method: str, *arguments: Any, seed: int | None = None, **named: Any
    ) -> Any:
        """Call a method of a class by what `graders.core.modules` makes of it."""
        return self._call(f"{name}.{method}", arguments, named, seed, echo=False).value

    def answer(self, name: str) -> Any:
        """The value that the submission assigned to a name."""
        self.count += 1
        value = self._host.get(name)
        self.last = name, value
        return value

    def _call(
        self,
        name: str,
        positional: tuple[Any, ...],
        named: dict[str, Any],
        seed: int | None,
        echo: bool,
    ) -> Observed:
        self.count += 1
        arguments = tuple(passable(a, name) for a in (*positional, *named.values()))
        seed = derive_seed(self._seed, self.count) if seed is None else seed
        leaves = _leaves(arguments)
        plain = tuple(
            a.state() if isinstance(a, Network) else map_tensors(a, torch.Tensor.detach)
            for a in arguments
        )
        request = Request(
            name,
            plain,
            tuple(leaf.requires_grad for leaf in leaves),
            seed,
            torch.is_grad_enabled(),
            echo,
            tuple(named),
        )
        call = shown_call(name, list(map(_shown, arguments)), arguments)
        try:
            reply, leaves = self._answered(request, leaves)
        except StudentError as error:
            error.call = error.call or call
            raise
        self.last = call, reply.value
        self._take(reply, call)
        self.recorded.add(Heard(request, reply.value, reply.recorded))
        for network, calls in zip((a for a in arguments if isinstance(a, Network)), reply.recorded):
            network.calls = list(calls)
        states = [a for a in reply.arguments if isinstance(a, NetworkState)]
        value = attach(self._host, reply, leaves)
        wide = self._widened(value) if doubles(_leaves(arguments)) else value
        return Observed(
            wide if self._any_dtype else value,
            [_rebuilt(a) for a in reply.arguments],
            states,
            reply.left,
        )

    def _answered(
        self, request: Request, leaves: list[torch.Tensor]
    ) -> tuple[Reply, list[torch.Tensor]]:
        """The reply, and the leaves that it hangs on: in float32, if there is none in float64."""
        try:
            return self._host.call(request), leaves
        except StudentError as error:
            if not may_clash(error, leaves):
                raise
            self.clashed = True
            if not self._any_dtype:
                raise
            try:
                reply = self._host.call(narrowed(request))
            except StudentError:
                raise error from None
        self.narrow = True
        return widened(reply, request), list(map(single, leaves))

    def _widened(self, value: Any) -> Any:
        """A result as float64, noting whether any of it is not."""

        def double(tensor: torch.Tensor) -> torch.Tensor:
            if not tensor.is_floating_point() or tensor.dtype == torch.float64:
                return tensor
            self.narrow = True
            return tensor.double()

        return map_tensors(value, double)

    def _take(self, reply: Reply, call: str) -> None:
        """Count what a call returned. Raises TooMuch when it is too much for one check, whose
        values may all be alive at once.
        """
        self._room -= size_of(reply.value) + sum(map(size_of, reply.recorded))
        if self._room < 0:
            raise TooMuch(
                say(
                    "the calls of one check returned more than {megabytes} MB together, up to"
                    " {call}; did two shapes broadcast to a larger one?",
                    megabytes=MAX_CHECK_BYTES // 2**20,
                    call=call,
                )
            )


def local(namespace: dict[str, Any], seed: int = 0) -> Student:
    """A submission that runs in this process: a notebook's own names, or a misconception."""
    return Student(Host(namespace), seed)


def _leaves(arguments: tuple[Any, ...]) -> list[torch.Tensor]:
    """Every tensor and network parameter among the arguments, in the order in which a Host takes
    them.
    """
    leaves: list[torch.Tensor] = []
    for argument in arguments:
        if isinstance(argument, Network):
            leaves.extend(argument.parameters())
        else:
            map_tensors(argument, leaves.append)
    return leaves


def _shown(argument: Any) -> str:
    """An argument in a message: its shape where its values would be too many."""
    if isinstance(argument, torch.Tensor):
        return f"{str(argument.dtype).removeprefix('torch.')} {tuple(argument.shape)}"
    return say("a network") if isinstance(argument, Network) else in_words(argument)


def shown_call(name: str, shown: list[str], arguments: tuple[Any, ...]) -> str:
    """A call in a message; of a method: how its object was made, and its own arguments."""
    of, _, method = name.partition(".")
    if method in ("", INIT):
        return f"{of}({', '.join(shown)})"
    made = ", ".join([*map(_shown, arguments[0][0]), *map(_shown, arguments[0][1].values())])
    called = "" if method == CALL else f".{method}"
    return f"{of}({made}){called}({', '.join(shown[4:])})"


def _rebuilt(argument: Any) -> Any:
    return Network.from_state(argument) if isinstance(argument, NetworkState) else argument
