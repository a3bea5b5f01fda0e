"""The folder of a class with everything hostile that there is, and twenty honest notebooks: their
rows are right, every item has a row or a note, and the command ends as it should. A part of it is
in test_class_goes_on.py.
"""

import csv
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from graders.core.text import name as plain_name
from graders.course import homeworks

TESTS = Path(__file__).parents[1]
COURSE = """
[quick]
title = "Quick"
topics = ["kl", "elbo"]
[quick.environment]
cell_seconds = 0.5
call_seconds = 0.5
total_seconds = 5
[quick.points]
kl_to_itself = 2
kl_standard_normal = 4
elbo_proof = 4
"""
RIGHT = """\
kl_to_itself = 0.0
def kl_standard_normal(mu, logvar):
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(-1)
"""
# The function that the attacks define, under the name of an exercise.
ASKED = "def kl_standard_normal(mu, logvar):\n    return double(mu)"


def loaded(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


items = loaded(TESTS / "intake" / "items.py")


def attacks():
    """Submissions that attack what runs them, by name."""
    sys.path.insert(0, str(TESTS / "hostile"))
    try:
        found = sorted((TESTS / "hostile" / "attacks").glob("*.py"))
        return {path.stem: loaded(path).SUBMISSION for path in found}
    finally:
        sys.path.remove(str(TESTS / "hostile"))


def notebook(cells):
    words = {"@SECRET@": "/etc/shadow", "@RESULTS@": "/tmp/results.json",
             "@NEIGHBOUR@": "/tmp/sentinels", "@GRADER@": "os.getppid()"}  # fmt: skip
    for word, text in words.items():
        cells = [cell.replace(word, text) for cell in cells]
    return items.book(*cells, ASKED)


def lay(folder, chosen):
    """Twenty honest notebooks and these attacks."""
    for index in range(20):
        (folder / f"ada{index}.ipynb").write_bytes(items.book(RIGHT, f"mine = {index}"))
    for name, cells in chosen.items():
        (folder / f"attack_{name}.ipynb").write_bytes(notebook(cells))


def rows(out):
    with open(out / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def look_at(out, chosen):
    """The honest have everything, and of an attack nobody has what is not right."""
    found = rows(out)
    for index in range(20):
        row = found[f"ada{index}.ipynb"]
        assert (row["kl_to_itself"], row["kl_standard_normal"]) == ("1", "1"), row
    for name in chosen:
        assert float(found[f"attack_{name}.ipynb"]["kl_standard_normal"]) < 1, name
    return found


@pytest.mark.slow
def test_a_class_with_everything_hostile_that_there_is(quick, tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    lay(folder, chosen := attacks())
    stoppers = loaded(TESTS / "bulk" / "test_class_goes_on.py")
    for write in [*items.MORE.values(), *stoppers.ITEMS.values()]:
        write(folder)
    command = [sys.executable, "-m", "graders.cli", "grade", "quick", str(folder)]
    run = subprocess.run(
        [*command, "--out", str(out), "--jobs", "2"],
        capture_output=True, text=True, check=False,
        env={**os.environ, homeworks.VARIABLE: os.environ[homeworks.VARIABLE], "COLUMNS": "250"},
    )  # fmt: skip
    try:
        assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
        text = " ".join([run.stdout, run.stderr, *look_at(out, chosen)])
        names = {plain_name(items.CALLED.get(item, item)) for item in items.SEEN}
        assert [name for name in names if name not in text] == []
    finally:
        # Deeper than Python's own removal goes: pytest's clean-up would break at it later.
        subprocess.run(["rm", "-rf", folder, out], check=True)
