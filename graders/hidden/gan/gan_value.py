"""Hidden checks of `gan_value`, then the mistakes that they catch."""

import torch
from torch.nn import functional as F

from graders.core import expect
from graders.hidden._hypothesis import shown
from graders.hidden._words import Words
from graders.hidden.divergences._common import vector
from graders.hidden.gan._common import CLAMPED, CONSTANT, EPSILON, LOG_4, TWO_MEANS
from graders.public.gan import gan_value

D = Words(gan_value)

V = "gan_value(d_real, d_fake)"


def probabilities(draw, real, fake, *tail):
    """Probabilities of two batches, higher on the real one, none near 1/2 throughout."""
    return draw.uniform(0.3, 0.98, real, *tail), draw.uniform(0.02, 0.8, fake, *tail)


@D.check("It returns a scalar tensor, for probabilities of shape (N,) and (N, 1).")
def value_is_scalar(student, draw):
    for tail in ((), (1,)):
        expect.tensor(
            student.gan_value(*probabilities(draw, 4, 4, *tail)),
            shape=(),
            subject=f"{V} of shape {(4, *tail)}",
        )


@D.check("It is the value of the game for two batches of one size.", after=value_is_scalar)
def value_of_batches(student, draw, right):
    pair = probabilities(draw, 4, 4)
    expect.close(student.gan_value(*pair), right.gan_value(*pair), subject=V)


@D.check("It is the value of the game for batches of different sizes.", after=value_is_scalar)
def value_of_unequal_batches(student, draw, right):
    for sizes in ((5, 3), (2, 7)):
        pair = probabilities(draw, *sizes)
        expect.close(
            student.gan_value(*pair),
            right.gan_value(*pair),
            subject=f"{V} for {sizes[0]} real and {sizes[1]} generated examples",
        )


@D.check("Probabilities of shape (N, 1) give the same.", after=value_is_scalar)
def value_of_columns(student, draw, right):
    for sizes in ((4, 4), (5, 3)):
        pair = probabilities(draw, *sizes, 1)
        expect.close(student.gan_value(*pair), right.gan_value(*pair), subject=f"{V} of columns")


