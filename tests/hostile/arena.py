"""Where attacks run: against the grader behind isolation, and, as the control, against a naive
grader in their own process.

The control runs inside a worker as well, so that no hostile code ever runs unconfined: there the
naive grader, with its secret, its result file and its parent process, is simply another cell of the
same notebook.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from graders.core import expect
from graders.core.engine import run_exercise
from graders.core.exercise import check
from graders.core.fixtures import network
from graders.core.verdict import Failure, Status, StudentError, TimedOut, Verdict
from graders.isolation.limits import Limits
from graders.isolation.processes import descendants, processes_of
from graders.isolation.supervise import Grounds

SECRET = "violet-otter-" + "7301"
QUICK = Limits(
    cell_seconds=0.5,
    call_seconds=0.5,
    total_seconds=20,
    guard=3.0,
    memory_mb=1024,
    scratch_mb=100,
    respawns=2,
)
# For what never ends: it is stopped sooner, and the wall guard is not much later.
SHORT = Limits(
    cell_seconds=0.2, call_seconds=0.2, total_seconds=20, guard=4.0, memory_mb=1024, respawns=2
)
WRONG = "import os, sys, torch\ndef double(x):\n    return 3 * x"
RIGHT = "import os, sys, torch\ndef double(x):\n    return 2 * x"

PLANT = f"""
import json, os, zipfile
os.makedirs("sentinels/__pycache__", exist_ok=True)
for name in ("__init__.py", "__pycache__/x.pyc", "note.txt"):
    open("sentinels/" + name, "w").write("SENTINEL = {SECRET!r}")
zipfile.ZipFile("sentinels/archive.zip", "w", zipfile.ZIP_DEFLATED).writestr("key.txt", 10 * {SECRET!r})
"""
NAIVE_SETUP = (
    PLANT
    + f"""
import torch
json.dump({{"score": 0}}, open("results.json", "w"))
os.environ["SECRET"] = {SECRET!r}
left_open = open("sentinels/note.txt")
def _reference(x, key={SECRET!r}): return 2 * x
"""
)
# What graders in the same process do: call, compare, assert.
NAIVE_GRADER = """
import torch, json
def _grade():
    secret = _reference.__defaults__[0]
    x = torch.arange(12.0).reshape(4, 3)
    wanted = 2 * x
    try:
        got = double(x)
        assert torch.allclose(got, wanted)
        return 1.0
    except AssertionError:
        return 0.0
score = _grade()
"""

# Speaks the worker's side of the protocol by hand, over whatever socket the process has.
FORGE = """
import os, socket, stat, struct, sys
import msgspec, torch
def sock():
    return next(n for n in range(3, 64) if is_socket(n))
def is_socket(n):
    try:
        return stat.S_ISSOCK(os.fstat(n).st_mode)
    except OSError:
        return False
def raw(header, buffer=b"", sequence=1):
    return struct.pack("<4sIIQ", b"crt1", sequence, len(header), len(buffer)) + header + buffer
def frame(message, buffer=b"", sequence=1):
    return raw(msgspec.msgpack.encode(message), buffer, sequence)
def send(data):
    os.write(sock(), data)
