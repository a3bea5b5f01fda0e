"""Hidden checks of `generator_step_loss`, then the mistakes that they catch."""

import torch
from torch.nn import functional as F

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.gan._common import (
    BATCH_SUM,
    CLAMPED,
    CONSTANT,
    LOG_4,
    OTHER_LOSS,
    TWICE,
    UNDERFLOW,
    WRONG_WAY,
    network_gradients,
    players,
)
from graders.public.gan import generator_step_loss
from reference.gan import generator_loss_nonsaturating

D = Words(generator_step_loss)

G_STEP = "generator_step_loss(discriminator, generator, z)"


def generator_players(draw, **options):
    discriminator, generator, _, z = players(draw, **options)
    return discriminator, generator, z


g_step_value = D.equals_reference(
    "It is the non-saturating loss at the generated examples.", lambda draw: generator_players(draw)
)


g_step_of_squeezed = D.equals_reference(
    "A discriminator that returns (M,) gives the same as one that returns (M, 1).",
    lambda draw: generator_players(draw, squeeze=True),
    after=g_step_value,
)


@D.check(
    "Its gradient reaches the generator through the discriminator, and is right.",
    after=g_step_value,
)
def g_step_gradients(student, draw, right):
    for squeeze in (False, True):
        discriminator, generator, z = generator_players(draw, squeeze=squeeze)
        got, wanted = (
            who.generator_step_loss(discriminator, generator, z) for who in (student, right)
        )
        network_gradients(got, wanted, G_STEP, generator=(generator, True))


@D.check("It stays exact for logits in the thousands.", after=g_step_value)
def g_step_of_loud_logits(student, draw, right):
    discriminator, generator, z = generator_players(draw, loud=2000.0)
    got, wanted = (who.generator_step_loss(discriminator, generator, z) for who in (student, right))
    expect.close(got, wanted, subject=f"{G_STEP} with large logits")
    network_gradients(got, wanted, G_STEP, generator=(generator, True))


@g_step_value.catches(OTHER_LOSS)
def g_step_saturating(discriminator, generator, z):
    return -F.softplus(discriminator(generator(z))).mean()


@g_step_value.catches("Minimising this makes the generated examples easier to reject.")
def g_step_helps_discriminator(discriminator, generator, z):
    return F.softplus(discriminator(generator(z))).mean()


@g_step_value.catches(WRONG_WAY)
def g_step_negated(discriminator, generator, z):
    return F.logsigmoid(discriminator(generator(z))).mean()


@g_step_value.catches(BATCH_SUM)
def g_step_summed(discriminator, generator, z):
    return F.softplus(-discriminator(generator(z))).sum()


@g_step_value.catches("Your value is half of the loss. What is there to average besides the batch?")
def g_step_halved(discriminator, generator, z):
    return 0.5 * F.softplus(-discriminator(generator(z))).mean()


@g_step_value.catches(TWICE)
def g_step_sigmoid_twice(discriminator, generator, z):
    return generator_loss_nonsaturating(discriminator(generator(z)).sigmoid())


@g_step_value.catches(
    "This is the loss of a generator against a critic, which has no probabilities."
)
def g_step_of_a_critic(discriminator, generator, z):
    return -discriminator(generator(z)).mean()


@g_step_value.catches(CONSTANT)
def g_step_undecided(discriminator, generator, z):
    return LOG_4 / 2 + 0 * discriminator(generator(z)).sum()


@g_step_value.catches("The noise to use is an argument; here other noise is drawn.")
def g_step_own_noise(discriminator, generator, z):
    return generator_loss_nonsaturating(discriminator(generator(0 * z + 0.3)))


@g_step_gradients.catches(
    "The graph is cut between the loss and the generator, as it has to be in the"
    " discriminator's step. Who is trained in this one?"
)
def g_step_detached(discriminator, generator, z):
    return generator_loss_nonsaturating(discriminator(generator(z).detach()))


@D.laws.law_state.catches(
    "The discriminator is frozen and stays so: its next step would find nothing to train."
)
def g_step_leaves_frozen(discriminator, generator, z):
    discriminator.requires_grad_(False)
    return generator_loss_nonsaturating(discriminator(generator(z)))


@D.laws.law_state.catches(
    "A loss is asked for: clearing the discriminator's gradients is not its business."
)
def g_step_clears_gradients(discriminator, generator, z):
    discriminator.zero_grad()
    return generator_loss_nonsaturating(discriminator(generator(z)))


@D.laws.law_state.catches(
    "A loss is asked for. Its backward pass is run inside, and leaves gradients in both networks."
)
def g_step_runs_backward(discriminator, generator, z):
    loss = generator_loss_nonsaturating(discriminator(generator(z)))
    loss.backward(retain_graph=True)
    return loss


@g_step_of_loud_logits.catches(UNDERFLOW)
def g_step_log_of_sigmoid(discriminator, generator, z):
    return -discriminator(generator(z)).sigmoid().log().mean()


@g_step_of_loud_logits.catches(CLAMPED)
def g_step_by_cross_entropy(discriminator, generator, z):
    probability = discriminator(generator(z)).sigmoid()
    return F.binary_cross_entropy(probability, torch.ones_like(probability))
