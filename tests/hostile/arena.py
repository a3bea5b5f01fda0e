"""Where attacks run: against the grader behind isolation, and, as the control, against a naive grader in their own process.

The control runs inside a worker as well, so that no hostile code ever runs unconfined: there the naive grader, with
its secret, its result file and its parent process, is simply another cell of the same notebook.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from graders.core import expect
from graders.core.engine import run_exercise
from graders.core.exercise import check
from graders.core.fixtures import network
from graders.core.verdict import Missing, Status, TimedOut, Verdict
from graders.isolation.limits import Limits
from graders.isolation.processes import descendants, processes_of
from graders.isolation.supervise import Grounds

SECRET = "violet-otter-" + "7301"
QUICK = Limits(cell_seconds=1.0, call_seconds=1.0, total_seconds=20, guard=1.5, memory_mb=1024, scratch_mb=100, respawns=2)
WRONG = "import os, sys, torch\ndef double(x):\n    return 3 * x"
RIGHT = "import os, sys, torch\ndef double(x):\n    return 2 * x"

NAIVE_SETUP = f"""
import json, os, torch
open("secret.txt", "w").write({SECRET!r})
json.dump({{"score": 0}}, open("results.json", "w"))
"""
# What graders in the same process do: call, compare, assert.
NAIVE_GRADER = """
import torch, json
def _grade():
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


@check("double", "double(x) is twice x, and its gradient is 2")
def _is_twice(student: Any, draw: Any) -> None:
    x = draw.normal(4, 3).requires_grad_()
    value = student.double(x)
    expect.close(value, 2 * x.detach(), subject="double(x)")
    expect.gradients(value, [x], [torch.full((4, 3), 2.0, dtype=torch.float64)], names=["x"], subject="double(x)")


@check("double", "double(x) is twice x for a network's output too")
def _with_network(student: Any, draw: Any) -> None:
    net, x = network(draw, (3, 2), record=True), draw.normal(4, 3)
    before = [p.detach().clone() for p in net.parameters()]
    expect.close(student.double(net(x)), 2 * net(x), subject="double(net(x))")
    assert all(torch.equal(p, b) for p, b in zip(net.parameters(), before))


@dataclass
class Outcome:
    """What an attack got: the verdicts of its exercise, what it left under `loot`, and how its cells ended."""

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


class Arena:
    """One warm grounds for all attacks: each must leave it as it found it."""

    def __init__(self, grounds: Grounds, secret: Path, results: Path):
        self.grounds = grounds
        self.secret = secret
        self.results = results

    def attack(self, cells: list[str], checks: tuple = (_is_twice, _with_network), limits: Limits = QUICK) -> Outcome:
        """Run an attack behind isolation and grade it as a submission is graded; then see that nothing of it is left."""
        started = time.monotonic()
        with self.grounds.open(self._fill(cells), limits) as submission:
            watched = self.grounds._watchdog._watched[-1]
            with submission.branch() as host:
                verdicts = run_exercise(checks, host, key="hostile", public=False)
            loot = self._loot(submission)
            outcome = Outcome(verdicts, loot, [c.status for c in submission.cells], submission.notes, 0.0)
        outcome.seconds = time.monotonic() - started
        self._nothing_left(watched)
        return outcome

    def in_process(self, cells: list[str], grader: str = NAIVE_GRADER, wanted: str = "score") -> Any:
        """Run an attack in one process with a naive grader: what it gets where nothing protects."""
        cells = [NAIVE_SETUP, *(c.replace("@SECRET@", "secret.txt").replace("@RESULTS@", "results.json") for c in cells), grader]
        cells = [c.replace("@GRADER@", "os.getpid()") for c in cells]
        with self.grounds.open(cells, QUICK) as submission:
            if submission.cells[-1].status == "killed":
                return "killed"
            with submission.branch() as host:
                return host.get(wanted)

    def _fill(self, cells: list[str]) -> list[str]:
        words = {"@SECRET@": str(self.secret), "@RESULTS@": str(self.results), "@GRADER@": str(os.getpid())}
        for word, text in words.items():
            cells = [cell.replace(word, text) for cell in cells]
        return cells

    def _loot(self, submission: Any) -> Any:
        with submission.branch() as host:
            try:
                return host.get("loot")
            except (Missing, TimedOut):
                return None

    def _nothing_left(self, watched: Any) -> None:
        alive = processes_of(watched.uid) if watched.uid else descendants(watched.pid)
        assert not alive, f"still running: {alive}"
        assert not os.path.exists(watched.scratch), "the scratch folder is still there"
        for place in ("/tmp", "/var/tmp", "/dev/shm"):  # noqa: S108
            assert not watched.uid or not [e.path for e in os.scandir(place) if e.stat(follow_symlinks=False).st_uid == watched.uid]


def full_marks(submission: list[str], grader: str = NAIVE_GRADER) -> Callable[[Arena], None]:
    """The control of an attack on the verdict: in the naive grader's process it gets full marks for a wrong answer."""

    def control(arena: Arena) -> None:
        assert arena.in_process(submission, grader) == 1.0

    return control


def finds_the_secret(submission: list[str], grader: str = NAIVE_GRADER) -> Callable[[Arena], None]:
    """The control of an attack on secrets: in the naive grader's process it finds what is looked for."""

    def control(arena: Arena) -> None:
        assert SECRET in str(arena.in_process(submission, grader, wanted="loot"))

    return control


def ends_the_grader(submission: list[str]) -> Callable[[Arena], None]:
    """The control of an attack on the grader's life: the naive grader ends with it."""

    def control(arena: Arena) -> None:
        assert arena.in_process(submission) == "killed"

    return control


def yields(submission: list[str], name: str, value: Any) -> Callable[[Arena], None]:
    """The control of an attack whose machinery shows in a name that it sets."""

    def control(arena: Arena) -> None:
        assert arena.in_process(submission, wanted=name) == value

    return control


def fails(outcome: Outcome, problem: str = "") -> None:
    """A wrong answer stays wrong, and is called what it is."""
    assert outcome.first.status in (Status.FAILED, Status.STUDENT_ERROR, Status.TIMED_OUT)
    assert problem in outcome.first.problem
