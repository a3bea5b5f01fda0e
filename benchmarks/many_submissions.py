"""Where a cluster's bottleneck lies: 10,000 synthetic submissions on 50 workers, graded by a sleep.

    python benchmarks/many_submissions.py [--submissions N] [--workers W] [--seconds S] [--faster F]

Everything is the real thing but the grading: the scheduler and the workers are processes of Dask on
loopback, the submissions are files, the gradebook is a gradebook. A worker sleeps instead of
grading, for a time drawn from a log-normal distribution with mean S, F times faster, and answers
with the record of a real submission. Prints what each part spends on a submission, and how many
workers it could keep busy at the full S: the smallest is the bottleneck.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil

SAMPLES = Path(__file__).parent.parent / "tests" / "samples" / "class"
HOMEWORK = "vae"
# Half as wide as the mean: most submissions are alike, one in fifty takes three times as long.
SPREAD = 0.5


def pretend(job, handed_in, exercises):
    """In place of `grade_here`, on a worker that has loaded nothing of ours."""
    template, seconds = job
    time.sleep(random.lognormvariate(0, SPREAD) / 2.718281828 ** (SPREAD**2 / 2) * seconds)
    with open(template) as file:
        data, layers = json.load(file)
    return {**data, "submission": handed_in[0]}, layers


def a_record(run, folder: Path) -> Path:
    """The file of what a worker answers for a real submission."""
    from graders.bulk.pool import on_this_machine
    from graders.bulk.task import Task
    from graders.grading import record
    from graders.intake.find import find

    found = find(SAMPLES)[0]
    for _, grade, layers in on_this_machine(run, [Task(found, tuple(run.stamps()))], 1):
        (folder / "record").write_text(json.dumps([record.to_json(grade), layers]))
    return folder / "record"


def many_files(folder: Path, number: int) -> list:
    """So many submissions: copies of the samples, over and over."""
    from graders.intake.find import find

    folder.mkdir()
    samples = sorted(SAMPLES.glob("*.ipynb"))
    for i in range(number):
        (folder / f"{i:05d}.ipynb").write_bytes(samples[i % len(samples)].read_bytes())
    return find(folder)


@contextmanager
def a_cluster(workers: int, folder: Path) -> Iterator[tuple[str, psutil.Process, psutil.Process]]:
    """The address of a scheduler with so many workers, its process, and the one above theirs."""

    def dask(*arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    file = folder / "scheduler.json"
    scheduler = dask(
        "scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
        "--dashboard-address",
        "127.0.0.1:0",
        "--scheduler-file",
        str(file),
    )
    nannies = dask(
        "worker",
        "--scheduler-file",
        str(file),
        "--nworkers",
        str(workers),
        "--nthreads",
        "1",
        "--host",
        "127.0.0.1",
        "--no-dashboard",
        "--memory-limit",
        "0",
    )
    try:
        from distributed import Client

        with Client(scheduler_file=str(file), timeout=60, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=600)
            address = client.scheduler.address
        yield address, psutil.Process(scheduler.pid), psutil.Process(nannies.pid)
    finally:
        for process in (nannies, scheduler):
            process.terminate()
            process.wait()


def on_pretended_cluster(run, tasks, *, address: str, template: Path, seconds: float):
    """`on_cluster` with the workers' part replaced."""
    from graders.bulk import cluster

    cluster.grade_here = pretend
    cluster.read_in = lambda found, original=cluster.read_in: (
        (handed_in := original(found)).name,
        handed_in.cells,
    )
    with cluster._connected(address) as client:
        job = argparse.Namespace(run=run)
        submit = client.submit
        client.submit = lambda function, job, *rest, **more: submit(
            function, (str(template), seconds), *rest, **more
        )
        yield from cluster._results(client, job, tasks)


def cpu(process: psutil.Process, below: bool = False) -> float:
    family = [process, *process.children(recursive=True)] if below else [process]
    return sum(sum(p.cpu_times()[:2]) for p in family)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=50)
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="what a submission takes on its core, on average"
    )
    parser.add_argument(
        "--faster", type=float, default=5.0, help="how many times faster the pretended grading is"
    )
    options = parser.parse_args()
    from graders.bulk.classroom import grade_class
    from graders.bulk.gradebook import Gradebook
    from graders.bulk.task import Run

    spent: dict[str, float] = {}

    def timed(name, function):
        def call(*arguments):
            started = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                spent[name] = spent.get(name, 0.0) + time.perf_counter() - started

        return call

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = Run(HOMEWORK, folder / "out", "benchmark")
        template, found = a_record(run, folder), many_files(folder / "in", options.submissions)
        with (
            a_cluster(options.workers, folder) as (address, scheduler, nannies),
            Gradebook(folder / "out" / "g.sqlite") as book,
        ):
            grading = partial(
                on_pretended_cluster,
                address=address,
                template=template,
                seconds=options.seconds / options.faster,
            )
            book.add = timed("gradebook", book.add)
            us = psutil.Process()
            before = [
                cpu(us),
                cpu(scheduler),
                cpu(nannies, True),
                psutil.net_io_counters(pernic=True)["lo"].bytes_recv,
            ]
            started = time.perf_counter()
            names = [*grade_class(run, found, [], book, grading)]
            seconds = time.perf_counter() - started
            after = [
                cpu(us),
                cpu(scheduler),
                cpu(nannies, True),
                psutil.net_io_counters(pernic=True)["lo"].bytes_recv,
            ]
            rows = book._db.execute(
                "SELECT count(*), count(DISTINCT submission || exercise) FROM result"
            ).fetchone()
        size = (folder / "out" / "g.sqlite").stat().st_size
        sent = len(json.dumps([found[0].name, found[0].file.read_text()])), template.stat().st_size
    number = options.submissions
    assert len(set(names)) == number and rows[0] == rows[1] == number * len(run.stamps())
    ours, schedulers, workers, network = ((b - a) / number for a, b in zip(before, after))
    ideal = number * options.seconds / options.faster / options.workers
    print(
        f"{number} submissions, {options.workers} workers, {options.seconds / options.faster:.3f} s"
        f" each: {seconds:.1f} s; {ideal:.1f} s if nothing but the workers took time"
    )
    print(
        f"{number / seconds:.0f} submissions per second; each once in the gradebook,"
        f" {size / number / 1024:.1f} kB of it per submission"
    )
    print(
        f"bytes of a submission: notebook {sent[0]}, record {sent[1]}; on the network, all together"
        f" {network:.0f}"
    )
    parts = {
        "grader (one process)": ours,
        "of which gradebook": spent["gradebook"] / number,
        "scheduler": schedulers,
        "a worker's Dask": workers,
    }
    for what, value in parts.items():
        print(
            f"{what:22} {1000 * value:7.2f} ms per submission {1 / value:8.0f} per second: keeps"
            f" {options.seconds / value:8.0f} workers busy at {options.seconds:g} s"
        )


if __name__ == "__main__":
    main()
