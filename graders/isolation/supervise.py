"""The grader's way to run submissions: grounds with a warm zygote, submissions on them, branches of a submission.

    with Grounds(private=[...]) as grounds:
        with grounds.open(cells) as submission:
            with submission.branch() as host:
                Student(host, seed).kl_standard_normal(mu, logvar)
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path

from graders.isolation import messages as m
from graders.isolation.ground import Ground
from graders.isolation.cleanup import remove_tree
from graders.isolation.limits import Limits
from graders.isolation.plan import Kill, Spawn
from graders.isolation.remote import Connection
from graders.isolation.submission import Submission
from graders.isolation.uids import lease

LAYERS = ("hidden folders", "no network", "limits", "own ipc", "own user", "no new privileges", "landlock", "system call filter")
READY_SECONDS = 30.0


class Refused(Exception):
    """Hidden checks may not run on this machine. The text says why, and what the ways out are."""


@dataclass(frozen=True)
class Layer:
    """One layer of protection: "on", "off" with the reason, or "not needed"."""

    name: str
    state: str
    reason: str = ""


class Grounds:
    """Where submissions run. Starts a zygote, chooses the layers, and refuses when they do not hold."""

    def __init__(self, private: Sequence[Path] = (), jobs: int = 1, layers: str | Sequence[str] = "auto", trust: bool = False):
        self.trust = trust
        self._private = [Path(p) for p in private]
        self._names = list(LAYERS if layers == "auto" else layers)
        self._own_users = os.geteuid() == 0 and "own user" in self._names
        self._stack = ExitStack()
        with ExitStack() as stack:
            keeper = stack.enter_context(lease()) if self._own_users else 0
            self._ground = Ground(self._private, self._names, keeper)
            stack.callback(self._ground.close)
            self.layers = self._examine()
            self._stack = stack.pop_all()

    def __enter__(self) -> Grounds:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextmanager
    def open(self, cells: Sequence[str], limits: Limits = Limits()) -> Iterator[Submission]:
        """Run the cells of a submission. Afterwards nothing that it started is alive and none of its files is left."""
        with Submission(list(cells), limits, lambda: self._worker(limits)) as submission:
            yield submission

    @contextmanager
    def _worker(self, limits: Limits) -> Iterator[tuple[Connection, m.Ready]]:
        """A new worker, hardened and ready. Ended, with everything of its user, on leaving."""
        with ExitStack() as stack:
            uid = stack.enter_context(lease()) if self._own_users else 0
            scratch = stack.enter_context(self._scratch(uid))
            ours, theirs = socket.socketpair()
            spawn = Spawn(uid, scratch, limits.memory_mb, int(limits.total_seconds) + 20, limits.processes, limits.file_mb, limits.open_files)
            with theirs:
                pid = self._ground.order(spawn, theirs.fileno()).pid
            stack.callback(lambda: self._ground.order(Kill(pid, uid)))
            connection = Connection(ours, limits)
            stack.callback(connection.close)
            yield connection, connection.ready(READY_SECONDS)

    @contextmanager
    def _scratch(self, uid: int) -> Iterator[str]:
        folder = os.path.join(self._ground.base, f"scratch-{uid or os.urandom(6).hex()}")
        os.mkdir(folder, 0o700)
        if uid:
            os.chown(folder, uid, uid)
        try:
            yield folder
        finally:
            remove_tree(folder)

    def _examine(self) -> tuple[Layer, ...]:
        """Ask a worker that runs no submission what it could do; refuse when that is too much."""
        with self._worker(Limits()) as (connection, ready):
            probe = m.Probe([str(p.resolve()) for p in self._private if p.exists()], _module_names(self._private), os.getpid())
            could = connection.ask(probe, m.Found, seconds=READY_SECONDS)[0].could
        layers = (Layer("values only", "on"), Layer("separate process", "on"), *(Layer(n.name, n.state, n.reason) for n in ready.layers))
        if could and not self.trust:
            off = "; ".join(f"{layer.name}: {layer.reason}" for layer in layers if layer.state == "off")
            raise Refused(
                f"hidden checks may not run on this machine, because a submission could {could[0]} ({off or 'all layers are on'}). "
                "Grade as root, or on Linux 6.12 or later (Landlock), or in a container where the grader is root; "
                "--trust-submissions grades without this protection and records that in every result."
            )
        return layers


def _module_names(private: Sequence[Path]) -> list[str]:
    """The names under which private folders are packages of this process."""
    folders = {p.resolve() for p in private}
    packages = [(name, module.__spec__) for name, module in list(sys.modules.items()) if isinstance(getattr(module, "__spec__", None), ModuleSpec)]
    return [name for name, spec in packages if any(Path(place).resolve() in folders for place in spec.submodule_search_locations or ())]
