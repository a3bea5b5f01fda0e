"""Runs a notebook's cells as a notebook does: one IPython shell, magics, `!commands`, plots,
top-level await.
"""

from __future__ import annotations

import sys
import time
import types
from typing import Any

import torch

from graders.isolation.messages import CellDone
from graders.isolation.timers import Stopped, disarm, limited


class Notebook:
    """An IPython shell without history, terminal and tracebacks: nobody reads what it prints."""

    def __init__(self, folder: str):
        from IPython.core.history import HistoryManager
        from IPython.core.interactiveshell import InteractiveShell

        HistoryManager.enabled = False
        self._shell = InteractiveShell.instance(ipython_dir=folder)
        self._shell.enable_gui = lambda *_: None
        self._shell.system = self._shell.system_raw
        self._shell.ask_exit = lambda: None
        for name in ("showtraceback", "showsyntaxerror", "showindentationerror"):
            setattr(self._shell, name, lambda *_, **__: None)
        self._shell.run_cell("pass", store_history=False)
        self._replace_what_needs_a_person()

    @property
    def namespace(self) -> dict[str, Any]:
        """Every name that the cells have defined."""
        return self._shell.user_ns

    def run(self, code: str, cpu: float, wall: float) -> CellDone:
        """Run one cell within its limits; an error or a limit ends the cell, not the notebook."""
        started = time.perf_counter()
        error = None
        try:
            result = limited(lambda: self._shell.run_cell(code, store_history=False), cpu, wall)
            error = result.error_before_exec or result.error_in_exec
        except BaseException as raised:
            disarm()
            error = raised
        seconds = time.perf_counter() - started
        status = (
            "timed out" if isinstance(error, Stopped) else "error" if error is not None else "ok"
        )
        return CellDone(status, _class_name(error), _line(error), seconds)

    def _replace_what_needs_a_person(self) -> None:
        for name in ("otter", "grader", "graders.core.notebook"):
            module = types.ModuleType(
                name, "Does nothing here: the submission is already being graded."
            )
            module.Notebook = Inert
            module.__getattr__ = _nothing
            sys.modules[name] = module
        # A second OpenMP thread would make every later fork hang (libgomp), and slows two cores
        # down.
        torch.set_num_threads = lambda *_: None
        torch.set_num_interop_threads = lambda *_: None


class Inert:
    """Stands for `otter.Notebook`: every method exists and does nothing."""

    def __init__(self, *_: Any, **__: Any):
        pass

    def __getattr__(self, name: str) -> Any:
        return _nothing(name)


def _nothing(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return lambda *_, **__: None


def _class_name(error: BaseException | None) -> str:
    if error is None:
        return ""
    return "".join(c for c in type(error).__name__[:60] if c.isprintable())


def _line(error: BaseException | None) -> int:
    """The line of the cell where it went wrong, 0 when that cannot be told."""
    if isinstance(error, SyntaxError):
        return error.lineno if type(error.lineno) is int and error.lineno > 0 else 0
    line, trace = 0, getattr(error, "__traceback__", None)
    while trace is not None:
        if (
            "ipykernel_" in trace.tb_frame.f_code.co_filename
            or trace.tb_frame.f_code.co_filename.startswith("<ipython-input")
        ):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