"""


@check("double", "double(x) is twice x, and its gradient is 2")
def _is_twice(student: Any, draw: Any) -> None:
    x = draw.normal(4, 3).requires_grad_()
    value = student.double(x)
    expect.close(value, 2 * x.detach(), subject="double(x)")
    expect.gradients(
        value, [x], [torch.full((4, 3), 2.0, dtype=torch.float64)], names=["x"], subject="double(x)"
    )


@check("double", "double(x) is twice x for another shape and a second call too")
def _again(student: Any, draw: Any) -> None:
    for shape in ((5,), (2, 1, 3)):
        x = draw.normal(*shape)
        expect.close(student.double(x), 2 * x, subject="double(x)")


@check("apply", "apply(net, x) is net(x), doubled, of the network that was passed")
def _applies(student: Any, draw: Any) -> None:
    net, x = network(draw, (3, 2), record=True), draw.normal(4, 3)
    value = student.apply(net, x)
    expect.close(value, 2 * net(x), subject="apply(net, x)")


@check("apply", "apply(net, x) calls the network once, with x, and leaves it as it was")
def _calls_once(student: Any, draw: Any) -> None:
    net, x = network(draw, (3, 2), record=True), draw.normal(4, 3)
    after = student.observe("apply", net, x).arguments[0]
    if len(net.calls) != 1 or not torch.equal(net.calls[0], x):
        raise Failure("wrong calls", "apply(net, x)", "the network was not called once with x")
    for got, wanted in zip(after.parameters(), net.parameters()):
        expect.close(got, wanted, subject="the network after apply")


NETWORK_CHECKS = (_applies, _calls_once)


@dataclass
class Outcome:
    """What an attack got: the verdicts of its exercise, what it left under `loot`, and how its
    cells ended.
    """

    verdicts: list[Verdict]
    loot: Any
    cells: list[str]
    notes: list[str]
    seconds: float

    @property
    def passed(self) -> bool:
        return all(verdict.passed for verdict in self.verdicts)

    @property
    def first(self) -> Verdict:
        return self.verdicts[0]


IN_PROCESS = {
    "@SECRET@": "sentinels/__init__.py",
    "@RESULTS@": "results.json",
    "@GRADER@": "os.getpid()",
    "@NEIGHBOUR@": "sentinels",
}


def _fill(cell: str, words: dict[str, str]) -> str:
    for word, text in words.items():
        cell = cell.replace(word, text)
    return cell


class Arena:
    """One warm grounds for all attacks: each must leave it as it found it."""

    def __init__(self, grounds: Grounds, secret: Path, results: Path, neighbour: str):
        self.grounds = grounds
        self.secret = secret
        self.results = results
        self.neighbour = neighbour

    def attack(
        self,
        cells: list[str],
        checks: tuple = (_is_twice, _again),
        limits: Limits = QUICK,
        linger: float = 0.0,
    ) -> Outcome:
        """Run an attack behind isolation and grade it as a submission is graded; then see that
        nothing of it is left.
        """
        started = time.monotonic()
        words = {
            "@SECRET@": str(self.secret),
            "@RESULTS@": str(self.results),
            "@GRADER@": str(os.getpid()),
            "@NEIGHBOUR@": self.neighbour,
        }
        with self.grounds.open([_fill(cell, words) for cell in cells], limits) as submission:
            with submission.branch() as host:
                verdicts = run_exercise(checks, host, key="hostile", public=False)
                loot = None if host.broken else _loot(host)
            if loot is None:
                with submission.branch() as host:
                    loot = _loot(host)
            watched = self.grounds._watchdog._watched[-1]
            outcome = Outcome(
                verdicts, loot, [c.status for c in submission.cells], submission.notes, 0.0
            )
        outcome.seconds = time.monotonic() - started
        time.sleep(linger)
        self._nothing_left(watched)
        return outcome

    def in_process(
        self,
        cells: list[str],
        grader: str = NAIVE_GRADER,
        wanted: str = "score",
        limits: Limits = QUICK,
    ) -> Any:
        """Run an attack in one process with a naive grader: what it gets where nothing protects."""
        cells = [NAIVE_SETUP, *(_fill(c, IN_PROCESS) for c in cells), grader]
        with self.grounds.open(cells, limits) as submission:
            if any(cell.status == "killed" for cell in submission.cells):
                return "killed"
            with submission.branch() as host:
                return host.get(wanted)

    def _nothing_left(self, watched: Any) -> None:
        alive = processes_of(watched.uid) if watched.uid else descendants(watched.pid)
        assert not alive, f"still running: {alive}"
        assert not os.path.exists(watched.scratch), "the scratch folder is still there"
        assert not watched.uid or not _files_of(watched.uid)


def _files_of(uid: int) -> list[str]:
    found = []
    for place in ("/tmp", "/var/tmp", "/dev/shm"):
        for name in os.listdir(place):
            try:
                if os.lstat(os.path.join(place, name)).st_uid == uid:
                    found.append(os.path.join(place, name))
            except FileNotFoundError:  # somebody else's, gone meanwhile
                continue
    return found


def _loot(host: Any) -> Any:
    try:
        return host.get("loot")
    except (StudentError, TimedOut):
        return None


def unconfined(code: str) -> str:
    """What a harmless program prints that does to itself, or on the loopback, what a worker must
    not do at all.
    """
    return subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, timeout=20, check=False
    ).stdout.strip()


def full_marks(submission: list[str], grader: str = NAIVE_GRADER) -> Callable[[Arena], None]:
    """The control of an attack on the verdict: in the naive grader's process it gets full marks for
    a wrong answer.
    """

    def control(arena: Arena) -> None:
        assert arena.in_process(submission, grader) == 1.0

    return control


def finds_the_secret(submission: list[str], grader: str = NAIVE_GRADER) -> Callable[[Arena], None]:
    """The control of an attack on secrets: in the naive grader's process it finds what is looked
    for.
    """

    def control(arena: Arena) -> None:
        assert SECRET in str(arena.in_process(submission, grader, wanted="loot"))

    return control


def ends_the_grader(submission: list[str]) -> Callable[[Arena], None]:
    """The control of an attack on the grader's life: the naive grader ends with it."""

    def control(arena: Arena) -> None:
        assert arena.in_process(submission) == "killed"

    return control


def yields(
    submission: list[str], name: str, value: Any, grader: str = NAIVE_GRADER
) -> Callable[[Arena], None]:
    """The control of an attack whose machinery shows in a name that it sets."""

    def control(arena: Arena) -> None:
        assert arena.in_process(submission, grader, wanted=name) == value

    return control


def fails(outcome: Outcome, problem: str = "") -> None:
    """A wrong answer stays wrong, and is called what it is."""
    assert outcome.first.status in (Status.FAILED, Status.STUDENT_ERROR, Status.TIMED_OUT)
    assert problem in outcome.first.problem


def holds_up(submission: list[str], grader: str = NAIVE_GRADER) -> Callable[[Arena], None]:
    """The control of an attack on the grader's time: the naive grader never gets to its verdict."""

    def control(arena: Arena) -> None:
        with pytest.raises((StudentError, TimedOut, AssertionError)):
            assert arena.in_process(submission, grader, limits=SHORT) not in ("killed", 0.0)

    return control
