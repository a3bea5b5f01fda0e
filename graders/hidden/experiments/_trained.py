"""Whether what was handed in was trained, on images that are known.

The saved networks are asked, not the file's word: a decoder that ignores its code reaches at most
what independent pixels reach, and an encoder that ignores its image has one mean.
"""

import os
from functools import cache

import numpy as np
import torch

from graders.core import expect
from graders.core.verdict import NeedsPerson
from graders.hidden.experiments._common import DIGITS, bound_of, digits, machines
from graders.public.experiments import artefact, per_algorithm
from reference import experiments as reference

MNIST = 784
MNIST_FILE = "CRITIC_MNIST"
# As shares of what independent pixels reach. On the digits AEVB gains 9 % and wake-sleep 8 % in 100
# epochs, both 4 % in the first ten, and 5 % at a learning rate of 1e-3.
MARGIN = 0.02
SHOWN = 100
# Half a percent of L_100 on the digits, and many times the Monte Carlo error of its mean over 500
# images, 0.01. Of more than two thousand images the first stand for all.
BOUND_TOLERANCE = 0.1
ENOUGH = 2000


def known(pixels):
    """Training images, test images and test labels; None for MNIST where the course names no file
    of it: an .npz with `train`, `test` and `labels`.
    """
    if pixels == DIGITS:
        return digits()
    path = os.environ.get(MNIST_FILE)
    return _mnist(path) if path and pixels == MNIST else None


@cache
def _mnist(path):
    with np.load(path, allow_pickle=False) as arrays:
        train, test = (torch.as_tensor(arrays[name]).float() for name in ("train", "test"))
        return train, test, torch.as_tensor(arrays["labels"])


def trained(student):
    """The saved networks and the known data, when the networks have learned from them.

    Of MNIST without a file no more can be told than of the hundred images that were handed in: then
    a person has to look.
    """
    saved, pixels = machines(student)
    expect.true(
        pixels in (DIGITS, MNIST),
        "images of no data set of this experiment",
        subject="parameters/aevb/encoder.hidden.weight",
        detail=f"wanted images of {DIGITS} or {MNIST} pixels, got {pixels}",
        got=pixels,
    )
    data = known(pixels)
    shown = data[1][:SHOWN] if data else _handed_in(student, pixels)
    for name, pair in saved.items():
        _uses_codes(name, pair, shown)
        _explains(name, pair, shown)
    _differ(saved)
    if data is None:
        raise NeedsPerson(
            f"these are images of MNIST, and no file of it is named in {MNIST_FILE}: a person has"
            " to look at this experiment"
        )
    return saved, data


def _handed_in(student, pixels):
    return artefact(student, "reconstructions", {"original": (SHOWN, pixels)})["original"].float()


def _uses_codes(name, pair, shown):
    encoder, decoder = pair
    with torch.no_grad():
        spread = encoder(shown)[0].std(0).norm().item()
        images = reference.decode_grid(decoder).flatten(0, 1).std(0).mean().item()
    expect.true(
        spread > 0.1,
        "an encoder that gives every image the same code",
        subject=f"parameters/{name}/encoder",
        detail=f"the means of {len(shown)} images have a standard deviation of {spread:.3f}",
        got=spread,
    )
    expect.true(
        images > 0.01,
        "a decoder that makes the same image of every code",
        subject=f"parameters/{name}/decoder",
        detail=f"pixels over a grid of codes have a standard deviation of {images:.4f}",
        got=images,
    )


def _explains(name, pair, shown):
    """L_100 beats, by a margin, every model whose pixels are independent: one with the mean of
    these very images is the best of them.
    """
    p = shown.mean(0).clamp(1e-4, 1 - 1e-4)
    best = (shown * p.log() + (1 - shown) * (1 - p).log()).sum(-1).mean().item()
    wanted, got = best * (1 - MARGIN), bound_of(shown, pair)
    expect.true(
        got > wanted,
        "networks that explain the images no better than independent pixels do",
        subject=f"parameters/{name}",
        detail=f"L_100 of {len(shown)} test images is {got:.2f}, wanted above {wanted:.2f}",
        got=got,
    )


def _differ(saved):
    vectors = [
        torch.cat([p.detach().flatten() for net in pair for p in net.parameters()])
        for pair in saved.values()
    ]
    gap = (vectors[0] - vectors[1]).abs().mean().item()
    expect.true(
        gap > 1e-3,
        "one pair of networks for both algorithms",
        subject="parameters",
        detail="the networks of AEVB and of wake-sleep are the same",
        got=gap,
    )


def ends_at_own_bound(student, name, which):
    """Checks that the last entries of a history are L_100 of the saved networks on the training
    images (which = 0) or the test images (1).
    """
    history = artefact(student, name, per_algorithm(10))
    saved, data = trained(student)
    images = data[which]
    for algorithm, pair in saved.items():
        wanted, got = bound_of(images[:ENOUGH], pair), history[algorithm][-1].item()
        whole = len(images) <= ENOUGH
        tolerance = BOUND_TOLERANCE if whole else 0.04 * abs(wanted)
        detail = f"got {got:.3f}, the saved networks have {wanted:.3f} (tolerance {tolerance:.2f})"
        expect.true(
            abs(got - wanted) <= tolerance,
            "not the bound of the saved networks",
            subject=f"the last entry of {name}/{algorithm}",
            detail=detail,
            got=torch.tensor(got),
        )
