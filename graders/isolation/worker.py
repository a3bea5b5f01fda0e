"""The untrusted side: runs the submission and serves its functions. Nothing that it says is
believed unchecked.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
from typing import Any

from graders.core.convention import as_theirs, conventions_in
from graders.core.exercise import StandIn, members
from graders.core.host import Host, Request
from graders.core.timers import Stopped, limited
from graders.core.verdict import StudentError
from graders.isolation import messages as m
from graders.isolation.channel import Channel
from graders.isolation.probe import attempts
from graders.isolation.sandbox import die_with_parent
from graders.isolation.shell import Notebook
from graders.isolation.wire import Closed, Packer, Unpacker


def serve(sock: socket.socket, notebook: Notebook, layers: list[m.LayerNote]) -> None:
    """Serve one connection until it closes, then end this process."""
    channel = Channel(sock, m.Request, takes_fds=True)
    notebook.cells.enter(back=False)
    channel.send(0, m.Ready(layers))
    Worker(channel, notebook).loop()


class Worker:
    """Answers requests one at a time, from one namespace."""

    def __init__(self, channel: Channel, notebook: Notebook):
        self.channel = channel
        self.notebook = notebook
        self.host = Host(notebook.cells.namespace, meant=notebook.cells.meanings.meant)
        self.copies: dict[int, int] = {}
        self.count = 0

    def loop(self) -> None:
        """Answer until the grader hangs up."""
        with contextlib.suppress(Closed):
            while True:
                sequence, request, unpacker = self.channel.receive()
                packer = Packer()
                try:
                    self.channel.send(sequence, self._answer(request, unpacker, packer), packer)
                except Closed:
                    raise
                except BaseException as error:
                    self.channel.send(sequence, _instead(error))
        os._exit(0)

    def _answer(self, request: Any, unpacker: Unpacker, packer: Packer) -> Any:
        match request:
            case m.Call():
                return limited(
                    lambda: self._call(request, unpacker, packer), request.cpu, request.wall
                )
            case m.Backward():
                return limited(
                    lambda: self._backward(request, unpacker, packer), request.cpu, request.wall
                )
            case m.AskAnswer():
                return m.Answer(packer.value(self.host.get(request.name)))
            case m.RunCell():
                return self._run(request)
            case m.AskNames():
                return m.Known(self.notebook.cells.defined(request.names))
            case m.Fork():
                return self._fork()
            case m.EndFork():
                return self._end(request.number)
            case m.PutStandIn():
                return self._stand_in(request)
            case m.Probe():
                return m.Found(attempts(request))

    def _run(self, request: m.RunCell) -> m.CellDone:
        try:
            return self.notebook.run(request)
        finally:
            # A DataLoader's handler raises, wherever this process is, when its workers are ended.
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)

    def _call(self, request: m.Call, unpacker: Unpacker, packer: Packer) -> m.Called:
        self.host.release(request.release)
        arguments = tuple(unpacker.value(argument) for argument in request.arguments)
        reply = self.host.call(
            Request(
                request.name,
                arguments,
                tuple(request.requires_grad),
                request.seed,
                request.grad_enabled,
                request.echo,
                tuple(request.keywords),
            )
        )
        return m.Called(
            packer.value(reply.value),
            list(reply.requires_grad),
            reply.handle,
            [[packer.value(call) for call in calls] for calls in reply.recorded],
            [packer.value(argument) for argument in reply.arguments],
            [(flag, None if g is None else packer.tensor(g)) for flag, g in reply.left],
        )

    def _backward(self, request: m.Backward, unpacker: Unpacker, packer: Packer) -> m.Gradients:
        self.host.release(request.release)
        weights = [unpacker.value(weight) for weight in request.gradients]
        found, handle = self.host.vjp(request.handle, weights, request.create_graph)
        flags = [value is not None and value.requires_grad for value in found]
        return m.Gradients(
            [None if value is None else packer.tensor(value) for value in found], flags, handle
        )

    def _fork(self) -> m.Done:
        end = socket.socket(fileno=self.channel.fds.pop())
        self.count += 1
        pid = os.fork()
        if pid:
            end.close()
            self.copies[self.count] = pid
            return m.Done(self.count)
        with contextlib.suppress(BaseException):
            os.setpgid(0, 0)
            die_with_parent()
            self.channel.close()
            Worker(Channel(end, m.Request, takes_fds=True), self.notebook).loop()
        os._exit(1)

    def _end(self, number: int) -> m.Done:
        pid = self.copies.pop(number)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return m.Done(number)

    def _stand_in(self, request: m.PutStandIn) -> m.Done:
        module = importlib.import_module(f"graders.public.{request.topic}")
        found = next(s for s in members(module, StandIn) if s.exercise == request.name)
        chain = [conventions_in(one)[request.name] for one in request.conventions]
        self.host.replace(request.name, as_theirs(chain, found.bound(request.coefficients)))
        return m.Done(0)


def _instead(error: BaseException) -> m.Late | m.Raised:
    """What is answered when there is no answer."""
    if isinstance(error, Stopped):
        return m.Late(error.wall)
    kinds = error.kinds if isinstance(error, StudentError) else (type(error).__name__,)
    text = error.text if isinstance(error, StudentError) else ""
    clean = [kind[:100].encode(errors="replace").decode() for kind in kinds[:20]] or ["Exception"]
    return m.Raised(clean, text[:1500].encode(errors="replace").decode())
