"""What the exercises of `reparameterization` share: inputs, words and hints."""

import torch

from graders.core import expect
from graders.core.fixtures import as_samples, network


def autoencoder(draw, *, examples=5, inputs=6, latents=3, **options):
    """x (N, D), an encoder with one output (N, L) and a recording decoder back to (N, D)."""
    encoder = network(draw, (inputs, 7, latents), **options)
    return (
        draw.normal(examples, inputs),
        encoder,
        network(draw, (latents, 8, inputs), record=True, **options),
    )


def codes_of(decoder, count, latents, subject):
    """The codes that the decoder recorded; fails when it was not called on one code per example."""
    found = as_samples(decoder.calls, 1, count, latents)
    detail = (
        f"the decoder was called on {sum(c.shape[:-1].numel() for c in decoder.calls)} codes,"
        f" wanted one for each of {count} examples"
    )
    expect.true(
        bool(found),
        "the decoder is not called on one code per example",
        subject=subject,
        detail=detail,
    )
    return found[0][0]


def keeps_float32(function, draw, subject):
    """Checks that float32 data and networks give a float32 result."""
    x, encoder, decoder = autoencoder(draw, dtype=torch.float32)
    expect.tensor(
        function(x.float(), encoder, decoder), shape=(5, 6), dtype=torch.float32, subject=subject
    )
