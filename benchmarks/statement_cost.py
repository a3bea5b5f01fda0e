"""What running a cell statement by statement costs: the cells of the sample class, each notebook by
turns as whole cells and as statements, in forks of one process.

    python benchmarks/statement_cost.py [--repeats 5]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from graders.core.cells import Cells
from graders.core.inert import without_checks
from graders.core.magics import python
from graders.core.submission import Unreadable, read

SAMPLES = Path(__file__).parent.parent / "tests" / "samples" / "class"


def whole(codes: Sequence[str]) -> None:
    """Each cell compiled and run as one, as before."""
    cells = Cells()
    leave = cells.enter()
    for number, code in enumerate(codes, 1):
        try:
            exec(compile(python(code), f"<cell {number}>", "exec"), cells.namespace)
        except Exception:
            continue
    leave()


def statements(codes: Sequence[str]) -> None:
    """As submissions are run."""
    cells = Cells()
    leave = cells.enter()
    for number, code in enumerate(codes, 1):
        cells.start(code, number).go()
    leave()


def seconds(run: Callable[[Sequence[str]], None], codes: Sequence[str]) -> float:
    """CPU time of a run in a fork of its own."""
    ours, theirs = os.pipe()
    if not os.fork():
        without_checks()
        with open(os.devnull, "w") as nothing:
            os.dup2(nothing.fileno(), 1)
        started = time.process_time()
        run(codes)
        os.write(theirs, f"{time.process_time() - started}".encode())
        os._exit(0)
    os.wait()
    os.close(theirs)
    with os.fdopen(ours) as file:
        return float(file.read() or "nan")


def main() -> None:
    """Print the sum of the medians of each way, and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    torch.set_num_threads(1)
    total = {whole: 0.0, statements: 0.0}
    ratios = []
    for path in sorted(SAMPLES.iterdir()):
        try:
            codes = read(path).cells
        except Unreadable:
            continue
        times = {run: [] for run in total}
        for _ in range(repeats):
            for run, found in times.items():
                found.append(seconds(run, codes))
        medians = {run: statistics.median(found) for run, found in times.items()}
        for run, median in medians.items():
            total[run] += median
        ratios.append(medians[statements] / medians[whole])
        print(f"{path.name:30} {medians[whole] * 1e3:8.1f} ms {medians[statements] * 1e3:8.1f} ms")
    more = (total[statements] - total[whole]) / len(ratios) * 1e3
    print(
        f"{len(ratios)} notebooks: {total[whole]:.3f} s as cells, {total[statements]:.3f} s as"
        f" statements, {more:.1f} ms more for each; median ratio {statistics.median(ratios):.3f}"
    )


if __name__ == "__main__":
    main()
