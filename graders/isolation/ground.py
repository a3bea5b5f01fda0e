"""The zygote as the grader sees it: a folder with the runtime, one process, one connection, one
order at a time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

import msgspec

from graders.isolation import bubblewrap
from graders.isolation.faults import GroundFault
from graders.isolation.interpreter import Interpreter
from graders.isolation.landlock import READABLE_SYSTEM
from graders.isolation.messages import LayerNote
from graders.isolation.plan import Fault, Outcome, Plan
from graders.isolation.processes import descendants
from graders.isolation.seed import Seed, Sprout, copy_runtime, open_folder, start
from graders.isolation.sight import carve, inside, real

MESSAGE = 2**20
START_SECONDS = 300.0
ORDER_SECONDS = 60.0


class Ground:
    """Starts a zygote in a folder of its own and passes orders to it. Safe to use from several
    threads.

    bwrap: the path of a bubblewrap to start it under, or None. seed: what forks it, or None: then
    it loads for itself all that its workers need.
    """

    def __init__(
        self,
        interpreter: Interpreter,
        private: list[Path],
        layers: list[str],
        keeper: int,
        bwrap: str | None = None,
        seed: Seed | None = None,
    ):
        self.base = open_folder()
        self._lock = threading.Lock()
        self._decoder = msgspec.msgpack.Decoder(Outcome)
        self._process: subprocess.Popen[bytes] | Sprout | None = None
        runtime = seed.runtime if seed else copy_runtime(self.base)
        try:
            plan = _plan(self.base, runtime, interpreter, private, layers, keeper)
            self.layers = self._start(interpreter, plan, bwrap, seed)
        except BaseException:
            self.close()
            raise

    def order(self, order: object, fd: int | None = None) -> Any:
        """Have the zygote do something, and wait until it is done."""
        with self._lock:
            try:
                socket.send_fds(
                    self._control, [msgspec.msgpack.encode(order)], [] if fd is None else [fd]
                )
                data = self._control.recv(MESSAGE)
            except TimeoutError:
                raise GroundFault(
                    "the process that starts the workers did not answer in time: the machine is too"
                    " busy; grade with fewer jobs"
                ) from None
            except OSError as error:
                raise GroundFault(
                    f"the process that starts the workers is gone ({error})"
                ) from error
        if not data:
            raise GroundFault(f"the process that starts the workers ended: {self._last_words()}")
        outcome = self._decoder.decode(data)
        if isinstance(outcome, Fault):
            raise GroundFault(f"the process that starts the workers could not: {outcome.text}")
        return outcome

    @property
    def pid(self) -> int:
        """The zygote's process, as this side counts."""
        return self._line[-1]

    def kill(self) -> None:
        """End the zygote and everything in its namespace of processes at once. Only for one under
        bubblewrap.
        """
        if self._process:
            if self._process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._line[1], signal.SIGKILL)
            # The namespace's first process is not gone before all others in it are.
            self._process.wait()

    def close(self) -> None:
        """End the zygote, with everything that it started, and remove the folder."""
        self._control.close()
        self._log.close()
        if self._process:
            try:
                self._process.wait(ORDER_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.base, ignore_errors=True)

    def _start(
        self, interpreter: Interpreter, plan: Plan, bwrap: str | None, seed: Seed | None
    ) -> list[LayerNote]:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(START_SECONDS)
        self._log = open(Path(self.base, "zygote.log"), "w+b")  # noqa: SIM115 - lives as long as the zygote
        if bwrap:
            plan.held = dict.fromkeys(bubblewrap.PROVIDES, bubblewrap.BY)
        with theirs:
            if seed:
                seed.fork(self.base, theirs, self._log)
            else:
                self._process = start(
                    "main", interpreter, self.base, theirs, self._log,
                    bubblewrap.command(bwrap, plan.hide, plan.keep, self.base) if bwrap else [],
                )  # fmt: skip
        # Where folders for temporary files are emptied, only this handle still leads to the real
        # one.
        around = os.open(os.path.dirname(self.base), os.O_PATH)
        try:
            started = self.order(plan, around)
        finally:
            os.close(around)
        if self._process is None:
            self._process = Sprout(started.pid)
        # Alone, or: bubblewrap, the first process of its namespace, and the zygote.
        self._line = [self._process.pid, *descendants(self._process.pid)]
        self._control.settimeout(ORDER_SECONDS)
        layers: list[LayerNote] = started.layers
        return layers

    def _last_words(self) -> str:
        self._log.seek(0)
        return self._log.read()[-500:].decode(errors="replace").strip() or "it said nothing"


def _plan(
    base: str,
    runtime: str,
    interpreter: Interpreter,
    private: list[Path],
    layers: list[str],
    keeper: int,
) -> Plan:
    secret = real(private)
    others = interpreter.closed if keeper else _of_this_user()
    needed = [*interpreter.folders, runtime]
    keep = [p for p in needed if not any(p != o and inside(p, o) for o in [*needed, base])]
    readable = carve([*needed, *READABLE_SYSTEM], secret)
    return Plan(base, [*secret, *others], keep, readable, layers, keeper, held={})


def _of_this_user() -> list[str]:
    """A worker who is the same user would be let into all of this, and could ask its programs,
    which listen there, for anything.
    """
    home = os.path.realpath(os.path.expanduser("~"))
    return [folder for folder in (home, "/run") if folder != "/" and os.path.isdir(folder)]
