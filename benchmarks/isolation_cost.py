"""What isolation costs: the sample class graded with all layers and with the weakest set,
alternately, in one run.

    python benchmarks/isolation_cost.py [--rounds N] [FOLDER]

Prints the ratio of the two, and the medians of spawning, of a branch, and of ending a submission
with its clean-up.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import torch

from graders.grading.catalogue import load_homework
from graders.grading.one import grade_file
from graders.grading.private import private_folders
from graders.intake.find import find
from graders.isolation.supervise import Grounds

SAMPLES = Path(__file__).parent.parent / "tests" / "samples" / "class"
# A user of its own needs an interpreter that it can read: where that one's home is closed, folders
# are hidden as well.
WEAKEST = ("limits", "own user", "no new privileges")


def pieces(grounds: Grounds, rounds: int) -> dict[str, float]:
    """Medians in milliseconds of starting, copying and ending a worker that runs nothing."""
    found: dict[str, list[float]] = {"spawn": [], "branch": [], "end": [], "spawn and end": []}
    for _ in range(rounds):
        times = [time.perf_counter()]
        with grounds.open([]) as submission:
            times.append(time.perf_counter())
            with submission.branch():
                times.append(time.perf_counter())
            before_end = time.perf_counter()
        ended = time.perf_counter()
        found["spawn"].append(times[1] - times[0])
        found["branch"].append(times[2] - times[1])
        found["end"].append(ended - before_end)
        found["spawn and end"].append(times[1] - times[0] + ended - before_end)
    return {name: 1000 * statistics.median(values) for name, values in found.items()}


def main() -> None:
    """Grade in turns and compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLES)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    homework, inbox = load_homework("vae"), find(options.folder)
    private = private_folders()
    with (
        Grounds(private=private) as full,
        Grounds(private=private, layers=WEAKEST, trust=True) as weak,
    ):
        seconds: dict[str, list[float]] = {"all layers": [], "weakest": []}
        for _ in range(options.rounds):
            for found in inbox:
                for name, grounds in (("all layers", full), ("weakest", weak)):
                    started = time.perf_counter()
                    grade_file(found, homework, grounds, "benchmark")
                    seconds[name].append(time.perf_counter() - started)
        for name, values in seconds.items():
            print(
                f"{name}: {statistics.median(values):.3f} s a submission (median of {len(values)}),"
                f" {sum(values):.1f} s in all"
            )
        ratios = [a / b for a, b in zip(seconds["all layers"], seconds["weakest"])]
        print(
            f"all layers against the weakest: {statistics.median(ratios):.3f} (median of pairs),"
            f" {sum(seconds['all layers']) / sum(seconds['weakest']):.3f} (sums)"
        )
        print(
            "layers of the weakest:",
            ", ".join(f"{layer.name} {layer.state}" for layer in weak.layers),
        )
        for name, grounds in (("all layers", full), ("weakest", weak)):
            print(
                f"{name}:",
                ", ".join(
                    f"{piece} {value:.1f} ms" for piece, value in pieces(grounds, 50).items()
                ),
            )


if __name__ == "__main__":
    main()
