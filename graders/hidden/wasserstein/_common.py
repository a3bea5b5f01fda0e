"""What the exercises of `wasserstein` share: inputs, words and hints."""

import torch

from graders.core.fixtures import network

PAPER = "This is the sign of the paper on Wasserstein GANs, where the critic is high on real data."


def batches(draw, n=5, m=4, d=3, dtype=torch.float64):
    """Real examples (n, D) and generated ones (m, D)."""
    return draw.normal(n, d, dtype=dtype) + 0.5, 1.5 * draw.normal(m, d, dtype=dtype)


def critics(draw, **options):
    """A critic of three inputs that returns (N,), and its negative, which returns (N, 1)."""
    first, second = (
        network(draw, (3, 6, 1), scale=2.0, squeeze=squeeze, **options) for squeeze in (True, False)
    )
    with torch.no_grad():
        for parameter, of_first in zip(second.parameters(), first.parameters()):
            parameter.copy_(of_first)
        for parameter in second.heads[0].parameters():
            parameter.neg_()
    return first, second


def opposed(draw):
    """Both critics on the same examples: first the one that prefers the real ones."""
    (critic, negative), (real, fake) = critics(draw), batches(draw)
    prefers = critic(real).mean() > critic(fake).mean()
    both = (critic, negative) if prefers else (negative, critic)
    return [(one, real, fake) for one in both]
