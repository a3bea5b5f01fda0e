"""The Otter plugin: it grades the submission in isolation, and leaves Otter a notebook without any student code.

Otter runs test cases in the kernel of the submission and reads pickles from its folder. So before Otter does either,
everything of the submission is moved into a closed folder. The test cases of our assignments only look up the verdicts
that were made here.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import nbformat
from otter.plugins import AbstractOtterPlugin
from otter.run.run_autograder.utils import OtterRuntimeError
from otter.test_files import GradingResults

from graders.bulk.course import course_key
from graders.core.render import report
from graders.grading.catalogue import load_homework
from graders.isolation.supervise import Refused
from graders.packaging.archive import KEY, WHEELS
from graders.packaging.judge import Judged, case_verdicts, judge
from graders.packaging.verdicts import publish


class CriticPlugin(AbstractOtterPlugin):
    """Takes the place of Otter's own execution. Its setting in `otter_config.json` is the name of the homework."""

    def __init__(self, submission_path: str, submission_metadata: dict, plugin_config: dict):
        super().__init__(submission_path, submission_metadata, plugin_config)
        self._homework = load_homework(plugin_config["homework"])
        self._judged: Judged | None = None
        self._closed: tempfile.TemporaryDirectory | None = None

    def before_grading(self, config: Any) -> None:
        """Judge the submission and clear its folder. Runs before Otter reads a log or makes a PDF of it."""
        config.pdf, config.token, config.grade_from_log = False, None, False
        submission = Path(self.submission_path)
        self._closed = tempfile.TemporaryDirectory(prefix="critic-closed-")
        closed = Path(self._closed.name)
        taken = closed / "taken"
        taken.mkdir()
        clear(submission.parent, taken)
        empty_submission(submission)
        try:
            copies = closed / "copies"
            copies.mkdir()
            self._judged = judge(self._homework, taken / submission.name, copies, key_of(submission.parent.parent / "source"), name=submission.name)
        except Refused as error:
            raise OtterRuntimeError(f"Nothing was graded, because hidden checks may not run here: {error}") from error
        publish({e.name: case_verdicts(self._homework, e) for e in self._judged.grade.exercises}, closed)

    def before_execution(self, submission: nbformat.NotebookNode) -> nbformat.NotebookNode:
        """Whatever Otter has read, it runs an empty notebook."""
        return _empty_notebook()

    def after_grading(self, results: GradingResults) -> None:
        """Our points and our feedback. A run in which a test case is missing, as in 0 of 0, is no result."""
        grade = self._judged.grade
        missing = {e.name for e in grade.exercises} - set(results.test_files)
        if results.has_catastrophic_failure() or missing:
            reason = results.catastrophic_error or f"no test file for {', '.join(sorted(missing))}"
            raise OtterRuntimeError(f"Otter did not run every test case, so there is no score: {reason}")
        for exercise in grade.exercises:
            results.update_score(exercise.name, exercise.points)
        public = [report(e.name, [v for v in e.verdicts if v.public]) for e in grade.exercises]
        results.set_output("\n\n".join([*grade.notes, *public]))
        self._closed.cleanup()

    def generate_report(self) -> str:
        """For the instructor, at the end of Otter's output: the points, and what was recognised."""
        lines = []
        for exercise in self._judged.grade.exercises:
            said = "withheld: a check of ours broke" if exercise.share is None else f"{exercise.points:g} of {exercise.possible:g}"
            lines.append(f"{exercise.name}: {said}" + "".join(f" ({d.name})" for d in exercise.diagnosis[:1]))
        return "\n".join([*self._judged.grade.notes, *lines])


def clear(folder: Path, closed: Path) -> None:
    """Move everything out of a submission's folder, except for the tests that Otter has just copied there."""
    for path in list(folder.iterdir()):
        if path.name != "tests" or path.is_symlink():
            shutil.move(path, closed / path.name)


def empty_submission(path: Path) -> None:
    """Write what Otter runs in the place of the submission: nothing."""
    path.write_text("" if path.suffix == ".py" else nbformat.writes(_empty_notebook()))


def key_of(source: Path) -> str:
    """The course key that came with the zip, inside our wheel; else that of this machine."""
    for wheel in sorted((source / WHEELS).glob("critic-*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(KEY).decode().strip()
    return course_key()


def _empty_notebook() -> nbformat.NotebookNode:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", id="nothing")])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return book
