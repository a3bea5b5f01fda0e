"""Hidden checks and misconceptions of the topic `gan`.

Published graders of these losses look at an untrained discriminator, where D is about 1/2 and most
mistakes agree. Here logits are spread over several units around different centres for real and
generated examples, and reach 1e4.
"""

import math

import torch
from hypothesis import strategies as st
from torch.nn import functional as F

from graders.core import expect
from graders.core.exercise import check, misconception, wrong_answer
from graders.core.fixtures import network
from graders.hidden._hypothesis import for_every, matrices, shown
from graders.hidden.divergences import PAIRS, TINY, gradients_if_any, softmaxes, vector
from graders.public.gan import pair_of
from reference.divergences import jensen_shannon
from reference.gan import discriminator_loss, generator_loss_nonsaturating

LOG_4 = math.log(4)

# --- gan_value ------------------------------------------------------------------------------------

V = "gan_value(d_real, d_fake)"


def probabilities(draw, real, fake, *tail):
    """Probabilities of two batches, higher on the real one, none near 1/2 throughout."""
    return draw.uniform(0.3, 0.98, real, *tail), draw.uniform(0.02, 0.8, fake, *tail)


@check("gan_value", "It returns a scalar tensor, for probabilities of shape (N,) and (N, 1).")
def value_is_scalar(student, draw):
    for tail in ((), (1,)):
        expect.tensor(
            student.gan_value(*probabilities(draw, 4, 4, *tail)),
            shape=(),
            subject=f"{V} of shape {(4, *tail)}",
        )


@check(
    "gan_value",
    "It is the value of the game for two batches of one size.",
    after=("value_is_scalar",),
)
def value_of_batches(student, draw, right):
    pair = probabilities(draw, 4, 4)
    expect.close(student.gan_value(*pair), right.gan_value(*pair), subject=V)


@check(
    "gan_value",
    "It is the value of the game for batches of different sizes.",
    after=("value_is_scalar",),
)
def value_of_unequal_batches(student, draw, right):
    for sizes in ((5, 3), (2, 7)):
        pair = probabilities(draw, *sizes)
        expect.close(
            student.gan_value(*pair),
            right.gan_value(*pair),
            subject=f"{V} for {sizes[0]} real and {sizes[1]} generated examples",
        )


@check("gan_value", "Probabilities of shape (N, 1) give the same.", after=("value_is_scalar",))
def value_of_columns(student, draw, right):
    for sizes in ((4, 4), (5, 3)):
        pair = probabilities(draw, *sizes, 1)
        expect.close(student.gan_value(*pair), right.gan_value(*pair), subject=f"{V} of columns")


@check(
    "gan_value",
    "A discriminator that is certain and wrong about one example has the value -inf, one that is"
    " right 0.",
    after=("value_of_batches",),
)
def value_of_certainty(student, draw, right):
    d_real, d_fake = probabilities(draw, 3, 2)
    zero, one = vector(0), vector(1)
    for pair in (
        (torch.cat([d_real, zero]), d_fake),
        (d_real, torch.cat([d_fake, one])),
        (zero, one),
        (one, zero),
        (one, d_fake),
    ):
        expect.close(
            student.gan_value(*pair),
            right.gan_value(*pair),
            subject=V,
            inputs=shown(d_real=pair[0], d_fake=pair[1]),
        )


@check("gan_value", "It stays accurate for probabilities of 1e-60.", after=("value_of_batches",))
def value_of_tiny_probabilities(student, right):
    for pair in ((vector(1e-60, 0.7), vector(0.2)), (vector(1e-300), vector(1e-60, 0.6))):
        expect.close(
            student.gan_value(*pair),
            right.gan_value(*pair),
            subject=V,
            inputs=shown(d_real=pair[0], d_fake=pair[1]),
        )


@check(
    "gan_value",
    "Its gradients with respect to both batches are right.",
    after=("value_of_batches",),
)
def value_gradients(student, draw, right):
    pair = [part.requires_grad_() for part in probabilities(draw, 5, 3)]
    wanted = expect.gradient_of(right.gan_value(*pair), pair)
    expect.gradients(student.gan_value(*pair), pair, wanted, names=("d_real", "d_fake"), subject=V)


@check("gan_value", "It keeps float32.", after=("value_is_scalar",))
def value_keeps_float32(student, draw, right):
    pair = [part.float() for part in probabilities(draw, 5, 3)]
    expect.close(
        student.gan_value(*pair), right.gan_value(*pair), subject=f"{V} in float32", atol=1e-5
    )


@check("gan_value", "It leaves its arguments as they are.", after=("value_is_scalar",))
def value_changes_nothing(student, draw):
    pair = probabilities(draw, 5, 3)
    expect.unchanged(
        student.observe("gan_value", *pair), pair, names=("d_real", "d_fake"), subject=V
    )


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


@misconception(
    "gan_value",
    hint="This is the loss that the discriminator minimises; the value is what it maximises.",
    caught_by="value_of_batches",
)
def value_negated(d_real, d_fake):
    return -d_real.log().mean() - (1 - d_fake).log().mean()


@misconception(
    "gan_value",
    hint="The labels are exchanged: D is the probability of being real.",
    caught_by="value_of_batches",
)
def value_labels_swapped(d_real, d_fake):
    return (1 - d_real).log().mean() + d_fake.log().mean()


@misconception(
    "gan_value",
    hint="Both batches get the label 1. What is D meant to say about generated examples?",
    caught_by="value_of_batches",
)
def value_both_real(d_real, d_fake):
    return d_real.log().mean() + d_fake.log().mean()


@misconception(
    "gan_value",
    hint="The two terms work against each other. D gains from both.",
    caught_by="value_of_batches",
)
def value_difference(d_real, d_fake):
    return d_real.log().mean() - (1 - d_fake).log().mean()


@misconception(
    "gan_value",
    hint="The real batch is used twice, the generated one not at all.",
    caught_by="value_of_batches",
)
def value_real_twice(d_real, d_fake):
    return d_real.log().mean() + (1 - d_real).log().mean() + 0 * d_fake.sum()


@misconception(
    "gan_value", hint="Only the real examples are in your value.", caught_by="value_of_batches"
)
def value_without_fake(d_real, d_fake):
    return d_real.log().mean() + 0 * d_fake.sum()


@misconception(
    "gan_value", hint="Only the generated examples are in your value.", caught_by="value_of_batches"
)
def value_without_real(d_real, d_fake):
    return (1 - d_fake).log().mean() + 0 * d_real.sum()


@misconception(
    "gan_value",
    hint="Your value is half of V: how are its two expectations put together?",
    caught_by="value_of_batches",
)
def value_halved(d_real, d_fake):
    return 0.5 * (d_real.log().mean() + (1 - d_fake).log().mean())


@misconception(
    "gan_value",
    hint="You add up the batches. An expectation is estimated by a mean.",
    caught_by="value_of_batches",
)
def value_summed(d_real, d_fake):
    return d_real.log().sum() + (1 - d_fake).log().sum()


@misconception("gan_value", hint=TWO_MEANS, caught_by="value_of_unequal_batches")
def value_pooled(d_real, d_fake):
    return 2 * torch.cat([d_real.log(), (1 - d_fake).log()]).mean()


@misconception(
    "gan_value",
    hint="The logarithm comes before the mean: the two cannot be exchanged.",
    caught_by="value_of_batches",
)
def value_log_of_mean(d_real, d_fake):
    return d_real.mean().log() + (1 - d_fake.mean()).log()


@misconception(
    "gan_value",
    hint="The two expectations are added, not multiplied.",
    caught_by="value_of_batches",
)
def value_product(d_real, d_fake):
    return d_real.log().mean() * (1 - d_fake).log().mean()


@misconception(
    "gan_value",
    hint="The arguments are probabilities already, not logits.",
    caught_by="value_of_batches",
)
def value_sigmoid_again(d_real, d_fake):
    return d_real.sigmoid().log().mean() + (1 - d_fake.sigmoid()).log().mean()


@misconception(
    "gan_value",
    hint="Your value is in another unit: which base does the logarithm have?",
    caught_by="value_of_batches",
)
def value_in_bits(d_real, d_fake):
    return d_real.log2().mean() + (1 - d_fake).log2().mean()


@misconception(
    "gan_value",
    hint="There is no logarithm in your value: this is how far the two means are apart.",
    caught_by="value_of_batches",
)
def value_without_log(d_real, d_fake):
    return d_real.mean() - d_fake.mean()


@misconception("gan_value", hint=CONSTANT, caught_by="value_of_batches")
def value_undecided(d_real, d_fake):
    return d_real.new_tensor(-LOG_4) + 0 * (d_real.sum() + d_fake.sum())


@misconception(
    "gan_value",
    hint="You return 0 for every discriminator. Only one that is certain and right has this value.",
    caught_by="value_of_batches",
)
def value_zero(d_real, d_fake):
    return 0 * (d_real.sum() + d_fake.sum())


@misconception("gan_value", hint=EPSILON, caught_by="value_of_certainty")
def value_with_epsilon(d_real, d_fake):
    return (d_real + 1e-8).log().mean() + (1 - d_fake + 1e-8).log().mean()


@misconception("gan_value", hint=CLAMPED, caught_by="value_of_certainty")
def value_by_cross_entropy(d_real, d_fake):
    return -F.binary_cross_entropy(d_real, torch.ones_like(d_real)) - F.binary_cross_entropy(
        d_fake, torch.zeros_like(d_fake)
    )


@misconception(
    "gan_value",
    hint=(
        "The batches are paired example by example, so they have to have one size. Do two"
        " expectations need that?"
    ),
    caught_by="value_of_unequal_batches",
)
def value_paired(d_real, d_fake):
    return (d_real.log() + (1 - d_fake).log()).mean()


@misconception(
    "gan_value",
    hint="You return one value per example; the game has one value.",
    caught_by="value_is_scalar",
)
def value_per_example(d_real, d_fake):
    return d_real.log() + (1 - d_fake).log()


@misconception(
    "gan_value",
    hint="The value is right, but no gradient comes back: something cuts the graph.",
    caught_by="value_gradients",
)
def value_detached(d_real, d_fake):
    return d_real.detach().log().mean() + (1 - d_fake.detach()).log().mean()


# --- discriminator_loss ---------------------------------------------------------------------------

DISCRIMINATOR = "discriminator_loss(real_logits, fake_logits)"
EXTREMES = (60.0, -60.0, 1e4, -1e4)


def logits(draw, real, fake, *tail):
    """Logits of two batches, spread over several units around different centres."""
    return 1 + 2 * draw.normal(real, *tail), -0.5 + 2 * draw.normal(fake, *tail)


@check("discriminator_loss", "It returns a scalar tensor, for logits of shape (N,) and (N, 1).")
def d_loss_is_scalar(student, draw):
    for tail in ((), (1,)):
        expect.tensor(
            student.discriminator_loss(*logits(draw, 4, 4, *tail)),
            shape=(),
            subject=f"{DISCRIMINATOR} of shape {(4, *tail)}",
        )


@check(
    "discriminator_loss",
    "It is minus the value of the game for two batches of one size.",
    after=("d_loss_is_scalar",),
)
def d_loss_value(student, draw, right):
    pair = logits(draw, 4, 4)
    expect.close(
        student.discriminator_loss(*pair), right.discriminator_loss(*pair), subject=DISCRIMINATOR
    )


