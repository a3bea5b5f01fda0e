"""Processor seconds of a submission: what it costs whoever else uses the machine.

    python benchmarks/processor_time.py [--submissions N] [--distinct]

The class of `class_speed.py`, one submission after the other: in the floor (a fork of a warm
process, no isolation, nothing remembered), in isolation with nothing remembered, and in isolation
as a process of `critic grade` does it. The grader's own process and those of the submissions are
told apart; the start of both is not counted.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

import torch
from class_speed import COURSE, EXERCISES, floor, write_class

from graders.course.homeworks import VARIABLE
from graders.grading.catalogue import load_homework
from graders.grading.known import Known
from graders.grading.one import grade_handed_in, read_in
from graders.grading.private import private_folders
from graders.intake.find import Found, find
from graders.isolation.supervise import Grounds


def of_children() -> float:
    """The processor time of all processes below this one that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def isolated(found: list[Found], known: Known | None) -> tuple[float, float]:
    """Seconds of the grader and of what it started, for all of these."""
    homework, before = load_homework("four"), of_children()
    with Grounds(private=private_folders()) as grounds:
        started = time.process_time()
        for item in found:
            grade_handed_in(read_in(item), homework, grounds, "benchmark", known=known)
        own = time.process_time() - started
    return own, of_children() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=40)
    parser.add_argument("--distinct", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        files = write_class(options.submissions, Path(name, "in"), options.distinct)
        os.environ[VARIABLE] = str(Path(name, "course"))
        Path(name, "course").mkdir()
        table = COURSE + "".join(f"{exercise} = 1\n" for exercise in EXERCISES)
        Path(name, "course", "homeworks.toml").write_text(table)
        found = find(Path(name, "in"))
        before = of_children()
        floor(files)
        print(f"floor                  {(of_children() - before) / len(files):.3f}")
        _, start = isolated([], None)
        for what, known in (("nothing remembered", None), ("remembering", Known())):
            own, below = isolated(found, known)
            own, below = own / len(found), (below - start) / len(found)
            print(f"{what:22} {own + below:.3f} = grader {own:.3f} + submissions {below:.3f}")


if __name__ == "__main__":
    main()
