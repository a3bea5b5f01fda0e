"""Copies of the process that ran the cells of a submission. From `seal` on nothing that one of them
left reaches the next, or the process is told to be stale.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass

from graders.core.verdict import TimedOut
from graders.isolation import messages as m
from graders.isolation.limits import Limits
from graders.isolation.outside import Outside
from graders.isolation.remote import Connection

CONTROL_SECONDS = 5.0


@dataclass
class Copy:
    """A copy: what asks it, its number as the process counts, and its own process if known."""

    connection: Connection
    number: int
    process: int = 0


class Branches:
    """The copies of one process.

    outside: what the kernel tells of that process; None where it does not tell enough.
    """

    def __init__(self, main: Connection, outside: Outside | None, limits: Limits):
        self._main, self._outside, self._limits = main, outside, limits
        self._sealed = self._used = self._changed = False
        self.open = 0
        self._ended: list[int] = []
        self._newest: Copy | None = None

    @property
    def stale(self) -> bool:
        """Whether the next copy could find what an earlier one left; never while one is open."""
        shares = self._outside is not None and self._outside.shares
        return self._used and not self.open and (self._changed or shares)

    def close(self) -> None:
        """The process is about to end: its number and those of its copies may become others'."""
        self._outside = None

    def seal(self) -> None:
        """From now on hidden inputs reach the copies."""
        self._sealed = True
        if self._outside:
            try:
                self._outside.begin()
            except (OSError, LookupError):  # it has ended, or lets nobody look
                self._changed = True

    def fork(self) -> Copy:
        """A new copy. Raises TimedOut when there is none."""
        ours, theirs = socket.socketpair()
        connection = Connection(ours, self._limits, self._main.explain, self._main.pids)
        if self.open and self._sealed:
            self._await_rest()
            self._look()
        try:
            with theirs:
                done, _ = self._main.ask(
                    m.Fork(), m.Done, seconds=CONTROL_SECONDS, fd=theirs.fileno()
                )
        except TimedOut as error:
            connection.broken = str(error)
            ours.close()
            raise
        self._used = self._sealed
        self.open += 1
        self._newest = Copy(connection, done.number)
        connection.before_first = self._await_rest if self._sealed else None
        return self._newest

    def end(self, copy: Copy) -> None:
        """End a copy, with the last that is open everything that they started and left."""
        if self._sealed:
            self._await_rest()
            self._end(copy)
        copy.connection.close()
        self.open -= 1
        self._ended.append(copy.number)
        if self._sealed and self.open:
            return  # the process that it was copied from hears of no end while another one lives
        if self._sealed:
            self._look(settle=True)
        ended, self._ended = self._ended, []
        for number in ended:
            self._forget(number)

    def _await_rest(self) -> None:
        """Nothing is asked of a copy before the process that it was copied from waits."""
        copy, self._newest = self._newest, None
        if copy is None or self._outside is None:
            return
        copy.connection.before_first = None
        try:
            copy.process = self._outside.copied()
        except (OSError, LookupError):
            self._changed = True

    def _end(self, copy: Copy) -> None:
        if self._outside and copy.process:
            try:
                self._changed |= not self._outside.end(copy.process)
            except (OSError, LookupError):
                self._changed = True

    def _look(self, settle: bool = False) -> None:
        if self._outside:
            try:
                same = self._outside.settle() if settle else self._outside.is_still()
            except (OSError, LookupError):
                same = False
            self._changed |= not same

    def _forget(self, number: int) -> None:
        if self._main.broken is None:
            try:
                self._main.ask(m.EndFork(number), m.Done, seconds=CONTROL_SECONDS)
            except TimedOut:
                return  # the next branch finds the connection broken and revives the process


def no_copy(limits: Limits, why: str) -> Copy:
    """What says in place of a copy that there will be none."""
    connection = Connection(socket.socket(socket.AF_UNIX), limits)
    connection.close()
    connection.broken = why
    return Copy(connection, 0)
