"""What the exercises of `wasserstein` share: inputs, words and hints."""

import torch

from graders.core import expect
from graders.core.fixtures import Observed, network

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


def same_critic(observed, critic, subject):
    """Checks that a call left a critic's parameters, their gradients and flags as they were."""
    before, after = critic.state(), observed.states[0]
    same = all(map(torch.equal, before.parameters, after.parameters))
    expect.true(
        same,
        "the critic was changed",
        subject=subject,
        detail="the call changed parameters of the critic",
        got=torch.cat([p.flatten() for p in after.parameters]),
    )
    expect.true(
        after.requires_grad == before.requires_grad,
        "the critic was frozen",
        subject=subject,
        detail="requires_grad of the critic's parameters is not as it was",
        got=list(after.requires_grad),
    )
    expect.true(
        all(g is None for g in after.gradients),
        "gradients were left in the critic",
        subject=subject,
        detail="the call left gradients in `.grad` of the critic's parameters",
        got="gradients",
    )


def same_examples(observed, originals, names, subject):
    """Checks that a call left the tensors behind its first argument, the critic, as they were."""
    expect.unchanged(
        Observed(None, observed.arguments[1:]), originals, names=names, subject=subject
    )
