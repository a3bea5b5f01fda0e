"""How long the code of a submission may take, the same at home and where it is graded."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graders.core.language import say, to_say
from graders.core.timers import Stopped, limited

# Cells load torch. Who only names a limit, such as the command at home, is there sooner without.
if TYPE_CHECKING:
    from graders.core.cells import Cells, Run

# For the imports, definitions and constants of a cell that used up its time.
REST = 0.5
# Where cells did not end in time (none, one, more), others are likely not to: the part of the limit
# that a statement has then which does more than import or define.
PARTS = (1.0, 0.1, 0.025)

# Why no further cell is run.
USED_UP = to_say("used all the time there is")


@dataclass(frozen=True)
class Seconds:
    """Limits of CPU time for a cell, a call, and all cells together; of wall time, `guard` times as
    much.
    """

    cell: float = 10.0
    call: float = 10.0
    total: float = 120.0
    guard: float = 2.0


DEFAULT = Seconds()


def patience(seconds: float, stopped: int) -> float:
    """Of the limit of a cell, what one statement has after so many cells that did not end."""
    return seconds * PARTS[min(stopped, len(PARTS) - 1)]


def stopped(number: int, seconds: float, stopped_before: int) -> str:
    """A sentence about a cell that did not end."""
    if not stopped_before:
        return say(
            "cell {number} was stopped after {seconds:g} s: it did not end",
            number=number,
            seconds=seconds,
        )
    return say(
        "cell {number} was stopped: a statement of it took more than {seconds:g} s,"
        " which is all there is after a cell that did not end",
        number=number,
        seconds=patience(seconds, stopped_before),
    )


def out_of_time(number: int, why: str) -> str:
    """A sentence about the cells from this one on."""
    return say(
        "of the cells from number {number} on, only imports, definitions and"
        " constants were run: those before them {why}",
        number=number,
        why=why,
    )


def ended(number: int, seconds: float) -> str:
    """A sentence about a cell that its process had to be ended for, after these seconds of wall
    time; 0: which ended it.
    """
    if not seconds:
        return say("cell {number} ended the process; the rest counts", number=number)
    return say(
        "cell {number} was ended after {seconds:g} s: it could not be stopped; the rest counts",
        number=number,
        seconds=seconds,
    )


def run_cell(
    cells: Cells, code: str, number: int, definitions: bool, cpu: float, wall: float, hasty: float
) -> bool:
    """Run a cell (from 1) within its limits, or its definitions only; False when it did not end. A
    limit costs the statement that met it; of what is left, what takes no time is still run.

    hasty: the CPU time of a single statement that does more than import or define.
    """
    try:
        run = limited(lambda: cells.start(code, number, definitions), cpu, wall)
        try:
            if hasty < cpu:
                _hastily(run, cpu, wall, hasty)
            else:
                limited(run.go, cpu, wall)
            return True
        except Stopped:
            limited(run.rest, REST * cpu, REST * wall)
    except Stopped:
        pass
    return False


def _hastily(run: Run, cpu: float, wall: float, hasty: float) -> None:
    left = cpu
    while run.waits:
        before = time.process_time()
        own = left if run.defines else min(hasty, left)
        limited(run.step, own, wall * own / cpu)
        left = max(left - (time.process_time() - before), hasty)
    run.end()
