"""One submission: its cells run in a worker that is replaced when a cell kills it, and each
exercise gets a copy of it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace

from graders.core.engine import PATIENCE
from graders.core.language import say, to_say
from graders.core.pace import REST, USED_UP, ended, out_of_time, patience, stopped
from graders.core.text import line
from graders.core.troubles import Trouble
from graders.core.verdict import Died, TimedOut
from graders.isolation import messages as m
from graders.isolation.activity import Effort
from graders.isolation.allowance import FIRST_LOOK, Allowance
from graders.isolation.branches import Branches, Copy, no_copy
from graders.isolation.left import LeftRunning
from graders.isolation.limits import Limits
from graders.isolation.outside import Outside
from graders.isolation.remote import Connection, RemoteHost

ENDED_EACH_TIME = to_say("the code ended the whole submission each time, so it is run no more")

LEFT_RUNNING = to_say(
    "processes that the cells left running computed for more than {seconds:g} s while nothing was"
    " asked of them, and were ended"
)


@dataclass(frozen=True)
class CellOutcome:
    """How one cell ended: "ok", "error", "timed out" or "killed" (it ended the process)."""

    index: int
    status: str
    troubles: tuple[Trouble, ...] = ()
    seconds: float = 0.0

    @property
    def error(self) -> str:
        """The class of the first exception, or nothing."""
        return next((t.error for t in self.troubles if t.error), "")

    @property
    def line(self) -> int:
        """The line of the first exception, 0 when there is none or it cannot be told."""
        return next((t.line for t in self.troubles if t.error), 0)


class Submission:
    """Use as a context manager: entering runs the cells, leaving ends everything.

    cells: one outcome per cell, in order. notes: sentences for people about what was stopped or
    skipped. troubles: what went wrong in the cells, in order.
    """

    def __init__(
        self,
        codes: list[str],
        limits: Limits,
        spawn: Callable[[], AbstractContextManager[tuple[Connection, Outside | None]]],
        script: str = "",
    ):
        self.cells: list[CellOutcome] = []
        self.notes: list[str] = []
        self._codes = codes
        self._limits = limits
        self._allowance = Allowance(limits, lambda: self._main.pids())
        self._left_running = LeftRunning(limits.left_seconds)
        self._last = ""
        self._ended: Counter[str] = Counter()
        self._lives, self._again, self._waited = 0, 0.0, 0.0
        self._spawn = spawn
        self._script = script
        self._guilty: dict[int, list[CellOutcome]] = {}
        self._sealed = False
        self._stack = ExitStack()
        self._main: Connection
        self._outside: Outside | None
        self._branches: Branches
        self._took = 0.0

    def __enter__(self) -> Submission:
        self._revive()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def troubles(self) -> list[Trouble]:
        return [trouble for cell in self.cells for trouble in cell.troubles]

    def names(self, names: list[str]) -> set[str]:
        """Those of the names that the submission defines."""
        with self.branch() as host:
            try:
                return host.names(names)
            except TimedOut:
                return set()

    def seal(self) -> None:
        """From now on hidden inputs reach this submission: what its cells say, should they have to
        run again, stands in `cells` and `notes` no more.
        """
        self._look_at_what_is_left()
        self._sealed = True
        self._branches.seal()

    @contextmanager
    def branch(self, exercise: str = "") -> Iterator[RemoteHost]:
        """A copy of the state after the cells: what happens to it happens to nothing else. Its
        calls take of the time that the exercise may take in all.

        When no copy can be made, or the exercise has ended the whole submission more often than is
        needed for a proof, every call of the host raises Died with the reason.
        """
        copy = self._fork(exercise)
        branches = self._branches
        try:
            yield RemoteHost(copy.connection, self._allowance, exercise)
        finally:
            if copy.number:
                branches.end(copy)

    def _fork(self, exercise: str) -> Copy:
        if self._ended[exercise] > PATIENCE:
            return no_copy(self._limits, say(ENDED_EACH_TIME))
        if self._branches.stale and self._again + self._took <= self._limits.apart_seconds:
            self._revive()
        self._look_at_what_is_left()
        for attempt in range(2):
            try:
                copy = self._branches.fork()
            except TimedOut as error:
                why = str(error)
                if not attempt:
                    self._ended[self._last] += 1
                    self._revive()
            else:
                self._last = exercise
                return copy
        return no_copy(self._limits, why)

    def _look_at_what_is_left(self) -> None:
        """End what the cells left running where it computes too long."""
        if self._branches.open:
            return
        if self._left_running.look(self._outside) and not self._sealed:
            self._note(say(LEFT_RUNNING, seconds=self._limits.left_seconds))

    def _revive(self) -> None:
        """A new worker with the cells run, without those that ended the process before."""
        said = self.cells, list(self.notes)
        while True:
            self._stack.close()
            self._main, self._outside = self._stack.enter_context(self._spawn())
            self._branches = Branches(self._main, self._outside, self._limits)
            self._stack.callback(self._branches.close)
            if self._run_cells():
                break
        self._left_running.begin()
        self._look_at_what_is_left()
        if self._sealed:
            self.cells, self.notes = said
            self._branches.seal()

    def _run_cells(self) -> bool:
        """Run the cells in order; False when one ended the process.

        When time is up, and in a cell that ended a process before, only what takes no time is run:
        no function is lost to a training run.
        """
        self.cells = []
        started, used, cut, again = time.monotonic(), 0.0, 0, self._lives > 0
        self._lives += 1
        effort = Effort(self._main.pids)
        effort.begin()
        for index, code in enumerate(self._codes):
            if reason := self._enough(index, time.monotonic() - started, used, effort):
                cut = cut or index + 1
                self._note(out_of_time(cut, reason))
            done = self._guilty.get(index)
            if done is None or len(done) == 1:
                before = time.monotonic()
                seconds = self._run_cell(index, code, definitions=bool(reason or done))
                took = time.monotonic() - before
                self._again += max(seconds or 0.0, took / self._limits.guard) if again else 0.0
                if took > FIRST_LOOK:
                    effort.look()
                if seconds is None:
                    return False
                used += seconds
            if done:
                self.cells[index:] = [replace(done[0], troubles=self._troubles(index))]
            elif reason:
                self.cells[index] = replace(self.cells[index], status="timed out")
        self._took = used
        return True

    def _troubles(self, index: int) -> tuple[Trouble, ...]:
        return self.cells[index].troubles if index < len(self.cells) else ()

    def _enough(self, index: int, seconds: float, used: float, effort: Effort) -> str:
        """Why no further cell is run, or nothing."""
        total = self._limits.total_seconds
        if (
            max(used, effort.computed) > total
            or seconds > self._limits.wall(total)
            or self._again > self._limits.again_seconds
        ):
            return USED_UP
        idle = effort.idle + (self._waited if index > max(self._guilty, default=index) else 0.0)
        if idle > self._limits.idle_in_cells:
            return say("waited for {idle:.0f} s without computing", idle=idle)
        ends = sum(len(done) for done in self._guilty.values())
        if ends > self._limits.respawns and index > max(self._guilty):
            return say("ended the process {ends} times", ends=ends)
        return ""

    def _run_cell(self, index: int, code: str, definitions: bool) -> float | None:
        """The CPU time that the cell took, or None when it ended the process."""
        limit = self._limits.cell_seconds
        before = [cell.status for cell in self.cells].count("timed out")
        started = time.monotonic()
        try:
            done, _ = self._main.ask(
                m.RunCell(
                    code,
                    index + 1,
                    limit,
                    self._limits.wall(limit),
                    patience(limit, before),
                    definitions,
                    self._script,
                ),
                m.CellDone,
                seconds=(1 + REST) * self._limits.wall(limit),
            )
        except Died:
            why = self._main.explain()
            self._note(
                say(
                    "cell {number} ended the process ({why}); the rest counts",
                    number=index + 1,
                    why=why,
                )
                if why
                else ended(index + 1, 0)
            )
        except TimedOut:
            self._note(ended(index + 1, self._limits.wall(limit)))
            # What it did meanwhile nobody can ask any more: half of it counts as waiting.
            self._waited += (time.monotonic() - started) / self._limits.guard
        else:
            if done.status == "timed out":
                self._note(stopped(index + 1, limit, before))
            status = done.status if done.status in ("ok", "error", "timed out") else "error"
            seconds = time.monotonic() - started
            self.cells.append(CellOutcome(index, status, _troubles(index, done), seconds))
            return min(max(done.seconds, 0.0), seconds)
        outcome = CellOutcome(index, "killed", seconds=time.monotonic() - started)
        self._guilty.setdefault(index, []).append(outcome)
        return None

    def _note(self, sentence: str) -> None:
        self.notes += [sentence] if sentence not in self.notes else []


def _troubles(index: int, done: m.CellDone) -> tuple[Trouble, ...]:
    """What the worker says went wrong, as text that may be shown."""
    return tuple(
        Trouble(t.kind, line(t.name, 200), index + 1, t.line, line(t.error, 60))
        for t in done.troubles
    )
