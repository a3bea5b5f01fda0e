"""The submission as `graders.core.student.Student` wants it, served by a worker and believed in
nothing.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import torch

from graders.core.fixtures import NetworkState
from graders.core.host import Reply, Request
from graders.core.language import say
from graders.core.values import map_tensors
from graders.core.verdict import Died, TimedOut, student_error
from graders.isolation import messages as m
from graders.isolation.allowance import FIRST_LOOK, Allowance, Share, WallTimedOut
from graders.isolation.channel import Channel
from graders.isolation.limits import Limits
from graders.isolation.wire import Packer, Unpacker, WireError

_ENVELOPE = (
    1.0  # seconds beside the student's own time: transport, and the alarm's way through native code
)

# How often a call is looked at after the first time.
LOOKS = 1.0

T = TypeVar("T")
# The shape and dtype of a tensor or parameter that gradients are asked for.
Leaf = tuple[Any, Any]

# Answers that come out of the submission's own code, and so may be an error or a stop.
OF_STUDENTS = (m.Called, m.Gradients, m.Answer)


class Connection:
    """Asks one thing at a time, each under a deadline. After any breach nothing more is asked."""

    def __init__(
        self,
        sock: socket.socket,
        limits: Limits,
        explain: Callable[[], str] = lambda: "",
        pids: Callable[[], Sequence[int]] = tuple,
    ):
        self.limits = limits
        self.broken: str | None = None
        self._channel = Channel(sock, m.Reply)
        self._sequence = 0
        self.explain = explain
        self.pids = pids
        self.before_first: Callable[[], object] | None = None

    def ask(
        self,
        request: Any,
        wanted: type[T],
        packer: Packer | None = None,
        *,
        seconds: float,
        fd: int | None = None,
        share: Share | None = None,
    ) -> tuple[T, Unpacker]:
        """The answer, of the wanted type. Raises StudentError, TimedOut, or Died when the worker
        ended or broke the rules. share: what the submission's own code may use.
        """
        if self.broken is not None:
            raise Died(self.broken)
        if self.before_first:
            self.before_first()
        self._sequence += 1
        deadline = time.monotonic() + seconds + _ENVELOPE
        try:
            self._channel.send(self._sequence, request, packer, deadline=deadline, fd=fd)
            if share:
                self._await(deadline, share)
                # What has begun to come is no longer computed.
                coming = self.limits.wall(self.limits.call_seconds)
                deadline = min(deadline, time.monotonic() + coming + _ENVELOPE)
            return self._receive(wanted, deadline, share)
        except TimeoutError:
            self._break(
                say("the code did not answer within {wall:g} s and was ended", wall=seconds)
            )
            if share and share.effort.computed > share.cpu:
                raise TimedOut(share.too_long()) from None
            raise WallTimedOut(self.broken) from None
        except WireError as error:
            why = self.explain()
            self._break(
                say("{why}, and was ended", why=why)
                if why
                else say(
                    "the process that ran the code ended or broke the protocol: {error}",
                    error=error,
                )
            )
            raise Died(self.broken) from None

    def ready(self, seconds: float) -> m.Ready:
        """The first message of a new worker."""
        return self._receive(m.Ready, time.monotonic() + seconds)[0]

    def close(self) -> None:
        """Hang up: a worker that listens ends."""
        self._break(say("the submission's process was ended"))

    def _await(self, deadline: float, share: Share) -> None:
        """Until an answer comes, or the deadline, and look at what is done in the meantime."""
        pause, looked = min(FIRST_LOOK, share.wall / 4), False
        try:
            while not self._channel.waits(min(pause, deadline - time.monotonic())):
                if time.monotonic() >= deadline:
                    return
                share.look()
                # Where little is left, not much later than that is over.
                left = min(share.cpu, share.idle - share.effort.idle)
                pause, looked = min(LOOKS, 1.1 * max(left, 0.1)), True
            if looked:
                share.effort.look()
        except TimedOut as error:
            self._break(str(error))
            raise

    def _receive(
        self, wanted: type[T], deadline: float, share: Share | None = None
    ) -> tuple[T, Unpacker]:
        sequence, reply, unpacker = self._channel.receive(deadline=deadline)
        if sequence != self._sequence:
            raise WireError("an answer out of step")
        if isinstance(reply, (m.Raised, m.Late)) and wanted not in OF_STUDENTS:
            raise WireError("an error where the submission's code had no part")
        if isinstance(reply, m.Raised):
            raise student_error(tuple(map(_printable, reply.kinds)), _printable(reply.text))
        if isinstance(reply, m.Late):
            if share is None:
                raise WireError("a stop where no limit was set")
            if reply.wall:
                share.enough()
                raise WallTimedOut(
                    say("the call did not end within {wall:g} s and was stopped", wall=share.wall)
                )
            raise TimedOut(share.too_long())
        if not isinstance(reply, wanted):
            raise WireError(say("an answer of the wrong kind ({kind})", kind=type(reply).__name__))
        return reply, unpacker

    def _break(self, reason: str) -> None:
        self.broken = self.broken or reason
        self._channel.close()


class RemoteHost:
    """`Hosting` over a connection: what `graders.core.host.Host` does, done by a worker."""

    def __init__(
        self, connection: Connection, allowance: Allowance | None = None, exercise: str = ""
    ):
        self._connection = connection
        self._allowance = allowance or Allowance(connection.limits)
        self._exercise = exercise
        self._released: list[int] = []
        self._leaves: dict[int, list[Leaf]] = {}

    @property
    def broken(self) -> bool:
        """Whether nothing more can be asked: the process hung or ended."""
        return self._connection.broken is not None

    def call(self, request: Request) -> Reply:
        """Call a function. The reply fits the request, whatever the worker said."""
        packer, arguments = _packed(request)
        with self._allowance.spending(self._exercise) as share:
            message = m.Call(
                request.name, arguments, list(request.keywords), list(request.requires_grad),
                request.seed,
                request.grad_enabled, request.echo,
                self._to_release(), share.cpu, share.wall,
            )  # fmt: skip
            answer, unpacker = self._ask(message, m.Called, packer, share)
        reply = self._checked(lambda: _reply(request, answer, unpacker))
        self._keep(reply.handle, _leaf_kinds(request))
        return reply

    def vjp(self, handle: int, gradients: list[Any], create_graph: bool) -> tuple[list[Any], int]:
        """Gradients of a kept graph, one per tensor and parameter of its call, None where there is
        none.
        """
        leaves = self._leaves[handle]
        packer = Packer()
        weights = [packer.value(g) for g in gradients]
        with self._allowance.spending(self._exercise) as share:
            message = m.Backward(
                handle, weights, create_graph, self._to_release(), share.cpu, share.wall
            )
            answer, unpacker = self._ask(message, m.Gradients, packer, share)
        found = self._checked(lambda: _gradients(answer, unpacker, leaves, create_graph))
        self._keep(
            answer.handle,
            [
                *leaves,
                *((torch.Size([]), None) if g is None else (g.shape, g.dtype) for g in gradients),
            ],
        )
        return found, answer.handle

    def release(self, handles: list[int]) -> None:
        """Forget graphs. Told with the next request: this is called whenever Python collects
        garbage.
        """
        self._released.extend(handles)

    def get(self, name: str) -> Any:
        """The value assigned to a name."""
        with self._allowance.spending(self._exercise) as share:
            answer, unpacker = self._ask(m.AskAnswer(name), m.Answer, None, share)
        return self._checked(lambda: _whole(unpacker, unpacker.value(answer.value)))

    def names(self, names: list[str]) -> set[str]:
        """Those of the names that are defined."""
        answer, _ = self._connection.ask(
            m.AskNames(names), m.Known, seconds=self._connection.limits.call_seconds
        )
        return set(names) & set(answer.names)

    def stand_in(
        self, topic: str, name: str, coefficients: list[float], conventions: Sequence[str] = ()
    ) -> None:
        """Replace a function by its public stand-in. Where that fails, the branch is broken and the
        next call says so.
        """
        with contextlib.suppress(TimedOut):
            self._connection.ask(
                m.PutStandIn(topic, name, list(coefficients), list(conventions)),
                m.Done,
                seconds=self._connection.limits.call_seconds,
            )

    def _ask(
        self, message: Any, wanted: type[T], packer: Packer | None, share: Share
    ) -> tuple[T, Unpacker]:
        started = time.monotonic()
        try:
            answer, unpacker = self._connection.ask(
                message, wanted, packer, seconds=share.wall, share=share
            )
            share.read(unpacker.bytes, unpacker.notes)
            return answer, unpacker
        finally:
            share.seconds = time.monotonic() - started

    def _keep(self, handle: int, leaves: list[Leaf]) -> None:
        if handle in self._leaves:
            self._connection.close()
            raise Died(
                say(
                    "the process that ran the code broke the protocol: one graph under the name of"
                    " another"
                )
            )
        if handle:
            self._leaves[handle] = leaves

    def _to_release(self) -> list[int]:
        handles, self._released = self._released, []
        for handle in handles:
            self._leaves.pop(handle, None)
        return handles

    def _checked(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except WireError as error:
            self._connection.close()
            raise Died(
                say("the process that ran the code broke the protocol: {error}", error=error)
            ) from None


# What a check asks of a whole class is packed once.
_known: WeakKeyDictionary[Request, tuple[Packer, list[Any]]] = WeakKeyDictionary()


def _packed(request: Request) -> tuple[Packer, list[Any]]:
    """The arguments of a call as notes, and the bytes that they mention."""
    if request not in _known:
        packer = Packer()
        _known[request] = packer, [packer.value(argument) for argument in request.arguments]
    return _known[request]


def _reply(request: Request, answer: m.Called, unpacker: Unpacker) -> Reply:
    value = unpacker.value(answer.value)
    networks = [a for a in request.arguments if isinstance(a, NetworkState)]
    if len(answer.recorded) != len(networks):
        raise WireError("records of another number of networks")
    recorded = tuple(
        [_recorded(unpacker.value(call)) for call in calls] for calls in answer.recorded
    )
    arguments = tuple(unpacker.value(argument) for argument in answer.arguments)
    if len(arguments) != (len(request.arguments) if request.echo else 0) or not all(
        map(_same_network, arguments, request.arguments)
    ):
        raise WireError("other arguments than those of the call")
    left = _left(request, answer, unpacker)
    flags = tuple(answer.requires_grad)
    outputs: list[torch.Tensor] = []
    map_tensors(value, outputs.append)
    if (
        len(flags) != len(outputs)
        or any(f and not _differentiable(o) for f, o in zip(flags, outputs))
        or any(flags) != (answer.handle > 0)
    ):
        raise WireError("gradient flags that do not fit the value")
    # A network that was not asked to record has nothing to report.
    kept = tuple(calls if network.record else [] for calls, network in zip(recorded, networks))
    return Reply(_whole(unpacker, value), flags, answer.handle, kept, arguments, left)


def _left(
    request: Request, answer: m.Called, unpacker: Unpacker
) -> tuple[tuple[bool, torch.Tensor | None], ...]:
    """What the call left on its tensors: a flag and a gradient of its shape for each."""
    before: list[torch.Tensor] = []
    for argument in request.arguments if request.echo else ():
        if not isinstance(argument, NetworkState):
            map_tensors(argument, before.append)
    left = tuple((flag, None if g is None else unpacker.tensor(g)) for flag, g in answer.left)
    if len(left) != len(before) or any(
        g is not None and g.shape != tensor.shape for (_, g), tensor in zip(left, before)
    ):
        raise WireError("gradients of other tensors than those of the call")
    return left


def _recorded(call: Any) -> Any:
    if isinstance(call, torch.Tensor) or (
        type(call) is tuple and all(isinstance(part, torch.Tensor) for part in call)
    ):
        return call
    raise WireError("a record that is no tensor")


def _same_network(after: Any, before: Any) -> bool:
    """An argument after the call: a network of the same layers where one was passed, plain data
    elsewhere.
    """
    if not isinstance(before, NetworkState) or not isinstance(after, NetworkState):
        return isinstance(before, NetworkState) == isinstance(after, NetworkState)
    return (before.structure, before.record) == (after.structure, after.record)


def _gradients(
    answer: m.Gradients, unpacker: Unpacker, leaves: list[Leaf], create_graph: bool
) -> list[Any]:
    found = [None if note is None else unpacker.tensor(note) for note in answer.values]
    if len(found) != len(leaves) or len(answer.requires_grad) != len(found):
        raise WireError("another number of gradients than of inputs")
    for value, (shape, dtype) in zip(found, leaves):
        if value is not None and (
            value.shape != shape or dtype not in (None, value.dtype) or not _differentiable(value)
        ):
            raise WireError("a gradient of another shape than its input")
    if any(answer.requires_grad) != (answer.handle > 0) or (answer.handle and not create_graph):
        raise WireError("a graph that nobody asked for")
    pairs = zip(found, answer.requires_grad)
    return _whole(
        unpacker,
        [value.requires_grad_() if flag and value is not None else value for value, flag in pairs],
    )


def _differentiable(value: torch.Tensor) -> bool:
    return value.dtype.is_floating_point or value.dtype.is_complex


def _whole(unpacker: Unpacker, value: T) -> T:
    unpacker.finish()
    return value


def _leaf_kinds(request: Request) -> list[Leaf]:
    """Shape and dtype of every tensor and parameter of a call, in the order in which a Host takes
    them.
    """
    leaves: list[torch.Tensor] = []
    for argument in request.arguments:
        if isinstance(argument, NetworkState):
            leaves.extend(argument.parameters)
        else:
            map_tensors(argument, leaves.append)
    return [(leaf.shape, leaf.dtype) for leaf in leaves]


def _printable(text: str) -> str:
    """Without control characters: the text goes to terminals and files."""
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)
