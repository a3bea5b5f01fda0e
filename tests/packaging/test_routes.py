"""Every sample through `critic grade`, `otter run` with the zip and `critic gradescope`: the same
points by all three.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from graders.grading.catalogue import load_homework
from graders.packaging.command import build_homeworks
from graders.packaging.rehearsal import rehearse

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ROOT / "tests" / "samples"
POINTS = load_homework("vae").points
# Otter reads these before any plugin is asked, and stops.
REFUSED_BY_OTTER = {
    "empty.ipynb", "truncated.ipynb", "not_a_notebook.ipynb", "b05_merge_conflict.ipynb",
    "b14_utf16.ipynb", "b28_upper.IPYNB", "d05_two_notebooks",
}  # fmt: skip


def run(out, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=out,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def shares_by_hand(folder, out):
    done = run(out, "graders.cli", "grade", "vae", folder, "--out", out / folder.name)
    assert done.returncode == 0, done.stdout
    rows = csv.DictReader((out / folder.name / "grades.csv").open())
    return {
        row["submission"]: {
            name: round(float(value), 3) for name, value in row.items() if name in POINTS
        }
        for row in rows
    }


def shares_by_gradescope(archive, file):
    return shares(rehearse(archive, file).results["tests"])


def shares_by_otter(archive, file, out):
    """None when Otter ended before it had graded anything. A folder is handed in as a zip."""
    if file.is_dir():
        file = Path(shutil.make_archive(str(out / file.name), "zip", file))
    done = run(out, "otter", "run", file, "-a", archive, "-o", out, "--no-logo")
    return (
        None if done.returncode else shares(json.loads((out / "results.json").read_text())["tests"])
    )


def shares(tests):
    return {
        t["name"].split(":")[0]: round(t["score"] / t["max_score"], 3)
        for t in tests
        if "score" in t
    }


@pytest.mark.slow
def test_the_three_ways_agree_on_every_sample(tmp_path):
    assert build_homeworks(Console(quiet=True), ["vae"], False, tmp_path / "dist") == 0
    archive = tmp_path / "dist" / "vae" / "autograder" / "vae-autograder.zip"
    different, refused = [], set()
    for folder in (SAMPLES / "class", SAMPLES / "trouble", SAMPLES / "field"):
        for name, wanted in shares_by_hand(folder, tmp_path).items():
            ways = {
                "otter run": shares_by_otter(archive, folder / name, tmp_path),
                "gradescope": shares_by_gradescope(archive, folder / name),
            }
            refused |= {name} if ways["otter run"] is None else set()
            different += [
                (name, way, wanted, got) for way, got in ways.items() if got not in (wanted, None)
            ]
    assert different == []
    assert refused == REFUSED_BY_OTTER
