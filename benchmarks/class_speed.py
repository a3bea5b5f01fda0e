"""Submissions per minute of a class: critic against `otter run`, `nbgrader autograde` and a floor
without isolation.

    python benchmarks/class_speed.py [--submissions N] [--distinct] [--others M]
                                     [--nbgrader PYTHON | --no-nbgrader] [--no-otter]

All grade the same notebooks of four exercises in the same run, on all cores; only ratios are worth
quoting. The Otter and nbgrader assignments have one small test per exercise, critic has all its
hidden checks and isolation on. The floor forks a warm process per submission, which runs the same
cells and the same checks without isolation. Also prints where the time of a submission goes and the
peak memory of the whole run of critic. The class has twenty kinds of notebooks over and over; with
--distinct every one of them rounds in a way of its own, so that no answer is known from another
notebook. Without --nbgrader an environment for it is made first,
which downloads it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import nbformat
import psutil
import torch
from nbformat.v4 import new_code_cell, new_notebook
from per_submission import EXERCISES, SAMPLES, TESTS, otter_zip

from graders.core import submission as reader
from graders.core.host import Host
from graders.core.magics import python
from graders.course.homeworks import VARIABLE
from graders.grading.catalogue import load_homework
from graders.grading.grade import grade

CORES = os.cpu_count() or 1
COURSE = (
    '[four]\ntitle = "Four exercises"\ntopics = ["reparameterization", "kl", "likelihood", "elbo",'
    ' "iwae"]\n[four.points]\n'
)


class Unprotected(Host):
    """A submission in this very process; stand-ins take the place of its functions until the branch
    ends.
    """

    broken = False

    @contextmanager
    def branch(self, exercise: str = "") -> Iterator[Unprotected]:
        before = dict(self.namespace)
        yield self
        self.namespace.update(before)

    def seal(self) -> None:
        pass

    def names(self, names: list[str]) -> set[str]:
        return set(names) & self.namespace.keys()

    def stand_in(
        self, topic: str, name: str, coefficients: list[float], conventions: object = ()
    ) -> None:
        entry = load_homework("four").entry(name)
        self.namespace[name] = lambda *arguments: entry.stand_in.function(*arguments, *coefficients)


def in_a_fork(file: Path) -> int:
    """Grade one file in a child of this warm process; returns its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        unprotected(file)
        os._exit(0)
    finally:
        os._exit(1)


def unprotected(file: Path) -> None:
    """Run the cells of one file and all checks in this process."""
    namespace: dict = {"__name__": "__main__"}
    for cell in reader.read(file).cells:
        with suppress(Exception):  # as in a notebook, the other cells go on
            exec(compile(python(cell), "cell", "exec"), namespace)
    grade(load_homework("four"), Unprotected(namespace), course_key="benchmark")


def floor(files: list[Path]) -> float:
    """Seconds per submission of the floor, as many at a time as there are cores."""
    unprotected(files[0])  # a first run loads much, which every fork would load again
    started, running, failed = time.perf_counter(), 0, 0
    for file in files:
        if running == CORES:
            failed += os.wait()[1]
            running -= 1
        in_a_fork(file)
        running += 1
    failed += sum(os.wait()[1] for _ in range(running))
    assert not failed
    return (time.perf_counter() - started) / len(files)


ROUNDING = """
def _rounding(function):
    def rounded(*arguments, **named):
        value = function(*arguments, **named)
        if not isinstance(value, torch.Tensor) or not value.is_floating_point():
            return value
        return value * (1 + {steps} * torch.finfo(value.dtype).eps)
    return rounded
for _name in {names}:
    if _name in globals():
        globals()[_name] = _rounding(globals()[_name])
"""


