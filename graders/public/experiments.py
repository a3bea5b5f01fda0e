"""Wake-sleep against AEVB on handwritten digits: what is given, what to hand in, and the checks that a student may read."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

from graders.core import expect
from graders.core.exercise import check, experiment, written

LATENTS, HIDDEN, EPOCHS, EVERY, BATCH_SIZE = 2, 128, 100, 10, 100
ALGORITHMS = ("aevb", "wake_sleep")


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
    """Training images (M, D), test images (n, D), both float32 in [0, 1], and the labels (n,) of the test images.

    name: "digits" (8 x 8, comes with scikit-learn) or "mnist" (28 x 28, downloaded from OpenML by `fetch`, which is
    scikit-learn's `fetch_openml` unless given). Raises ConnectionError when MNIST cannot be had.
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
        raise ConnectionError(f'MNIST could not be fetched from OpenML ({error}). Is there a network? `load_data("digits")` needs none.') from error
    return images / 255, labels.astype(int)


def save_experiment(networks: dict, artefacts: dict, path: str | Path = "experiment.npz") -> None:
    """Write the file that is handed in beside the notebook.

    networks: {"aevb": (encoder, decoder), "wake_sleep": (encoder, decoder)}; artefacts: {"bound_history": {"aevb": ...}, ...}.
    """
    arrays = {}
    for algorithm, pair in networks.items():
        for what, net in zip(("encoder", "decoder"), pair):
            arrays |= {f"parameters/{algorithm}/{what}.{name}": value.detach().numpy() for name, value in net.named_parameters()}
    for name, parts in artefacts.items():
        arrays |= {f"{name}/{key}": np.asarray(value) for key, value in parts.items()}
    np.savez_compressed(path, **{key: value.astype(np.float32) if value.dtype == np.float64 else value for key, value in arrays.items()})


bound_history = experiment(covers=("CMU-1.6.1a", "CMU-1.6b"))
train_bound_history = experiment(covers=("CMU-1.6.1a",))
loss_history = experiment(covers=("CMU-1.6.1b", "UIUC-1g"))
reconstructions = experiment(covers=("CMU-1.6.2",))
latent_means = experiment(covers=("CMU-1.6.3",))
manifold = experiment(covers=("CMU-1.6.4",))
comparison = written(covers=("CMU-1.6.1a", "CMU-1.6.2", "CMU-1.6.3", "CMU-1.6.4"))


def artefact(student, name: str, shapes: dict[str, tuple]) -> dict[str, torch.Tensor]:
    """The arrays of one artefact as float64 tensors; fails unless each is there, finite, and of its shape (None: any length)."""
    value = student.answer(name)
    expect.true(isinstance(value, dict), "not a group of arrays", subject=name, detail=f"wanted the arrays {', '.join(f'{name}/{key}' for key in shapes)}")
    found = {}
    for key, shape in shapes.items():
        subject = f"{name}/{key}"
        expect.true(key in value, "an array that is missing", subject=subject, detail=f"experiment.npz holds no array of this name, wanted one of shape {shape}", got=key)
        array = torch.as_tensor(np.asarray(value[key], dtype=np.float64))
        fits = array.ndim == len(shape) and all(want is None or have == want for have, want in zip(array.shape, shape))
        expect.true(fits, "wrong shape", subject=subject, detail=f"got shape {tuple(array.shape)}, wanted {shape}", got=tuple(array.shape))
        expect.finite(array, subject=subject)
        found[key] = array
    return found


def per_algorithm(*shape: int | None) -> dict[str, tuple]:
    return dict.fromkeys(ALGORITHMS, shape)


def within_0_and_1(arrays: dict[str, torch.Tensor], name: str) -> None:
    for key, array in arrays.items():
        fits = bool(((array >= 0) & (array <= 1)).all())
        expect.true(fits, "values outside [0, 1]", subject=f"{name}/{key}", detail=f"got values from {array.min():.3g} to {array.max():.3g}; are they logits?", got=key)


@check("bound_history", "There are ten bounds for each algorithm, after epochs 10, 20, ..., 100.")
def ten_bounds_each(student):
    artefact(student, "bound_history", per_algorithm(EPOCHS // EVERY))


@check("train_bound_history", "There are ten bounds for each algorithm, after epochs 10, 20, ..., 100.")
def ten_training_bounds_each(student):
    artefact(student, "train_bound_history", per_algorithm(EPOCHS // EVERY))


@check("loss_history", "There is a loss for each of the 100 epochs, three learning rates and two sample sizes.")
def hundred_losses_each(student):
    losses = artefact(student, "loss_history", {"wake": (EPOCHS,), "sleep": (EPOCHS,), "aevb": (EPOCHS,), "learning_rates": (3,), "sample_sizes": (2,)})
    sizes = losses["sample_sizes"]
    expect.true(bool((losses["learning_rates"] > 0).all()), "learning rates that are not positive", subject="loss_history/learning_rates", detail="wake, sleep, aevb: all positive")
    expect.true(
        bool(((sizes >= 1) & (sizes == sizes.round())).all()), "sample sizes that are no counts", subject="loss_history/sample_sizes", detail="wake, sleep: whole numbers from 1"
    )


@check("reconstructions", "There are a hundred test images and their reconstructions, all between 0 and 1.")
def hundred_images_each(student):
    images = artefact(student, "reconstructions", {"original": (100, None), **per_algorithm(100, None)})
    pixels = {array.shape[1] for array in images.values()}
    expect.true(len(pixels) == 1, "images of different sizes", subject="reconstructions", detail=f"got {sorted(pixels)} pixels", got=sorted(pixels))
    within_0_and_1(images, "reconstructions")


@check("latent_means", "There is a point in the plane for each test image and algorithm, and a label for each image.")
def a_point_for_each_image(student):
    points = artefact(student, "latent_means", {**per_algorithm(None, LATENTS), "labels": (None,)})
    counts = {len(array) for array in points.values()}
    expect.true(
        len(counts) == 1 and max(counts) >= 100,
        "different numbers of points",
        subject="latent_means",
        detail=f"got {sorted(counts)}, wanted as many labels as points, at least 100",
        got=sorted(counts),
    )
    digits = set(points["labels"].tolist())
    expect.true(digits <= set(map(float, range(10))), "labels that are no digits", subject="latent_means/labels", detail=f"got {sorted(digits)[:12]}")


@check("manifold", "There is a decoded image for each of 20 x 20 codes, between 0 and 1.")
def an_image_for_each_code(student):
    within_0_and_1(artefact(student, "manifold", per_algorithm(20, 20, None)), "manifold")
