"""Wake-sleep against AEVB: the training runs of the experiment, and what is kept of them."""

from pathlib import Path

import numpy as np
import torch

from reference.iwae import iwae_bound
from reference.wake_sleep import train_aevb, train_wake_sleep

LEARNING_RATES = {"wake": 3e-3, "sleep": 3e-3, "aevb": 3e-3}


def mean_bound(images, encoder, decoder, k=100):
    """L_k averaged over images (n, D), a float, 500 at a time."""
    with torch.no_grad():
        return sum(
            iwae_bound(x, encoder, decoder, k).sum().item() for x in images.split(500)
        ) / len(images)


def train_and_evaluate(
    train,
    data,
    test,
    encoder,
    decoder,
    learning_rate,
    *,
    epochs=100,
    every=10,
    batch_size=100,
    tell=lambda epoch: None,
):
    """Train in rounds of `every` epochs. Returns the losses of all epochs by name, and L_100 on
    data and test after each round.

    `tell` is called with the number of epochs so far, for a progress bar.
    """
    losses, bounds, train_bounds = {}, [], []
    for epoch in range(every, epochs + 1, every):
        for name, values in train(data, encoder, decoder, every, batch_size, learning_rate).items():
            losses.setdefault(name, []).extend(values)
        bounds.append(mean_bound(test, encoder, decoder))
        train_bounds.append(mean_bound(data, encoder, decoder))
        tell(epoch)
    return losses, bounds, train_bounds


def reconstruct(images, encoder, decoder):
    """The decoder's means at the posterior means of images (n, D). Returns (n, D)."""
    with torch.no_grad():
        return decoder(encoder(images)[0]).sigmoid()


def decode_grid(decoder, size=20, extent=3.0):
    """The decoder's means on a regular grid over [-extent, extent]^2. Returns (size, size, D)."""
    axis = torch.linspace(-extent, extent, size)
    with torch.no_grad():
        return decoder(torch.cartesian_prod(axis, axis).reshape(size, size, 2)).sigmoid()


def run_experiment(
    data, test, labels, networks, *, epochs=100, batch_size=100, tell=lambda epoch: None
):
    """Train both algorithms and return all artefacts, `{name: {key: values}}`.

    data, test: (M, D), (n, D); labels: (n,); networks: {"aevb": (encoder, decoder), "wake_sleep":
    (encoder, decoder)}.
    """
    trainers = {"aevb": train_aevb, "wake_sleep": train_wake_sleep}
    rates = {"aevb": LEARNING_RATES["aevb"], "wake_sleep": LEARNING_RATES["wake"]}
    artefacts = {
        name: {}
        for name in (
            "bound_history",
            "train_bound_history",
            "loss_history",
            "reconstructions",
            "latent_means",
            "manifold",
        )
    }
    shown = test[:100]
    artefacts["reconstructions"]["original"] = shown
    artefacts["latent_means"]["labels"] = labels
    losses = {}
    for name, (encoder, decoder) in networks.items():
        found, bounds, train_bounds = train_and_evaluate(
            trainers[name],
            data,
            test,
            encoder,
            decoder,
            rates[name],
            epochs=epochs,
            batch_size=batch_size,
            tell=tell,
        )
        losses |= found
        artefacts["bound_history"][name] = bounds
        artefacts["train_bound_history"][name] = train_bounds
        artefacts["reconstructions"][name] = reconstruct(shown, encoder, decoder)
        artefacts["latent_means"][name] = encoder(test)[0].detach()
        artefacts["manifold"][name] = decode_grid(decoder)
    artefacts["loss_history"] = {
        "wake": losses["wake_loss"],
        "sleep": losses["sleep_loss"],
        "aevb": losses["loss"],
    }
    artefacts["loss_history"] |= {
        "learning_rates": list(LEARNING_RATES.values()),
        "sample_sizes": [1, batch_size],
    }
    return artefacts


def _stored():
    """The artefacts and parameters of one run of `run_experiment` on the digits, by group and
    key.
    """
    groups = {}
    with np.load(Path(__file__).with_name("experiments.npz"), allow_pickle=False) as arrays:
        for name in arrays:
            group, key = name.split("/", 1)
            groups.setdefault(group, {})[key] = arrays[name]
    return groups


# What the exercises of kind E have as solutions: seed 0 of `critic experiment helmholtz`.
ARTEFACTS = _stored()
bound_history = ARTEFACTS["bound_history"]
train_bound_history = ARTEFACTS["train_bound_history"]
loss_history = ARTEFACTS["loss_history"]
reconstructions = ARTEFACTS["reconstructions"]
latent_means = ARTEFACTS["latent_means"]
manifold = ARTEFACTS["manifold"]