def write_class(number: int, folder: Path, distinct: bool = False) -> list[Path]:
    """So many notebooks: a right one and each kind of mistake, over and over; no endless loops,
    which would time the limits. distinct: no two of one kind round alike.

    Without the cells that call Otter: only in its own kernel are they more than an error.
    """
    folder.mkdir()
    samples, files = sorted(SAMPLES.glob("*.ipynb")), []
    for i in range(number):
        book = nbformat.read(samples[i % len(samples)], 4)
        book.cells = [
            cell
            for cell in book.cells
            if "otter" not in cell.source and "grader." not in cell.source
        ]
        if distinct:
            steps = i // len(samples)
            book.cells.append(new_code_cell(ROUNDING.format(steps=steps, names=EXERCISES)))
        files.append(folder / f"{i:04d}_{samples[i % len(samples)].name}")
        nbformat.write(book, files[-1])
    return files


def critic(inbox: Path, number: int, folder: Path) -> tuple[float, float, float, dict[str, float]]:
    """Seconds per submission of the command, start-up included; start-up; peak memory in MB;
    seconds by phase.
    """
    times, peak = [], 0.0
    for out in ("out", "out"):
        command = [
            sys.executable,
            "-m",
            "graders.cli",
            "grade",
            "four",
            str(inbox),
            "--out",
            str(folder / out),
        ]
        started = time.perf_counter()
        with memory_of(process := subprocess.Popen(command, stdout=subprocess.DEVNULL)) as peaks:
            assert process.wait() == 0
        times.append(time.perf_counter() - started)
        peak = max(peak, *peaks)
    records = [
        json.loads(path.read_text())["seconds"] for path in (folder / "out" / "records").iterdir()
    ]
    phases = {name: sum(r.get(name, 0.0) for r in records) / len(records) for name in records[0]}
    # The second run finds every result in the gradebook: what it takes is start-up and the writing
    # of all files.
    return times[0] / number, times[1], peak, phases


@contextmanager
def memory_of(process: subprocess.Popen) -> Iterator[list[float]]:
    """Sample the proportional memory of a process and all below it; the list holds megabytes."""
    peaks, done = [0.0], threading.Event()

    def watch() -> None:
        # Adding up the pages of all processes takes time: looked at seldom, so that the run is not
        # slowed down.
        while not done.wait(1):
            with suppress(psutil.Error):
                family = [
                    psutil.Process(process.pid),
                    *psutil.Process(process.pid).children(recursive=True),
                ]
                peaks.append(sum(map(_proportional, family)) / 2**20)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        done.set()
        thread.join()


def _proportional(process: psutil.Process) -> int:
    """The bytes of a process, those that it shares counted in part; none when it has just ended."""
    try:
        return process.memory_full_info().pss
    except psutil.Error:
        return 0


def otter(files: list[Path], folder: Path, at_a_time: int) -> float:
    """Seconds per submission of `otter run`."""
    package = otter_zip(folder, "four")

    def run(number: int) -> None:
        out = folder / f"otter{number}"
        out.mkdir()
        subprocess.run(
            [
                sys.executable,
                "-m",
                "otter",
                "run",
                str(files[number]),
                "-a",
                str(package),
                "-o",
                str(out),
            ],
            check=True,
            capture_output=True,
        )

    return at_once(run, len(files), at_a_time)


