"""Wake-sleep against AEVB on handwritten digits: what is given, what to hand in, and the checks
that a student may read.
"""

from __future__ import annotations

import importlib
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from graders.core import expect
from graders.core.drawing import Drawing
from graders.core.exercise import check, experiment, written
from graders.core.language import say

LATENTS, HIDDEN, EPOCHS, EVERY, BATCH_SIZE = 2, 128, 100, 10, 100
TITLES = {"aevb": "AEVB", "wake_sleep": "wake-sleep"}
ALGORITHMS = tuple(TITLES)
# In one array: three times those of the largest that is asked for, on MNIST.
MOST_NUMBERS = 2**20


class Encoder(nn.Module):
    """Images (..., D) to (mu, logvar), each (..., 2)."""

    def __init__(self, pixels: int):
        super().__init__()
        self.hidden = nn.Linear(pixels, HIDDEN)
        self.mu = nn.Linear(HIDDEN, LATENTS)
        self.logvar = nn.Linear(HIDDEN, LATENTS)

    def forward(self, x):
        hidden = torch.tanh(self.hidden(x))
        return self.mu(hidden), self.logvar(hidden)


class Decoder(nn.Module):
    """Codes (..., 2) to the logits (..., D) of a Bernoulli for each pixel."""

    def __init__(self, pixels: int):
        super().__init__()
        self.hidden = nn.Linear(LATENTS, HIDDEN)
        self.logits = nn.Linear(HIDDEN, pixels)

    def forward(self, z):
        return self.logits(torch.tanh(self.hidden(z)))