@check(
    "discriminator_loss", "It is right for batches of different sizes.", after=("d_loss_is_scalar",)
)
def d_loss_of_unequal_batches(student, draw, right):
    for sizes in ((5, 3), (2, 7)):
        pair = logits(draw, *sizes)
        expect.close(
            student.discriminator_loss(*pair),
            right.discriminator_loss(*pair),
            subject=f"{DISCRIMINATOR} for {sizes[0]} real and {sizes[1]} generated examples",
        )


@check("discriminator_loss", "Logits of shape (N, 1) give the same.", after=("d_loss_is_scalar",))
def d_loss_of_columns(student, draw, right):
    for sizes in ((4, 4), (5, 3)):
        pair = logits(draw, *sizes, 1)
        expect.close(
            student.discriminator_loss(*pair),
            right.discriminator_loss(*pair),
            subject=f"{DISCRIMINATOR} of columns",
        )


@check("discriminator_loss", "It is right for small logits of every kind.", after=("d_loss_value",))
def d_loss_everywhere(student, draw, right):
    def law(pair):
        real, fake = pair
        expect.close(
            student.discriminator_loss(real, fake),
            right.discriminator_loss(real, fake),
            subject=DISCRIMINATOR,
            inputs=shown(real_logits=real, fake_logits=fake),
        )

    for_every(draw, matrices(low=-3, high=3, columns=(1, 1), count=2), law, examples=8)


@check(
    "discriminator_loss",
    "Its gradients with respect to both batches are right.",
    after=("d_loss_value",),
)
def d_loss_gradients(student, draw, right):
    pair = [part.requires_grad_() for part in logits(draw, 5, 3)]
    wanted = expect.gradient_of(right.discriminator_loss(*pair), pair)
    expect.gradients(
        student.discriminator_loss(*pair),
        pair,
        wanted,
        names=("real_logits", "fake_logits"),
        subject=DISCRIMINATOR,
    )


@check(
    "discriminator_loss",
    "It and its gradients are exact for logits of 1e4 and -1e4.",
    after=("d_loss_value",),
)
def d_loss_extremes(student, right):
    for logit in EXTREMES:
        for pair in (
            (vector(logit), vector(0.5)),
            (vector(-0.5), vector(logit)),
            (vector(logit), vector(-logit)),
        ):
            exact(
                student.discriminator_loss,
                right.discriminator_loss,
                pair,
                ("real_logits", "fake_logits"),
                DISCRIMINATOR,
            )


def exact(got, wanted, inputs, names, subject):
    """Checks a value and its gradients at extreme logits."""
    leaves = [part.requires_grad_() for part in inputs]
    where = f"{subject} for {shown(**dict(zip(names, inputs)))}"
    value, want = got(*leaves), wanted(*leaves)
    expect.close(value, want, subject=where)
    # A gradient of 1e-26 is rounded to 0 by some right forms, sigmoid(l) - 1 among them.
    gradients = [g * (g.abs() > 1e-12) for g in expect.gradient_of(want, leaves)]
    expect.gradients(value, leaves, gradients, names=names, subject=where)


@check(
    "discriminator_loss",
    "It keeps float32, and is exact in it for logits of 1e4.",
    after=("d_loss_is_scalar",),
)
def d_loss_keeps_float32(student, draw, right):
    for pair in (logits(draw, 5, 3), (vector(-1e4), vector(1e4))):
        pair = [part.float() for part in pair]
        expect.close(
            student.discriminator_loss(*pair),
            right.discriminator_loss(*pair),
            subject=f"{DISCRIMINATOR} in float32",
            atol=1e-5,
        )


@check("discriminator_loss", "It leaves its arguments as they are.", after=("d_loss_is_scalar",))
def d_loss_changes_nothing(student, draw):
    pair = logits(draw, 5, 3)
    expect.unchanged(
        student.observe("discriminator_loss", *pair),
        pair,
        names=("real_logits", "fake_logits"),
        subject=DISCRIMINATOR,
    )


TWICE = "The sigmoid is applied twice: once by you, and once more by a loss that expects logits."
UNDERFLOW = (
    "The sigmoid of a large logit is exactly 0 or 1, and its logarithm is lost. Can the logarithm"
    " of a sigmoid be taken in one piece?"
)


@misconception(
    "discriminator_loss",
    hint="The labels are exchanged: which class has the high probability?",
    caught_by="d_loss_value",
)
def d_loss_labels_swapped(real_logits, fake_logits):
    return F.softplus(real_logits).mean() + F.softplus(-fake_logits).mean()


@misconception(
    "discriminator_loss",
    hint=(
        "Both batches have the label 1. What is the discriminator meant to say about generated"
        " examples?"
    ),
    caught_by="d_loss_value",
)
def d_loss_both_labels_one(real_logits, fake_logits):
    return F.softplus(-real_logits).mean() + F.softplus(-fake_logits).mean()


@misconception(
    "discriminator_loss",
    hint=(
        "Both batches have the label 0. What is the discriminator meant to say about real examples?"
    ),
    caught_by="d_loss_value",
)
def d_loss_both_labels_zero(real_logits, fake_logits):
    return F.softplus(real_logits).mean() + F.softplus(fake_logits).mean()


@misconception(
    "discriminator_loss",
    hint="This is V, which the discriminator maximises. What does an optimiser do with a loss?",
    caught_by="d_loss_value",
)
def d_loss_value_returned(real_logits, fake_logits):
    return F.logsigmoid(real_logits).mean() + F.logsigmoid(-fake_logits).mean()


@misconception(
    "discriminator_loss",
    hint="The two terms work against each other: one of them has the wrong sign.",
    caught_by="d_loss_value",
)
def d_loss_difference(real_logits, fake_logits):
    return F.softplus(-real_logits).mean() - F.softplus(fake_logits).mean()


@misconception(
    "discriminator_loss",
    hint="Your value is half of the loss: how are its two parts put together?",
    caught_by="d_loss_value",
)
def d_loss_halved(real_logits, fake_logits):
    return 0.5 * (F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean())


@misconception(
    "discriminator_loss",
    hint="You add up the batches. The loss is a mean over each.",
    caught_by="d_loss_value",
)
def d_loss_summed(real_logits, fake_logits):
    return F.softplus(-real_logits).sum() + F.softplus(fake_logits).sum()


@misconception("discriminator_loss", hint=TWO_MEANS, caught_by="d_loss_of_unequal_batches")
def d_loss_pooled(real_logits, fake_logits):
    return 2 * torch.cat([F.softplus(-real_logits), F.softplus(fake_logits)]).mean()


@misconception(
    "discriminator_loss",
    hint=(
        "One mean over both batches is half of the loss, and not even that when their sizes differ."
    ),
    caught_by="d_loss_value",
)
def d_loss_pooled_and_halved(real_logits, fake_logits):
    return torch.cat([F.softplus(-real_logits), F.softplus(fake_logits)]).mean()


@misconception(
    "discriminator_loss",
    hint=(
        "The batches are paired example by example, so they have to have one size. Do two"
        " expectations need that?"
    ),
    caught_by="d_loss_of_unequal_batches",
)
def d_loss_paired(real_logits, fake_logits):
    return (F.softplus(-real_logits) + F.softplus(fake_logits)).mean()


@misconception(
    "discriminator_loss",
    hint="The real batch is used twice, the generated one not at all.",
    caught_by="d_loss_value",
)
def d_loss_on_the_wrong_batch(real_logits, fake_logits):
    return F.softplus(-real_logits).mean() + F.softplus(real_logits).mean() + 0 * fake_logits.sum()


@misconception(
    "discriminator_loss", hint="Only the real examples are in your loss.", caught_by="d_loss_value"
)
def d_loss_without_fake(real_logits, fake_logits):
    return F.softplus(-real_logits).mean() + 0 * fake_logits.sum()


@misconception(
    "discriminator_loss",
    hint="Only the generated examples are in your loss.",
    caught_by="d_loss_value",
)
def d_loss_without_real(real_logits, fake_logits):
    return F.softplus(fake_logits).mean() + 0 * real_logits.sum()


@misconception(
    "discriminator_loss",
    hint="The two expectations are added, not multiplied.",
    caught_by="d_loss_value",
)
def d_loss_product(real_logits, fake_logits):
    return F.softplus(-real_logits).mean() * F.softplus(fake_logits).mean()


@misconception(
    "discriminator_loss",
    hint="One minus a probability is not the probability of one minus the logit.",
    caught_by="d_loss_value",
)
def d_loss_one_minus_logit(real_logits, fake_logits):
    return -F.logsigmoid(real_logits).mean() - F.logsigmoid(1 - fake_logits).mean()


@misconception("discriminator_loss", hint=TWICE, caught_by="d_loss_value")
def d_loss_sigmoid_twice(real_logits, fake_logits):
    return F.softplus(-real_logits.sigmoid()).mean() + F.softplus(fake_logits.sigmoid()).mean()


@misconception(
    "discriminator_loss",
    hint="The arguments are logits. Something here treats them as probabilities.",
    caught_by="d_loss_value",
)
def d_loss_logits_as_probabilities(real_logits, fake_logits):
    return (
        -real_logits.clamp(1e-6, 1 - 1e-6).log().mean()
        - (1 - fake_logits.clamp(1e-6, 1 - 1e-6)).log().mean()
    )


@misconception(
    "discriminator_loss",
    hint=(
        "This is the loss of a critic, which has scores without bounds. Here a probability is"
        " behind the logit."
    ),
    caught_by="d_loss_value",
)
def d_loss_of_a_critic(real_logits, fake_logits):
    return fake_logits.mean() - real_logits.mean()


@misconception(
    "discriminator_loss",
    hint="A squared error of the probability is another game.",
    caught_by="d_loss_value",
)
def d_loss_least_squares(real_logits, fake_logits):
    return (real_logits.sigmoid() - 1).square().mean() + fake_logits.sigmoid().square().mean()


@misconception(
    "discriminator_loss",
    hint="A margin is another game: here even a logit on the right side has a cost.",
    caught_by="d_loss_value",
)
def d_loss_hinge(real_logits, fake_logits):
    return (1 - real_logits).relu().mean() + (1 + fake_logits).relu().mean()


@misconception("discriminator_loss", hint=CONSTANT, caught_by="d_loss_value")
def d_loss_undecided(real_logits, fake_logits):
    return real_logits.new_tensor(LOG_4) + 0 * (real_logits.sum() + fake_logits.sum())


@misconception(
    "discriminator_loss",
    hint="You return 0 for every discriminator. Only one that is certain and right has this loss.",
    caught_by="d_loss_value",
)
def d_loss_zero(real_logits, fake_logits):
    return 0 * (real_logits.sum() + fake_logits.sum())


@misconception("discriminator_loss", hint=EPSILON, caught_by="d_loss_extremes")
def d_loss_with_epsilon(real_logits, fake_logits):
    return (
        -(real_logits.sigmoid() + 1e-8).log().mean()
        - (1 - fake_logits.sigmoid() + 1e-8).log().mean()
    )


@misconception(
    "discriminator_loss",
    hint=(
        "Labels of shape (N,) against logits of shape (N, 1) make a table in which every logit"
        " meets every label."
    ),
    caught_by="d_loss_of_unequal_batches",
)
def d_loss_broadcast_labels(real_logits, fake_logits):
    every = torch.cat([real_logits, fake_logits])
    labels = torch.cat([torch.ones(len(real_logits)), torch.zeros(len(fake_logits))]).to(
        every.dtype
    )
    return 2 * (labels * F.softplus(-every) + (1 - labels) * F.softplus(every)).mean()


