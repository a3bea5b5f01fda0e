"""Hidden checks of `discriminator_loss`, then the mistakes that they catch."""

import torch
from torch.nn import functional as F

from graders.hidden._hypothesis import matrices
from graders.hidden._words import Words
from graders.hidden.divergences._common import vector
from graders.hidden.gan._common import (
    CLAMPED,
    CONSTANT,
    EPSILON,
    EXTREMES,
    LOG_4,
    TWICE,
    TWO_MEANS,
    UNDERFLOW,
    logits,
)
from graders.public.gan import discriminator_loss

D = Words(discriminator_loss)


d_loss_value = D.equals_reference(
    "It is minus the value of the game for two batches of one size.",
    lambda draw: logits(draw, 4, 4),
)


d_loss_of_unequal_batches = D.equals_reference(
    "It is right for batches of different sizes.",
    lambda draw: [logits(draw, *sizes) for sizes in ((5, 3), (2, 7))],
)


d_loss_of_columns = D.equals_reference(
    "Logits of shape (N, 1) give the same.",
    lambda draw: [logits(draw, *sizes, 1) for sizes in ((4, 4), (5, 3))],
)


d_loss_everywhere = D.everywhere(
    "It is right for small logits of every kind.",
    matrices(low=-3, high=3, columns=(1, 1), count=2),
    examples=8,
    after=d_loss_value,
)


d_loss_gradients = D.gradients(
    "Its gradients with respect to both batches are right.",
    lambda draw: logits(draw, 5, 3),
    after=d_loss_value,
)


d_loss_extremes = D.gradients(
    "It and its gradients are exact for logits of 1e4 and -1e4.",
    lambda draw: [
        pair
        for logit in EXTREMES
        for pair in (
            (vector(logit), vector(0.5)),
            (vector(-0.5), vector(logit)),
            (vector(logit), vector(-logit)),
        )
    ],
    value=True,
    after=d_loss_value,
)


@d_loss_value.catches("The labels are exchanged: which class has the high probability?")
def d_loss_labels_swapped(real_logits, fake_logits):
    return F.softplus(real_logits).mean() + F.softplus(-fake_logits).mean()


@d_loss_value.catches(
    "Both batches have the label 1. What is the discriminator meant to say about generated"
    " examples?"
)
def d_loss_both_labels_one(real_logits, fake_logits):
    return F.softplus(-real_logits).mean() + F.softplus(-fake_logits).mean()


@d_loss_value.catches(
    "Both batches have the label 0. What is the discriminator meant to say about real examples?"
)
def d_loss_both_labels_zero(real_logits, fake_logits):
    return F.softplus(real_logits).mean() + F.softplus(fake_logits).mean()


@d_loss_value.catches(
    "This is V, which the discriminator maximises. What does an optimiser do with a loss?"
)
def d_loss_value_returned(real_logits, fake_logits):
    return F.logsigmoid(real_logits).mean() + F.logsigmoid(-fake_logits).mean()


@d_loss_value.catches("The two terms work against each other: one of them has the wrong sign.")
def d_loss_difference(real_logits, fake_logits):
    return F.softplus(-real_logits).mean() - F.softplus(fake_logits).mean()


@d_loss_value.catches("Your value is half of the loss: how are its two parts put together?")
def d_loss_halved(real_logits, fake_logits):
    return 0.5 * (F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean())


@d_loss_value.catches("You add up the batches. The loss is a mean over each.")
def d_loss_summed(real_logits, fake_logits):
    return F.softplus(-real_logits).sum() + F.softplus(fake_logits).sum()


@d_loss_of_unequal_batches.catches(TWO_MEANS)
def d_loss_pooled(real_logits, fake_logits):
    return 2 * torch.cat([F.softplus(-real_logits), F.softplus(fake_logits)]).mean()


@d_loss_value.catches(
    "One mean over both batches is half of the loss, and not even that when their sizes differ."
)
def d_loss_pooled_and_halved(real_logits, fake_logits):
    return torch.cat([F.softplus(-real_logits), F.softplus(fake_logits)]).mean()


@d_loss_of_unequal_batches.catches(
    "The batches are paired example by example, so they have to have one size. Do two"
    " expectations need that?"
)
def d_loss_paired(real_logits, fake_logits):
    return (F.softplus(-real_logits) + F.softplus(fake_logits)).mean()


@d_loss_value.catches("The real batch is used twice, the generated one not at all.")
def d_loss_on_the_wrong_batch(real_logits, fake_logits):
    return F.softplus(-real_logits).mean() + F.softplus(real_logits).mean() + 0 * fake_logits.sum()


@d_loss_value.catches("Only the real examples are in your loss.")
def d_loss_without_fake(real_logits, fake_logits):
    return F.softplus(-real_logits).mean() + 0 * fake_logits.sum()


@d_loss_value.catches("Only the generated examples are in your loss.")
def d_loss_without_real(real_logits, fake_logits):
    return F.softplus(fake_logits).mean() + 0 * real_logits.sum()


@d_loss_value.catches("The two expectations are added, not multiplied.")
def d_loss_product(real_logits, fake_logits):
    return F.softplus(-real_logits).mean() * F.softplus(fake_logits).mean()


