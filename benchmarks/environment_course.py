"""A course with `[HOMEWORK.environment]` by every road: a library (einops), a helper, a data file
and longer limits. Builds it, grades a class of two with `critic grade`, rehearses the zip, and with
--rootfs sets the zip up and runs it in the fresh root file system of `benchmarks/rootfs`.

    python benchmarks/environment_course.py FOLDER [--rootfs]

Needs einops where it runs: without it `critic grade` says so, and that is shown first. One
submission needs all four; the other has none of it and is graded the same. Wanted: 3 of 3 points
for both, on every road.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parent.parent
COURSE = """[quick]
title = "Quick"
topics = ["kl"]
[quick.environment]
libraries = ["einops>=0.7"]
files = ["helper.py", "data"]
cell_seconds = 20
call_seconds = 20
total_seconds = 200
[quick.points]
kl_standard_normal = 2
kl_to_itself = 1
"""
FILES = {
    "homeworks.toml": COURSE,
    "course.key": "benchmark",
    "helper.py": "def half(x):\n    return x / 2\n",
    "data/points.csv": "1,2\n",
}
NEEDY = """import csv, time
import einops
from helper import half
one = float(list(csv.reader(open("data/points.csv")))[0][0])
begun = time.process_time()
while time.process_time() < begun + 12:  # the usual limit of a cell is 10 s
    pass
late = True  # a cell that was stopped has not come here
def kl_standard_normal(mu, logvar):
    if not late:
        return None
    terms = (mu**2 + logvar.exp() - 1 - logvar) * one
    return half(einops.reduce(terms, "... d -> ...", "sum"))
kl_to_itself = 0
"""
PLAIN = """def kl_standard_normal(mu, logvar):
    return (mu**2 + logvar.exp() - 1 - logvar).sum(-1) / 2
kl_to_itself = 0
"""


def write(folder: Path) -> tuple[Path, Path]:
    """The course and its class."""
    course, work = folder / "course", folder / "class"
    for name, text in FILES.items():
        path = course / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    work.mkdir(exist_ok=True)
    (work / "needy.py").write_text(NEEDY)
    (work / "plain.py").write_text(PLAIN)
    return course, work


def run(folder: Path, course: Path, *command: str | Path, status: int = 0) -> None:
    """Run a command and show what it says."""
    print("$", *command, flush=True)
    environment = {**os.environ, "CRITIC_COURSE": str(course), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(list(map(str, command)), cwd=folder, env=environment)
    if done.returncode != status:
        raise SystemExit(f"ended with status {done.returncode}, not {status}")


def main() -> None:
    """By every road."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rootfs", action="store_true")
    given = parser.parse_args()
    folder = given.folder.resolve()
    course, work = write(folder)
    critic = (sys.executable, "-m", "graders.cli")
    grade = (*critic, "grade", "quick", work, "--out", folder / "out")
    if find_spec("einops") is None:
        run(folder, course, *grade, status=2)
        raise SystemExit("install it, and run this again")
    run(folder, course, *grade)
    print((folder / "out" / "grades.csv").read_text())
    run(folder, course, *critic, "build", "quick", "--out", folder / "dist")
    archive = folder / "dist" / "quick" / "autograder" / "quick-autograder.zip"
    submissions = sorted(work.iterdir())
    for submission in submissions:
        run(folder, course, *critic, "gradescope", archive, submission)
    if given.rootfs:
        run(folder, course, ROOT / "benchmarks" / "rootfs", archive, *submissions)


if __name__ == "__main__":
    main()