@misconception("discriminator_loss", hint=UNDERFLOW, caught_by="d_loss_extremes")
def d_loss_log_of_sigmoid(real_logits, fake_logits):
    return -real_logits.sigmoid().log().mean() - (1 - fake_logits.sigmoid()).log().mean()


@misconception("discriminator_loss", hint=CLAMPED, caught_by="d_loss_extremes")
def d_loss_by_cross_entropy(real_logits, fake_logits):
    real, fake = real_logits.sigmoid(), fake_logits.sigmoid()
    return F.binary_cross_entropy(real, torch.ones_like(real)) + F.binary_cross_entropy(
        fake, torch.zeros_like(fake)
    )


@misconception(
    "discriminator_loss",
    hint="Clamping the logits makes every certain mistake cost the same, and gives it no gradient.",
    caught_by="d_loss_extremes",
)
def d_loss_clamped_logits(real_logits, fake_logits):
    return (
        F.softplus(-real_logits.clamp(-50, 50)).mean()
        + F.softplus(fake_logits.clamp(-50, 50)).mean()
    )


@misconception(
    "discriminator_loss",
    hint="The exponential of a large logit is infinite, although what you need of it is not.",
    caught_by="d_loss_extremes",
)
def d_loss_exponential(real_logits, fake_logits):
    return (1 + (-real_logits).exp()).log().mean() + (1 + fake_logits.exp()).log().mean()


@misconception(
    "discriminator_loss",
    hint="The value is right, but no gradient comes back: something cuts the graph.",
    caught_by="d_loss_gradients",
)
def d_loss_detached(real_logits, fake_logits):
    return F.softplus(-real_logits.detach()).mean() + F.softplus(fake_logits.detach()).mean()


@misconception(
    "discriminator_loss",
    hint="The discriminator learns from both batches; one of them is cut out of the graph here.",
    caught_by="d_loss_gradients",
)
def d_loss_fake_detached(real_logits, fake_logits):
    return F.softplus(-real_logits).mean() + F.softplus(fake_logits.detach()).mean()


@misconception(
    "discriminator_loss",
    hint="You return one value per example; the loss is a mean over each batch.",
    caught_by="d_loss_is_scalar",
)
def d_loss_per_example(real_logits, fake_logits):
    return F.softplus(-real_logits) + F.softplus(fake_logits)


@misconception(
    "discriminator_loss",
    hint="You return the two parts one by one; the loss is one number.",
    caught_by="d_loss_is_scalar",
)
def d_loss_in_parts(real_logits, fake_logits):
    return F.softplus(-real_logits).mean(), F.softplus(fake_logits).mean()


@misconception(
    "discriminator_loss",
    hint="The result is always of one dtype. It should follow the input.",
    caught_by="d_loss_keeps_float32",
)
def d_loss_promotes(real_logits, fake_logits):
    return F.softplus(-real_logits.double()).mean() + F.softplus(fake_logits.double()).mean()


# --- generator_loss_saturating --------------------------------------------------------------------

SATURATING = "generator_loss_saturating(fake_logits)"
OTHER_LOSS = "This is the other of the two generator losses."


def one_batch(student, right, name, fake_logits, what=""):
    """Checks a generator loss on one batch of logits."""
    expect.close(
        getattr(student, name)(fake_logits),
        getattr(right, name)(fake_logits),
        subject=f"{name}(fake_logits){what}",
    )


def batch_gradient(student, right, name, fake_logits):
    """Checks the gradient of a generator loss with respect to the logits."""
    leaf = fake_logits.requires_grad_()
    wanted = expect.gradient_of(getattr(right, name)(leaf), [leaf])
    expect.gradients(
        getattr(student, name)(leaf),
        [leaf],
        wanted,
        names=("fake_logits",),
        subject=f"{name}(fake_logits)",
    )


def fake(draw, *shape):
    """Logits of generated examples: most of them rejected, some not."""
    return -1 + 2 * draw.normal(*shape)


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


WRONG_WAY = (
    "Your value has the opposite sign: what does a smaller loss mean for the generator here?"
)
IN_PLACE = "An operation whose name ends in an underscore changes the caller's tensor."
BATCH_SUM = "You add up the batch. The loss is its mean."


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


# --- generator_loss_nonsaturating -----------------------------------------------------------------

NONSATURATING = "generator_loss_nonsaturating(fake_logits)"


@check(
    "generator_loss_nonsaturating",
    "It returns a scalar tensor, for logits of shape (N,) and (N, 1).",
)
def nonsaturating_is_scalar(student, draw):
    for shape in ((4,), (4, 1), (1,)):
        expect.tensor(
            student.generator_loss_nonsaturating(fake(draw, *shape)),
            shape=(),
            subject=f"{NONSATURATING} of shape {shape}",
        )


@check(
    "generator_loss_nonsaturating",
    "It is the non-saturating loss of the generator.",
    after=("nonsaturating_is_scalar",),
)
def nonsaturating_value(student, draw, right):
    one_batch(student, right, "generator_loss_nonsaturating", fake(draw, 5))


@check(
    "generator_loss_nonsaturating",
    "Logits of shape (N, 1) give the same.",
    after=("nonsaturating_is_scalar",),
)
def nonsaturating_of_columns(student, draw, right):
    one_batch(student, right, "generator_loss_nonsaturating", fake(draw, 5, 1), " of shape (5, 1)")


@check(
    "generator_loss_nonsaturating",
    "Its gradient with respect to the logits is right.",
    after=("nonsaturating_value",),
)
def nonsaturating_gradient(student, draw, right):
    batch_gradient(student, right, "generator_loss_nonsaturating", fake(draw, 5))


@check(
    "generator_loss_nonsaturating",
    "It and its gradient are exact for logits of 1e4 and -1e4.",
    after=("nonsaturating_value",),
)
def nonsaturating_extremes(student, right):
    for logit in EXTREMES:
        exact(
            student.generator_loss_nonsaturating,
            right.generator_loss_nonsaturating,
            (vector(logit, 0.5),),
            ("fake_logits",),
            NONSATURATING,
        )


@check(
    "generator_loss_nonsaturating",
    "It keeps float32, and is exact in it for logits of -1e4.",
    after=("nonsaturating_is_scalar",),
)
def nonsaturating_keeps_float32(student, draw, right):
    for batch in (fake(draw, 5), vector(-1e4)):
        one_batch(student, right, "generator_loss_nonsaturating", batch.float(), " in float32")


@check(
    "generator_loss_nonsaturating",
    "It leaves its argument as it is.",
    after=("nonsaturating_is_scalar",),
)
def nonsaturating_changes_nothing(student, draw):
    batch = fake(draw, 5)
    expect.unchanged(
        student.observe("generator_loss_nonsaturating", batch),
        (batch,),
        names=("fake_logits",),
        subject=NONSATURATING,
    )


@misconception("generator_loss_nonsaturating", hint=OTHER_LOSS, caught_by="nonsaturating_value")
def nonsaturating_is_the_other(fake_logits):
    return -F.softplus(fake_logits).mean()


@misconception(
    "generator_loss_nonsaturating",
    hint=(
        "Minimising this makes the generated examples easier to reject: follow its gradient with"
        " respect to a logit."
    ),
    caught_by="nonsaturating_value",
)
def nonsaturating_minus_log_one_minus_d(fake_logits):
    return F.softplus(fake_logits).mean()


@misconception("generator_loss_nonsaturating", hint=WRONG_WAY, caught_by="nonsaturating_value")
def nonsaturating_negated(fake_logits):
    return F.logsigmoid(fake_logits).mean()


@misconception("generator_loss_nonsaturating", hint=BATCH_SUM, caught_by="nonsaturating_value")
def nonsaturating_summed(fake_logits):
    return F.softplus(-fake_logits).sum()


@misconception(
    "generator_loss_nonsaturating",
    hint="Your value is half of the loss. What is there to average besides the batch?",
    caught_by="nonsaturating_value",
)
def nonsaturating_halved(fake_logits):
    return 0.5 * F.softplus(-fake_logits).mean()


@misconception("generator_loss_nonsaturating", hint=TWICE, caught_by="nonsaturating_value")
def nonsaturating_sigmoid_twice(fake_logits):
    return F.softplus(-fake_logits.sigmoid()).mean()


@misconception(
    "generator_loss_nonsaturating",
    hint="There is no logarithm in your loss. Of what does the game take the mean?",
    caught_by="nonsaturating_value",
)
def nonsaturating_without_log(fake_logits):
    return -fake_logits.sigmoid().mean()


@misconception(
    "generator_loss_nonsaturating",
    hint="This is the loss of a generator against a critic, which has no probabilities.",
    caught_by="nonsaturating_value",
)
def nonsaturating_of_a_critic(fake_logits):
    return -fake_logits.mean()


@misconception(
    "generator_loss_nonsaturating",
    hint="The logarithm comes before the mean: the two cannot be exchanged.",
    caught_by="nonsaturating_value",
)
def nonsaturating_log_of_mean(fake_logits):
    return -fake_logits.sigmoid().mean().log()


@misconception("generator_loss_nonsaturating", hint=CONSTANT, caught_by="nonsaturating_value")
def nonsaturating_undecided(fake_logits):
    return fake_logits.new_tensor(LOG_4 / 2) + 0 * fake_logits.sum()


@misconception(
    "generator_loss_nonsaturating",
    hint="You return 0 for every batch. Only a generator that always convinces has this loss.",
    caught_by="nonsaturating_value",
)
def nonsaturating_zero(fake_logits):
    return 0 * fake_logits.sum()


@misconception("generator_loss_nonsaturating", hint=EPSILON, caught_by="nonsaturating_extremes")
def nonsaturating_with_epsilon(fake_logits):
    return -(fake_logits.sigmoid() + 1e-8).log().mean()


@misconception("generator_loss_nonsaturating", hint=UNDERFLOW, caught_by="nonsaturating_extremes")
def nonsaturating_log_of_sigmoid(fake_logits):
    return -fake_logits.sigmoid().log().mean()


@misconception("generator_loss_nonsaturating", hint=CLAMPED, caught_by="nonsaturating_extremes")
def nonsaturating_by_cross_entropy(fake_logits):
    probability = fake_logits.sigmoid()
    return F.binary_cross_entropy(probability, torch.ones_like(probability))


@misconception(
    "generator_loss_nonsaturating",
    hint=(
        "Where one branch of a choice overflows, its gradient is NaN even if the other one is"
        " chosen."
    ),
    caught_by="nonsaturating_extremes",
)
def nonsaturating_by_cases(fake_logits):
    return torch.where(fake_logits < -30, -fake_logits, -fake_logits.sigmoid().log()).mean()


@misconception(
    "generator_loss_nonsaturating",
    hint="You return one value per example; the loss is a mean over the batch.",
    caught_by="nonsaturating_is_scalar",
)
def nonsaturating_per_example(fake_logits):
    return F.softplus(-fake_logits)


@misconception(
    "generator_loss_nonsaturating",
    hint="The value is right, but no gradient comes back: something cuts the graph.",
    caught_by="nonsaturating_gradient",
)
def nonsaturating_detached(fake_logits):
    return F.softplus(-fake_logits.detach()).mean()