@d_loss_value.catches("One minus a probability is not the probability of one minus the logit.")
def d_loss_one_minus_logit(real_logits, fake_logits):
    return -F.logsigmoid(real_logits).mean() - F.logsigmoid(1 - fake_logits).mean()


@d_loss_value.catches(TWICE)
def d_loss_sigmoid_twice(real_logits, fake_logits):
    return F.softplus(-real_logits.sigmoid()).mean() + F.softplus(fake_logits.sigmoid()).mean()


@d_loss_value.catches("The arguments are logits. Something here treats them as probabilities.")
def d_loss_logits_as_probabilities(real_logits, fake_logits):
    return (
        -real_logits.clamp(1e-6, 1 - 1e-6).log().mean()
        - (1 - fake_logits.clamp(1e-6, 1 - 1e-6)).log().mean()
    )


@d_loss_value.catches(
    "This is the loss of a critic, which has scores without bounds. Here a probability is"
    " behind the logit."
)
def d_loss_of_a_critic(real_logits, fake_logits):
    return fake_logits.mean() - real_logits.mean()


@d_loss_value.catches("A squared error of the probability is another game.")
def d_loss_least_squares(real_logits, fake_logits):
    return (real_logits.sigmoid() - 1).square().mean() + fake_logits.sigmoid().square().mean()


@d_loss_value.catches("A margin is another game: here even a logit on the right side has a cost.")
def d_loss_hinge(real_logits, fake_logits):
    return (1 - real_logits).relu().mean() + (1 + fake_logits).relu().mean()


@d_loss_value.catches(CONSTANT)
def d_loss_undecided(real_logits, fake_logits):
    return real_logits.new_tensor(LOG_4) + 0 * (real_logits.sum() + fake_logits.sum())


@d_loss_value.catches(
    "You return 0 for every discriminator. Only one that is certain and right has this loss."
)
def d_loss_zero(real_logits, fake_logits):
    return 0 * (real_logits.sum() + fake_logits.sum())


@d_loss_extremes.catches(EPSILON)
def d_loss_with_epsilon(real_logits, fake_logits):
    return (
        -(real_logits.sigmoid() + 1e-8).log().mean()
        - (1 - fake_logits.sigmoid() + 1e-8).log().mean()
    )


@d_loss_of_unequal_batches.catches(
    "Labels of shape (N,) against logits of shape (N, 1) make a table in which every logit"
    " meets every label."
)
def d_loss_broadcast_labels(real_logits, fake_logits):
    every = torch.cat([real_logits, fake_logits])
    labels = torch.cat([torch.ones(len(real_logits)), torch.zeros(len(fake_logits))]).to(
        every.dtype
    )
    return 2 * (labels * F.softplus(-every) + (1 - labels) * F.softplus(every)).mean()


@d_loss_extremes.catches(UNDERFLOW)
def d_loss_log_of_sigmoid(real_logits, fake_logits):
    return -real_logits.sigmoid().log().mean() - (1 - fake_logits.sigmoid()).log().mean()


@d_loss_extremes.catches(CLAMPED)
def d_loss_by_cross_entropy(real_logits, fake_logits):
    real, fake = real_logits.sigmoid(), fake_logits.sigmoid()
    return F.binary_cross_entropy(real, torch.ones_like(real)) + F.binary_cross_entropy(
        fake, torch.zeros_like(fake)
    )


@d_loss_extremes.catches(
    "Clamping the logits makes every certain mistake cost the same, and gives it no gradient."
)
def d_loss_clamped_logits(real_logits, fake_logits):
    return (
        F.softplus(-real_logits.clamp(-50, 50)).mean()
        + F.softplus(fake_logits.clamp(-50, 50)).mean()
    )


@d_loss_extremes.catches(
    "The exponential of a large logit is infinite, although what you need of it is not."
)
def d_loss_exponential(real_logits, fake_logits):
    return (1 + (-real_logits).exp()).log().mean() + (1 + fake_logits.exp()).log().mean()


@d_loss_gradients.catches(
    "The value is right, but no gradient comes back: something cuts the graph."
)
def d_loss_detached(real_logits, fake_logits):
    return F.softplus(-real_logits.detach()).mean() + F.softplus(fake_logits.detach()).mean()


@d_loss_gradients.catches(
    "The discriminator learns from both batches; one of them is cut out of the graph here."
)
def d_loss_fake_detached(real_logits, fake_logits):
    return F.softplus(-real_logits).mean() + F.softplus(fake_logits.detach()).mean()


@d_loss_value.catches("You return one value per example; the loss is a mean over each batch.")
def d_loss_per_example(real_logits, fake_logits):
    return F.softplus(-real_logits) + F.softplus(fake_logits)


@d_loss_value.catches("You return the two parts one by one; the loss is one number.")
def d_loss_in_parts(real_logits, fake_logits):
    return F.softplus(-real_logits).mean(), F.softplus(fake_logits).mean()


@D.laws.law_dtype.catches("The result is always of one dtype. It should follow the input.")
def d_loss_promotes(real_logits, fake_logits):
    return F.softplus(-real_logits.double()).mean() + F.softplus(fake_logits.double()).mean()


@D.sum_of("The term of the real examples", "The term of the generated examples")
def d_loss_terms(real_logits, fake_logits):
    return F.softplus(-real_logits).mean(), F.softplus(fake_logits).mean()
