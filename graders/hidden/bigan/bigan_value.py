"""Hidden checks of `bigan_value`, then the mistakes that they catch."""

import torch
from torch.nn import functional as F

from graders.core import expect
from graders.core.fixtures import network
from graders.hidden._words import Words
from graders.hidden.gan._common import (
    CONSTANT,
    LOG_4,
    TWICE,
    TWO_MEANS,
    UNDERFLOW,
    centre,
    network_gradients,
)
from graders.public.bigan import bigan_value
from reference.gan import discriminator_loss

D = Words(bigan_value)

VALUE = "bigan_value(discriminator, generator, inference, x, z)"


def three_players(draw, *, examples=5, codes=4, squeeze=False, loud=1.0, dtype=torch.float64):
    """A discriminator of pairs of (N, 6) and (N, 3), a generator, an inference network, data and
    noise.

    Logits spread over several units, `loud` times as far.
    """
    discriminator = network(draw, (9, 8, 1), scale=2.0, squeeze=squeeze, dtype=dtype)
    generator, inference = (
        network(draw, (3, 7, 6), scale=1.5, dtype=dtype),
        network(draw, (6, 5, 3), scale=1.5, dtype=dtype),
    )
    x, z = 1 + draw.normal(examples, 6, dtype=dtype), draw.normal(codes, 3, dtype=dtype)
    with torch.no_grad():
        discriminator.heads[0].weight *= 2 * loud
        centre(discriminator, generator(z), z)
    return discriminator, generator, inference, x, z


def value_agrees(student, right, arguments, what=""):
    """Checks the value on one set of players."""
    expect.close(
        student.bigan_value(*arguments), right.bigan_value(*arguments), subject=f"{VALUE}{what}"
    )


@D.check("It is the value of the game for as many real pairs as fake ones.")
def pairs_value(student, draw, right):
    value_agrees(student, right, three_players(draw, codes=5))


@D.check("It is right for batches of different sizes.", after=pairs_value)
def pairs_of_unequal_batches(student, draw, right):
    for examples, codes in ((5, 4), (2, 6)):
        value_agrees(
            student,
            right,
            three_players(draw, examples=examples, codes=codes),
            f" for {examples} examples and {codes} codes",
        )


@D.check(
    "A discriminator that returns (N,) gives the same as one that returns (N, 1).",
    after=pairs_value,
)
def pairs_of_squeezed(student, draw, right):
    for codes in (5, 4):
        value_agrees(
            student, right, three_players(draw, codes=codes, squeeze=True), " with logits (N,)"
        )


@D.check("Its gradients reach all three networks, and are right.", after=pairs_value)
def pairs_gradients(student, draw, right):
    for squeeze in (False, True):
        discriminator, generator, inference, x, z = three_players(draw, codes=5, squeeze=squeeze)
        got, wanted = (
            who.bigan_value(discriminator, generator, inference, x, z) for who in (student, right)
        )
        network_gradients(
            got,
            wanted,
            VALUE,
            discriminator=(discriminator, True),
            generator=(generator, True),
            inference=(inference, True),
        )


@D.check("It stays exact for logits in the thousands.", after=pairs_value)
def pairs_of_loud_logits(student, draw, right):
    value_agrees(student, right, three_players(draw, codes=5, loud=2000.0), " with large logits")


@pairs_value.catches("This is the discriminator's loss; the value is what it maximises.")
def pairs_negated(discriminator, generator, inference, x, z):
    return discriminator_loss(discriminator(x, inference(x)), discriminator(generator(z), z))


@pairs_value.catches("The labels are exchanged: which pairs count as real?")
def pairs_labels_swapped(discriminator, generator, inference, x, z):
    return -discriminator_loss(discriminator(generator(z), z), discriminator(x, inference(x)))


@pairs_value.catches("Both kinds of pairs have the label 1.")
def pairs_both_real(discriminator, generator, inference, x, z):
    return (
        F.logsigmoid(discriminator(x, inference(x))).mean()
        + F.logsigmoid(discriminator(generator(z), z)).mean()
    )


@pairs_value.catches(
    "The pairs are mixed up: each consists of what goes into a network and what comes out of it."
)
def pairs_mixed_up(discriminator, generator, inference, x, z):
    return -discriminator_loss(discriminator(x, z), discriminator(generator(z), inference(x)))


@pairs_value.catches("The discriminator takes the example first and the code second.")
def pairs_code_first(discriminator, generator, inference, x, z):
    return -discriminator_loss(discriminator(inference(x), x), discriminator(z, generator(z)))


