"""How long commands take that grade nothing, for a made-up class in the gradebook.

    python benchmarks/command_speed.py [STUDENTS]

Each is run once to warm up (files, and what is kept between runs), then five times; printed are the
median and the slowest in seconds, and the processor time of the median run. Aims, for 300 students:
`--help` 0.3 s, `score` and `export` 1 s.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.review.conftest import fill

TIMES = 5


def main(students: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        book = fill(Path(folder), students, factor=lambda i: 2.0 + i % 10)
        of_class = ["--gradebook", str(book), "--out", str(Path(folder, "out"))]
        for name, *rest in (
            ["--help"],
            ["score", "vae", "student_007", "elbo_proof", "1", *of_class],
            ["diff", "vae", "--against", str(book), *of_class],
            ["export", "vae", *of_class],
        ):
            _, *runs = (timed([name, *rest]) for _ in range(TIMES + 1))
            runs.sort()
            walls = [wall for wall, _ in runs]
            print(
                f"critic {name:<8} median {statistics.median(walls):.2f} s,"
                f" slowest {walls[-1]:.2f} s, processor {runs[TIMES // 2][1]:.2f} s"
            )


def timed(arguments: list[str]) -> tuple[float, float]:
    """Wall and processor seconds of one command. Raises CalledProcessError."""
    before, started = os.times(), time.perf_counter()
    command = [sys.executable, "-m", "graders.cli", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - started, os.times()
    spent = [getattr(after, k) - getattr(before, k) for k in ("children_user", "children_system")]
    return wall, sum(spent)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
