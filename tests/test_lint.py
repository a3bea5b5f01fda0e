"""`make lint`: ruff over every file of ours and mypy, strict, over three rooms. A planted
fault must be found.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("graders", "reference", "assignments", "student_template", "benchmarks", "tests", "docs")
# Notebooks and scripts of made-up students are meant to be bad.
SAMPLES = ROOT / "tests" / "samples"


def ours():
    return [
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if SAMPLES not in path.parents
    ]


def run(*arguments, folder=ROOT):
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(autouse=True, scope="module")
def tools():
    for tool in ("ruff", "mypy"):
        pytest.importorskip(
            tool, reason="they come with `pip install '.[dev]'`, as `make test` does it"
        )


def test_ruff_finds_nothing():
    done = run("ruff", "check", "--no-cache", *ours())
    assert done.returncode == 0, done.stdout


def test_mypy_finds_nothing():
    done = run("mypy")
    assert done.returncode == 0, done.stdout


def test_planted_faults_are_found(tmp_path):
    (tmp_path / "planted.py").write_text("def f(x):\n    return undefined\n")
    config = str(ROOT / "pyproject.toml")
    assert (
        "F821"
        in run(
            "ruff", "check", "--no-cache", "--config", config, "planted.py", folder=tmp_path
        ).stdout
    )
    assert (
        "no-untyped-def"
        in run("mypy", "--config-file", config, "planted.py", folder=tmp_path).stdout
    )