@misconception(
    "generator_loss_nonsaturating", hint=IN_PLACE, caught_by="nonsaturating_changes_nothing"
)
def nonsaturating_in_place(fake_logits):
    value = -F.logsigmoid(fake_logits.clone()).mean()
    fake_logits.data.sigmoid_()
    return value


# --- generator_logit_gradients --------------------------------------------------------------------

GRADIENTS = "generator_logit_gradients(fake_logits)"


def both_parts(student, batch):
    """Both derivatives in one tensor, the saturating one first."""
    return torch.stack(pair_of(student.generator_logit_gradients(batch), batch, GRADIENTS))


@check("generator_logit_gradients", "It returns two tensors of the shape of the logits.")
def logit_gradients_shape(student, draw):
    for shape in ((4,), (4, 1), (1,)):
        batch = fake(draw, *shape)
        pair_of(student.generator_logit_gradients(batch), batch, f"{GRADIENTS} of shape {shape}")


@check(
    "generator_logit_gradients",
    "They are the derivatives of the two losses of single examples.",
    after=("logit_gradients_shape",),
)
def logit_gradients_are_derivatives(student, draw, right):
    for shape in ((5,), (3, 1)):
        leaf = fake(draw, *shape).requires_grad_()
        losses = right.generator_loss_saturating(leaf), right.generator_loss_nonsaturating(leaf)
        wanted = torch.stack([len(leaf) * expect.gradient_of(loss, [leaf])[0] for loss in losses])
        expect.close(
            both_parts(student, leaf.detach()),
            wanted,
            subject=f"(saturating, nonsaturating) of {GRADIENTS}",
        )


@check(
    "generator_logit_gradients",
    "Both losses raise every logit, and where D rejects an example only one of them still does.",
    after=("logit_gradients_are_derivatives",),
)
def logit_gradients_where_rejected(student, draw):
    got = both_parts(student, torch.cat([fake(draw, 4), vector(-40)]))
    expect.at_most(got, torch.zeros(2, 5, dtype=torch.float64), subject=GRADIENTS)
    expect.close(
        got.sum(0),
        -torch.ones(5, dtype=torch.float64),
        subject=f"the sum of both parts of {GRADIENTS}",
    )
    expect.close(got[:, -1], vector(0, -1), subject=f"both parts at a logit of -40 of {GRADIENTS}")


@check(
    "generator_logit_gradients",
    "They are exact for logits of 1e4 and -1e4.",
    after=("logit_gradients_are_derivatives",),
)
def logit_gradients_extremes(student, right):
    batch = vector(*EXTREMES)
    wanted = torch.stack(right.generator_logit_gradients(batch))
    expect.close(
        both_parts(student, batch), wanted, subject=GRADIENTS, inputs=shown(fake_logits=batch)
    )


@check(
    "generator_logit_gradients",
    "They are written out: they need no autograd.",
    after=("logit_gradients_shape",),
)
def logit_gradients_without_autograd(student, draw, right):
    batch = fake(draw, 5)
    with torch.no_grad():
        got = both_parts(student, batch)
    expect.close(
        got,
        torch.stack(right.generator_logit_gradients(batch)),
        subject=f"{GRADIENTS} under torch.no_grad()",
    )


@check("generator_logit_gradients", "They keep float32.", after=("logit_gradients_shape",))
def logit_gradients_keep_float32(student, draw, right):
    batch = fake(draw, 5).float()
    expect.close(
        both_parts(student, batch),
        torch.stack(right.generator_logit_gradients(batch)),
        subject=f"{GRADIENTS} in float32",
        atol=1e-6,
    )


@check(
    "generator_logit_gradients", "The logits stay as they are.", after=("logit_gradients_shape",)
)
def logit_gradients_change_nothing(student, draw):
    batch = fake(draw, 5)
    expect.unchanged(
        student.observe("generator_logit_gradients", batch),
        (batch,),
        names=("fake_logits",),
        subject=GRADIENTS,
    )


@misconception(
    "generator_logit_gradients",
    hint="The two have changed places.",
    caught_by="logit_gradients_are_derivatives",
)
def logit_gradients_swapped(fake_logits):
    return -(-fake_logits).sigmoid(), -fake_logits.sigmoid()


@misconception(
    "generator_logit_gradients",
    hint="A step against these derivatives lowers the logit. Does the generator want that?",
    caught_by="logit_gradients_are_derivatives",
)
def logit_gradients_negated(fake_logits):
    return fake_logits.sigmoid(), (-fake_logits).sigmoid()


@misconception(
    "generator_logit_gradients",
    hint=(
        "These are the derivatives with respect to the probability. What lies between it and the"
        " logit?"
    ),
    caught_by="logit_gradients_are_derivatives",
)
def logit_gradients_of_probability(fake_logits):
    d = fake_logits.sigmoid()
    return -1 / (1 - d), -1 / d


@misconception(
    "generator_logit_gradients",
    hint="The derivative of each example's own loss is asked for; the batch does not enter.",
    caught_by="logit_gradients_are_derivatives",
)
def logit_gradients_averaged(fake_logits):
    return -fake_logits.sigmoid() / len(fake_logits), -(-fake_logits).sigmoid() / len(fake_logits)


@misconception(
    "generator_logit_gradients",
    hint="You multiply by the derivative of the sigmoid, but forget that of the logarithm.",
    caught_by="logit_gradients_are_derivatives",
)
def logit_gradients_without_log(fake_logits):
    d = fake_logits.sigmoid()
    return -d * (1 - d), -d * (1 - d)


@misconception(
    "generator_logit_gradients",
    hint="Check the sign of the non-saturating loss: what is minimised is minus a logarithm.",
    caught_by="logit_gradients_are_derivatives",
)
def logit_gradients_nonsaturating_sign(fake_logits):
    return -fake_logits.sigmoid(), (-fake_logits).sigmoid()


@misconception(
    "generator_logit_gradients",
    hint="Check the sign of the saturating loss: does it grow or fall when D is convinced more?",
    caught_by="logit_gradients_are_derivatives",
)
def logit_gradients_saturating_sign(fake_logits):
    return fake_logits.sigmoid(), -(-fake_logits).sigmoid()


@misconception(
    "generator_logit_gradients",
    hint="Both parts are the same here. Where D rejects, the two losses differ most.",
    caught_by="logit_gradients_are_derivatives",
)
def logit_gradients_alike(fake_logits):
    return -fake_logits.sigmoid(), -fake_logits.sigmoid()


@misconception(
    "generator_logit_gradients",
    hint="These are the losses themselves. How do they change with a logit?",
    caught_by="logit_gradients_are_derivatives",
)
def logit_gradients_are_losses(fake_logits):
    return F.logsigmoid(-fake_logits), -F.logsigmoid(fake_logits)


@misconception(
    "generator_logit_gradients",
    hint=(
        "The ratio of two infinite exponentials is NaN, although the derivative is a number between"
        " -1 and 0."
    ),
    caught_by="logit_gradients_extremes",
)
def logit_gradients_overflow(fake_logits):
    up = fake_logits.exp()
    return -up / (1 + up), up / (1 + up) - 1


@misconception(
    "generator_logit_gradients",
    hint="The derivatives are to be written out; here autograd computes them.",
    caught_by="logit_gradients_without_autograd",
)
def logit_gradients_by_autograd(fake_logits):
    leaf = fake_logits.detach().clone().requires_grad_()
    losses = F.logsigmoid(-leaf).sum(), -F.logsigmoid(leaf).sum()
    return tuple(torch.autograd.grad(loss, leaf)[0] for loss in losses)


@misconception(
    "generator_logit_gradients",
    hint="You return one number for the batch; every example has a derivative of its own.",
    caught_by="logit_gradients_shape",
)
def logit_gradients_of_batch(fake_logits):
    return -fake_logits.sigmoid().mean(), -(-fake_logits).sigmoid().mean()


@misconception(
    "generator_logit_gradients", hint=IN_PLACE, caught_by="logit_gradients_change_nothing"
)
def logit_gradients_in_place(fake_logits):
    first = -fake_logits.clone().sigmoid()
    fake_logits.data.sigmoid_()
    return first, -1 - first


# --- discriminator_step_loss ----------------------------------------------------------------------

D_STEP = "discriminator_step_loss(discriminator, generator, real, z)"


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


def left_alone(after, before, *, trained, subject):
    """Checks that a call changed no parameter of a network, nor, where it is not trained, `.grad`
    and `requires_grad`.
    """
    for i, (now, was) in enumerate(zip(after.parameters(), before.parameters(), strict=True)):
        here = f"parameter {i} after {subject}"
        expect.true(
            torch.equal(now, was),
            "a parameter was changed",
            subject=here,
            detail="its value was changed",
            got=now.detach(),
        )
        if trained:
            continue
        detail = (
            f"requires_grad was {was.requires_grad} before the call and is {now.requires_grad}"
            " after it"
        )
        expect.true(
            now.requires_grad == was.requires_grad,
            "requires_grad was changed",
            subject=here,
            detail=detail,
            got=now.requires_grad,
        )
        same = now.grad is not None and torch.equal(now.grad, was.grad)
        expect.true(
            same,
            ".grad was changed",
            subject=here,
            detail=f".grad was {was.grad.tolist()}, and is {now.grad}",
            got=now.grad,
        )


@check(
    "discriminator_step_loss",
    "It is the discriminator's loss at the real and the generated examples.",
)
def d_step_value(student, draw, right):
    arguments = players(draw)
    expect.close(
        student.discriminator_step_loss(*arguments),
        right.discriminator_step_loss(*arguments),
        subject=D_STEP,
    )


@check(
    "discriminator_step_loss",
    "A discriminator that returns (N,) gives the same as one that returns (N, 1).",
    after=("d_step_value",),
)
def d_step_of_squeezed(student, draw, right):
    arguments = players(draw, squeeze=True)
    expect.close(
        student.discriminator_step_loss(*arguments),
        right.discriminator_step_loss(*arguments),
        subject=f"{D_STEP} with logits (N,)",
    )


@check(
    "discriminator_step_loss",
    "Its gradient reaches the discriminator and is right; none reaches the generator.",
    after=("d_step_value",),
)
def d_step_gradients(student, draw, right):
    for squeeze in (False, True):
        discriminator, generator, real, z = players(draw, squeeze=squeeze)
        got = student.discriminator_step_loss(discriminator, generator, real, z)
        wanted = right.discriminator_step_loss(discriminator, generator, real, z)
        network_gradients(
            got, wanted, D_STEP, discriminator=(discriminator, True), generator=(generator, False)
        )


@check(
    "discriminator_step_loss",
    "It changes no argument: no parameter, and of the generator neither `.grad` nor"
    " `requires_grad`.",
    after=("d_step_value",),
)
def d_step_changes_nothing(student, draw):
    arguments = discriminator, generator, real, z = players(draw)
    observed = student.observe("discriminator_step_loss", *arguments)
    left_alone(observed.arguments[1], generator, trained=False, subject=f"the generator's {D_STEP}")
    left_alone(
        observed.arguments[0], discriminator, trained=True, subject=f"the discriminator's {D_STEP}"
    )
    for name, now, was in zip(("real", "z"), observed.arguments[2:], (real, z)):
        expect.true(
            torch.equal(now, was),
            "an argument was changed",
            subject=D_STEP,
            detail=f"the call changed its argument {name}",
            got=now,
        )


