"""Runs a submission's cells in the worker: `graders.core.cells` under the limits of a request."""

from __future__ import annotations

import os
import time

import torch

from graders.core.cells import Cells
from graders.core.inert import without_checks
from graders.core.pace import run_cell
from graders.core.troubles import Trouble
from graders.isolation.messages import CellDone, RunCell, TroubleNote

MAX_TROUBLES = 64
NO_ERROR = ("stand-in", "reused", "skipped", "order", "windows", "elsewhere", "device")


class Notebook:
    """The cells of one submission. Nobody reads what they print."""

    def __init__(self) -> None:
        self.cells = Cells()
        without_checks()
        # A second OpenMP thread would make every later fork hang (libgomp), and slows two cores
        # down.
        torch.set_num_threads = lambda *_: None
        torch.set_num_interop_threads = lambda *_: None

    def run(self, request: RunCell) -> CellDone:
        """Run one cell within its limits."""
        if request.file and request.number == 1:
            self.cells.belong_to(os.path.abspath(request.file))
        started, before = time.process_time(), len(self.cells.troubles)
        ended = run_cell(
            self.cells,
            request.code,
            request.number,
            request.definitions,
            request.cpu,
            request.wall,
            request.hasty,
        )
        troubles = self.cells.troubles[before:][:MAX_TROUBLES]
        status = "ok" if ended else "timed out"
        if ended and any(trouble.kind not in NO_ERROR for trouble in troubles):
            status = "error"
        return CellDone(status, time.process_time() - started, list(map(_note, troubles)))


def _note(trouble: Trouble) -> TroubleNote:
    return TroubleNote(trouble.kind, trouble.name, trouble.line, trouble.error)
