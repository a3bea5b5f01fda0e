"""Seconds per submission: `critic grade --jobs 1` with isolation and all hidden checks, against
`otter run`.

    python benchmarks/per_submission.py [--submissions N]

Both grade the same notebooks of four exercises in the same run; only the ratio is worth quoting.
The Otter assignment has one small test per exercise, which flatters Otter: what it spends is
start-up. Also prints how critic's time splits into spawn, cells, checks and clean-up, its time per
call of student code, and the private memory of a worker.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import torch
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from graders.grading.catalogue import load_homework
from graders.grading.one import grade_file
from graders.grading.private import private_folders
from graders.grading.source import IMPORTS, standalone
from graders.intake.find import find
from graders.isolation.supervise import Grounds

SAMPLES = Path(__file__).parent.parent / "tests" / "samples" / "class"
EXERCISES = ("reparameterize", "kl_standard_normal", "elbo", "iwae_bound")
TESTS = {
    "reparameterize": "assert reparameterize(torch.zeros(3, 2), torch.zeros(3, 2)).shape == (3, 2)",
    "kl_standard_normal": (
        "assert abs(kl_standard_normal(torch.ones(1, 2), torch.zeros(1, 2)).item() - 1.0) < 1e-5"
    ),
    "elbo": (
        "enc = lambda x: (torch.zeros(len(x), 2), torch.zeros(len(x), 2)); dec = lambda z:"
        " torch.zeros(*z.shape[:-1], 3)\nassert elbo(torch.ones(4, 3), enc, dec, 2).shape == (4,)"
    ),
    "iwae_bound": (
        "enc = lambda x: (torch.zeros(len(x), 2), torch.zeros(len(x), 2)); dec = lambda z:"
        " torch.zeros(*z.shape[:-1], 3)\nassert iwae_bound(torch.ones(4, 3), enc, dec, 5).shape =="
        " (4,)"
    ),
}


def otter_zip(folder: Path, homework: str = "vae") -> Path:
    """A small Otter assignment of the four exercises, made by the real `otter assign`."""
    cells = [
        new_raw_cell(
            "# ASSIGNMENT CONFIG\ngenerate: {pdf: false}\nrun_tests: false\nexport_cell: false"
        ),
        new_code_cell(IMPORTS),
    ]
    entries = {entry.name: entry for entry in load_homework(homework).entries}
    for name in EXERCISES:
        solution = standalone(entries[name].solution, name, frozenset(entries))
        cells += [
            new_raw_cell(f"# BEGIN QUESTION\nname: {name}\npoints: 1"),
            new_markdown_cell(f"**{name}**"),
            new_raw_cell("# BEGIN SOLUTION"),
            new_code_cell(solution),
            new_raw_cell("# END SOLUTION"),
            new_raw_cell("# BEGIN TESTS"),
            new_code_cell(f"# HIDDEN\n{TESTS[name]}"),
            new_raw_cell("# END TESTS"),
            new_raw_cell("# END QUESTION"),
        ]
    book = new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )
    nbformat.write(book, folder / "hw.ipynb")
    subprocess.run(
        [sys.executable, "-m", "otter", "assign", "hw.ipynb", "dist"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return next((folder / "dist" / "autograder").glob("*.zip"))


def time_otter(files: list[Path]) -> float:
    """Seconds per submission of `otter run`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        package = otter_zip(folder)
        started = time.perf_counter()
        for file in files:
            subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "otter",
                    "run",
                    str(file),
                    "-a",
                    str(package),
                    "-o",
                    str(folder),
                ],
                check=True,
                capture_output=True,
            )
        return (time.perf_counter() - started) / len(files)


def time_critic(files: list[Path]) -> tuple[float, float]:
    """Seconds per submission of the command, start-up included; and the start-up alone."""
    with tempfile.TemporaryDirectory() as name:
        inbox, times = Path(name, "in"), []
        inbox.mkdir()
        for file in files:
            (inbox / file.name).write_bytes(file.read_bytes())
        for only in ([], ["--only", "kl_to_itself"]):
            started = time.perf_counter()
            command = [
                sys.executable,
                "-m",
                "graders.cli",
                "grade",
                "vae",
                str(inbox),
                "--out",
                str(Path(name, f"out{len(only)}")),
                "--jobs",
                "1",
                *only,
            ]
            subprocess.run(command, check=True, capture_output=True)
            times.append(time.perf_counter() - started)
        return times[0] / len(files), times[1]


def split(files: list[Path]) -> dict[str, float]:
    """Means over the submissions: seconds in each phase, calls of student code, private memory of a
    worker.
    """
    import psutil

    homework, total = load_homework("vae"), {}
    with Grounds(private=private_folders()) as grounds:
        for found in [f for f in find(files[0].parent) if f.file in files]:
            grade = grade_file(found, homework, grounds, "benchmark")
            calls = sum(v.calls for e in grade.exercises for v in e.verdicts)
            for key, value in {**grade.seconds, "calls": calls}.items():
                total[key] = total.get(key, 0.0) + value / len(files)
        with grounds.open([IMPORTS]) as submission:
            workers = [
                p for p in psutil.process_iter() if p.uids().real >= 50_000
            ] or psutil.Process().children(recursive=True)
            total["private MB"] = max(p.memory_full_info().uss for p in workers) / 2**20
            assert submission.cells
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=20)
    count = parser.parse_args().submissions
    torch.set_num_threads(1)
    files = sorted(SAMPLES.glob("*.ipynb"))[:count]
    phases = split(files)
    critic, startup = time_critic(files)
    otter = time_otter(files)
    checks = phases["checks"] / phases["calls"]
    print(json.dumps({k: round(v, 4) for k, v in phases.items()}, indent=1))
    print(
        f"critic grade --jobs 1: {critic:.3f} s per submission (of which start-up"
        f" {startup / count:.3f} s)"
    )
    print(f"otter run:             {otter:.3f} s per submission")
    print(f"ratio:                 {otter / critic:.1f}")
    print(
        f"per call of student code: {checks * 1e3:.2f} ms over {phases['calls']:.0f} calls; otter:"
        f" {otter / len(EXERCISES) * 1e3:.0f} ms over {len(EXERCISES)} calls; ratio"
        f" {otter / len(EXERCISES) / checks:.0f}"
    )


if __name__ == "__main__":
    main()
