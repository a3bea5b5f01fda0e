"""One submission: its cells run in a worker that is replaced when a cell kills it, and each
exercise gets a copy of it.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from graders.core.verdict import Died, TimedOut
from graders.isolation import messages as m
from graders.isolation.limits import Limits
from graders.isolation.remote import Connection, RemoteHost

CONTROL_SECONDS = 5.0


@dataclass(frozen=True)
class CellOutcome:
    """How one cell ended: "ok", "error", "timed out" or "killed" (it ended the process)."""

    index: int
    status: str
    error: str = ""
    line: int = 0
    seconds: float = 0.0


class Submission:
    """Use as a context manager: entering runs the cells, leaving ends everything.

    cells: one outcome per cell, in order. notes: sentences for people about what was stopped or
    skipped.
    """

    def __init__(
        self, codes: list[str], limits: Limits, spawn: Callable[[], AbstractContextManager]
    ):
        self.cells: list[CellOutcome] = []
        self.notes: list[str] = []
        self._codes = codes
        self._limits = limits
        self._spawn = spawn
        self._guilty: dict[int, CellOutcome] = {}
        self._stack = ExitStack()
        self._main: Connection | None = None

    def __enter__(self) -> Submission:
        self._revive()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def names(self, names: list[str]) -> set[str]:
        """Those of the names that the submission defines."""
        with self.branch() as host:
            try:
                return host.names(names)
            except TimedOut:
                return set()

    @contextmanager
    def branch(self) -> Iterator[RemoteHost]:
        """A copy of the state after the cells: what happens to it happens to nothing else.

        When no copy can be made, every call of the host raises Died with the reason.
        """
        connection, number = self._fork()
        try:
            yield RemoteHost(connection)
        finally:
            connection.close()
            self._end_fork(number)

    def _fork(self) -> tuple[Connection, int]:
        for attempt in range(2):
            ours, theirs = socket.socketpair()
            connection = Connection(ours, self._limits, self._main.explain)
            try:
                with theirs:
                    done, _ = self._main.ask(
                        m.Fork(), m.Done, seconds=CONTROL_SECONDS, fd=theirs.fileno()
                    )
                return connection, done.number
            except TimedOut as error:
                connection.broken = str(error)
                ours.close()
                if not attempt:
                    self._revive()
        return connection, 0

    def _end_fork(self, number: int) -> None:
        if number and self._main.broken is None:
            try:
                self._main.ask(m.EndFork(number), m.Done, seconds=CONTROL_SECONDS)
            except TimedOut:
                return  # the next branch finds the connection broken and revives the worker

    def _revive(self) -> None:
        """A new worker with the cells run, without those that ended the process before."""
        while True:
            self._stack.close()
            self._main, _ = self._stack.enter_context(self._spawn())
            if self._run_cells():
                return

    def _run_cells(self) -> bool:
        """Run the cells in order; False when one ended the process."""
        self.cells = []
        started = time.monotonic()
        for index, code in enumerate(self._codes):
            if index in self._guilty:
                self.cells.append(self._guilty[index])
            elif reason := self._enough(index, time.monotonic() - started):
                self.cells += [CellOutcome(i, "timed out") for i in range(index, len(self._codes))]
                self._note(
                    f"the cells from number {index + 1} on were not run: those before them {reason}"
                )
                return True
            elif not self._run_cell(index, code):
                return False
        return True

    def _enough(self, index: int, seconds: float) -> str:
        """Why no further cell is run, or nothing."""
        if seconds > self._limits.wall(self._limits.total_seconds):
            return "used all the time there is"
        if len(self._guilty) > self._limits.respawns and index > max(self._guilty):
            return f"ended the process {len(self._guilty)} times"
        return ""

    def _run_cell(self, index: int, code: str) -> bool:
        limit = self._limits.cell_seconds
        started = time.monotonic()
        try:
            done, _ = self._main.ask(
                m.RunCell(code, limit, self._limits.wall(limit)),
                m.CellDone,
                seconds=self._limits.wall(limit),
            )
        except Died:
            why = self._main.explain()
            self._note(
                f"cell {index + 1} ended the process{f' ({why})' if why else ''}; the rest counts"
            )
        except TimedOut:
            self._note(
                f"cell {index + 1} was ended after {self._limits.wall(limit):g} s: it could not be"
                " stopped; the rest counts"
            )
        else:
            if done.status == "timed out":
                self._note(f"cell {index + 1} was stopped after {limit:g} s: it did not end")
            status = done.status if done.status in ("ok", "error", "timed out") else "error"
            self.cells.append(
                CellOutcome(index, status, done.error, done.line, time.monotonic() - started)
            )
            return True
        self._guilty[index] = CellOutcome(index, "killed", seconds=time.monotonic() - started)
        return False

    def _note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)
