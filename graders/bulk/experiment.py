"""The instructor's run of the experiment: both algorithms over several seeds, a table, the sheet's
plots, and the artefacts.
"""

from __future__ import annotations

import concurrent.futures
import importlib
import math
import multiprocessing
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress

from graders.course.closed import writable
from graders.grading.catalogue import UnknownName, load_homework, reference_module

TOPIC = "experiments"


def run(
    console: Console,
    homework: str,
    out: Path,
    *,
    seeds: int = 5,
    data: str = "digits",
    jobs: int = 1,
    epochs: int = 100,
) -> int:
    """Run the experiment of a homework and write its table, plots and the first seed's
    `experiment.npz` into `out`.

    Returns 0, or 2 when the homework has no experiment or the data cannot be had.
    """
    try:
        if TOPIC not in load_homework(homework).topics:
            raise UnknownName(
                f"the homework {homework!r} has no experiment; its topics are"
                f" {', '.join(load_homework(homework).topics)}"
            )
        given().load_data(data)
    except (UnknownName, ConnectionError, ValueError) as error:
        console.print(f"[red]{error}[/red]", highlight=False)
        return 2
    writable(out)
    results = _all_seeds(console, out, seeds, data, jobs, epochs)
    rows = table(results, epochs // len(results[0]["bound_history"]["aevb"]))
    (out / "experiment.md").write_text(
        f"# Wake-sleep and AEVB on {data}, {seeds} seeds, {epochs} epochs\n\n{rows}"
    )
    for name, draw in given().PLOTS.items():
        draw(results).savefig(out / f"{name}.png", dpi=80)
    console.print(rows, highlight=False)
    console.print(
        f"Wrote {out / 'experiment.md'}, {len(given().PLOTS)} plots and {out / 'experiment.npz'}.",
        highlight=False,
    )
    return 0


def given() -> Any:
    """The module with the networks and the data that students are given."""
    return importlib.import_module(f"graders.public.{TOPIC}")


def one_seed(
    seed: int, data: str, epochs: int, path: Path | None = None, tell=lambda epoch: None
) -> dict[str, dict[str, np.ndarray]]:
    """Train both algorithms under one seed; the artefacts as arrays, and in a file when a path is
    given.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    room = given()
    train, test, labels = room.load_data(data)
    networks = {
        name: (room.Encoder(train.shape[1]), room.Decoder(train.shape[1]))
        for name in room.ALGORITHMS
    }
    artefacts = reference_module(TOPIC).run_experiment(
        train, test, labels, networks, epochs=epochs, batch_size=room.BATCH_SIZE, tell=tell
    )
    if path is not None:
        room.save_experiment(networks, artefacts, path)
    return {
        name: {key: np.asarray(value) for key, value in parts.items()}
        for name, parts in artefacts.items()
    }


def _all_seeds(
    console: Console, out: Path, seeds: int, data: str, jobs: int, epochs: int
) -> list[dict]:
    with Progress(console=console) as progress:
        bar = progress.add_task("training", total=seeds)
        if jobs == 1:
            results = []
            for seed in range(seeds):
                steps = 2 * (epochs // given().EVERY)
                results.append(
                    one_seed(
                        seed,
                        data,
                        epochs,
                        out / "experiment.npz" if seed == 0 else None,
                        lambda _: progress.advance(bar, 1 / steps),
                    )
                )
            return results
        context = multiprocessing.get_context("spawn")
        with concurrent.futures.ProcessPoolExecutor(jobs, mp_context=context) as pool:
            futures = [
                pool.submit(
                    one_seed, seed, data, epochs, out / "experiment.npz" if seed == 0 else None
                )
                for seed in range(seeds)
            ]
            for _ in concurrent.futures.as_completed(futures):
                progress.advance(bar)
            return [future.result() for future in futures]


def table(results: list[dict], every: int) -> str:
    """L_100 on the test images after each round: mean and standard error over the seeds, and the
    difference seed by seed.
    """
    lines = ["| epoch | AEVB | wake-sleep | AEVB minus wake-sleep |", "|---|---|---|---|"]
    for index in range(len(results[0]["bound_history"]["aevb"])):
        aevb, wake_sleep = (
            [float(r["bound_history"][name][index]) for r in results] for name in given().ALGORITHMS
        )
        cells = [
            _with_error(values)
            for values in (aevb, wake_sleep, [a - w for a, w in zip(aevb, wake_sleep)])
        ]
        lines.append(f"| {every * (index + 1)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _with_error(values: list[float]) -> str:
    mean = statistics.mean(values)
    return (
        f"{mean:.2f}"
        if len(values) < 2
        else f"{mean:.2f} ± {statistics.stdev(values) / math.sqrt(len(values)):.2f}"
    )
