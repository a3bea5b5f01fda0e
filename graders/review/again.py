"""Grading again in the background, by the command that graded the class last: the page goes on, and
what comes out is in the gradebook like any other run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

# What follows is the command line of `critic`.
CRITIC = (sys.executable, "-m", "graders.cli")
# A line of what the run said that is shown when it failed.
LONGEST = 300


class Again:
    """At most one run at a time; `program` is what runs the command."""

    def __init__(self, program: Sequence[str] = CRITIC):
        self._program = tuple(program)
        self._run: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="critic-again-")
        self._said = Path(self._folder.name, "said")
        self._name, self._started = "", 0.0

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Begin. Raises ValueError while another run is at it, or when it is not known how the
        class was graded.
        """
        if self.running:
            raise ValueError(f"{self._name} is being graded again: wait until that has ended")
        if not arguments:
            raise ValueError(
                "the gradebook does not know how this class was graded: the next run of"
                " `critic grade` will grade this submission again"
            )
        self._name, self._started = name, time.monotonic()
        with self._said.open("wb") as said:
            self._run = subprocess.Popen(
                [*self._program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        return self._run is not None and self._run.poll() is None

    def state(self) -> dict[str, object]:
        """What the page shows: which submission, whether it runs, for how many seconds; why it
        failed.
        """
        if self._run is None:
            return {"submission": "", "running": False, "seconds": 0, "failed": ""}
        return {
            "submission": self._name,
            "running": self.running,
            "seconds": round(time.monotonic() - self._started),
            "failed": self._failed() if self._run.returncode else "",
        }

    def stop(self) -> None:
        """End a run that goes on, with everything that it started."""
        if self._run and self.running:
            os.killpg(self._run.pid, signal.SIGTERM)
            self._run.wait()
        self._folder.cleanup()

    def _failed(self) -> str:
        text = self._said.read_text(errors="replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return lines[-1][:LONGEST] if lines else "the run ended without a word"
