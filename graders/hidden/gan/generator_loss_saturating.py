"""Hidden checks of `generator_loss_saturating`, then the mistakes that they catch."""

import torch
from torch.nn import functional as F

from graders.core import expect
from graders.core.exercise import check, misconception
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
    batch_gradient,
    exact,
    fake,
    one_batch,
)

SATURATING = "generator_loss_saturating(fake_logits)"


@check(
    "generator_loss_saturating", "It returns a scalar tensor, for logits of shape (N,) and (N, 1)."
)
def saturating_is_scalar(student, draw):
    for shape in ((4,), (4, 1), (1,)):
        expect.tensor(
            student.generator_loss_saturating(fake(draw, *shape)),
            shape=(),
            subject=f"{SATURATING} of shape {shape}",
        )


@check(
    "generator_loss_saturating",
    "It is the generator's part of the minimax game.",
    after=("saturating_is_scalar",),
)
def saturating_value(student, draw, right):
    one_batch(student, right, "generator_loss_saturating", fake(draw, 5))


@check(
    "generator_loss_saturating",
    "Logits of shape (N, 1) give the same.",
    after=("saturating_is_scalar",),
)
def saturating_of_columns(student, draw, right):
    one_batch(student, right, "generator_loss_saturating", fake(draw, 5, 1), " of shape (5, 1)")


@check(
    "generator_loss_saturating",
    "Its gradient with respect to the logits is right.",
    after=("saturating_value",),
)
def saturating_gradient(student, draw, right):
    batch_gradient(student, right, "generator_loss_saturating", fake(draw, 5))


@check(
    "generator_loss_saturating",
    "It and its gradient are exact for logits of 1e4 and -1e4.",
    after=("saturating_value",),
)
def saturating_extremes(student, right):
    for logit in EXTREMES:
        exact(
            student.generator_loss_saturating,
            right.generator_loss_saturating,
            (vector(logit, 0.5),),
            ("fake_logits",),
            SATURATING,
        )


@check(
    "generator_loss_saturating",
    "It keeps float32, and is exact in it for logits of 1e4.",
    after=("saturating_is_scalar",),
)
def saturating_keeps_float32(student, draw, right):
    for batch in (fake(draw, 5), vector(1e4)):
        one_batch(student, right, "generator_loss_saturating", batch.float(), " in float32")


@check(
    "generator_loss_saturating", "It leaves its argument as it is.", after=("saturating_is_scalar",)
)
def saturating_changes_nothing(student, draw):
    batch = fake(draw, 5)
    expect.unchanged(
        student.observe("generator_loss_saturating", batch),
        (batch,),
        names=("fake_logits",),
        subject=SATURATING,
    )


@misconception("generator_loss_saturating", hint=WRONG_WAY, caught_by="saturating_value")
def saturating_negated(fake_logits):
    return F.softplus(fake_logits).mean()


@misconception("generator_loss_saturating", hint=OTHER_LOSS, caught_by="saturating_value")
def saturating_is_the_other(fake_logits):
    return F.softplus(-fake_logits).mean()


@misconception(
    "generator_loss_saturating",
    hint=(
        "This is log D, which the generator wants to be large. Which term of V depends on the"
        " generator?"
    ),
    caught_by="saturating_value",
)
def saturating_log_d(fake_logits):
    return F.logsigmoid(fake_logits).mean()


@misconception("generator_loss_saturating", hint=BATCH_SUM, caught_by="saturating_value")
def saturating_summed(fake_logits):
    return -F.softplus(fake_logits).sum()


@misconception(
    "generator_loss_saturating",
    hint="Your value is half of the loss. What is there to average besides the batch?",
    caught_by="saturating_value",
)
def saturating_halved(fake_logits):
    return -0.5 * F.softplus(fake_logits).mean()


@misconception("generator_loss_saturating", hint=TWICE, caught_by="saturating_value")
def saturating_sigmoid_twice(fake_logits):
    return -F.softplus(fake_logits.sigmoid()).mean()


@misconception(
    "generator_loss_saturating",
    hint="One minus a probability is not the probability of one minus the logit.",
    caught_by="saturating_value",
)
def saturating_one_minus_logit(fake_logits):
    return F.logsigmoid(1 - fake_logits).mean()


@misconception(
    "generator_loss_saturating",
    hint="There is no logarithm in your loss. Of what does the game take the mean?",
    caught_by="saturating_value",
)
def saturating_without_log(fake_logits):
    return (1 - fake_logits.sigmoid()).mean()


@misconception(
    "generator_loss_saturating",
    hint="This is the loss of a generator against a critic, which has no probabilities.",
    caught_by="saturating_value",
)
def saturating_of_a_critic(fake_logits):
    return -fake_logits.mean()


@misconception(
    "generator_loss_saturating",
    hint="The logarithm comes before the mean: the two cannot be exchanged.",
    caught_by="saturating_value",
)
def saturating_log_of_mean(fake_logits):
    return (1 - fake_logits.sigmoid().mean()).log()


@misconception("generator_loss_saturating", hint=CONSTANT, caught_by="saturating_value")
def saturating_undecided(fake_logits):
    return fake_logits.new_tensor(-LOG_4 / 2) + 0 * fake_logits.sum()


@misconception("generator_loss_saturating", hint=EPSILON, caught_by="saturating_extremes")
def saturating_with_epsilon(fake_logits):
    return (1 - fake_logits.sigmoid() + 1e-8).log().mean()


@misconception("generator_loss_saturating", hint=UNDERFLOW, caught_by="saturating_extremes")
def saturating_log_of_sigmoid(fake_logits):
    return (1 - fake_logits.sigmoid()).log().mean()


@misconception("generator_loss_saturating", hint=CLAMPED, caught_by="saturating_extremes")
def saturating_by_cross_entropy(fake_logits):
    probability = fake_logits.sigmoid()
    return -F.binary_cross_entropy(probability, torch.zeros_like(probability))


@misconception(
    "generator_loss_saturating",
    hint="You return one value per example; the loss is a mean over the batch.",
    caught_by="saturating_is_scalar",
)
def saturating_per_example(fake_logits):
    return -F.softplus(fake_logits)


@misconception(
    "generator_loss_saturating",
    hint="The value is right, but no gradient comes back: something cuts the graph.",
    caught_by="saturating_gradient",
)
def saturating_detached(fake_logits):
    return -F.softplus(fake_logits.detach()).mean()


@misconception("generator_loss_saturating", hint=IN_PLACE, caught_by="saturating_changes_nothing")
def saturating_in_place(fake_logits):
    value = F.logsigmoid(-fake_logits.clone()).mean()
    fake_logits.data.neg_()
    return value