@check(
    "discriminator_step_loss",
    "It stays exact for logits in the thousands.",
    after=("d_step_value",),
)
def d_step_of_loud_logits(student, draw, right):
    discriminator, generator, real, z = players(draw, loud=2000.0)
    got, wanted = (
        who.discriminator_step_loss(discriminator, generator, real, z) for who in (student, right)
    )
    expect.close(got, wanted, subject=f"{D_STEP} with large logits")
    network_gradients(got, wanted, D_STEP, discriminator=(discriminator, True))


@check("discriminator_step_loss", "It works in float32.", after=("d_step_value",))
def d_step_in_float32(student, draw, right):
    arguments = players(draw, dtype=torch.float32)
    expect.close(
        student.discriminator_step_loss(*arguments),
        right.discriminator_step_loss(*arguments),
        subject=f"{D_STEP} in float32",
        atol=1e-5,
    )


@misconception(
    "discriminator_step_loss",
    hint=(
        "Gradients pass through the generated examples into the generator, which is not trained in"
        " this step."
    ),
    caught_by="d_step_gradients",
)
def d_step_attached(discriminator, generator, real, z):
    return discriminator_loss(discriminator(real), discriminator(generator(z)))


@misconception(
    "discriminator_step_loss",
    hint="The gradient is kept away from the wrong network: which one is trained in this step?",
    caught_by="d_step_gradients",
)
def d_step_output_detached(discriminator, generator, real, z):
    return discriminator_loss(discriminator(real), discriminator(generator(z)).detach())


@misconception(
    "discriminator_step_loss",
    hint=(
        "Without a graph there is no gradient for anyone. Which part of the computation needs none?"
    ),
    caught_by="d_step_gradients",
)
def d_step_without_graph(discriminator, generator, real, z):
    with torch.no_grad():
        return discriminator_loss(discriminator(real), discriminator(generator(z)))


@misconception(
    "discriminator_step_loss",
    hint="The generator is frozen and stays so: its next step would find nothing to train.",
    caught_by="d_step_changes_nothing",
)
def d_step_freezes_generator(discriminator, generator, real, z):
    generator.requires_grad_(False)
    return discriminator_loss(discriminator(real), discriminator(generator(z)))


@misconception(
    "discriminator_step_loss",
    hint=(
        "A loss is asked for. Clearing gradients is the training loop's, and the generator's are"
        " not yours in this step."
    ),
    caught_by="d_step_changes_nothing",
)
def d_step_clears_generator(discriminator, generator, real, z):
    generator.zero_grad()
    return discriminator_loss(discriminator(real), discriminator(generator(z).detach()))


@misconception(
    "discriminator_step_loss",
    hint="A loss is asked for, not a step: the parameters have moved when it returns.",
    caught_by="d_step_gradients",
)
def d_step_steps(discriminator, generator, real, z):
    parameters = list(discriminator.parameters())
    loss = discriminator_loss(discriminator(real), discriminator(generator(z).detach()))
    moves = torch.autograd.grad(loss, parameters, retain_graph=True)
    with torch.no_grad():
        for parameter, move in zip(parameters, moves):
            parameter -= 0.01 * move
    return loss


@misconception(
    "discriminator_step_loss",
    hint=(
        "The labels are exchanged: the discriminator would learn to take generated examples for"
        " real."
    ),
    caught_by="d_step_value",
)
def d_step_labels_swapped(discriminator, generator, real, z):
    return discriminator_loss(discriminator(generator(z).detach()), discriminator(real))


@misconception(
    "discriminator_step_loss",
    hint=(
        "Both batches have the label 1. What is the discriminator meant to say about generated"
        " examples?"
    ),
    caught_by="d_step_value",
)
def d_step_both_labels_one(discriminator, generator, real, z):
    return (
        F.softplus(-discriminator(real)).mean()
        + F.softplus(-discriminator(generator(z).detach())).mean()
    )


@misconception(
    "discriminator_step_loss",
    hint="This is V, which the discriminator maximises. What does an optimiser do with a loss?",
    caught_by="d_step_value",
)
def d_step_value_returned(discriminator, generator, real, z):
    return -discriminator_loss(discriminator(real), discriminator(generator(z).detach()))


@misconception(
    "discriminator_step_loss",
    hint="The real examples are on both sides of your loss; nothing generated is.",
    caught_by="d_step_value",
)
def d_step_on_the_wrong_batch(discriminator, generator, real, z):
    return discriminator_loss(discriminator(real), discriminator(real))


@misconception(
    "discriminator_step_loss",
    hint="Only the generated examples are in your loss.",
    caught_by="d_step_value",
)
def d_step_without_real(discriminator, generator, real, z):
    return F.softplus(discriminator(generator(z).detach())).mean()


@misconception(
    "discriminator_step_loss",
    hint="Only the real examples are in your loss.",
    caught_by="d_step_value",
)
def d_step_without_fake(discriminator, generator, real, z):
    return F.softplus(-discriminator(real)).mean()


@misconception(
    "discriminator_step_loss",
    hint="The noise to use is an argument; here other noise is drawn.",
    caught_by="d_step_value",
)
def d_step_own_noise(discriminator, generator, real, z):
    return discriminator_loss(discriminator(real), discriminator(generator(0 * z + 0.3).detach()))


@misconception(
    "discriminator_step_loss",
    hint="Some real examples are left out, so that both batches have one size.",
    caught_by="d_step_value",
)
def d_step_truncated(discriminator, generator, real, z):
    return discriminator_loss(discriminator(real[: len(z)]), discriminator(generator(z).detach()))


@misconception(
    "discriminator_step_loss",
    hint="Your value is half of the loss. What is there to average besides the batch?",
    caught_by="d_step_value",
)
def d_step_halved(discriminator, generator, real, z):
    return 0.5 * discriminator_loss(discriminator(real), discriminator(generator(z).detach()))


@misconception(
    "discriminator_step_loss",
    hint="You add up the batches. The loss is a mean over each.",
    caught_by="d_step_value",
)
def d_step_summed(discriminator, generator, real, z):
    return (
        F.softplus(-discriminator(real)).sum()
        + F.softplus(discriminator(generator(z).detach())).sum()
    )


@misconception("discriminator_step_loss", hint=TWO_MEANS, caught_by="d_step_value")
def d_step_pooled(discriminator, generator, real, z):
    return (
        2
        * torch.cat(
            [F.softplus(-discriminator(real)), F.softplus(discriminator(generator(z).detach()))]
        ).mean()
    )


@misconception("discriminator_step_loss", hint=TWICE, caught_by="d_step_value")
def d_step_sigmoid_twice(discriminator, generator, real, z):
    return discriminator_loss(
        discriminator(real).sigmoid(), discriminator(generator(z).detach()).sigmoid()
    )


@misconception("discriminator_step_loss", hint=CONSTANT, caught_by="d_step_value")
def d_step_undecided(discriminator, generator, real, z):
    return LOG_4 + 0 * discriminator(real).sum()


@misconception(
    "discriminator_step_loss",
    hint="This is the generator's loss: who is trained in this step?",
    caught_by="d_step_value",
)
def d_step_of_generator(discriminator, generator, real, z):
    return generator_loss_nonsaturating(discriminator(generator(z).detach()))


@misconception("discriminator_step_loss", hint=UNDERFLOW, caught_by="d_step_of_loud_logits")
def d_step_log_of_sigmoid(discriminator, generator, real, z):
    d_real, d_fake = discriminator(real).sigmoid(), discriminator(generator(z).detach()).sigmoid()
    return -d_real.log().mean() - (1 - d_fake).log().mean()


@misconception(
    "discriminator_step_loss",
    hint=(
        "Labels of shape (N,) against logits of shape (N, 1) make a table in which every logit"
        " meets every label."
    ),
    caught_by="d_step_value",
)
def d_step_broadcast_labels(discriminator, generator, real, z):
    every = discriminator(torch.cat([real, generator(z).detach()]))
    sizes = torch.tensor([len(real)] * len(real) + [len(z)] * len(z), dtype=every.dtype)
    labels = torch.cat([torch.ones(len(real)), torch.zeros(len(z))]).to(every.dtype)
    costs = (labels * F.softplus(-every) + (1 - labels) * F.softplus(every)) / sizes
    return costs.sum() if every.ndim == 1 else costs.sum() / len(every)


# --- generator_step_loss --------------------------------------------------------------------------

G_STEP = "generator_step_loss(discriminator, generator, z)"


def generator_players(draw, **options):
    discriminator, generator, _, z = players(draw, **options)
    return discriminator, generator, z


@check("generator_step_loss", "It is the non-saturating loss at the generated examples.")
def g_step_value(student, draw, right):
    arguments = generator_players(draw)
    expect.close(
        student.generator_step_loss(*arguments),
        right.generator_step_loss(*arguments),
        subject=G_STEP,
    )


@check(
    "generator_step_loss",
    "A discriminator that returns (M,) gives the same as one that returns (M, 1).",
    after=("g_step_value",),
)
def g_step_of_squeezed(student, draw, right):
    arguments = generator_players(draw, squeeze=True)
    expect.close(
        student.generator_step_loss(*arguments),
        right.generator_step_loss(*arguments),
        subject=f"{G_STEP} with logits (M,)",
    )


@check(
    "generator_step_loss",
    "Its gradient reaches the generator through the discriminator, and is right.",
    after=("g_step_value",),
)
def g_step_gradients(student, draw, right):
    for squeeze in (False, True):
        discriminator, generator, z = generator_players(draw, squeeze=squeeze)
        got, wanted = (
            who.generator_step_loss(discriminator, generator, z) for who in (student, right)
        )
        network_gradients(got, wanted, G_STEP, generator=(generator, True))


@check(
    "generator_step_loss",
    "When it returns, the discriminator's `.grad` and `requires_grad` are as they were, and no"
    " argument has changed.",
    after=("g_step_value",),
)
def g_step_changes_nothing(student, draw):
    arguments = discriminator, generator, z = generator_players(draw)
    observed = student.observe("generator_step_loss", *arguments)
    left_alone(
        observed.arguments[0], discriminator, trained=False, subject=f"the discriminator's {G_STEP}"
    )
    left_alone(observed.arguments[1], generator, trained=True, subject=f"the generator's {G_STEP}")
    expect.true(
        torch.equal(observed.arguments[2], z),
        "an argument was changed",
        subject=G_STEP,
        detail="the call changed its argument z",
        got=observed.arguments[2],
    )


@check(
    "generator_step_loss", "It stays exact for logits in the thousands.", after=("g_step_value",)
)
def g_step_of_loud_logits(student, draw, right):
    discriminator, generator, z = generator_players(draw, loud=2000.0)
    got, wanted = (who.generator_step_loss(discriminator, generator, z) for who in (student, right))
    expect.close(got, wanted, subject=f"{G_STEP} with large logits")
    network_gradients(got, wanted, G_STEP, generator=(generator, True))


@check("generator_step_loss", "It works in float32.", after=("g_step_value",))
def g_step_in_float32(student, draw, right):
    arguments = generator_players(draw, dtype=torch.float32)
    expect.close(
        student.generator_step_loss(*arguments),
        right.generator_step_loss(*arguments),
        subject=f"{G_STEP} in float32",
        atol=1e-5,
    )


@misconception("generator_step_loss", hint=OTHER_LOSS, caught_by="g_step_value")
def g_step_saturating(discriminator, generator, z):
    return -F.softplus(discriminator(generator(z))).mean()


@misconception(
    "generator_step_loss",
    hint="Minimising this makes the generated examples easier to reject.",
    caught_by="g_step_value",
)
def g_step_helps_discriminator(discriminator, generator, z):
    return F.softplus(discriminator(generator(z))).mean()


