"""What a class costs against the number of submissions and of exercises.

    python benchmarks/class_sizes.py [--sizes 25 100 400] [--exercises 4 30] [--distinct]
                                     [--plot docs/speed.svg]

Grades the notebooks of `class_speed.py` with the command, and prints for each size the seconds of
the whole run, those of the same run once more, with nothing left to grade, and the peak memory.
More than four exercises are those of the built-in homeworks, in their order: where a notebook does
not define one, that costs next to nothing.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from class_speed import COURSE, EXERCISES, critic, write_class

from graders.course.homeworks import VARIABLE
from graders.grading.catalogue import homework_names, load_homework


def course_of(exercises: int, folder: Path) -> int:
    """Write a course with a homework "four" of so many exercises; returns how many it has."""
    names, topics = list(EXERCISES), ["reparameterization", "kl", "likelihood", "elbo", "iwae"]
    for homework in map(load_homework, homework_names()):
        for entry in homework.graded:
            if len(names) < exercises and entry.name not in names and entry.exercise.kind == "F":
                names.append(entry.name)
                topics += [topic for topic in homework.topics if topic not in topics]
    head = COURSE.replace(COURSE.split("topics = ")[1].split("]")[0] + "]", str(topics))
    folder.mkdir()
    table = head.replace("'", '"') + "".join(f"{name} = 1\n" for name in names)
    (folder / "homeworks.toml").write_text(table)
    return len(names)


def plot(rows: list[tuple[int, int, float, float]], file: Path) -> None:
    """Seconds of the whole run against the number of submissions, a line for each number of
    exercises.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    axes = figure.subplots()
    for exercises in sorted({row[0] for row in rows}):
        points = [(size, whole) for e, size, whole, _ in rows if e == exercises]
        axes.plot(*zip(*points), "o-", label=f"{exercises} exercises")
    axes.axhline(rows[0][3], linestyle=":", color="grey", label="nothing to grade")
    axes.set(xlabel="submissions", ylabel="seconds", xlim=(0, None), ylim=(0, None))
    axes.legend(frameon=False)
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[25, 100, 400])
    parser.add_argument("--exercises", type=int, nargs="+", default=[4, 30])
    parser.add_argument("--distinct", action="store_true")
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    rows = []
    for exercises in options.exercises:
        with tempfile.TemporaryDirectory() as name:
            os.environ.pop(VARIABLE, None)
            count = course_of(exercises, Path(name, "course"))
            os.environ[VARIABLE] = str(Path(name, "course"))
            for size in options.sizes:
                folder = Path(name, str(size))
                folder.mkdir()
                write_class(size, folder / "in", options.distinct)
                seconds, again, peak, _ = critic(folder / "in", size, folder)
                rows.append((count, size, seconds * size, again))
                print(
                    f"{count:3} exercises {size:4} submissions {seconds * size:7.1f} s"
                    f" {seconds:7.3f} s each; nothing to grade {again:5.2f} s; peak {peak:5.0f} MB",
                    flush=True,
                )
    if options.plot:
        plot(rows, options.plot)


if __name__ == "__main__":
    main()
