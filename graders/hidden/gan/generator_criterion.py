"""Hidden checks of `generator_criterion`, then the mistakes that they catch."""

import math

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.divergences._common import PAIRS, TINY, gradients_if_any, softmaxes, vector
from graders.hidden.gan._common import EPSILON, LOG_4
from graders.public.gan import generator_criterion
from reference.divergences import jensen_shannon

D = Words(generator_criterion)

# log 4 in float32 leaves 1e-8 where it should cancel.
CONSTANTS = 1e-6


CRITERION = "generator_criterion(p_data, p_g)"


criterion_value = D.equals_reference(
    "It is the value of the game at the optimal discriminator.",
    lambda draw: (draw.probabilities(5), draw.probabilities(5)),
)


criterion_of_disjoint = D.gives(
    "It is largest, and 0, when the generator makes nothing that is in the data.",
    (
        lambda draw: (
            torch.cat([draw.probabilities(3), vector(0, 0)]),
            torch.cat([vector(0, 0, 0), draw.probabilities(2)]),
        ),
        vector(0)[0],
    ),
    after=criterion_value,
    stand_ins=False,
    atol=CONSTANTS,
)


@D.check(
    "It is smallest when the two distributions are equal.", after=criterion_value, stand_ins=False
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


criterion_everywhere = D.everywhere(
    "It is right for small distributions of every kind.",
    PAIRS,
    examples=8,
    after=criterion_value,
    atol=CONSTANTS,
)


@D.check("No discriminator has a larger value of the game.", after=criterion_value, stand_ins=False)
def criterion_is_the_maximum(student, draw, right):
    p_data, p_g = draw.probabilities(4), draw.probabilities(4)
    got = expect.tensor(student.generator_criterion(p_data, p_g), shape=(), subject=CRITERION)
    values = torch.stack(
        [right.value_of(p_data, p_g, draw.uniform(0.02, 0.98, 4)) for _ in range(30)]
    )
    expect.at_most(
        values, got.detach().expand(30), subject="V at random discriminators against C(G)"
    )


criterion_of_tiny_probabilities = D.equals_reference(
    "It stays accurate for probabilities of 1e-300.",
    lambda draw: [*TINY, (vector(1e-300, 1.0), vector(1.0, 1e-300))],
    after=criterion_value,
    atol=CONSTANTS,
)


@D.check("Where gradients flow through it, they are right.", after=criterion_value)
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


@criterion_value.catches(
    "The factor in front of the divergence is missing: how often does its 1/2 occur in V?"
)
def criterion_without_factor(p_data, p_g):
    return jensen_shannon(p_data, p_g) - LOG_4


@criterion_value.catches(
    "The constant is missing. What is the value of the game where the divergence is 0?"
)
def criterion_without_constant(p_data, p_g):
    return 2 * jensen_shannon(p_data, p_g)


@criterion_value.catches("Each of the two terms contributes its own log 2 to the constant.")
def criterion_half_the_constant(p_data, p_g):
    return 2 * jensen_shannon(p_data, p_g) - LOG_4 / 2


@criterion_value.catches("The constant has the wrong sign: is V positive for any discriminator?")
def criterion_plus_constant(p_data, p_g):
    return 2 * jensen_shannon(p_data, p_g) + LOG_4


@criterion_value.catches("This is what the generator would maximise; C(G) is what it minimises.")
def criterion_negated(p_data, p_g):
    return LOG_4 - 2 * jensen_shannon(p_data, p_g)


@criterion_value.catches("This is half of C(G). How are its two expectations put together?")
def criterion_halved(p_data, p_g):
    return jensen_shannon(p_data, p_g) - LOG_4 / 2


@criterion_value.catches(
    "This is the value at the discriminator that always says 1/2. Is it the best one for any"
    " generator?"
)
def criterion_undecided(p_data, p_g):
    return -LOG_4 + 0 * (p_data + p_g).sum()


@criterion_value.catches("KL compares the two directly; in C(G) each is compared with their sum.")
def criterion_of_kl(p_data, p_g):
    return (torch.xlogy(p_data, p_data) - torch.xlogy(p_data, p_g)).sum() - LOG_4


@criterion_value.catches("Only the expectation over the data is in your value.")
def criterion_one_sided(p_data, p_g):
    return (torch.xlogy(p_data, p_data) - torch.xlogy(p_data, p_data + p_g)).sum()


@criterion_value.catches(EPSILON)
def criterion_with_epsilon(p_data, p_g):
    d = p_data / (p_data + p_g + 1e-5)
    return (p_data * (d + 1e-5).log() + p_g * (1 - d + 1e-5).log()).sum()


@criterion_of_disjoint.catches(
    "The logarithm of 0 is infinite, and 0 times infinity is NaN. What should such an outcome add?"
)
def criterion_nan_at_zero(p_data, p_g):
    total = p_data + p_g
    return (p_data * (p_data / total).log() + p_g * (p_g / total).log()).sum()


@criterion_of_tiny_probabilities.catches(
    "1 - D rounds to 0 where D is nearly 1, although what it stands for is not 0. Can it be had"
    " without a subtraction?"
)
def criterion_by_cancellation(p_data, p_g):
    d = torch.where(p_data + p_g > 0, p_data / (p_data + p_g), 0.5)
    return (torch.xlogy(p_data, d) + torch.xlogy(p_g, 1 - d)).sum()


@D.sum_of("The divergence of the data", "The divergence of the generator", "log 4")
def criterion_terms(p_data, p_g):
    middle = (p_data + p_g) / 2
    first, second = ((torch.xlogy(p, p) - torch.xlogy(p, middle)).sum() for p in (p_data, p_g))
    return first, second, torch.full_like(first, -math.log(4))
