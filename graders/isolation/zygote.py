"""The process that every worker is a fork of: everything is imported, nothing is secret, and there is one thread.

It obeys one connection, the grader's. It forks workers, ends everything that belongs to one, and reaps. When the
connection ends, it ends all workers and goes.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pkgutil
import random
import shutil
import signal
import socket
import sys
import threading
import time

import msgspec
import numpy as np
import torch

from graders.isolation import linux, mounts, worker
from graders.isolation.landlock import AllowList
from graders.isolation.messages import LayerNote
from graders.isolation.plan import Fault, Kill, Killed, Order, Plan, Spawn, Spawned, Started
from graders.isolation.sandbox import OFF, ON, harden
from graders.isolation.shell import Notebook
from graders.isolation.uids import has_processes

MESSAGE = 2**20
PATIENCE = 5.0


class Zygote:
    """Obeys orders one after the other."""

    def __init__(self, control: socket.socket, plan: Plan):
        self.control = control
        self.plan = plan
        self.uids: set[int] = set()
        self.children: set[int] = set()
        self.layers = [*self._hide(), *self._no_network()]
        self.allow_list = self._allow_list()
        self.notebook = _warm_up(plan.base)

    def serve(self) -> None:
        """Carry out orders until the grader's end of the connection closes."""
        decoder = msgspec.msgpack.Decoder(Order)
        self._answer(Started(self.layers))
        while True:
            data, fds, _, _ = socket.recv_fds(self.control, MESSAGE, 1)
            if not data:
                break
            try:
                self._answer(self._obey(decoder.decode(data), fds))
            except Exception as error:  # noqa: BLE001 - one failed order must not end every other worker
                self._answer(Fault(f"{type(error).__name__}: {error}"))
            for fd in fds:
                os.close(fd)
        for uid in list(self.uids):
            self._end(Kill(0, uid))
        shutil.rmtree(self.plan.base, ignore_errors=True)

    def _answer(self, outcome) -> None:
        self.control.send(msgspec.msgpack.encode(outcome))

    def _obey(self, order, fds: list[int]):
        return self._spawn(order, fds[0]) if isinstance(order, Spawn) else self._end(order)

    def _spawn(self, spawn: Spawn, fd: int) -> Spawned:
        pid = os.fork()
        if not pid:
            # Whatever happens, this process must never return into the zygote's loop.
            with contextlib.suppress(BaseException):
                self._be_worker(spawn, fd)
            os._exit(1)
        self.children.add(pid)
        self.uids.add(spawn.uid)
        return Spawned(pid)

    def _be_worker(self, spawn: Spawn, fd: int) -> None:
        notes = harden(spawn, self.allow_list, self.plan.layers)
        for name in os.listdir("/proc/self/fd"):
            if int(name) > 2 and int(name) != fd:
                with contextlib.suppress(OSError):
                    os.close(int(name))
        torch.manual_seed(0)
        np.random.seed(0)
        random.seed(0)
        worker.serve(socket.socket(fileno=fd), self.notebook, [*self.layers, *notes])

    def _end(self, order: Kill) -> Killed:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if order.uid:
                self._kill_as(order.uid)
            else:
                self._kill_child(order.pid)
            if self._gone(order):
                self.uids.discard(order.uid)
                return Killed(0)
        return Killed(1)

    def _kill_as(self, uid: int) -> None:
        """Signal every process of one uid, from a helper that can signal no other.

        The helper's real uid is the keeper's: a submission of that uid cannot signal the helper in turn.
        """
        pid = os.fork()
        if not pid:
            try:
                os.setgroups([])
                os.setresuid(self.plan.keeper, uid, self.plan.keeper)
                os.kill(-1, signal.SIGKILL)
            finally:
                os._exit(0)
        os.waitpid(pid, 0)

    def _gone(self, order: Kill) -> bool:
        """Whether everything that was signalled is dead, after waiting a little."""
        for _ in range(100):
            self._reap()
            if order.pid not in self.children and not (order.uid and has_processes(order.uid)):
                self._reap()  # whoever died last
                return True
            time.sleep(0.001)
        return False

    def _kill_child(self, pid: int) -> None:
        # Not reaped yet, so the number cannot belong to another process.
        if pid in self.children:
            os.killpg(pid, signal.SIGKILL)

    def _reap(self) -> None:
        """Collect the dead. As a subreaper this process also inherits what workers left behind."""
        with contextlib.suppress(ChildProcessError):
            while (pid := os.waitpid(-1, os.WNOHANG)[0]) > 0:
                self.children.discard(pid)

    def _hide(self) -> list[LayerNote]:
        if "hidden folders" not in self.plan.layers:
            return [LayerNote("hidden folders", OFF, "switched off by the caller")]
        holding = os.path.join(self.plan.base, "holding")
        os.mkdir(holding, 0o700)
        try:
            mounts.cover(self.plan.hide, self.plan.keep, self.plan.base, holding)
        except OSError as error:
            return [LayerNote("hidden folders", OFF, str(error))]
        return [LayerNote("hidden folders", ON, "")]

    def _no_network(self) -> list[LayerNote]:
        if "no network" not in self.plan.layers:
            return [LayerNote("no network", OFF, "switched off by the caller")]
        try:
            linux.unshare(linux.CLONE_NEWNET | linux.CLONE_NEWIPC)
        except OSError as error:
            return [LayerNote("no network", OFF, str(error))]
        return [LayerNote("no network", ON, "")]

    def _allow_list(self) -> AllowList | None:
        if "landlock" not in self.plan.layers:
            self.layers.append(LayerNote("landlock", OFF, "switched off by the caller"))
            return None
        try:
            return AllowList(self.plan.read)
        except OSError as error:
            self.layers.append(LayerNote("landlock", OFF, str(error)))
            return None


def _warm_up(base: str) -> Notebook:
    """Import and use once what every worker will need, so that it is shared memory and costs no time there."""
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    import matplotlib.pyplot as plt

    import graders.public

    for topic in pkgutil.iter_modules(graders.public.__path__):
        # A topic that cannot be imported is found, and reported, where it is used.
        with contextlib.suppress(Exception):
            importlib.import_module(f"graders.public.{topic.name}")
    import matplotlib_inline.backend_inline  # noqa: F401

    plt.close(plt.figure())
    leaf = torch.ones(2, 2, requires_grad=True)
    (leaf @ leaf).sum().backward()
    # The first call with weights imports sympy: half a second, which every worker would pay.
    torch.autograd.grad([leaf @ leaf], [leaf], [torch.ones(2, 2)], allow_unused=True)
    notebook = Notebook(os.path.join(base, "ipython"))
    gc.collect()
    gc.freeze()
    return notebook


def main() -> None:
    """Entry point: the control socket is the file descriptor named by the first argument."""
    control = socket.socket(fileno=int(sys.argv[1]))
    sys.argv[:] = ["notebook"]
    plan = msgspec.msgpack.decode(control.recv(MESSAGE), type=Plan)
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    zygote = Zygote(control, plan)
    if threading.active_count() != 1 or len(os.listdir("/proc/self/task")) != 1:
        raise SystemExit("the zygote has more than one thread, so its forks could hang")
    zygote.serve()
