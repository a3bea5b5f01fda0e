"""What running cells by statement is of the whole time of a class: `critic grade vae` of the sample
class by this tree, and by a copy of it that runs each cell as a whole, by turns.

    python benchmarks/statement_ratio.py [--repeats 5]

Prints the seconds of each run and the ratio of the medians. Wants the machine for itself.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
CLASS = ROOT / "tests" / "samples" / "class"
# Takes the place of the function of this name, of which it keeps the limit and the sentence.
WHOLE = '''

def run_cell(cells, code, number, definitions, cpu, wall, hasty):
    """Compile and run a cell as one."""
    from graders.core.magics import python
    from graders.core.troubles import Trouble

    try:
        whole = lambda: exec(compile(python(code), f"<cell {number}>", "exec"), cells.namespace)
        limited(whole, cpu, wall)
    except Stopped:
        return False
    except BaseException as error:
        cells.troubles.append(Trouble("error", "", number, 0, type(error).__name__))
    return True
'''


def copies(folder: Path) -> dict[str, Path]:
    """The two trees, by how they run cells."""
    trees = {name: folder / name for name in ("cells", "statements")}
    for tree in trees.values():
        for part in ("graders", "reference", "assignments", "student_template"):
            shutil.copytree(ROOT / part, tree / part)
    with (trees["cells"] / "graders" / "core" / "pace.py").open("a") as file:
        file.write(WHOLE)
    return trees


def grade(tree: Path) -> float:
    """Seconds of a whole run."""
    out = tree / "out"
    shutil.rmtree(out, ignore_errors=True)
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "graders.cli", "grade", "vae", str(CLASS), "--out", str(out)],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.monotonic() - started


def main() -> None:
    """By turns, each first as often as the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as folder:
        trees = copies(Path(folder))
        times: dict[str, list[float]] = {name: [] for name in trees}
        for tree in trees.values():
            grade(tree)  # compiles what it imports
        for turn in range(repeats):
            for name in sorted(trees, reverse=turn % 2 == 1):
                times[name].append(grade(trees[name]))
                print(f"{name}: {times[name][-1]:.2f} s", flush=True)
    medians = {name: statistics.median(found) for name, found in times.items()}
    print(
        f"{medians['statements']:.2f} s by statement, {medians['cells']:.2f} s by cell, ratio"
        f" {medians['statements'] / medians['cells']:.3f}"
    )


if __name__ == "__main__":
    main()