@misconception("generator_step_loss", hint=WRONG_WAY, caught_by="g_step_value")
def g_step_negated(discriminator, generator, z):
    return F.logsigmoid(discriminator(generator(z))).mean()


@misconception("generator_step_loss", hint=BATCH_SUM, caught_by="g_step_value")
def g_step_summed(discriminator, generator, z):
    return F.softplus(-discriminator(generator(z))).sum()


@misconception(
    "generator_step_loss",
    hint="Your value is half of the loss. What is there to average besides the batch?",
    caught_by="g_step_value",
)
def g_step_halved(discriminator, generator, z):
    return 0.5 * F.softplus(-discriminator(generator(z))).mean()


@misconception("generator_step_loss", hint=TWICE, caught_by="g_step_value")
def g_step_sigmoid_twice(discriminator, generator, z):
    return generator_loss_nonsaturating(discriminator(generator(z)).sigmoid())


@misconception(
    "generator_step_loss",
    hint="This is the loss of a generator against a critic, which has no probabilities.",
    caught_by="g_step_value",
)
def g_step_of_a_critic(discriminator, generator, z):
    return -discriminator(generator(z)).mean()


@misconception("generator_step_loss", hint=CONSTANT, caught_by="g_step_value")
def g_step_undecided(discriminator, generator, z):
    return LOG_4 / 2 + 0 * discriminator(generator(z)).sum()


@misconception(
    "generator_step_loss",
    hint="The noise to use is an argument; here other noise is drawn.",
    caught_by="g_step_value",
)
def g_step_own_noise(discriminator, generator, z):
    return generator_loss_nonsaturating(discriminator(generator(0 * z + 0.3)))


@misconception(
    "generator_step_loss",
    hint=(
        "The graph is cut between the loss and the generator, as it has to be in the"
        " discriminator's step. Who is trained in this one?"
    ),
    caught_by="g_step_gradients",
)
def g_step_detached(discriminator, generator, z):
    return generator_loss_nonsaturating(discriminator(generator(z).detach()))


@misconception(
    "generator_step_loss",
    hint="The discriminator is frozen and stays so: its next step would find nothing to train.",
    caught_by="g_step_changes_nothing",
)
def g_step_leaves_frozen(discriminator, generator, z):
    discriminator.requires_grad_(False)
    return generator_loss_nonsaturating(discriminator(generator(z)))


@misconception(
    "generator_step_loss",
    hint="A loss is asked for: clearing the discriminator's gradients is not its business.",
    caught_by="g_step_changes_nothing",
)
def g_step_clears_gradients(discriminator, generator, z):
    discriminator.zero_grad()
    return generator_loss_nonsaturating(discriminator(generator(z)))


@misconception(
    "generator_step_loss",
    hint=(
        "A loss is asked for. Its backward pass is run inside, and leaves gradients in both"
        " networks."
    ),
    caught_by="g_step_changes_nothing",
)
def g_step_runs_backward(discriminator, generator, z):
    loss = generator_loss_nonsaturating(discriminator(generator(z)))
    loss.backward(retain_graph=True)
    return loss


@misconception("generator_step_loss", hint=UNDERFLOW, caught_by="g_step_of_loud_logits")
def g_step_log_of_sigmoid(discriminator, generator, z):
    return -discriminator(generator(z)).sigmoid().log().mean()


@misconception("generator_step_loss", hint=CLAMPED, caught_by="g_step_of_loud_logits")
def g_step_by_cross_entropy(discriminator, generator, z):
    probability = discriminator(generator(z)).sigmoid()
    return F.binary_cross_entropy(probability, torch.ones_like(probability))


# --- optimal_discriminator ------------------------------------------------------------------------

OPTIMAL = "optimal_discriminator(p_data, p_g)"


def densities(draw, *shape):
    """Two positive densities; being densities, they may exceed 1 and need not add up to it."""
    return draw.uniform(0.05, 4, *shape), draw.uniform(0.05, 4, *shape)


@check("optimal_discriminator", "It has the shape of the densities, whatever that is.")
def optimal_shape(student, draw):
    for shape in ((4,), (2, 3), (2, 1, 3), ()):
        pair = [part.reshape(shape) for part in densities(draw, math.prod(shape))]
        expect.tensor(
            student.optimal_discriminator(*pair), shape=shape, subject=f"{OPTIMAL} of shape {shape}"
        )


@check(
    "optimal_discriminator",
    "It is the best discriminator where both densities are positive.",
    after=("optimal_shape",),
)
def optimal_value(student, draw, right):
    for shape in ((6,), (3, 4)):
        pair = densities(draw, *shape)
        expect.close(
            student.optimal_discriminator(*pair),
            right.optimal_discriminator(*pair),
            subject=OPTIMAL,
        )


@check(
    "optimal_discriminator",
    "It is certain where only one of the densities is positive.",
    after=("optimal_value",),
)
def optimal_one_sided(student, draw):
    density, zero = draw.uniform(0.05, 4, 3), torch.zeros(3, dtype=torch.float64)
    got = student.optimal_discriminator(torch.cat([density, zero]), torch.cat([zero, density]))
    expect.close(got, vector(1, 1, 1, 0, 0, 0), subject=f"{OPTIMAL} where one of them is 0")


@check(
    "optimal_discriminator",
    "It is 1/2 where both densities are 0, and nothing else changes there.",
    after=("optimal_value",),
)
def optimal_without_mass(student, draw, right):
    pair = [torch.cat([vector(0), part, vector(0)]) for part in densities(draw, 3)]
    expect.close(
        student.optimal_discriminator(*pair),
        right.optimal_discriminator(*pair),
        subject=f"{OPTIMAL} where both are 0",
    )


@check(
    "optimal_discriminator", "It stays accurate for densities of 1e-300.", after=("optimal_value",)
)
def optimal_of_tiny_densities(student, right):
    pair = vector(1e-300, 3e-300, 1e-300, 1e-12, 2.0), vector(3e-300, 1e-300, 1.0, 1e-12, 1e-300)
    expect.close(
        student.optimal_discriminator(*pair),
        right.optimal_discriminator(*pair),
        subject=OPTIMAL,
        inputs=shown(p_data=pair[0], p_g=pair[1]),
    )


@check(
    "optimal_discriminator",
    "No other discriminator has a larger value of the game.",
    after=("optimal_value",),
)
def optimal_beats_all(student, draw, right):
    p_data, p_g = draw.probabilities(5), draw.probabilities(5)
    best = right.value_of(
        p_data,
        p_g,
        expect.tensor(
            student.optimal_discriminator(p_data, p_g), shape=(5,), subject=OPTIMAL
        ).detach(),
    )
    others = [right.value_of(p_data, p_g, draw.uniform(0.01, 0.99, 5)) for _ in range(30)]
    expect.at_most(
        torch.stack(others),
        best.expand(30),
        subject="V at random discriminators against V at yours",
        slack=1e-12,
    )


@check(
    "optimal_discriminator",
    "Where gradients flow through it, they are right.",
    after=("optimal_value",),
)
def optimal_gradients(student, draw, right):
    pair = [part.requires_grad_() for part in densities(draw, 5)]
    wanted = expect.gradient_of(right.optimal_discriminator(*pair).square(), pair)

    def call():
        got = student.optimal_discriminator(*pair)
        return got.square() if isinstance(got, torch.Tensor) else got

    gradients_if_any(call, pair, wanted, names=("p_data", "p_g"), subject=OPTIMAL)


@check("optimal_discriminator", "It keeps float32.", after=("optimal_shape",))
def optimal_keeps_float32(student, draw, right):
    pair = [torch.cat([part, vector(0)]).float() for part in densities(draw, 4)]
    expect.close(
        student.optimal_discriminator(*pair),
        right.optimal_discriminator(*pair),
        subject=f"{OPTIMAL} in float32",
        atol=1e-6,
    )


@check("optimal_discriminator", "It leaves its arguments as they are.", after=("optimal_shape",))
def optimal_changes_nothing(student, draw):
    pair = [torch.cat([part, vector(0)]) for part in densities(draw, 4)]
    expect.unchanged(
        student.observe("optimal_discriminator", *pair),
        pair,
        names=("p_data", "p_g"),
        subject=OPTIMAL,
    )


@misconception(
    "optimal_discriminator",
    hint="This is the probability of being generated. Which class does D speak of?",
    caught_by="optimal_value",
)
def optimal_swapped(p_data, p_g):
    return torch.where(p_data + p_g > 0, p_g / (p_data + p_g), 0.5)


@misconception(
    "optimal_discriminator",
    hint="This is the ratio of the densities. It is not bounded by 1, as a probability is.",
    caught_by="optimal_value",
)
def optimal_ratio(p_data, p_g):
    return torch.where(p_g > 0, p_data / p_g, 0.5)


@misconception(
    "optimal_discriminator",
    hint="This is the difference of the densities. Can it be a probability?",
    caught_by="optimal_value",
)
def optimal_difference(p_data, p_g):
    return p_data - p_g


@misconception(
    "optimal_discriminator",
    hint="This is the log ratio, the logit of the answer. What turns a logit into a probability?",
    caught_by="optimal_value",
)
def optimal_logit(p_data, p_g):
    return torch.where((p_data > 0) & (p_g > 0), (p_data / p_g).log(), 0.5)


@misconception(
    "optimal_discriminator",
    hint="A logit is the logarithm of the ratio of the densities, not the ratio itself.",
    caught_by="optimal_value",
)
def optimal_sigmoid_of_ratio(p_data, p_g):
    return torch.where(p_g > 0, (p_data / p_g).sigmoid(), 0.5)


@misconception(
    "optimal_discriminator",
    hint="A hard decision is right most often, but V asks for probabilities.",
    caught_by="optimal_value",
)
def optimal_hard(p_data, p_g):
    return (p_data > p_g).to(p_data.dtype) + 0.5 * (p_data == p_g)