def load_data(name: str = "digits", fetch=None) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Training images (M, D), test images (n, D), both float32 in [0, 1], and the labels (n,) of
    the test images.

    name: "digits" (8 x 8, comes with scikit-learn) or "mnist" (28 x 28, downloaded from OpenML by
    `fetch`, which is scikit-learn's `fetch_openml` unless given). Raises ConnectionError when MNIST
    cannot be had.
    """
    if name == "digits":
        images, labels = importlib.import_module("sklearn.datasets").load_digits(return_X_y=True)
        images, labels, test = images / 16, labels.astype(int), 500
        order = np.random.default_rng(0).permutation(len(images))
    elif name == "mnist":
        images, labels = _mnist(fetch)
        test, order = len(images) // 7, np.arange(len(images))
    else:
        raise ValueError(f'there are no data called {name!r}; there are "digits" and "mnist"')
    images, labels = torch.tensor(images[order], dtype=torch.float32), torch.tensor(labels[order])
    return images[:-test], images[-test:], labels[-test:]


def _mnist(fetch):
    fetch = fetch or importlib.import_module("sklearn.datasets").fetch_openml
    try:
        images, labels = fetch("mnist_784", version=1, return_X_y=True, as_frame=False)
    except OSError as error:
        raise ConnectionError(
            say(
                "MNIST could not be fetched from OpenML ({error}). Is there a network?"
                ' `load_data("digits")` needs none.',
                error=error,
            )
        ) from error
    return images / 255, labels.astype(int)


def save_experiment(networks: dict, artefacts: dict, path: str | Path = "experiment.npz") -> None:
    """Write the file that is handed in beside the notebook; while something is still missing, say
    what instead.

    networks: {"aevb": (encoder, decoder), "wake_sleep": (encoder, decoder)}; artefacts:
    {"bound_history": {"aevb": ...}, ...}.
    """
    arrays = {
        f"{name}/{key}": value
        for name, parts in _arrays(artefacts).items()
        for key, value in parts.items()
    }
    missing = [name for name, value in arrays.items() if not _numbers(value)]
    if missing:
        print(
            say(
                "{path} is not written yet. No numbers so far: {names}",
                path=path,
                names=", ".join(missing),
            )
        )
        return
    for algorithm, pair in networks.items():
        for what, net in zip(("encoder", "decoder"), pair):
            arrays |= {
                f"parameters/{algorithm}/{what}.{name}": value.detach().numpy()
                for name, value in net.named_parameters()
            }
    np.savez_compressed(
        path,
        **{
            key: value.astype(np.float32) if value.dtype == np.float64 else value
            for key, value in arrays.items()
        },
    )


def _arrays(artefacts: Mapping) -> dict[str, dict[str, np.ndarray]]:
    """What was kept as arrays: tensors, gradients or not, lists and numbers."""
    return {
        name: {
            key: np.asarray(v.detach() if isinstance(v, torch.Tensor) else v)
            for key, v in parts.items()
        }
        for name, parts in artefacts.items()
    }


def _numbers(array: np.ndarray) -> bool:
    return array.dtype.kind in "biuf" and array.size > 0


# --- plots: of all runs where there are curves, of the first run where there are pictures ---------


def _axes(rows: int, columns: int, size: float = 4.0):
    figure = importlib.import_module("matplotlib.figure").Figure(
        figsize=(size * columns, size * rows), layout="constrained"
    )
    return figure, figure.subplots(rows, columns, squeeze=False)


def _bounds(runs: Sequence[Mapping]):
    """L_100 against the epoch, on test images and, where it was kept, on training images. Of
    several runs the mean and its standard error.
    """
    histories = {
        title: name
        for title, name in (
            ("test images", "bound_history"),
            ("training images", "train_bound_history"),
        )
        if name in runs[0]
    }
    figure, axes = _axes(1, len(histories), 5.0)
    for axis, (title, history) in zip(axes[0], histories.items()):
        for name, label in TITLES.items():
            _curve(axis, np.array([run[history][name] for run in runs]), label)
        axis.set(
            xlabel="epoch",
            ylabel="$L_{100}$ in nats",
            title=f"$L_{{100}}$ on {title}, {len(runs)} {'run' if len(runs) == 1 else 'runs'}",
        )
        axis.legend()
    return figure


def _curve(axis, curves: np.ndarray, label: str) -> None:
    """The mean of curves (runs, rounds), with a band of one standard error."""
    epochs, mean = EVERY * np.arange(1, curves.shape[1] + 1), curves.mean(0)
    error = curves.std(0, ddof=1) / math.sqrt(len(curves)) if len(curves) > 1 else 0 * mean
    axis.plot(epochs, mean, marker=".", label=label)
    axis.fill_between(epochs, mean - error, mean + error, alpha=0.3)


def _losses(runs: Sequence[Mapping]):
    """The training losses of each epoch."""
    figure, axes = _axes(1, 3)
    for axis, (key, title) in zip(
        axes[0], {"wake": "wake loss", "sleep": "sleep loss", "aevb": "AEVB loss"}.items()
    ):
        for run in runs:
            axis.plot(
                np.arange(1, len(run["loss_history"][key]) + 1),
                run["loss_history"][key],
                color="C0",
                alpha=0.5,
            )
        axis.set(xlabel="epoch", ylabel="nats per image", title=title)
    return figure


def _reconstructions(runs: Sequence[Mapping]):
    """A hundred test images, and what each machine makes of them."""
    images = runs[0]["reconstructions"]
    figure, axes = _axes(1, 3, 5.0)
    for axis, (key, title) in zip(axes[0], {"original": "test images", **TITLES}.items()):
        axis.imshow(_tiles(np.reshape(images[key], (10, 10, -1))), cmap="gray_r", vmin=0, vmax=1)
        axis.set(title=title, xticks=[], yticks=[])
    return figure


def _latents(runs: Sequence[Mapping]):
    """The posterior means of the test images, coloured by digit."""
    points = runs[0]["latent_means"]
    reach = 1.05 * max(np.abs(points[name]).max() for name in TITLES)
    figure, axes = _axes(1, 2, 5.5)
    for axis, (name, title) in zip(axes[0], TITLES.items()):
        drawn = axis.scatter(
            *np.transpose(points[name]), c=points["labels"], cmap="tab10", vmin=-0.5, vmax=9.5, s=12
        )
        axis.set(
            title=title,
            xlabel="$z_1$",
            ylabel="$z_2$",
            aspect="equal",
            xlim=(-reach, reach),
            ylim=(-reach, reach),
        )
    figure.colorbar(drawn, ax=axes, ticks=range(10), label="digit")
    return figure


def _manifold(runs: Sequence[Mapping]):
    """What each decoder makes of a regular grid of codes; the first code grows downwards, the
    second to the right.
    """
    figure, axes = _axes(1, 2, 7.0)
    for axis, (name, title) in zip(axes[0], TITLES.items()):
        axis.imshow(_tiles(np.asarray(runs[0]["manifold"][name])), cmap="gray_r", vmin=0, vmax=1)
        axis.set(title=say("{title}: codes from -3 to 3", title=title), xticks=[], yticks=[])
    return figure


def _tiles(images: np.ndarray) -> np.ndarray:
    """Square images (rows, columns, D) side by side in one, with a white margin around each."""
    rows, columns, pixels = images.shape
    side = math.isqrt(pixels)
    padded = np.pad(images.reshape(rows, columns, side, side), ((0, 0), (0, 0), (1, 1), (1, 1)))
    return padded.transpose(0, 2, 1, 3).reshape(rows * (side + 2), columns * (side + 2))


def plot(artefacts: Mapping) -> None:
    """Show the plots of a run below a cell of a notebook, those for which everything is there."""
    notebook = importlib.import_module("IPython.display")
    complete = {
        name: parts
        for name, parts in _arrays(artefacts).items()
        if all(map(_numbers, parts.values()))
    }
    for name, draw in PLOTS.items():
        if NEEDS[name] in complete:
            picture = io.BytesIO()
            draw([complete]).savefig(picture, format="png", dpi=80)
            notebook.display(Drawing(picture.getvalue(), CAPTIONS[name]))


# What is drawn, by name; each takes a list of runs. And the artefact that it cannot do without.
PLOTS = {
    "bounds": _bounds,
    "losses": _losses,
    "reconstructions": _reconstructions,
    "latents": _latents,
    "manifold": _manifold,
}
CAPTIONS = {
    "bounds": "The bound on log p(x) with 100 codes, averaged over the images, after every tenth"
    " epoch. Higher is better. Which machine is ahead at first, and which at the end?",
    "losses": "What each trainer minimises, averaged over each epoch. The three are different"
    " quantities: compare the shape of the curves, not their height.",
    "reconstructions": "A hundred test images, and the mean of each pixel after going through both"
    " networks. Which digits are mistaken for others?",
    "latents": "The mean of q(z | x) of every test image, coloured by its digit. Are the clusters"
    " apart, and how much of the plane is used?",
    "manifold": "What each decoder makes of a grid of codes: the first code grows downwards, the"
    " second to the right. Where does one digit turn into another?",
}
NEEDS = {
    "bounds": "bound_history",
    "losses": "loss_history",
    "reconstructions": "reconstructions",
    "latents": "latent_means",
    "manifold": "manifold",
}


# --- what is handed in, and the checks ------------------------------------------------------------

bound_history = experiment(covers=("CMU-1.6.1a", "CMU-1.6b"))
train_bound_history = experiment(covers=("CMU-1.6.1a",))
loss_history = experiment(covers=("CMU-1.6.1b", "UIUC-1g"))
reconstructions = experiment(covers=("CMU-1.6.2",))
latent_means = experiment(covers=("CMU-1.6.3",))
manifold = experiment(covers=("CMU-1.6.4",))
comparison = written(covers=("CMU-1.6.1a", "CMU-1.6.2", "CMU-1.6.3", "CMU-1.6.4"))


def artefact(student, name: str, shapes: dict[str, tuple]) -> dict[str, torch.Tensor]:
    """The arrays of one artefact as float64 tensors; fails unless each is there, finite, and of its
    shape (None: any length up to MOST_NUMBERS in all).
    """
    value = student.answer(name)
    expect.true(
        isinstance(value, dict),
        "not a group of arrays",
        subject=name,
        detail=say("wanted the arrays {names}", names=", ".join(f"{name}/{key}" for key in shapes)),
    )
    found = {}
    for key, shape in shapes.items():
        subject = f"{name}/{key}"
        expect.true(
            key in value,
            "an array that is missing",
            subject=subject,
            detail=say(
                "experiment.npz holds no array of this name, wanted one of shape {shape}",
                shape=shape,
            ),
            got=key,
        )
        have = np.shape(value[key])
        fits = len(have) == len(shape) and all(w in (None, h) for h, w in zip(have, shape))
        expect.true(
            fits and math.prod(have) <= MOST_NUMBERS,
            "wrong shape",
            subject=subject,
            detail=say("got shape {have}, wanted {shape}", have=have, shape=shape)
            + (
                say(" and at most {most_numbers:,} numbers", most_numbers=MOST_NUMBERS)
                if fits
                else ""
            ),
            got=have,
        )
        found[key] = torch.as_tensor(np.asarray(value[key], dtype=np.float64))
        expect.finite(found[key], subject=subject)
    return found


def per_algorithm(*shape: int | None) -> dict[str, tuple]:
    return dict.fromkeys(ALGORITHMS, shape)


def within_0_and_1(arrays: dict[str, torch.Tensor], name: str) -> None:
    for key, array in arrays.items():
        fits = bool(((array >= 0) & (array <= 1)).all())
        expect.true(
            fits,
            "values outside [0, 1]",
            subject=f"{name}/{key}",
            detail=say(
                "got values from {low:.3g} to {high:.3g}; are they logits?",
                low=array.min(),
                high=array.max(),
            ),
            got=key,
        )


def rises(student, name):
    """Checks that bounds are those of a discrete variable, and better at the end than at the
    beginning.
    """
    for algorithm, bounds in artefact(student, name, per_algorithm(10)).items():
        subject = f"{name}/{algorithm}"
        expect.true(
            bool((bounds <= 0).all()),
            "a bound above 0",
            subject=subject,
            detail="the bound is on the logarithm of a probability",
            got=bounds,
        )
        expect.true(
            bool(bounds[-1] > bounds[0]),
            "bounds that do not rise",
            subject=subject,
            detail=say(
                "{first:.2f} at the beginning, {last:.2f} at the end",
                first=bounds[0],
                last=bounds[-1],
            ),
            got=bounds,
        )


def falls(student, *keys):
    """Checks that losses are lower in the last ten epochs than in the first ten."""
    losses = artefact(student, "loss_history", dict.fromkeys(keys, (EPOCHS,)))
    for key, values in losses.items():
        first, last = values[:10].mean().item(), values[-10:].mean().item()
        expect.true(
            last < first,
            "a loss that does not fall",
            subject=f"loss_history/{key}",
            detail=say(
                "{first:.2f} in the first ten epochs, {last:.2f} in the last ten",
                first=first,
                last=last,
            ),
            got=values,
        )


@check("bound_history", "There are ten bounds for each algorithm, after epochs 10, 20, ..., 100.")
def ten_bounds_each(student):
    artefact(student, "bound_history", per_algorithm(EPOCHS // EVERY))


@check(
    "bound_history",
    "The bounds are at most 0, and better at the end than at the beginning.",
    after=(ten_bounds_each,),
)
def bounds_on_test_images_rise(student):
    rises(student, "bound_history")


@check(
    "train_bound_history", "There are ten bounds for each algorithm, after epochs 10, 20, ..., 100."
)
def ten_training_bounds_each(student):
    artefact(student, "train_bound_history", per_algorithm(EPOCHS // EVERY))


@check(
    "train_bound_history",
    "The bounds are at most 0, and better at the end than at the beginning.",
    after=(ten_training_bounds_each,),
)
def training_bounds_rise(student):
    rises(student, "train_bound_history")


@check(
    "loss_history",
    "There is a loss for each of the 100 epochs, three learning rates and two sample sizes.",
)
def hundred_losses_each(student):
    losses = artefact(
        student,
        "loss_history",
        {
            "wake": (EPOCHS,),
            "sleep": (EPOCHS,),
            "aevb": (EPOCHS,),
            "learning_rates": (3,),
            "sample_sizes": (2,),
        },
    )
    sizes = losses["sample_sizes"]
    expect.true(
        bool((losses["learning_rates"] > 0).all()),
        "learning rates that are not positive",
        subject="loss_history/learning_rates",
        detail="wake, sleep, aevb: all positive",
    )
    expect.true(
        bool(((sizes >= 1) & (sizes == sizes.round())).all()),
        "sample sizes that are no counts",
        subject="loss_history/sample_sizes",
        detail="wake, sleep: whole numbers from 1",
    )


@check(
    "loss_history", "The losses of the wake phase and of AEVB fall.", after=(hundred_losses_each,)
)
def losses_of_training_fall(student):
    falls(student, "wake", "aevb")


@check(
    "reconstructions",
    "There are a hundred test images and their reconstructions, all between 0 and 1.",
)
def hundred_images_each(student):
    images = artefact(
        student, "reconstructions", {"original": (100, None), **per_algorithm(100, None)}
    )
    pixels = {array.shape[1] for array in images.values()}
    expect.true(
        len(pixels) == 1,
        "images of different sizes",
        subject="reconstructions",
        detail=say("got {pixels} pixels", pixels=sorted(pixels)),
        got=sorted(pixels),
    )
    within_0_and_1(images, "reconstructions")


@check(
    "latent_means",
    "There is a point in the plane for each test image and algorithm, and a label for each image.",
)
def a_point_for_each_image(student):
    points = artefact(student, "latent_means", {**per_algorithm(None, LATENTS), "labels": (None,)})
    counts = {len(array) for array in points.values()}
    expect.true(
        len(counts) == 1 and max(counts) >= 100,
        "different numbers of points",
        subject="latent_means",
        detail=say(
            "got {counts}, wanted as many labels as points, at least 100", counts=sorted(counts)
        ),
        got=sorted(counts),
    )
    digits = set(points["labels"].tolist())
    expect.true(
        digits <= set(map(float, range(10))),
        "labels that are no digits",
        subject="latent_means/labels",
        detail=say("got {digits}", digits=sorted(digits)[:12]),
    )


@check("manifold", "There is a decoded image for each of 20 x 20 codes, between 0 and 1.")
def an_image_for_each_code(student):
    within_0_and_1(artefact(student, "manifold", per_algorithm(20, 20, None)), "manifold")
