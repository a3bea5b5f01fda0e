"""Hidden checks of `gan_value`, then the mistakes that they catch."""

import torch
from torch.nn import functional as F

from graders.hidden._words import Words
from graders.hidden.divergences._common import vector
from graders.hidden.gan._common import CLAMPED, CONSTANT, EPSILON, LOG_4, TWO_MEANS
from graders.public.gan import gan_value

D = Words(gan_value)

V = "gan_value(d_real, d_fake)"


def probabilities(draw, real, fake, *tail):
    """Probabilities of two batches, higher on the real one, none near 1/2 throughout."""
    return draw.uniform(0.3, 0.98, real, *tail), draw.uniform(0.02, 0.8, fake, *tail)


value_of_batches = D.equals_reference(
    "It is the value of the game for two batches of one size.",
    lambda draw: probabilities(draw, 4, 4),
)


value_of_unequal_batches = D.equals_reference(
    "It is the value of the game for batches of different sizes.",
    lambda draw: [probabilities(draw, *sizes) for sizes in ((5, 3), (2, 7))],
)


value_of_columns = D.equals_reference(
    "Probabilities of shape (N, 1) give the same.",
    lambda draw: [probabilities(draw, *sizes, 1) for sizes in ((4, 4), (5, 3))],
)


def certain(draw):
    """Games in which the discriminator is certain of some examples."""
    (d_real, d_fake), zero, one = probabilities(draw, 3, 2), vector(0), vector(1)
    wrong_once = [(torch.cat([d_real, zero]), d_fake), (d_real, torch.cat([d_fake, one]))]
    return [*wrong_once, (zero, one), (one, zero), (one, d_fake)]


value_of_certainty = D.equals_reference(
    "A discriminator that is certain and wrong about one example has the value -inf, one that is"
    " right 0.",
    certain,
    after=value_of_batches,
)

value_of_tiny_probabilities = D.equals_reference(
    "It stays accurate for probabilities of 1e-60.",
    lambda draw: [(vector(1e-60, 0.7), vector(0.2)), (vector(1e-300), vector(1e-60, 0.6))],
    after=value_of_batches,
)


value_gradients = D.gradients(
    "Its gradients with respect to both batches are right.",
    lambda draw: probabilities(draw, 5, 3),
    after=value_of_batches,
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


@value_of_batches.catches("You return one value per example; the game has one value.")
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
