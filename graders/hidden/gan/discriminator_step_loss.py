"""Hidden checks of `discriminator_step_loss`, then the mistakes that they catch."""

import torch
from torch.nn import functional as F

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.gan._common import (
    CONSTANT,
    LOG_4,
    TWICE,
    TWO_MEANS,
    UNDERFLOW,
    network_gradients,
    players,
)
from graders.public.gan import discriminator_step_loss
from reference.gan import discriminator_loss, generator_loss_nonsaturating

D = Words(discriminator_step_loss)

D_STEP = "discriminator_step_loss(discriminator, generator, real, z)"


d_step_value = D.equals_reference(
    "It is the discriminator's loss at the real and the generated examples.",
    lambda draw: players(draw),
)


d_step_of_squeezed = D.equals_reference(
    "A discriminator that returns (N,) gives the same as one that returns (N, 1).",
    lambda draw: players(draw, squeeze=True),
    after=d_step_value,
)


@D.check(
    "Its gradient reaches the discriminator and is right; none reaches the generator.",
    after=d_step_value,
)
def d_step_gradients(student, draw, right):
    for squeeze in (False, True):
        discriminator, generator, real, z = players(draw, squeeze=squeeze)
        got = student.discriminator_step_loss(discriminator, generator, real, z)
        wanted = right.discriminator_step_loss(discriminator, generator, real, z)
        network_gradients(
            got, wanted, D_STEP, discriminator=(discriminator, True), generator=(generator, False)
        )


@D.check("It stays exact for logits in the thousands.", after=d_step_value)
def d_step_of_loud_logits(student, draw, right):
    discriminator, generator, real, z = players(draw, loud=2000.0)
    got, wanted = (
        who.discriminator_step_loss(discriminator, generator, real, z) for who in (student, right)
    )
    expect.close(got, wanted, subject=f"{D_STEP} with large logits")
    network_gradients(got, wanted, D_STEP, discriminator=(discriminator, True))


@d_step_gradients.catches(
    "Gradients pass through the generated examples into the generator, which is not trained in"
    " this step."
)
def d_step_attached(discriminator, generator, real, z):
    return discriminator_loss(discriminator(real), discriminator(generator(z)))


@d_step_gradients.catches(
    "The gradient is kept away from the wrong network: which one is trained in this step?"
)
def d_step_output_detached(discriminator, generator, real, z):
    return discriminator_loss(discriminator(real), discriminator(generator(z)).detach())


@d_step_gradients.catches(
    "Without a graph there is no gradient for anyone. Which part of the computation needs none?"
)
def d_step_without_graph(discriminator, generator, real, z):
    with torch.no_grad():
        return discriminator_loss(discriminator(real), discriminator(generator(z)))


@D.laws.law_state.catches(
    "The generator is frozen and stays so: its next step would find nothing to train."
)
def d_step_freezes_generator(discriminator, generator, real, z):
    generator.requires_grad_(False)
    return discriminator_loss(discriminator(real), discriminator(generator(z)))


@D.laws.law_state.catches(
    "A loss is asked for. Clearing gradients is the training loop's, and the generator's are"
    " not yours in this step."
)
def d_step_clears_generator(discriminator, generator, real, z):
    generator.zero_grad()
    return discriminator_loss(discriminator(real), discriminator(generator(z).detach()))


@d_step_gradients.catches(
    "A loss is asked for, not a step: the parameters have moved when it returns."
)
def d_step_steps(discriminator, generator, real, z):
    parameters = list(discriminator.parameters())
    loss = discriminator_loss(discriminator(real), discriminator(generator(z).detach()))
    moves = torch.autograd.grad(loss, parameters, retain_graph=True)
    with torch.no_grad():
        for parameter, move in zip(parameters, moves):
            parameter -= 0.01 * move
    return loss


@d_step_value.catches(
    "The labels are exchanged: the discriminator would learn to take generated examples for real."
)
def d_step_labels_swapped(discriminator, generator, real, z):
    return discriminator_loss(discriminator(generator(z).detach()), discriminator(real))


