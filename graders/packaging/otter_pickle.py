"""For `otter grade`: verdicts as the pickle that it takes out of its container. Loads Otter, which
Gradescope does not need.
"""

from __future__ import annotations

import json
import os
import pickle
import tempfile
from pathlib import Path

from otter.test_files import ExceptionTestFile, GradingResults

from graders.grading.catalogue import Homework
from graders.grading.grade import Grade
from graders.packaging.judge import for_otter
from graders.packaging.plugin import give
from graders.packaging.verdicts import VARIABLE


def pickled_for_otter(homework: Homework, grade: Grade, tests: Path) -> bytes:
    """Otter's own results, made by its own test files, with our points."""
    told = for_otter(homework, grade)
    with tempfile.TemporaryDirectory(prefix="critic-closed-") as closed:
        verdicts = Path(closed, "verdicts.json")
        verdicts.write_text(json.dumps(told))
        os.environ[VARIABLE] = str(verdicts)
        files = [ExceptionTestFile.from_file(str(path)) for path in sorted(tests.glob("*.py"))]
        for file in files:
            file.run({})
    results = GradingResults(files)
    give(results, told["points"], told["right"])
    return pickle.dumps(results)
