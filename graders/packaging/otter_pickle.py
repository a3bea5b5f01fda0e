"""For `otter grade`: verdicts as the pickle that it takes out of its container. Loads Otter, which Gradescope does not need."""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path

from otter.test_files import ExceptionTestFile, GradingResults

from graders.grading.catalogue import Homework
from graders.grading.grade import Grade
from graders.packaging.judge import case_verdicts
from graders.packaging.verdicts import publish


def pickled_for_otter(homework: Homework, grade: Grade, tests: Path) -> bytes:
    """Otter's own results, made by its own test files, with our points."""
    with tempfile.TemporaryDirectory(prefix="critic-closed-") as closed:
        publish({e.name: case_verdicts(homework, e) for e in grade.exercises}, Path(closed))
        files = [ExceptionTestFile.from_file(str(path)) for path in sorted(tests.glob("*.py"))]
        for file in files:
            file.run({})
    results = GradingResults(files)
    for exercise in grade.exercises:
        results.update_score(exercise.name, exercise.points)
    return pickle.dumps(results)