@d_step_value.catches(
    "Both batches have the label 1. What is the discriminator meant to say about generated"
    " examples?"
)
def d_step_both_labels_one(discriminator, generator, real, z):
    return (
        F.softplus(-discriminator(real)).mean()
        + F.softplus(-discriminator(generator(z).detach())).mean()
    )


@d_step_value.catches(
    "This is V, which the discriminator maximises. What does an optimiser do with a loss?"
)
def d_step_value_returned(discriminator, generator, real, z):
    return -discriminator_loss(discriminator(real), discriminator(generator(z).detach()))


@d_step_value.catches("The real examples are on both sides of your loss; nothing generated is.")
def d_step_on_the_wrong_batch(discriminator, generator, real, z):
    return discriminator_loss(discriminator(real), discriminator(real))


@d_step_value.catches("Only the generated examples are in your loss.")
def d_step_without_real(discriminator, generator, real, z):
    return F.softplus(discriminator(generator(z).detach())).mean()


@d_step_value.catches("Only the real examples are in your loss.")
def d_step_without_fake(discriminator, generator, real, z):
    return F.softplus(-discriminator(real)).mean()


@d_step_value.catches("The noise to use is an argument; here other noise is drawn.")
def d_step_own_noise(discriminator, generator, real, z):
    return discriminator_loss(discriminator(real), discriminator(generator(0 * z + 0.3).detach()))


@d_step_value.catches("Some real examples are left out, so that both batches have one size.")
def d_step_truncated(discriminator, generator, real, z):
    return discriminator_loss(discriminator(real[: len(z)]), discriminator(generator(z).detach()))


@d_step_value.catches("Your value is half of the loss. What is there to average besides the batch?")
def d_step_halved(discriminator, generator, real, z):
    return 0.5 * discriminator_loss(discriminator(real), discriminator(generator(z).detach()))


@d_step_value.catches("You add up the batches. The loss is a mean over each.")
def d_step_summed(discriminator, generator, real, z):
    return (
        F.softplus(-discriminator(real)).sum()
        + F.softplus(discriminator(generator(z).detach())).sum()
    )


@d_step_value.catches(TWO_MEANS)
def d_step_pooled(discriminator, generator, real, z):
    return (
        2
        * torch.cat(
            [F.softplus(-discriminator(real)), F.softplus(discriminator(generator(z).detach()))]
        ).mean()
    )


@d_step_value.catches(TWICE)
def d_step_sigmoid_twice(discriminator, generator, real, z):
    return discriminator_loss(
        discriminator(real).sigmoid(), discriminator(generator(z).detach()).sigmoid()
    )


@d_step_value.catches(CONSTANT)
def d_step_undecided(discriminator, generator, real, z):
    return LOG_4 + 0 * discriminator(real).sum()


@d_step_value.catches("This is the generator's loss: who is trained in this step?")
def d_step_of_generator(discriminator, generator, real, z):
    return generator_loss_nonsaturating(discriminator(generator(z).detach()))


@d_step_of_loud_logits.catches(UNDERFLOW)
def d_step_log_of_sigmoid(discriminator, generator, real, z):
    d_real, d_fake = discriminator(real).sigmoid(), discriminator(generator(z).detach()).sigmoid()
    return -d_real.log().mean() - (1 - d_fake).log().mean()


@d_step_value.catches(
    "Labels of shape (N,) against logits of shape (N, 1) make a table in which every logit"
    " meets every label."
)
def d_step_broadcast_labels(discriminator, generator, real, z):
    every = discriminator(torch.cat([real, generator(z).detach()]))
    sizes = torch.tensor([len(real)] * len(real) + [len(z)] * len(z), dtype=every.dtype)
    labels = torch.cat([torch.ones(len(real)), torch.zeros(len(z))]).to(every.dtype)
    costs = (labels * F.softplus(-every) + (1 - labels) * F.softplus(every)) / sizes
    return costs.sum() if every.ndim == 1 else costs.sum() / len(every)


@D.sum_of(
    "The term of the real examples",
    "The term of the generated examples",
)
def step_terms(discriminator, generator, real, z):
    fake = discriminator(generator(z).detach())
    return F.softplus(-discriminator(real)).mean(), F.softplus(fake).mean()