def nbgrader(files: list[Path], folder: Path, python: str) -> float:
    """Seconds per submission of `nbgrader autograde`, which takes a class in one call."""
    cells = [new_code_cell("import torch")]
    for name in EXERCISES:
        marks = {
            "grade": False,
            "grade_id": name,
            "locked": False,
            "schema_version": 3,
            "solution": True,
            "task": False,
        }
        cells.append(
            new_code_cell(
                f"### BEGIN SOLUTION\n{name} = None\n### END SOLUTION", metadata={"nbgrader": marks}
            )
        )
        marks = {
            "grade": True,
            "grade_id": f"test_{name}",
            "locked": True,
            "points": 1,
            "schema_version": 3,
            "solution": False,
            "task": False,
        }
        cells.append(new_code_cell(TESTS[name], metadata={"nbgrader": marks}))
    master = new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )
    (folder / "source" / "hw").mkdir(parents=True)
    nbformat.write(master, folder / "source" / "hw" / "hw.ipynb")
    # It calls other programs of its environment by their names.
    environment = {**os.environ, "PATH": f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"}

    def run(command: str) -> None:
        subprocess.run(
            [python, "-m", "nbgrader", command, "hw"],
            cwd=folder,
            env=environment,
            check=True,
            capture_output=True,
        )

    run("generate_assignment")
    for number, file in enumerate(files):
        _hand_in(
            folder / "release" / "hw" / "hw.ipynb",
            file,
            folder / "submitted" / f"s{number}" / "hw" / "hw.ipynb",
        )
    started = time.perf_counter()
    run("autograde")
    return (time.perf_counter() - started) / len(files)


def nbgrader_python(folder: Path) -> str:
    """The Python of a new environment that has nbgrader and torch."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python, constraints = (
        str(folder / "bin" / "python"),
        Path(__file__).parent.parent / "constraints.txt",
    )
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "-c", str(constraints), "nbgrader", "torch"],
        check=True,
    )
    return python


def _hand_in(release: Path, file: Path, target: Path) -> None:
    """The released notebook with a student's code in its first solution cell."""
    book = nbformat.read(release, 4)
    solutions = [cell for cell in book.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    for cell in solutions:
        cell.source = "pass"
    solutions[0].source = "\n\n".join(python(cell) for cell in reader.read(file).cells)
    target.parent.mkdir(parents=True)
    nbformat.write(book, target)


def at_once(run: Callable[[int], None], number: int, at_a_time: int) -> float:
    """Seconds per submission of `number` runs, some at a time."""
    started = time.perf_counter()
    with ThreadPoolExecutor(at_a_time) as pool:
        list(pool.map(run, range(number)))
    return (time.perf_counter() - started) / number


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=40)
    parser.add_argument("--distinct", action="store_true")
    parser.add_argument("--others", type=int, default=6)
    parser.add_argument("--no-otter", action="store_true")
    parser.add_argument("--no-nbgrader", action="store_true")
    parser.add_argument(
        "--nbgrader",
        metavar="PYTHON",
        help="a Python that has nbgrader and torch; default: a new environment",
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        files = write_class(options.submissions, Path(name, "in"), options.distinct)
        course = Path(name, "course")
        course.mkdir()
        (course / "homeworks.toml").write_text(
            COURSE + "".join(f"{exercise} = 1\n" for exercise in EXERCISES)
        )
        os.environ[VARIABLE] = str(course)
        seconds = {"floor (no isolation)": floor(files)}
        seconds["critic grade"], again, peak, phases = critic(
            Path(name, "in"), len(files), Path(name)
        )
        for at_a_time in () if options.no_otter else (1, CORES):
            folder = Path(name, f"otter{at_a_time}")
            folder.mkdir()
            seconds[f"otter run, {at_a_time} at a time"] = otter(
                files[: options.others], folder, at_a_time
            )
        if not options.no_nbgrader:
            python = options.nbgrader or nbgrader_python(Path(name, "venv"))
            seconds["nbgrader autograde"] = nbgrader(
                files[: options.others], Path(name, "nbgrader"), python
            )
    for what, value in seconds.items():
        print(
            f"{what:28} {value:7.3f} s per submission {60 / value:8.1f} per minute"
            f" {value / seconds['critic grade']:7.1f} x critic"
        )
    print(
        f"critic: nothing to grade, all files written again: {again:.2f} s; peak memory of the"
        f" whole run {peak:.0f} MB"
    )
    print(
        "critic, seconds of a submission on its core: "
        + ", ".join(f"{phase} {value:.3f}" for phase, value in phases.items())
    )


if __name__ == "__main__":
    main()
