"""Hidden checks of `generator_loss_saturating`, then the mistakes that they catch."""

import torch
from torch.nn import functional as F

from graders.hidden._words import Words
from graders.hidden.divergences._common import vector
from graders.hidden.gan._common import (
    BATCH_SUM,
    CLAMPED,
    CONSTANT,
    EPSILON,
    EXTREMES,
    IN_PLACE,
    LOG_4,
    OTHER_LOSS,
    TWICE,
    UNDERFLOW,
    WRONG_WAY,
    fake,
)
from graders.public.gan import generator_loss_saturating

D = Words(generator_loss_saturating)


saturating_value = D.equals_reference(
    "It is the generator's part of the minimax game.", lambda draw: [fake(draw, 5)]
)


saturating_of_columns = D.equals_reference(
    "Logits of shape (N, 1) give the same.", lambda draw: [fake(draw, 5, 1)]
)


saturating_gradient = D.gradients(
    "Its gradient with respect to the logits is right.",
    lambda draw: [fake(draw, 5)],
    after=saturating_value,
)


saturating_extremes = D.gradients(
    "It and its gradient are exact for logits of 1e4 and -1e4.",
    lambda draw: [(vector(logit, 0.5),) for logit in EXTREMES],
    value=True,
    after=saturating_value,
)


@saturating_value.catches(WRONG_WAY)
def saturating_negated(fake_logits):
    return F.softplus(fake_logits).mean()


@saturating_value.catches(OTHER_LOSS)
def saturating_is_the_other(fake_logits):
    return F.softplus(-fake_logits).mean()


@saturating_value.catches(
    "This is log D, which the generator wants to be large. Which term of V depends on the"
    " generator?"
)
def saturating_log_d(fake_logits):
    return F.logsigmoid(fake_logits).mean()


@saturating_value.catches(BATCH_SUM)
def saturating_summed(fake_logits):
    return -F.softplus(fake_logits).sum()


@saturating_value.catches(
    "Your value is half of the loss. What is there to average besides the batch?"
)
def saturating_halved(fake_logits):
    return -0.5 * F.softplus(fake_logits).mean()


@saturating_value.catches(TWICE)
def saturating_sigmoid_twice(fake_logits):
    return -F.softplus(fake_logits.sigmoid()).mean()


@saturating_value.catches("One minus a probability is not the probability of one minus the logit.")
def saturating_one_minus_logit(fake_logits):
    return F.logsigmoid(1 - fake_logits).mean()


@saturating_value.catches(
    "There is no logarithm in your loss. Of what does the game take the mean?"
)
def saturating_without_log(fake_logits):
    return (1 - fake_logits.sigmoid()).mean()


@saturating_value.catches(
    "This is the loss of a generator against a critic, which has no probabilities."
)
def saturating_of_a_critic(fake_logits):
    return -fake_logits.mean()


@saturating_value.catches("The logarithm comes before the mean: the two cannot be exchanged.")
def saturating_log_of_mean(fake_logits):
    return (1 - fake_logits.sigmoid().mean()).log()


@saturating_value.catches(CONSTANT)
def saturating_undecided(fake_logits):
    return fake_logits.new_tensor(-LOG_4 / 2) + 0 * fake_logits.sum()


@saturating_extremes.catches(EPSILON)
def saturating_with_epsilon(fake_logits):
    return (1 - fake_logits.sigmoid() + 1e-8).log().mean()


@saturating_extremes.catches(UNDERFLOW)
def saturating_log_of_sigmoid(fake_logits):
    return (1 - fake_logits.sigmoid()).log().mean()


@saturating_extremes.catches(CLAMPED)
def saturating_by_cross_entropy(fake_logits):
    probability = fake_logits.sigmoid()
    return -F.binary_cross_entropy(probability, torch.zeros_like(probability))


@saturating_value.catches("You return one value per example; the loss is a mean over the batch.")
def saturating_per_example(fake_logits):
    return -F.softplus(fake_logits)


@saturating_gradient.catches(
    "The value is right, but no gradient comes back: something cuts the graph."
)
def saturating_detached(fake_logits):
    return -F.softplus(fake_logits.detach()).mean()


@D.laws.law_state.catches(IN_PLACE)
def saturating_in_place(fake_logits):
    value = F.logsigmoid(-fake_logits.clone()).mean()
    fake_logits.data.neg_()
    return value
