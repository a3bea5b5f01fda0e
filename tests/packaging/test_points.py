"""Whatever the points of a homework are, the finished zip gives a right solution all of them,
exactly: Otter compares sums of shares of a point, by which six sixths are less than one.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE, STDOUT

import pytest

from graders.grading.catalogue import load_homework
from graders.grading.source import IMPORTS, standalone

ROOT = Path(__file__).parent.parent.parent
HOMEWORKS = """\
[ones]
title = "A point each, whatever the number of checks"
topics = ["kl", "likelihood"]
[ones.points]
kl_standard_normal = 1
kl_gaussians = 1
kl_to_itself = 1
bernoulli_log_likelihood = 1
cross_entropy = 1

[odd]
title = "Points that no binary fraction is"
topics = ["kl", "divergences"]
[odd.points]
kl_standard_normal = 0.1
kl_gaussians = 0.7
kl_equal_variance = 3.3
kl_to_itself = 0.2
kl_divergence = 1.1
jensen_shannon = 2.6

[tum]
title = "The sheet with other points"
topics = ["reparameterization", "divergences", "gan"]
[tum.points]
needs_reparameterization = 0.6
model_2 = 1
model_4 = 0.9
gan_value = 1
optimal_discriminator = 0.7
gan_proofs = 6
optimal_d_values = 0.3
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("points")
    (folder / "homeworks.toml").write_text(HOMEWORKS)
    (folder / "course.key").write_text("key\n")
    done = run(folder, "graders.cli", "build", "--all", CRITIC_COURSE=str(folder))
    assert done.returncode == 0, done.stdout
    return folder


def run(folder, *arguments, **variables):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **variables}
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(
        command, cwd=folder, env=environment, text=True, stdout=PIPE, stderr=STDOUT
    )


def right_solution(homework):
    parts = [IMPORTS]
    for entry in homework.graded:
        if entry.exercise.kind == "F":
            parts.append(standalone(entry.solution, entry.name))
        elif entry.exercise.kind == "A":
            parts.append(f"{entry.name} = {entry.solution!r}")
    return "\n\n\n".join(parts)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ones", "odd", "tum"])
def test_otter_gives_a_right_solution_exactly_all_points(course, tmp_path, monkeypatch, name):
    monkeypatch.setenv("CRITIC_COURSE", str(course))
    homework = load_homework(name)
    cells = [{"cell_type": "code", "source": right_solution(homework), "metadata": {},
              "outputs": [], "execution_count": None, "id": "right"}]  # fmt: skip
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "hw.ipynb").write_text(json.dumps(book))
    archive = course / "dist" / name / "autograder" / f"{name}-autograder.zip"
    done = run(tmp_path, "otter", "run", "hw.ipynb", "-a", archive, "-o", tmp_path, "--no-logo")
    assert done.returncode == 0, done.stdout
    tests = json.loads((tmp_path / "results.json").read_text())["tests"]
    graded = {t["name"].split(":")[0]: (t["score"], t["max_score"]) for t in tests if "score" in t}
    for entry in homework.graded:
        score, possible = graded[entry.name]
        assert score == possible and score == pytest.approx(homework.points[entry.name], abs=1e-9)
