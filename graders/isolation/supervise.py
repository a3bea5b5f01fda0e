"""The grader's way to run submissions: grounds with a warm zygote, submissions on them, branches of
a submission.

Example::

    with Grounds(private=[...]) as grounds, grounds.open(cells) as submission, submission.branch()
    as host:
        Student(host, seed).kl_standard_normal(mu, logvar)
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from graders.core.language import say_again, spoken
from graders.isolation import bubblewrap, cgroups
from graders.isolation import messages as m
from graders.isolation.beside import NOTHING, Beside, write_beside
from graders.isolation.cleanup import remove_tree
from graders.isolation.faults import GroundFault, Refused
from graders.isolation.ground import Ground
from graders.isolation.interpreter import open_to_all, own
from graders.isolation.limits import DEFAULT, Limits
from graders.isolation.outside import Outside, outside
from graders.isolation.plan import Kill, Spawn
from graders.isolation.processes import descendants, threads_of
from graders.isolation.remote import Connection
from graders.isolation.sandbox import SWITCHED_OFF
from graders.isolation.seed import Seed
from graders.isolation.sight import module_names, topmost, tries
from graders.isolation.submission import Submission
from graders.isolation.uids import lease
from graders.isolation.watchdog import WHY, Watchdog, Watched, pids_of
from graders.isolation.wire import WireError

APART = "own branches"
LAYERS = (
    "hidden folders",
    "no network",
    "own processes",
    "memory group",
    APART,
    "limits",
    "own ipc",
    "own user",
    "no new privileges",
    "landlock",
    "system call filter",
)
READY_SECONDS = 30.0
# Hidden checks may run although a submission could do this; `doctor` says that it could.
BEARABLE = (
    "reach the network",
    "write outside its folder",
    "see the processes of others",
)
WAYS_OUT = (
    "ways out: grade as root on Linux, with the private folders in a folder that only root may"
    " enter; or on Linux 6.12 or later (Landlock 6); or with bubblewrap installed (and `bwrap"
    " --unshare-pid --ro-bind / / true` permitted); or in a container whose user is root;"
    " --trust-submissions grades without this protection and records that in every result"
)


@dataclass(frozen=True)
class Layer:
    """One layer of protection: "on", or "off" with the reason."""

    name: str
    state: str
    reason: str = ""


def _memory_groups(root: bool, names: Sequence[str]) -> tuple[tuple[Path, int] | None, Layer]:
    """Where the memory of submissions can be limited in all, and the layer that this is."""
    name = "memory group"
    if name not in names:
        return None, Layer(name, "off", SWITCHED_OFF)
    if not root:
        return None, Layer(name, "off", "the grader is not root")
    try:
        place = cgroups.find()
    except OSError as error:
        return None, Layer(name, "off", str(error))
    return place, Layer(name, "on", f"cgroup version {place[1]}")


class Grounds:
    """Where submissions run. Starts a zygote, chooses the layers, and refuses when they do not
    hold.

    private: folders and files that no submission may see. layers: "auto", or the names of those
    that may be used.
    trust: run submissions even where the layers do not hold; the layers, which are recorded in
    results, then say so. seed: what forks the zygote, for who has several grounds.
    """

    def __init__(
        self,
        private: Sequence[Path] = (),
        layers: str | Sequence[str] = "auto",
        trust: bool = False,
        seed: Seed | None = None,
    ):
        self.trust = trust
        self._seed = seed
        self._private = [Path(p) for p in private]
        self._names = list(LAYERS if layers == "auto" else layers)
        self._root = os.geteuid() == 0
        self._groups, self._group_layer = _memory_groups(self._root, self._names)
        with ExitStack() as stack:
            self._watchdog = Watchdog()
            stack.callback(self._watchdog.close)
            keeper = stack.enter_context(lease()) if self._root else 0
            self._bwrap: str | None = None
            with ExitStack() as first:
                self._ground = first.enter_context(closing(self._start(keeper)))
                self._examine()
                if (
                    self._grave()
                    and not self._root
                    and set(bubblewrap.PROVIDES) <= set(self._names)
                ):
                    self._bwrap = bubblewrap.find()
                if not self._bwrap:
                    stack.push(first.pop_all())
            if self._bwrap:
                self._examine()
            self._decide()
            self._stack = stack.pop_all()

    def __enter__(self) -> Grounds:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextmanager
    def open(
        self, cells: Sequence[str], limits: Limits = DEFAULT, beside: Beside = NOTHING
    ) -> Iterator[Submission]:
        """Run the cells of a submission, with a copy of the files beside it. Afterwards nothing
        that it started is alive and none of its files is left.
        """

        @contextmanager
        def spawn() -> Iterator[tuple[Connection, Outside | None]]:
            with self._worker(limits, beside) as (connection, _, seen):
                yield connection, seen

        with Submission(list(cells), limits, spawn, beside.script) as submission:
            yield submission

    def _start(self, keeper: int) -> Ground:
        if sys.platform != "linux":
            raise Refused(
                f"submissions are run on Linux only, and this is {sys.platform}; {WAYS_OUT}"
            )
        self._interpreter = own()
        seed = self._seed if self._seed and self._seed.alive else None
        ground = Ground(self._interpreter, self._private, self._names, keeper, seed=seed)
        hidden = any(
            layer.name == "hidden folders" and layer.state == "on" for layer in ground.layers
        )
        if hidden or not keeper or not self._interpreter.closed:
            return ground
        ground.close()
        other = open_to_all()
        if other is None:
            raise Refused(
                f"this Python lies in {self._interpreter.closed[0]}, which other users may not"
                " enter, and mounting is not permitted here, so a submission could not run as a"
                " user of its own; install the program with a Python outside closed folders;"
                f" {WAYS_OUT}"
            )
        self._interpreter = other
        return Ground(other, self._private, self._names, keeper)

    @contextmanager
    def _worker(
        self, limits: Limits, beside: Beside = NOTHING
    ) -> Iterator[tuple[Connection, m.Ready, Outside | None]]:
        """A new worker, hardened and ready, and what is seen of it from outside. Ended, with
        everything of its user, on leaving.
        """
        with ExitStack() as stack:
            uid = stack.enter_context(lease()) if self._root else 0
            ground = (
                stack.enter_context(
                    closing(Ground(own(), self._private, self._names, 0, self._bwrap))
                )
                if self._bwrap
                else self._ground
            )
            scratch = stack.enter_context(self._scratch(ground, uid, beside))
            ours, theirs = socket.socketpair()
            processes = limits.processes + (
                0 if uid else threads_of(os.getuid())
            )  # the kernel counts all of a user
            spawn = Spawn(
                uid,
                scratch,
                beside.folder,
                limits.memory_mb,
                int(limits.total_seconds) + 20,
                processes,
                limits.file_mb,
                limits.open_files,
                spoken().code,
                dict(spoken().own),
            )
            group = (
                stack.enter_context(cgroups.group(self._groups, limits.memory_mb))
                if self._groups
                else None
            )
            with theirs:
                pid = ground.order(spawn, theirs.fileno()).pid
            if group:
                group.add(pid)  # before the worker is asked to run anything
            end = ground.kill if self._bwrap else partial(self._end, pid, uid)
            stack.callback(end)
            watched = stack.enter_context(
                self._watchdog.watching(
                    Watched(
                        ground.pid if self._bwrap else pid, uid, scratch, limits, end, group=group
                    )
                )
            )
            connection = Connection(
                ours, limits, lambda: say_again(watched.why, WHY), lambda: pids_of(watched)
            )
            stack.callback(connection.close)
            try:
                ready = connection.ready(READY_SECONDS)
            except (WireError, TimeoutError) as error:
                raise GroundFault(
                    f"a worker could not start: {error}; `critic doctor` says what this machine"
                    " offers"
                ) from error
            first = pid if uid or not self._bwrap else descendants(ground.pid)[0]
            on = {layer.name for layer in ready.layers if layer.state == "on"}
            apart = APART in self._names
            yield (
                connection,
                ready,
                outside(first, ground.pid, uid, scratch, on) if apart else None,
            )

    def _end(self, pid: int, uid: int) -> None:
        if self._ground.order(Kill(pid, uid)).left:
            raise GroundFault(f"processes of a submission (user id {uid}) could not be ended")

    @contextmanager
    def _scratch(self, ground: Ground, uid: int, beside: Beside) -> Iterator[str]:
        # A name that nobody guesses: what can be named can be looked at, its dates at least.
        folder = os.path.join(ground.base, f"scratch-{os.urandom(8).hex()}")
        os.mkdir(folder, 0o700)
        try:
            write_beside(beside, folder, uid)
            if uid:
                os.chown(folder, uid, uid)
            yield folder
        finally:
            remove_tree(folder)

    def _examine(self) -> None:
        """Ask a worker that runs no submission what it could do."""
        with self._worker(Limits()) as (connection, ready, seen):
            kept = self._interpreter.folders
            probe = m.Probe(
                tries(self._private, kept), module_names(self._private, kept), os.getpid()
            )
            self.could = topmost(connection.ask(probe, m.Found, seconds=READY_SECONDS)[0].could)
        self.layers = (
            Layer("values only", "on"),
            Layer("separate process", "on"),
            self._group_layer,
            self._apart(seen),
            *(Layer(n.name, n.state, n.reason) for n in ready.layers),
        )

    def _apart(self, seen: Outside | None) -> Layer:
        if APART not in self._names:
            return Layer(APART, "off", SWITCHED_OFF)
        if seen is None:
            return Layer(APART, "off", "this kernel does not tell of processes what is needed")
        return Layer(APART, "on")

    def _grave(self) -> list[str]:
        return [what for what in self.could if what not in BEARABLE]

    def _decide(self) -> None:
        """Refuse when a submission could do too much, unless it is trusted: that is recorded."""
        if self._grave() and not self.trust:
            off = (
                "; ".join(
                    f"{layer.name}: {layer.reason}" for layer in self.layers if layer.state == "off"
                )
                or "none"
            )
            raise Refused(
                "hidden checks may not run on this machine, because a submission could"
                f" {self._grave()[0]} (layers that are off: {off}); {WAYS_OUT}"
            )
        if self.trust:
            self.layers += (
                Layer(
                    "trust",
                    "on",
                    "submissions were trusted: "
                    + (
                        "; ".join(f"they could {w}" for w in self.could)
                        or "nothing was open to them"
                    ),
                ),
            )
