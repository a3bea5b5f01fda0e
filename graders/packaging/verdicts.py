"""Verdicts where Otter's test cases find them. Runs in Otter's kernel, where no submission runs;
standard library only.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

VARIABLE = "CRITIC_VERDICTS"


class NoVerdicts(RuntimeError):
    """A test case ran where nothing has been graded."""


def look_up(exercise: str, number: int) -> None:
    """Pass when the check of this number passed; else raise AssertionError with what may be said
    about it.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        raise NoVerdicts(
            "there are no verdicts here: in your own notebook the public checks run by"
            " `grader.check`, and all checks by `otter run` with the zip"
        )
    passed, said = json.loads(Path(path).read_text())["verdicts"][exercise][number - 1]
    if not passed:
        raise AssertionError(said)
