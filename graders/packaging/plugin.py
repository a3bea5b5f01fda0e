"""The Otter plugin: it has the submission graded in isolation, and leaves Otter a notebook without
any student code.

Otter runs test cases in the kernel of the submission and reads pickles from its folder. So before
Otter does either, everything of the submission is moved into a closed folder, and the grader that
lies in the zip grades it from there, in a process of its own. The test cases of our assignments
only look up the verdicts.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from otter.plugins import AbstractOtterPlugin
from otter.run.run_autograder.utils import OtterRuntimeError
from otter.test_files import GradingResults

from graders.course.environment import MissingLibraries, examine
from graders.packaging.archive import libraries, unpack_grader
from graders.packaging.verdicts import VARIABLE

MODULE = "graders.packaging.autograder"


class CriticPlugin(AbstractOtterPlugin):
    """Takes the place of Otter's own execution. Its setting in `otter_config.json` is the name of
    the homework.
    """

    def before_grading(self, config: Any) -> None:
        """Have the submission graded and its folder cleared. Runs before Otter reads a log or makes
        a PDF of it.
        """
        config.pdf, config.token, config.grade_from_log = False, None, False
        submission = Path(self.submission_path)
        source = submission.parent.parent / "source"
        try:
            examine(libraries(source))
        except MissingLibraries as error:
            raise OtterRuntimeError(f"Nothing was graded: {error}") from None
        self._closed = tempfile.TemporaryDirectory(prefix="critic-closed-")
        root = Path(self._closed.name)
        lay_out(submission.parent, source, self.submission_metadata, root)
        empty_submission(submission)
        self._graded = grade_in(root)
        os.environ[VARIABLE] = str(root / "verdicts.json")

    def before_execution(self, submission: nbformat.NotebookNode) -> nbformat.NotebookNode:
        """Whatever Otter has read, it runs an empty notebook."""
        return _empty_notebook()

    def after_grading(self, results: GradingResults) -> None:
        """Our points and our feedback. A run in which a test case is missing, as in 0 of 0, is no
        result.
        """
        self._closed.cleanup()
        points = self._graded["points"]
        missing = sorted(set(points) - set(results.test_files))
        if results.has_catastrophic_failure() or missing or not points:
            reason = (
                results.catastrophic_error
                or f"no test file for {', '.join(missing) or 'any exercise'}"
            )
            raise OtterRuntimeError(
                f"Otter did not run every test case, so there is no score: {reason}"
            )
        give(results, points, self._graded["right"])
        results.set_output(self._graded["public"])

    def generate_report(self) -> str:
        """For the instructor, at the end of Otter's output: the points, and what was recognised."""
        return self._graded["report"]


def give(results: GradingResults, points: Mapping[str, float], right: Sequence[str]) -> None:
    """Our points in place of Otter's. What is right has those that Otter adds up itself: it
    compares that sum exactly, and six sixths of a point are no point.
    """
    for name, earned in points.items():
        results.update_score(name, results.results[name].possible if name in right else earned)


def lay_out(submission: Path, source: Path, metadata: dict[str, Any], root: Path) -> None:
    """Move a submission into the tree that our own entry point expects, except for the tests that
    Otter has just put there.
    """
    for name in ("submission", "results", "source"):
        (root / name).mkdir()
    for path in list(submission.iterdir()):
        if path.name != "tests" or path.is_symlink():
            shutil.move(path, root / "submission" / path.name)
    shutil.copy(source / "otter_config.json", root / "source")
    (root / "submission_metadata.json").write_text(json.dumps(metadata))
    unpack_grader(source, root / "closed")


def grade_in(root: Path) -> dict[str, Any]:
    """Run our entry point, from the zip when the zip holds it, else from here. Raises
    OtterRuntimeError.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    if (root / "closed").exists():
        environment |= {
            "PYTHONPATH": str(root / "closed"),
            "CRITIC_COURSE": "",
            "CRITIC_COURSE_KEY_FILE": str(root / "closed" / "course.key"),
        }
    command = [sys.executable, "-m", MODULE, str(root), "--verdicts", str(root / "verdicts.json")]
    run = subprocess.run(
        command,
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if run.returncode:
        raise OtterRuntimeError(run.stdout[-3000:])
    return json.loads((root / "verdicts.json").read_text())


def empty_submission(path: Path) -> None:
    """Write what Otter runs in the place of the submission: nothing."""
    path.write_text("" if path.suffix == ".py" else nbformat.writes(_empty_notebook()))


def _empty_notebook() -> nbformat.NotebookNode:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", id="nothing")])
    book.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    return book
