"""What the exercises of `gan` share: inputs, words and hints."""

import math

import torch

from graders.core import expect
from graders.core.fixtures import network
from graders.hidden._hypothesis import shown

LOG_4 = math.log(4)


EPSILON = (
    "A small constant inside the logarithm keeps it finite, and makes every value a little wrong."
)


CLAMPED = (
    "Somewhere on the way the logarithm is cut off. How bad may it get for a discriminator that is"
    " certain and wrong?"
)


CONSTANT = (
    "Your value does not depend on the arguments. It is what an undecided discriminator would get."
)


TWO_MEANS = (
    "The two batches are averaged together, so the larger one weighs more. Each expectation has a"
    " mean of its own."
)


EXTREMES = (60.0, -60.0, 1e4, -1e4)


def logits(draw, real, fake, *tail):
    """Logits of two batches, spread over several units around different centres."""
    return 1 + 2 * draw.normal(real, *tail), -0.5 + 2 * draw.normal(fake, *tail)


def exact(got, wanted, inputs, names, subject):
    """Checks a value and its gradients at extreme logits."""
    leaves = [part.requires_grad_() for part in inputs]
    where = f"{subject} for {shown(**dict(zip(names, inputs)))}"
    value, want = got(*leaves), wanted(*leaves)
    expect.close(value, want, subject=where)
    # A gradient of 1e-26 is rounded to 0 by some right forms, sigmoid(l) - 1 among them.
    gradients = [g * (g.abs() > 1e-12) for g in expect.gradient_of(want, leaves)]
    expect.gradients(value, leaves, gradients, names=names, subject=where)


TWICE = "The sigmoid is applied twice: once by you, and once more by a loss that expects logits."


UNDERFLOW = (
    "The sigmoid of a large logit is exactly 0 or 1, and its logarithm is lost. Can the logarithm"
    " of a sigmoid be taken in one piece?"
)


OTHER_LOSS = "This is the other of the two generator losses."


def fake(draw, *shape):
    """Logits of generated examples: most of them rejected, some not."""
    return -1 + 2 * draw.normal(*shape)


WRONG_WAY = (
    "Your value has the opposite sign: what does a smaller loss mean for the generator here?"
)


IN_PLACE = "An operation whose name ends in an underscore changes the caller's tensor."


BATCH_SUM = "You add up the batch. The loss is its mean."


def players(draw, *, squeeze=False, loud=1.0, dtype=torch.float64):
    """A discriminator of examples (N, 6), a generator of them from (M, 3), 5 real examples, and
    noise for 4.

    Logits spread over several units, `loud` times as far; both networks hold gradients of an
    earlier step.
    """
    discriminator = network(draw, (6, 7, 1), scale=2.0, squeeze=squeeze, dtype=dtype)
    generator = network(draw, (3, 8, 6), dtype=dtype)
    real, z = 1 + draw.normal(5, 6, dtype=dtype), draw.normal(4, 3, dtype=dtype)
    with torch.no_grad():
        discriminator.heads[0].weight *= 2 * loud
        centre(discriminator, generator(z))
    for net in (discriminator, generator):
        for parameter in net.parameters():
            parameter.grad = draw.normal(*parameter.shape, dtype=dtype)
    return discriminator, generator, real, z


def centre(discriminator, *inputs):
    """Shift the logits so that those of these inputs lie on both sides of 0: wherever one end is
    lost, it shows.
    """
    found = discriminator(*inputs)
    discriminator.heads[0].bias -= (found.min() + found.max()) / 2


def network_gradients(got, wanted, subject, **networks):
    """Checks the gradient of a loss in every parameter of each network; a network of which None is
    wanted gets none.
    """
    for name, (net, trained) in networks.items():
        parameters = list(net.parameters())
        names = [f"the {name}'s parameter {i}" for i in range(len(parameters))]
        want = expect.gradient_of(wanted, parameters) if trained else [None] * len(parameters)
        # Losses of logits in the thousands have gradients of that size, and rounding with them.
        expect.gradients(got, parameters, want, names=names, subject=subject, rtol=1e-7)


def beside(draw, d, count):
    """Discriminators beside another: where that is not the best, half of them are better."""
    near = (d + draw.uniform(-0.05, 0.05, *d.shape) for _ in range(count))
    return [other.clamp(0.01, 0.99) for other in near]