@D.check(
    "A discriminator that is certain and wrong about one example has the value -inf, one that is"
    " right 0.",
    after=value_of_batches,
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


@D.check("It stays accurate for probabilities of 1e-60.", after=value_of_batches)
def value_of_tiny_probabilities(student, right):
    for pair in ((vector(1e-60, 0.7), vector(0.2)), (vector(1e-300), vector(1e-60, 0.6))):
        expect.close(
            student.gan_value(*pair),
            right.gan_value(*pair),
            subject=V,
            inputs=shown(d_real=pair[0], d_fake=pair[1]),
        )


@D.check("Its gradients with respect to both batches are right.", after=value_of_batches)
def value_gradients(student, draw, right):
    pair = [part.requires_grad_() for part in probabilities(draw, 5, 3)]
    wanted = expect.gradient_of(right.gan_value(*pair), pair)
    expect.gradients(student.gan_value(*pair), pair, wanted, names=("d_real", "d_fake"), subject=V)


@D.check("It keeps float32.", after=value_is_scalar)
def value_keeps_float32(student, draw, right):
    pair = [part.float() for part in probabilities(draw, 5, 3)]
    expect.close(
        student.gan_value(*pair), right.gan_value(*pair), subject=f"{V} in float32", atol=1e-5
    )


@D.check("It leaves its arguments as they are.", after=value_is_scalar)
def value_changes_nothing(student, draw):
    pair = probabilities(draw, 5, 3)
    expect.unchanged(
        student.observe("gan_value", *pair), pair, names=("d_real", "d_fake"), subject=V
    )


@value_of_batches.catches(
    "This is the loss that the discriminator minimises; the value is what it maximises."
)
def value_negated(d_real, d_fake):
    return -d_real.log().mean() - (1 - d_fake).log().mean()


@value_of_batches.catches("The labels are exchanged: D is the probability of being real.")
def value_labels_swapped(d_real, d_fake):
    return (1 - d_real).log().mean() + d_fake.log().mean()


@value_of_batches.catches(
    "Both batches get the label 1. What is D meant to say about generated examples?"
)
def value_both_real(d_real, d_fake):
    return d_real.log().mean() + d_fake.log().mean()


@value_of_batches.catches("The two terms work against each other. D gains from both.")
def value_difference(d_real, d_fake):
    return d_real.log().mean() - (1 - d_fake).log().mean()


@value_of_batches.catches("The real batch is used twice, the generated one not at all.")
def value_real_twice(d_real, d_fake):
    return d_real.log().mean() + (1 - d_real).log().mean() + 0 * d_fake.sum()


@value_of_batches.catches("Only the real examples are in your value.")
def value_without_fake(d_real, d_fake):
    return d_real.log().mean() + 0 * d_fake.sum()


@value_of_batches.catches("Only the generated examples are in your value.")
def value_without_real(d_real, d_fake):
    return (1 - d_fake).log().mean() + 0 * d_real.sum()


@value_of_batches.catches("Your value is half of V: how are its two expectations put together?")
def value_halved(d_real, d_fake):
    return 0.5 * (d_real.log().mean() + (1 - d_fake).log().mean())


@value_of_batches.catches("You add up the batches. An expectation is estimated by a mean.")
def value_summed(d_real, d_fake):
    return d_real.log().sum() + (1 - d_fake).log().sum()


@value_of_unequal_batches.catches(TWO_MEANS)
def value_pooled(d_real, d_fake):
    return 2 * torch.cat([d_real.log(), (1 - d_fake).log()]).mean()


@value_of_batches.catches("The logarithm comes before the mean: the two cannot be exchanged.")
def value_log_of_mean(d_real, d_fake):
    return d_real.mean().log() + (1 - d_fake.mean()).log()


@value_of_batches.catches("The two expectations are added, not multiplied.")
def value_product(d_real, d_fake):
    return d_real.log().mean() * (1 - d_fake).log().mean()


@value_of_batches.catches("The arguments are probabilities already, not logits.")
def value_sigmoid_again(d_real, d_fake):
    return d_real.sigmoid().log().mean() + (1 - d_fake.sigmoid()).log().mean()


@value_of_batches.catches("Your value is in another unit: which base does the logarithm have?")
def value_in_bits(d_real, d_fake):
    return d_real.log2().mean() + (1 - d_fake).log2().mean()


@value_of_batches.catches(
    "There is no logarithm in your value: this is how far the two means are apart."
)
def value_without_log(d_real, d_fake):
    return d_real.mean() - d_fake.mean()


@value_of_batches.catches(CONSTANT)
def value_undecided(d_real, d_fake):
    return d_real.new_tensor(-LOG_4) + 0 * (d_real.sum() + d_fake.sum())


@value_of_batches.catches(
    "You return 0 for every discriminator. Only one that is certain and right has this value."
)
def value_zero(d_real, d_fake):
    return 0 * (d_real.sum() + d_fake.sum())


@value_of_certainty.catches(EPSILON)
def value_with_epsilon(d_real, d_fake):
    return (d_real + 1e-8).log().mean() + (1 - d_fake + 1e-8).log().mean()


@value_of_certainty.catches(CLAMPED)
def value_by_cross_entropy(d_real, d_fake):
    return -F.binary_cross_entropy(d_real, torch.ones_like(d_real)) - F.binary_cross_entropy(
        d_fake, torch.zeros_like(d_fake)
    )


@value_of_unequal_batches.catches(
    "The batches are paired example by example, so they have to have one size. Do two"
    " expectations need that?"
)
def value_paired(d_real, d_fake):
    return (d_real.log() + (1 - d_fake).log()).mean()


@value_is_scalar.catches("You return one value per example; the game has one value.")
def value_per_example(d_real, d_fake):
    return d_real.log() + (1 - d_fake).log()


@value_gradients.catches(
    "The value is right, but no gradient comes back: something cuts the graph."
)
def value_detached(d_real, d_fake):
    return d_real.detach().log().mean() + (1 - d_fake.detach()).log().mean()


@D.sum_of("The term of the real examples", "The term of the generated examples")
def value_terms(d_real, d_fake):
    return d_real.log().mean(), torch.log1p(-d_fake).mean()