@misconception(
    "optimal_discriminator",
    hint=(
        "Dividing whole numbers throws away what is after the point; nearly all of a probability is"
        " there."
    ),
    caught_by="optimal_value",
)
def optimal_floor_division(p_data, p_g):
    return torch.where(p_data + p_g > 0, p_data // (p_data + p_g), 0.5)


@misconception(
    "optimal_discriminator",
    hint="1/2 is optimal for a generator that is optimal too. What if it is not?",
    caught_by="optimal_value",
)
def optimal_undecided(p_data, p_g):
    return 0 * (p_data + p_g) + 0.5


@misconception(
    "optimal_discriminator",
    hint=(
        "The values of a discriminator are no distribution over x: nothing makes them add up to 1."
    ),
    caught_by="optimal_value",
)
def optimal_renormalised(p_data, p_g):
    d = torch.where(p_data + p_g > 0, p_data / (p_data + p_g), 0.5)
    return d / d.sum(-1, keepdim=True)


@misconception(
    "optimal_discriminator",
    hint=(
        "The densities are weighted as they are: dividing each by its sum over the given points"
        " changes their ratio."
    ),
    caught_by="optimal_value",
)
def optimal_of_normalised(p_data, p_g):
    p, q = p_data / p_data.sum().clamp_min(1e-300), p_g / p_g.sum().clamp_min(1e-300)
    return torch.where(p + q > 0, p / (p + q), 0.5)


@misconception(
    "optimal_discriminator",
    hint="The optimum weighs the densities as they are; squaring them exaggerates the difference.",
    caught_by="optimal_value",
)
def optimal_squared(p_data, p_g):
    total = p_data**2 + p_g**2
    return torch.where(total > 0, p_data**2 / total, 0.5)


@misconception(
    "optimal_discriminator",
    hint=(
        "A small constant in the denominator changes every value a little, and D in the tails"
        " altogether."
    ),
    caught_by="optimal_of_tiny_densities",
)
def optimal_with_epsilon(p_data, p_g):
    return torch.where(p_data + p_g > 0, p_data / (p_data + p_g + 1e-18), 0.5)


@misconception(
    "optimal_discriminator",
    hint="The optimal discriminator may be certain. Here something keeps it from that.",
    caught_by="optimal_one_sided",
)
def optimal_never_certain(p_data, p_g):
    return torch.where(p_data + p_g > 0, p_data / (p_data + p_g), 0.5).clamp(1e-6, 1 - 1e-6)


@misconception(
    "optimal_discriminator",
    hint=(
        "What does your formula give where neither density is positive? There is a convention for"
        " that."
    ),
    caught_by="optimal_without_mass",
)
def optimal_nan_without_mass(p_data, p_g):
    return p_data / (p_data + p_g)


@misconception(
    "optimal_discriminator",
    hint="Where neither density is positive the convention is another value.",
    caught_by="optimal_without_mass",
)
def optimal_zero_without_mass(p_data, p_g):
    return (p_data / (p_data + p_g)).nan_to_num(0.0)


@misconception(
    "optimal_discriminator",
    hint="Below some density you see none at all. Is 1e-300 the same as 0?",
    caught_by="optimal_of_tiny_densities",
)
def optimal_with_threshold(p_data, p_g):
    return torch.where(p_data + p_g > 1e-12, p_data / (p_data + p_g), 0.5)


# --- value_of -------------------------------------------------------------------------------------

VALUE = "value_of(p_data, p_g, d)"


def _with_discriminator(data):
    weights = torch.tensor(list(data), dtype=torch.float64).reshape(3, -1)
    p = weights[:2] % 4
    p[:, 0] += p.sum(1) == 0
    return *(p / p.sum(1, keepdim=True)).unbind(), weights[2] % 5 / 4


# Two distributions with many zeros, and a discriminator in quarters, often certain.
GAMES = (
    st.integers(2, 4)
    .flatmap(lambda size: st.binary(min_size=3 * size, max_size=3 * size))
    .map(_with_discriminator)
)


def game(draw, size):
    """Two distributions without zeros and a discriminator that is nowhere certain."""
    return draw.probabilities(size), draw.probabilities(size), draw.uniform(0.05, 0.95, size)


@check("value_of", "It returns a scalar tensor, whatever the number of outcomes.")
def value_of_is_scalar(student, draw):
    for size in (5, 2):
        expect.tensor(
            student.value_of(*game(draw, size)), shape=(), subject=f"{VALUE} with S = {size}"
        )


@check(
    "value_of", "It is the value of the game for any discriminator.", after=("value_of_is_scalar",)
)
def value_of_value(student, draw, right):
    for size in (5, 3):
        arguments = game(draw, size)
        expect.close(student.value_of(*arguments), right.value_of(*arguments), subject=VALUE)


@check(
    "value_of",
    "Outcomes that a distribution never gives add nothing, however certain the discriminator is of"
    " them.",
    after=("value_of_value",),
)
def value_of_zeros(student, draw, right):
    p_data, p_g = (
        torch.cat([draw.probabilities(3), vector(0, 0)]),
        torch.cat([vector(0), 0.6 * draw.probabilities(2), vector(0.4, 0)]),
    )
    d = torch.cat([vector(1), draw.uniform(0.1, 0.9, 2), vector(0, 1)])
    expect.close(
        student.value_of(p_data, p_g, d),
        right.value_of(p_data, p_g, d),
        subject=f"{VALUE} with zeros",
    )


@check(
    "value_of",
    "It is -inf for a discriminator that is certain and wrong.",
    after=("value_of_value",),
)
def value_of_certainly_wrong(student, draw, right):
    p_data, p_g, d = game(draw, 4)
    for place, certain in ((0, 0.0), (2, 1.0)):
        wrong = d.clone()
        wrong[place] = certain
        expect.close(
            student.value_of(p_data, p_g, wrong),
            right.value_of(p_data, p_g, wrong),
            subject=f"{VALUE} with d = {certain} somewhere",
        )


@check("value_of", "It is right for small games of every kind.", after=("value_of_value",))
def value_of_everywhere(student, draw, right):
    def law(arguments):
        p_data, p_g, d = arguments
        expect.close(
            student.value_of(p_data, p_g, d),
            right.value_of(p_data, p_g, d),
            subject=VALUE,
            inputs=shown(p_data=p_data, p_g=p_g, d=d),
        )

    for_every(draw, GAMES, law)


@check(
    "value_of",
    "It is at most C(G), which it reaches at the optimal discriminator.",
    after=("value_of_value",),
)
def value_of_is_bounded(student, draw, right):
    p_data, p_g = draw.probabilities(5), draw.probabilities(5)
    best = right.generator_criterion(p_data, p_g)
    expect.close(
        student.value_of(p_data, p_g, right.optimal_discriminator(p_data, p_g)),
        best,
        subject=f"{VALUE} at the optimal discriminator",
    )
    for _ in range(10):
        got = expect.tensor(
            student.value_of(p_data, p_g, draw.uniform(0.02, 0.98, 5)), shape=(), subject=VALUE
        )
        expect.at_most(got, best, subject=VALUE)


@check("value_of", "Where gradients flow through it, they are right.", after=("value_of_value",))
def value_of_gradients(student, draw, right):
    leaves, (p_data, p_g) = softmaxes(draw, 4)
    leaves.append(draw.uniform(0.1, 0.9, 4).requires_grad_())
    wanted = expect.gradient_of(right.value_of(p_data, p_g, leaves[2]), leaves)
    names = ("the logits of p_data", "the logits of p_g", "d")
    gradients_if_any(
        lambda: student.value_of(p_data, p_g, leaves[2]), leaves, wanted, names=names, subject=VALUE
    )


@check("value_of", "It keeps float32.", after=("value_of_is_scalar",))
def value_of_keeps_float32(student, draw, right):
    arguments = [part.float() for part in game(draw, 5)]
    expect.close(
        student.value_of(*arguments),
        right.value_of(*arguments),
        subject=f"{VALUE} in float32",
        atol=1e-5,
    )


@check("value_of", "It leaves its arguments as they are.", after=("value_of_is_scalar",))
def value_of_changes_nothing(student, draw):
    arguments = vector(0, 0.3, 0.7), draw.probabilities(3), vector(0, 0.4, 0.5)
    expect.unchanged(
        student.observe("value_of", *arguments),
        arguments,
        names=("p_data", "p_g", "d"),
        subject=VALUE,
    )


def _terms(p_data, p_g, d):
    return torch.xlogy(p_data, d), torch.xlogy(p_g, 1 - d)


@misconception(
    "value_of",
    hint="The two distributions have changed roles: of which one does D speak?",
    caught_by="value_of_value",
)
def value_of_swapped(p_data, p_g, d):
    real, generated = _terms(p_g, p_data, d)
    return (real + generated).sum()


@misconception(
    "value_of",
    hint="This is the loss of the discriminator; V is what it maximises.",
    caught_by="value_of_value",
)
def value_of_negated(p_data, p_g, d):
    real, generated = _terms(p_data, p_g, d)
    return -(real + generated).sum()


@misconception(
    "value_of",
    hint="You average over the outcomes; the expectations have their weights already.",
    caught_by="value_of_value",
)
def value_of_mean(p_data, p_g, d):
    real, generated = _terms(p_data, p_g, d)
    return (real + generated).mean()


@misconception(
    "value_of",
    hint="Every outcome counts the same here. How often does each distribution give it?",
    caught_by="value_of_value",
)
def value_of_unweighted(p_data, p_g, d):
    return d.log().mean() + (1 - d).log().mean()


@misconception(
    "value_of",
    hint="The two terms work against each other. D gains from both.",
    caught_by="value_of_value",
)
def value_of_difference(p_data, p_g, d):
    real, generated = _terms(p_data, p_g, d)
    return (real - generated).sum()


@misconception(
    "value_of",
    hint=(
        "Both of your terms have the form of the first one. What does D want of generated examples?"
    ),
    caught_by="value_of_value",
)
def value_of_both_real(p_data, p_g, d):
    return (torch.xlogy(p_data, d) + torch.xlogy(p_g, d)).sum()


@misconception(
    "value_of", hint="Both expectations are over the real data here.", caught_by="value_of_value"
)
def value_of_data_twice(p_data, p_g, d):
    return (torch.xlogy(p_data, d) + torch.xlogy(p_data, 1 - d)).sum()


@misconception("value_of", hint="Only the real data enter your value.", caught_by="value_of_value")
def value_of_without_generated(p_data, p_g, d):
    return torch.xlogy(p_data, d).sum()


@misconception(
    "value_of",
    hint="The value is that of the given discriminator, not of the best one.",
    caught_by="value_of_value",
)
def value_of_the_best(p_data, p_g, d):
    return 2 * jensen_shannon(p_data, p_g) - LOG_4 + 0 * d.sum()


@misconception("value_of", hint="Your value is half of V.", caught_by="value_of_value")
def value_of_halved(p_data, p_g, d):
    real, generated = _terms(p_data, p_g, d)
    return 0.5 * (real + generated).sum()


@misconception(
    "value_of",
    hint="The logarithm is inside the expectation: the two cannot be exchanged.",
    caught_by="value_of_value",
)
def value_of_log_of_mean(p_data, p_g, d):
    return (p_data * d).sum().log() + (p_g * (1 - d)).sum().log()


@misconception("value_of", hint=EPSILON, caught_by="value_of_certainly_wrong")
def value_of_with_epsilon(p_data, p_g, d):
    return (p_data * (d + 1e-8).log() + p_g * (1 - d + 1e-8).log()).sum()


@misconception(
    "value_of",
    hint=(
        "The logarithm of 0 is infinite, and 0 times infinity is NaN. What should such an outcome"
        " add?"
    ),
    caught_by="value_of_zeros",
)
def value_of_nan_at_zero(p_data, p_g, d):
    return (p_data * d.log() + p_g * (1 - d).log()).sum()


@misconception("value_of", hint=CLAMPED, caught_by="value_of_certainly_wrong")
def value_of_clamped(p_data, p_g, d):
    return (p_data * d.log().clamp_min(-100) + p_g * (1 - d).log().clamp_min(-100)).sum()


@misconception(
    "value_of",
    hint="Leaving out the outcomes of which D is certain leaves out its worst mistakes.",
    caught_by="value_of_certainly_wrong",
)
def value_of_masked(p_data, p_g, d):
    real, generated = _terms(p_data, p_g, d)
    return real[d > 0].sum() + generated[d < 1].sum()


@misconception("value_of", hint=IN_PLACE, caught_by="value_of_changes_nothing")
def value_in_place(p_data, p_g, d):
    value = (torch.xlogy(p_data, d.clone()) + torch.xlogy(p_g, 1 - d.clone())).sum()
    d.data.log_()
    return value


# --- generator_criterion --------------------------------------------------------------------------

# log 4 in float32 leaves 1e-8 where it should cancel.
CONSTANTS = 1e-6
CRITERION = "generator_criterion(p_data, p_g)"


@check("generator_criterion", "It returns a scalar tensor, whatever the number of outcomes.")
def criterion_is_scalar(student, draw):
    for size in (5, 2):
        expect.tensor(
            student.generator_criterion(draw.probabilities(size), draw.probabilities(size)),
            shape=(),
            subject=f"{CRITERION} with S = {size}",
        )


@check(
    "generator_criterion",
    "It is the value of the game at the optimal discriminator.",
    after=("criterion_is_scalar",),
)
def criterion_value(student, draw, right):
    p_data, p_g = draw.probabilities(5), draw.probabilities(5)
    expect.close(
        student.generator_criterion(p_data, p_g),
        right.generator_criterion(p_data, p_g),
        subject=CRITERION,
    )


@check(
    "generator_criterion",
    "It is largest, and 0, when the generator makes nothing that is in the data.",
    after=("criterion_value",),
    stand_ins=False,
)
def criterion_of_disjoint(student, draw):
    p_data, p_g = (
        torch.cat([draw.probabilities(3), vector(0, 0)]),
        torch.cat([vector(0, 0, 0), draw.probabilities(2)]),
    )
    expect.close(
        student.generator_criterion(p_data, p_g),
        vector(0)[0],
        subject=f"{CRITERION} of disjoint distributions",
        atol=CONSTANTS,
    )


@check(
    "generator_criterion",
    "It is smallest when the two distributions are equal.",
    after=("criterion_value",),
    stand_ins=False,
)
def criterion_of_equal(student, draw):
    p, q = draw.probabilities(4), torch.cat([vector(0), draw.probabilities(3)])
    for equal in (p, q):
        expect.close(
            student.generator_criterion(equal, equal.clone()),
            vector(-LOG_4)[0],
            subject=f"{CRITERION} of equal distributions",
        )
    for other in (0.9 * p + 0.1 * q, q):
        got = expect.tensor(student.generator_criterion(p, other), shape=(), subject=CRITERION)
        expect.true(
            got.item() > -LOG_4 + 1e-6,
            "a minimum elsewhere",
            subject=CRITERION,
            detail=f"got {got.item():.6g} for two different distributions",
            got=got.detach(),
        )


@check(
    "generator_criterion",
    "It is right for small distributions of every kind.",
    after=("criterion_value",),
)
def criterion_everywhere(student, draw, right):
    def law(pair):
        p_data, p_g = pair
        expect.close(
            student.generator_criterion(p_data, p_g),
            right.generator_criterion(p_data, p_g),
            subject=CRITERION,
            inputs=shown(p_data=p_data, p_g=p_g),
            atol=CONSTANTS,
        )

    for_every(draw, PAIRS, law, examples=8)


@check(
    "generator_criterion",
    "No discriminator has a larger value of the game.",
    after=("criterion_value",),
    stand_ins=False,
)
def criterion_is_the_maximum(student, draw, right):
    p_data, p_g = draw.probabilities(4), draw.probabilities(4)
    got = expect.tensor(student.generator_criterion(p_data, p_g), shape=(), subject=CRITERION)
    values = torch.stack(
        [right.value_of(p_data, p_g, draw.uniform(0.02, 0.98, 4)) for _ in range(30)]
    )
    expect.at_most(
        values, got.detach().expand(30), subject="V at random discriminators against C(G)"
    )


@check(
    "generator_criterion",
    "It stays accurate for probabilities of 1e-300.",
    after=("criterion_value",),
)
def criterion_of_tiny_probabilities(student, right):
    for p_data, p_g in (*TINY, (vector(1e-300, 1.0), vector(1.0, 1e-300))):
        inputs = shown(p_data=p_data, p_g=p_g)
        expect.close(
            student.generator_criterion(p_data, p_g),
            right.generator_criterion(p_data, p_g),
            subject=CRITERION,
            inputs=inputs,
            atol=CONSTANTS,
        )


@check(
    "generator_criterion",
    "Where gradients flow through it, they are right.",
    after=("criterion_value",),
)
def criterion_gradients(student, draw, right):
    leaves, (p_data, p_g) = softmaxes(draw, 4)
    wanted = expect.gradient_of(right.generator_criterion(p_data, p_g), leaves)
    names = ("the logits of p_data", "the logits of p_g")
    gradients_if_any(
        lambda: student.generator_criterion(p_data, p_g),
        leaves,
        wanted,
        names=names,
        subject=CRITERION,
    )


@check("generator_criterion", "It keeps float32.", after=("criterion_is_scalar",))
def criterion_keeps_float32(student, draw, right):
    pair = draw.probabilities(5).float(), draw.probabilities(5).float()
    expect.close(
        student.generator_criterion(*pair),
        right.generator_criterion(*pair),
        subject=f"{CRITERION} in float32",
        atol=1e-5,
    )


@check(
    "generator_criterion", "It leaves its arguments as they are.", after=("criterion_is_scalar",)
)
def criterion_changes_nothing(student, draw):
    pair = vector(0, 0.4, 0.6), draw.probabilities(3)
    expect.unchanged(
        student.observe("generator_criterion", *pair),
        pair,
        names=("p_data", "p_g"),
        subject=CRITERION,
    )


@misconception(
    "generator_criterion",
    hint="The factor in front of the divergence is missing: how often does its 1/2 occur in V?",
    caught_by="criterion_value",
)
def criterion_without_factor(p_data, p_g):
    return jensen_shannon(p_data, p_g) - LOG_4


@misconception(
    "generator_criterion",
    hint="The constant is missing. What is the value of the game where the divergence is 0?",
    caught_by="criterion_value",
)
def criterion_without_constant(p_data, p_g):
    return 2 * jensen_shannon(p_data, p_g)


@misconception(
    "generator_criterion",
    hint="Each of the two terms contributes its own log 2 to the constant.",
    caught_by="criterion_value",
)
def criterion_half_the_constant(p_data, p_g):
    return 2 * jensen_shannon(p_data, p_g) - LOG_4 / 2


@misconception(
    "generator_criterion",
    hint="The constant has the wrong sign: is V positive for any discriminator?",
    caught_by="criterion_value",
)
def criterion_plus_constant(p_data, p_g):
    return 2 * jensen_shannon(p_data, p_g) + LOG_4


@misconception(
    "generator_criterion",
    hint="This is what the generator would maximise; C(G) is what it minimises.",
    caught_by="criterion_value",
)
def criterion_negated(p_data, p_g):
    return LOG_4 - 2 * jensen_shannon(p_data, p_g)


@misconception(
    "generator_criterion",
    hint="This is half of C(G). How are its two expectations put together?",
    caught_by="criterion_value",
)
def criterion_halved(p_data, p_g):
    return jensen_shannon(p_data, p_g) - LOG_4 / 2


@misconception(
    "generator_criterion",
    hint=(
        "This is the value at the discriminator that always says 1/2. Is it the best one for any"
        " generator?"
    ),
    caught_by="criterion_value",
)
def criterion_undecided(p_data, p_g):
    return -LOG_4 + 0 * (p_data + p_g).sum()


@misconception(
    "generator_criterion",
    hint="KL compares the two directly; in C(G) each is compared with their sum.",
    caught_by="criterion_value",
)
def criterion_of_kl(p_data, p_g):
    return (torch.xlogy(p_data, p_data) - torch.xlogy(p_data, p_g)).sum() - LOG_4


@misconception(
    "generator_criterion",
    hint="Only the expectation over the data is in your value.",
    caught_by="criterion_value",
)
def criterion_one_sided(p_data, p_g):
    return (torch.xlogy(p_data, p_data) - torch.xlogy(p_data, p_data + p_g)).sum()


@misconception("generator_criterion", hint=EPSILON, caught_by="criterion_value")
def criterion_with_epsilon(p_data, p_g):
    d = p_data / (p_data + p_g + 1e-5)
    return (p_data * (d + 1e-5).log() + p_g * (1 - d + 1e-5).log()).sum()


@misconception(
    "generator_criterion",
    hint=(
        "The logarithm of 0 is infinite, and 0 times infinity is NaN. What should such an outcome"
        " add?"
    ),
    caught_by="criterion_of_disjoint",
)
def criterion_nan_at_zero(p_data, p_g):
    total = p_data + p_g
    return (p_data * (p_data / total).log() + p_g * (p_g / total).log()).sum()


@misconception(
    "generator_criterion",
    hint=(
        "1 - D rounds to 0 where D is nearly 1, although what it stands for is not 0. Can it be had"
        " without a subtraction?"
    ),
    caught_by="criterion_of_tiny_probabilities",
)
def criterion_by_cancellation(p_data, p_g):
    d = torch.where(p_data + p_g > 0, p_data / (p_data + p_g), 0.5)
    return (torch.xlogy(p_data, d) + torch.xlogy(p_g, 1 - d)).sum()


# --- answers --------------------------------------------------------------------------------------


def at_the_optimum(first, second, third):
    return {"i": first, "ii": second, "iii": third}


d_values_exchanged = wrong_answer(
    "optimal_d_values",
    at_the_optimum(0.5, 0.0, 1.0),
    hint="D is the probability that x is real. Read the last two cases once more.",
)
d_values_fooled = wrong_answer(
    "optimal_d_values",
    at_the_optimum(1.0, 1.0, 0.0),
    hint=(
        "A generator that is optimal does not make D take everything for real: how often would that"
        " be wrong?"
    ),
)
d_values_convinced = wrong_answer(
    "optimal_d_values",
    at_the_optimum(0.5, 1.0, 1.0),
    hint="In the last case x is never in the data. Which answer would then always be right?",
)
d_values_always_half = wrong_answer(
    "optimal_d_values",
    at_the_optimum(0.5, 0.5, 0.5),
    hint="The undecided value belongs to one of the cases only.",
)
minimum_log_2 = wrong_answer(
    "global_minimum", -math.log(2), hint="Both terms of V contribute at the optimum."
)
minimum_zero = wrong_answer(
    "global_minimum",
    0.0,
    hint="This is the minimum of the divergence. How does C(G) differ from it?",
)
minimum_positive = wrong_answer(
    "global_minimum",
    math.log(4),
    hint="This is the loss of the discriminator there; V has the other sign.",
)
minimum_of_d = wrong_answer(
    "global_minimum",
    0.5,
    hint="This is the value of the discriminator at the optimum, not that of the game.",
)
minimum_in_bits = wrong_answer(
    "global_minimum", -2.0, hint="Your value is in bits: which base does the logarithm have?"
)
collapse_is_bad_quality = wrong_answer(
    "mode_collapse",
    {"A", "B", "C", "E", "G"},
    hint=(
        "Could a generator that always makes the same perfect example be caught one example at a"
        " time?"
    ),
)
collapse_is_equilibrium = wrong_answer(
    "mode_collapse",
    {"A", "C", "D", "E", "G"},
    hint="When does the optimal discriminator return 1/2 everywhere?",
)
collapse_is_dimension = wrong_answer(
    "mode_collapse",
    {"A", "C", "E", "F", "G"},
    hint="Does anything force the generator to use all of its noise?",
)
collapse_without_best_answer = wrong_answer(
    "mode_collapse",
    {"A", "C", "E"},
    hint="What you name is true; more of the statements are. Hold D fixed for a moment.",
)
only_the_symptom = wrong_answer(
    "mode_collapse",
    {"A"},
    hint="This is what mode collapse is. Some of the other statements say how it comes about.",
)
