"""The process that every worker is a fork of: everything is imported, nothing is secret, and there
is one thread.

It obeys one connection, the grader's. It forks workers, ends everything that belongs to one, and
reaps. When the connection ends, it ends all workers and goes.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import sys
import threading
import traceback

import msgspec
import numpy as np
import torch

from graders.core.beside import Finder
from graders.core.language import Tongue, say, speak
from graders.isolation import linux, worker
from graders.isolation.cleanup import remove_files_of, remove_tree
from graders.isolation.landlock import AllowList
from graders.isolation.messages import LayerNote
from graders.isolation.plan import Fault, Kill, Killed, Order, Plan, Spawn, Spawned, Started
from graders.isolation.reaper import collect_dead, end_tree, end_user
from graders.isolation.sandbox import OFF, SWITCHED_OFF, around_all, die_with_parent, harden
from graders.isolation.shell import Notebook
from graders.isolation.warm import warm_up

MESSAGE = 2**20


class Zygote:
    """Obeys orders one after the other."""

    def __init__(self, control: socket.socket, plan: Plan, notebook: Notebook):
        self.control = control
        self.plan = plan
        self.uids: set[int] = set()
        self.children: set[int] = set()
        self.layers = around_all(plan)
        self.allow_list = self._allow_list()
        self.notebook = notebook

    def serve(self) -> None:
        """Carry out orders until the grader's end of the connection closes; then end and remove
        everything.
        """
        decoder = msgspec.msgpack.Decoder(Order)
        self._answer(Started(self.layers, os.getpid()))
        while True:
            data, fds, _, _ = socket.recv_fds(self.control, MESSAGE, 1)
            if not data:
                break
            try:
                self._answer(self._obey(decoder.decode(data), fds))
            except Exception as error:
                self._answer(Fault(f"{type(error).__name__}: {error}"))
            for fd in fds:
                os.close(fd)
        for order in [
            *(Kill(0, uid) for uid in self.uids if uid),
            *(Kill(pid, 0) for pid in list(self.children)),
        ]:
            self._end(order)
        os.chdir("/")
        remove_tree(self.plan.base)
        with contextlib.suppress(OSError):
            # Where folders for temporary files are emptied, only this handle still leads to the
            # real one.
            os.rmdir(os.path.basename(self.plan.base), dir_fd=self.plan.around)

    def _answer(self, outcome: object) -> None:
        self.control.send(msgspec.msgpack.encode(outcome))

    def _obey(self, order: Spawn | Kill, fds: list[int]) -> object:
        return self._spawn(order, fds[0]) if isinstance(order, Spawn) else self._end(order)

    def _spawn(self, spawn: Spawn, fd: int) -> Spawned:
        pid = os.fork()
        if not pid:
            # Whatever happens, this process must never return into the zygote's loop.
            with contextlib.suppress(BaseException):
                self._be_worker(spawn, fd) if spawn.uid else self._be_keeper(spawn, fd)
            os._exit(1)
        self.children.add(pid)
        self.uids.add(spawn.uid)
        return Spawned(pid)

    def _be_keeper(self, spawn: Spawn, fd: int) -> None:
        """Without a uid of their own, descent is what tells a submission's processes: none leaves
        its subreaper's tree.
        """
        die_with_parent()
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
        if not os.fork():
            self._be_worker(spawn, fd)
        _close_all_but()
        with contextlib.suppress(ChildProcessError):
            while True:
                os.wait()

    def _be_worker(self, spawn: Spawn, fd: int) -> None:
        speak(Tongue(spawn.language, tuple(spawn.texts.items())))
        say("nothing (None)")  # reads the catalogues, which the layers may close
        _close_all_but(fd, *(self.allow_list.fds if self.allow_list else ()))
        # Not those of the zygote, which all workers would share: its log, and the state of each.
        for number in range(3):
            os.dup2(null := os.open("/dev/null", os.O_RDWR), number)
            os.close(null)
        notes = harden(spawn, self.allow_list, self.plan)
        # As in Jupyter: in the folder of the notebook, with the modules that lie there.
        os.chdir(os.path.join(spawn.scratch, spawn.folder))
        sys.meta_path.insert(0, Finder([os.getcwd(), spawn.scratch]))
        torch.manual_seed(0)
        np.random.seed(0)
        random.seed(0)
        worker.serve(socket.socket(fileno=fd), self.notebook, [*self.layers, *notes])

    def _end(self, order: Kill) -> Killed:
        self._reap()
        if order.pid and order.pid not in self.children and not order.uid:
            return Killed(0)
        gone = (
            end_user(order.uid, self.plan.keeper, self._reap)
            if order.uid
            else end_tree(order.pid, self._reap)
        )
        if gone:
            self.uids.discard(order.uid)
            if order.uid:
                remove_files_of(order.uid)
        return Killed(0 if gone else 1)

    def _reap(self) -> None:
        """Collect the dead. As a subreaper this process also inherits what workers left behind."""
        self.children -= collect_dead()

    def _allow_list(self) -> AllowList | None:
        if "landlock" not in self.plan.layers:
            self.layers.append(LayerNote("landlock", OFF, SWITCHED_OFF))
            return None
        try:
            return AllowList(self.plan.read)
        except OSError as error:
            self.layers.append(LayerNote("landlock", OFF, str(error)))
            return None


def _close_all_but(*keep: int) -> None:
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) not in keep:
            with contextlib.suppress(OSError):
                os.close(int(name))


def main() -> None:
    """Entry point: the control socket is the file descriptor named by the first argument."""
    control = socket.socket(fileno=int(sys.argv[1]))
    sys.argv[:] = ["notebook"]
    _be_zygote(control, warm_up())


def seed() -> None:
    """Entry point of a seed: forks a zygote for each order that comes through the socket named by
    the first argument, until nobody holds its other end.
    """
    orders = socket.socket(fileno=int(sys.argv[1]))
    runtime, sys.argv[:] = sys.argv[2], ["notebook"]
    notebook = warm_up()
    while True:
        data, fds, _, _ = socket.recv_fds(orders, MESSAGE, 2)
        if not data:
            break
        collect_dead()
        if not os.fork():
            orders.close()
            _sprout(data.decode(), fds[0], fds[1], notebook)
        for fd in fds:
            os.close(fd)
    os.chdir("/")
    remove_tree(os.path.dirname(runtime))


def _sprout(base: str, control: int, log: int, notebook: Notebook) -> None:
    """What `main` is where the process is not a fork. Never returns."""
    try:
        os.setsid()
        os.dup2(log, 2)
        os.close(log)
        os.chdir(base)
        os.environ["HOME"] = base
        _be_zygote(socket.socket(fileno=control), notebook)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _be_zygote(control: socket.socket, notebook: Notebook) -> None:
    data, fds, _, _ = socket.recv_fds(control, MESSAGE, 1)
    plan = msgspec.msgpack.decode(data, type=Plan)
    plan.around = fds[0]
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    zygote = Zygote(control, plan, notebook)
    if threading.active_count() != 1 or len(os.listdir("/proc/self/task")) != 1:
        raise SystemExit("the zygote has more than one thread, so its forks could hang")
    zygote.serve()
