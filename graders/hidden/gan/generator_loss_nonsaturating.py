"""Hidden checks of `generator_loss_nonsaturating`, then the mistakes that they catch."""

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
from graders.public.gan import generator_loss_nonsaturating

D = Words(generator_loss_nonsaturating)


nonsaturating_value = D.equals_reference(
    "It is the non-saturating loss of the generator.", lambda draw: [fake(draw, 5)]
)


nonsaturating_of_columns = D.equals_reference(
    "Logits of shape (N, 1) give the same.", lambda draw: [fake(draw, 5, 1)]
)


nonsaturating_gradient = D.gradients(
    "Its gradient with respect to the logits is right.",
    lambda draw: [fake(draw, 5)],
    after=nonsaturating_value,
)


nonsaturating_extremes = D.gradients(
    "It and its gradient are exact for logits of 1e4 and -1e4.",
    lambda draw: [(vector(logit, 0.5),) for logit in EXTREMES],
    value=True,
    after=nonsaturating_value,
)


@nonsaturating_value.catches(OTHER_LOSS)
def nonsaturating_is_the_other(fake_logits):
    return -F.softplus(fake_logits).mean()


@nonsaturating_value.catches(
    "Minimising this makes the generated examples easier to reject: follow its gradient with"
    " respect to a logit."
)
def nonsaturating_minus_log_one_minus_d(fake_logits):
    return F.softplus(fake_logits).mean()


@nonsaturating_value.catches(WRONG_WAY)
def nonsaturating_negated(fake_logits):
    return F.logsigmoid(fake_logits).mean()


@nonsaturating_value.catches(BATCH_SUM)
def nonsaturating_summed(fake_logits):
    return F.softplus(-fake_logits).sum()


@nonsaturating_value.catches(
    "Your value is half of the loss. What is there to average besides the batch?"
)
def nonsaturating_halved(fake_logits):
    return 0.5 * F.softplus(-fake_logits).mean()


@nonsaturating_value.catches(TWICE)
def nonsaturating_sigmoid_twice(fake_logits):
    return F.softplus(-fake_logits.sigmoid()).mean()


@nonsaturating_value.catches(
    "There is no logarithm in your loss. Of what does the game take the mean?"
)
def nonsaturating_without_log(fake_logits):
    return -fake_logits.sigmoid().mean()


@nonsaturating_value.catches(
    "This is the loss of a generator against a critic, which has no probabilities."
)
def nonsaturating_of_a_critic(fake_logits):
    return -fake_logits.mean()


@nonsaturating_value.catches("The logarithm comes before the mean: the two cannot be exchanged.")
def nonsaturating_log_of_mean(fake_logits):
    return -fake_logits.sigmoid().mean().log()


@nonsaturating_value.catches(CONSTANT)
def nonsaturating_undecided(fake_logits):
    return fake_logits.new_tensor(LOG_4 / 2) + 0 * fake_logits.sum()


@nonsaturating_value.catches(
    "You return 0 for every batch. Only a generator that always convinces has this loss."
)
def nonsaturating_zero(fake_logits):
    return 0 * fake_logits.sum()


@nonsaturating_extremes.catches(EPSILON)
def nonsaturating_with_epsilon(fake_logits):
    return -(fake_logits.sigmoid() + 1e-8).log().mean()


@nonsaturating_extremes.catches(UNDERFLOW)
def nonsaturating_log_of_sigmoid(fake_logits):
    return -fake_logits.sigmoid().log().mean()


@nonsaturating_extremes.catches(CLAMPED)
def nonsaturating_by_cross_entropy(fake_logits):
    probability = fake_logits.sigmoid()
    return F.binary_cross_entropy(probability, torch.ones_like(probability))


@nonsaturating_extremes.catches(
    "Where one branch of a choice overflows, its gradient is NaN even if the other one is chosen."
)
def nonsaturating_by_cases(fake_logits):
    return torch.where(fake_logits < -30, -fake_logits, -fake_logits.sigmoid().log()).mean()


@nonsaturating_value.catches("You return one value per example; the loss is a mean over the batch.")
def nonsaturating_per_example(fake_logits):
    return F.softplus(-fake_logits)


@nonsaturating_gradient.catches(
    "The value is right, but no gradient comes back: something cuts the graph."
)
def nonsaturating_detached(fake_logits):
    return F.softplus(-fake_logits.detach()).mean()


@D.laws.law_state.catches(IN_PLACE)
def nonsaturating_in_place(fake_logits):
    value = -F.logsigmoid(fake_logits.clone()).mean()
    fake_logits.data.sigmoid_()
    return value
