"""What the exercises of `experiments` share: inputs, words and hints."""

from functools import cache

import numpy as np
import torch

from graders.core import expect
from graders.core.exercise import Misconception
from graders.public.experiments import (
    ALGORITHMS,
    Decoder,
    Encoder,
    load_data,
)
from reference import experiments as reference

DIGITS = 64


@cache
def digits():
    """Training images, test images and test labels of the data that come with scikit-learn."""
    return load_data("digits")


def machines(student):
    """The saved networks, `{"aevb": (encoder, decoder), ...}`, and the number of pixels."""
    saved = student.answer("parameters")
    first = saved.get("aevb/encoder.hidden.weight")
    fits = first is not None and first.ndim == 2 and 0 < first.shape[1] <= 1024
    expect.true(
        fits,
        "no parameters of the given networks",
        subject="parameters/aevb/encoder.hidden.weight",
        detail="wanted a matrix (128, D)",
        got=sorted(saved),
    )
    pixels = first.shape[1]
    return {
        name: (
            _rebuilt(Encoder(pixels), saved, f"{name}/encoder"),
            _rebuilt(Decoder(pixels), saved, f"{name}/decoder"),
        )
        for name in ALGORITHMS
    }, pixels


def _rebuilt(net, saved, prefix):
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            subject = f"parameters/{prefix}.{name}"
            array = saved.get(f"{prefix}.{name}")
            fits = array is not None and array.shape == tuple(parameter.shape)
            expect.true(
                fits,
                "no parameters of the given networks",
                subject=subject,
                detail=f"wanted shape {tuple(parameter.shape)}",
                got=None if array is None else array.shape,
            )
            parameter.copy_(torch.as_tensor(np.asarray(array, dtype=np.float32)))
            expect.finite(parameter, subject=subject)
    return net


def bound_of(images, pair):
    """L_100 averaged over images, its own random numbers fixed."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return reference.mean_bound(images, *pair)


def wrong(exercise, hint, caught_by, **changes):
    """A misconception that hands in the reference's artefact with some arrays replaced."""
    return Misconception(exercise, hint, caught_by, {**getattr(reference, exercise), **changes})


def both(name, change):
    """The arrays of both algorithms, changed."""
    return {algorithm: change(getattr(reference, name)[algorithm]) for algorithm in ALGORITHMS}


def exchanged(name):
    """The arrays of the two algorithms in each other's place."""
    return dict(
        zip(ALGORITHMS, [getattr(reference, name)[algorithm] for algorithm in reversed(ALGORITHMS)])
    )
