"""What running cells by statement is of the whole time of a class: `critic grade vae` of the sample
class by this tree, and by a copy of it that runs each cell as a whole, by turns.

    python benchmarks/statement_ratio.py [--repeats 5]

Prints for each run the processor seconds of all its processes, counted by a control group of
version 1 (as root on Linux), and its seconds; then the ratios of the medians. The seconds mean
something only on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import compileall
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
GROUPS = Path("/sys/fs/cgroup/cpuacct")
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
    for tree in trees.values():
        compileall.compile_dir(tree, quiet=2)
    return trees


def grade(tree: Path) -> tuple[float, float]:
    """Processor seconds and seconds of a whole run."""
    out, group = tree / "out", GROUPS / f"critic-{os.getpid()}"
    shutil.rmtree(out, ignore_errors=True)
    group.mkdir()
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "graders.cli", "grade", "vae", str(CLASS), "--out", str(out)],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: (group / "cgroup.procs").write_text(str(os.getpid())),
        check=True,
    )
    seconds, used = time.monotonic() - started, int((group / "cpuacct.usage").read_text()) / 1e9
    while (group / "cgroup.procs").read_text():
        time.sleep(0.1)
    group.rmdir()
    return used, seconds


def main() -> None:
    """By turns, each first as often as the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as folder:
        trees = copies(Path(folder))
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in trees}
        for turn in range(repeats):
            for name in sorted(trees, reverse=turn % 2 == 1):
                times[name].append(grade(trees[name]))
                print("{}: {:.2f} s of CPU, {:.2f} s".format(name, *times[name][-1]), flush=True)
    for what, one in (("of CPU", 0), ("in all", 1)):
        medians = {name: statistics.median(t[one] for t in found) for name, found in times.items()}
        print(
            f"{medians['statements']:.2f} s {what} by statement, {medians['cells']:.2f} s by cell,"
            f" ratio {medians['statements'] / medians['cells']:.3f}"
        )


if __name__ == "__main__":
    main()