@pairs_value.catches(
    "The code of a fake pair is the one that the example was made from, not one that is"
    " inferred from it."
)
def pairs_code_inferred(discriminator, generator, inference, x, z):
    examples = generator(z)
    return -discriminator_loss(
        discriminator(x, inference(x)), discriminator(examples, inference(examples))
    )


@pairs_value.catches("The example of a real pair comes from the data; here it is a reconstruction.")
def pairs_reconstructed(discriminator, generator, inference, x, z):
    code = inference(x)
    return -discriminator_loss(discriminator(generator(code), code), discriminator(generator(z), z))


@pairs_value.catches(
    "The noise to use is an argument; here other noise is used in one of the places."
)
def pairs_own_noise(discriminator, generator, inference, x, z):
    return -discriminator_loss(
        discriminator(x, inference(x)), discriminator(generator(z), z.flip(0))
    )


@pairs_value.catches("The codes are blanked out, so that this is the two-player game again.")
def pairs_without_codes(discriminator, generator, inference, x, z):
    return -discriminator_loss(
        discriminator(x, 0 * inference(x)), discriminator(generator(z), 0 * z)
    )


@pairs_value.catches("A reconstruction error is added. What brings G and Q together in this game?")
def pairs_with_reconstruction(discriminator, generator, inference, x, z):
    code = inference(x)
    return (x - generator(code)).square().sum(-1).mean() - discriminator_loss(
        discriminator(x, code), discriminator(generator(z), z)
    )


@pairs_value.catches("Only the real pairs are in your value.")
def pairs_without_fake(discriminator, generator, inference, x, z):
    return F.logsigmoid(discriminator(x, inference(x))).mean()


@pairs_value.catches("Only the fake pairs are in your value.")
def pairs_without_real(discriminator, generator, inference, x, z):
    return F.logsigmoid(-discriminator(generator(z), z)).mean()


@pairs_value.catches("Your value is half of V: how are its two expectations put together?")
def pairs_halved(discriminator, generator, inference, x, z):
    return -0.5 * discriminator_loss(discriminator(x, inference(x)), discriminator(generator(z), z))


@pairs_value.catches("You add up the batches. An expectation is estimated by a mean.")
def pairs_summed(discriminator, generator, inference, x, z):
    return (
        F.logsigmoid(discriminator(x, inference(x))).sum()
        + F.logsigmoid(-discriminator(generator(z), z)).sum()
    )


@pairs_of_unequal_batches.catches(TWO_MEANS)
def pairs_pooled(discriminator, generator, inference, x, z):
    return (
        2
        * torch.cat(
            [
                F.logsigmoid(discriminator(x, inference(x))),
                F.logsigmoid(-discriminator(generator(z), z)),
            ]
        ).mean()
    )


@pairs_value.catches(TWICE)
def pairs_sigmoid_twice(discriminator, generator, inference, x, z):
    return -discriminator_loss(
        discriminator(x, inference(x)).sigmoid(), discriminator(generator(z), z).sigmoid()
    )


@pairs_value.catches(CONSTANT)
def pairs_undecided(discriminator, generator, inference, x, z):
    return -LOG_4 + 0 * (
        discriminator(x, inference(x)).sum() + discriminator(generator(z), z).sum()
    )


@pairs_of_loud_logits.catches(UNDERFLOW)
def pairs_log_of_sigmoid(discriminator, generator, inference, x, z):
    return (
        discriminator(x, inference(x)).sigmoid().log().mean()
        + (1 - discriminator(generator(z), z).sigmoid()).log().mean()
    )


@pairs_gradients.catches(
    "Generated examples are data for the discriminator alone; here the generator learns from"
    " the same value."
)
def pairs_generator_detached(discriminator, generator, inference, x, z):
    return -discriminator_loss(
        discriminator(x, inference(x)), discriminator(generator(z).detach(), z)
    )


@pairs_gradients.catches(
    "The inference network is a player too, but nothing of the value reaches it."
)
def pairs_inference_detached(discriminator, generator, inference, x, z):
    return -discriminator_loss(
        discriminator(x, inference(x).detach()), discriminator(generator(z), z)
    )


@D.sum_of("The term of the pairs with real data", "The term of the generated pairs")
def pair_terms(discriminator, generator, inference, x, z):
    real, fake = discriminator(x, inference(x)), discriminator(generator(z), z)
    return -F.softplus(-real).mean(), -F.softplus(fake).mean()
