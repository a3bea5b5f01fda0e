"""The instructor's run of the experiment: both algorithms over several seeds, a table, the sheet's plots, and the artefacts."""

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

from graders.grading.catalogue import UnknownName, load_homework, reference_module

TOPIC = "experiments"
TITLES = {"aevb": "AEVB", "wake_sleep": "wake-sleep"}


def run(console: Console, homework: str, out: Path, *, seeds: int = 5, data: str = "digits", jobs: int = 1, epochs: int = 100) -> int:
    """Run the experiment of a homework and write its table, plots and the first seed's `experiment.npz` into `out`.

    Returns 0, or 2 when the homework has no experiment or the data cannot be had.
    """
    try:
        if TOPIC not in load_homework(homework).topics:
            raise UnknownName(f"the homework {homework!r} has no experiment; its topics are {', '.join(load_homework(homework).topics)}")
        given().load_data(data)
    except (UnknownName, ConnectionError, ValueError) as error:
        console.print(f"[red]{error}[/red]", highlight=False)
        return 2
    out.mkdir(parents=True, exist_ok=True)
    results = _all_seeds(console, out, seeds, data, jobs, epochs)
    rows = table(results, epochs // len(results[0]["bound_history"]["aevb"]))
    (out / "experiment.md").write_text(f"# Wake-sleep and AEVB on {data}, {seeds} seeds, {epochs} epochs\n\n{rows}")
    for name, draw in PLOTS.items():
        draw(results, out / f"{name}.png")
    console.print(rows, highlight=False)
    console.print(f"Wrote {out / 'experiment.md'}, {len(PLOTS)} plots and {out / 'experiment.npz'}.", highlight=False)
    return 0


def given() -> Any:
    """The module with the networks and the data that students are given."""
    return importlib.import_module(f"graders.public.{TOPIC}")


def one_seed(seed: int, data: str, epochs: int, path: Path | None = None, tell=lambda epoch: None) -> dict[str, dict[str, np.ndarray]]:
    """Train both algorithms under one seed; the artefacts as arrays, and in a file when a path is given."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    room = given()
    train, test, labels = room.load_data(data)
    networks = {name: (room.Encoder(train.shape[1]), room.Decoder(train.shape[1])) for name in room.ALGORITHMS}
    artefacts = reference_module(TOPIC).run_experiment(train, test, labels, networks, epochs=epochs, batch_size=room.BATCH_SIZE, tell=tell)
    if path is not None:
        room.save_experiment(networks, artefacts, path)
    return {name: {key: np.asarray(value) for key, value in parts.items()} for name, parts in artefacts.items()}


def _all_seeds(console: Console, out: Path, seeds: int, data: str, jobs: int, epochs: int) -> list[dict]:
    with Progress(console=console) as progress:
        bar = progress.add_task("training", total=seeds)
        if jobs == 1:
            results = []
            for seed in range(seeds):
                steps = 2 * (epochs // given().EVERY)
                results.append(one_seed(seed, data, epochs, out / "experiment.npz" if seed == 0 else None, lambda _: progress.advance(bar, 1 / steps)))
            return results
        context = multiprocessing.get_context("spawn")
        with concurrent.futures.ProcessPoolExecutor(jobs, mp_context=context) as pool:
            futures = [pool.submit(one_seed, seed, data, epochs, out / "experiment.npz" if seed == 0 else None) for seed in range(seeds)]
            for _ in concurrent.futures.as_completed(futures):
                progress.advance(bar)
            return [future.result() for future in futures]


def table(results: list[dict], every: int) -> str:
    """L_100 on the test images after each round: mean and standard error over the seeds, and the difference seed by seed."""
    lines = ["| epoch | AEVB | wake-sleep | AEVB minus wake-sleep |", "|---|---|---|---|"]
    for index in range(len(results[0]["bound_history"]["aevb"])):
        aevb, wake_sleep = ([float(r["bound_history"][name][index]) for r in results] for name in TITLES)
        cells = [_with_error(values) for values in (aevb, wake_sleep, [a - w for a, w in zip(aevb, wake_sleep)])]
        lines.append(f"| {every * (index + 1)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _with_error(values: list[float]) -> str:
    mean = statistics.mean(values)
    return f"{mean:.2f}" if len(values) < 2 else f"{mean:.2f} ± {statistics.stdev(values) / math.sqrt(len(values)):.2f}"


# --- plots: of all seeds where there are curves, of the first seed where there are pictures -------------------------


def _axes(rows: int, columns: int, size: float = 4.0):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(size * columns, size * rows), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False)


def plot_bounds(results: list[dict], path: Path) -> None:
    """L_100 against the epoch, on test and training images: a line for the mean, a band of one standard error."""
    figure, axes = _axes(1, 2, 5.0)
    for axis, artefact, title in zip(axes[0], ("bound_history", "train_bound_history"), ("test images", "training images")):
        for name, label in TITLES.items():
            curves = np.array([r[artefact][name] for r in results])
            epochs = 10 * np.arange(1, curves.shape[1] + 1)
            mean, error = curves.mean(0), curves.std(0, ddof=1) / math.sqrt(len(curves)) if len(curves) > 1 else 0 * curves[0]
            axis.plot(epochs, mean, label=label)
            axis.fill_between(epochs, mean - error, mean + error, alpha=0.3)
        axis.set(xlabel="epoch", ylabel="$L_{100}$ in nats", title=f"$L_{{100}}$ on {title}, {len(results)} seeds")
        axis.legend()
    figure.savefig(path, dpi=80)


def plot_losses(results: list[dict], path: Path) -> None:
    """The training losses of each epoch."""
    figure, axes = _axes(1, 3)
    for axis, (key, title) in zip(axes[0], {"wake": "wake loss", "sleep": "sleep loss", "aevb": "AEVB loss"}.items()):
        for result in results:
            axis.plot(np.arange(1, len(result["loss_history"][key]) + 1), result["loss_history"][key], color="C0", alpha=0.5)
        axis.set(xlabel="epoch", ylabel="nats per image", title=title)
    figure.savefig(path, dpi=80)


def plot_reconstructions(results: list[dict], path: Path) -> None:
    """A hundred test images, and what each machine makes of them."""
    images = results[0]["reconstructions"]
    figure, axes = _axes(1, 3, 5.0)
    for axis, (key, title) in zip(axes[0], {"original": "test images", **TITLES}.items()):
        axis.imshow(_tiles(images[key].reshape(10, 10, -1)), cmap="gray_r", vmin=0, vmax=1)
        axis.set(title=title, xticks=[], yticks=[])
    figure.savefig(path, dpi=80)


def plot_latents(results: list[dict], path: Path) -> None:
    """The posterior means of the test images, coloured by digit."""
    points = results[0]["latent_means"]
    reach = 1.05 * max(abs(points[name]).max() for name in TITLES)
    figure, axes = _axes(1, 2, 5.5)
    for axis, (name, title) in zip(axes[0], TITLES.items()):
        drawn = axis.scatter(*points[name].T, c=points["labels"], cmap="tab10", vmin=-0.5, vmax=9.5, s=12)
        axis.set(title=title, xlabel="$z_1$", ylabel="$z_2$", aspect="equal", xlim=(-reach, reach), ylim=(-reach, reach))
    figure.colorbar(drawn, ax=axes, ticks=range(10), label="digit")
    figure.savefig(path, dpi=80)


def plot_manifold(results: list[dict], path: Path) -> None:
    """What each decoder makes of a regular grid of codes; the first code grows downwards, the second to the right."""
    figure, axes = _axes(1, 2, 7.0)
    for axis, (name, title) in zip(axes[0], TITLES.items()):
        axis.imshow(_tiles(results[0]["manifold"][name]), cmap="gray_r", vmin=0, vmax=1)
        axis.set(title=f"{title}: codes from -3 to 3", xticks=[], yticks=[])
    figure.savefig(path, dpi=80)


def _tiles(images: np.ndarray) -> np.ndarray:
    """Square images (rows, columns, D) side by side in one, with a white margin around each."""
    rows, columns, pixels = images.shape
    side = math.isqrt(pixels)
    padded = np.pad(images.reshape(rows, columns, side, side), ((0, 0), (0, 0), (1, 1), (1, 1)))
    return padded.transpose(0, 2, 1, 3).reshape(rows * (side + 2), columns * (side + 2))


PLOTS = {"bounds": plot_bounds, "losses": plot_losses, "reconstructions": plot_reconstructions, "latents": plot_latents, "manifold": plot_manifold}
