"""Hidden checks of `value_of`, then the mistakes that they catch."""

import torch
from hypothesis import strategies as st

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.divergences._common import gradients_if_any, softmaxes, vector
from graders.hidden.gan._common import CLAMPED, EPSILON, IN_PLACE, LOG_4
from graders.public.gan import value_of
from reference.divergences import jensen_shannon

D = Words(value_of)

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


value_of_value = D.equals_reference(
    "It is the value of the game for any discriminator.",
    lambda draw: [game(draw, size) for size in (5, 3)],
)


value_of_zeros = D.equals_reference(
    "Outcomes that a distribution never gives add nothing, however certain the discriminator is of"
    " them.",
    lambda draw: (
        torch.cat([draw.probabilities(3), vector(0, 0)]),
        torch.cat([vector(0), 0.6 * draw.probabilities(2), vector(0.4, 0)]),
        torch.cat([vector(1), draw.uniform(0.1, 0.9, 2), vector(0, 1)]),
    ),
    after=value_of_value,
)


def wrong_somewhere(draw):
    """A game whose discriminator is certain of one outcome, and wrong."""
    p_data, p_g, d = game(draw, 4)
    places = torch.arange(4)
    return [(p_data, p_g, torch.where(places == i, sure, d)) for i, sure in ((0, 0.0), (2, 1.0))]


value_of_certainly_wrong = D.equals_reference(
    "It is -inf for a discriminator that is certain and wrong.",
    wrong_somewhere,
    after=value_of_value,
)


value_of_everywhere = D.everywhere(
    "It is right for small games of every kind.", GAMES, after=value_of_value
)


@D.check("It is at most C(G), which it reaches at the optimal discriminator.", after=value_of_value)
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


@D.check("Where gradients flow through it, they are right.", after=value_of_value)
def value_of_gradients(student, draw, right):
    leaves, (p_data, p_g) = softmaxes(draw, 4)
    leaves.append(draw.uniform(0.1, 0.9, 4).requires_grad_())
    wanted = expect.gradient_of(right.value_of(p_data, p_g, leaves[2]), leaves)
    names = ("the logits of p_data", "the logits of p_g", "d")
    gradients_if_any(
        lambda: student.value_of(p_data, p_g, leaves[2]), leaves, wanted, names=names, subject=VALUE
    )


def _terms(p_data, p_g, d):
    return torch.xlogy(p_data, d), torch.xlogy(p_g, 1 - d)


@value_of_value.catches("The two distributions have changed roles: of which one does D speak?")
def value_of_swapped(p_data, p_g, d):
    real, generated = _terms(p_g, p_data, d)
    return (real + generated).sum()


@value_of_value.catches("This is the loss of the discriminator; V is what it maximises.")
def value_of_negated(p_data, p_g, d):
    real, generated = _terms(p_data, p_g, d)
    return -(real + generated).sum()


@value_of_value.catches(
    "You average over the outcomes; the expectations have their weights already."
)
def value_of_mean(p_data, p_g, d):
    real, generated = _terms(p_data, p_g, d)
    return (real + generated).mean()


@value_of_value.catches(
    "Every outcome counts the same here. How often does each distribution give it?"
)
def value_of_unweighted(p_data, p_g, d):
    return d.log().mean() + (1 - d).log().mean()


@value_of_value.catches("The two terms work against each other. D gains from both.")
def value_of_difference(p_data, p_g, d):
    real, generated = _terms(p_data, p_g, d)
    return (real - generated).sum()


@value_of_value.catches(
    "Both of your terms have the form of the first one. What does D want of generated examples?"
)
def value_of_both_real(p_data, p_g, d):
    return (torch.xlogy(p_data, d) + torch.xlogy(p_g, d)).sum()


@value_of_value.catches("Both expectations are over the real data here.")
def value_of_data_twice(p_data, p_g, d):
    return (torch.xlogy(p_data, d) + torch.xlogy(p_data, 1 - d)).sum()


@value_of_value.catches("Only the real data enter your value.")
def value_of_without_generated(p_data, p_g, d):
    return torch.xlogy(p_data, d).sum()


@value_of_value.catches("The value is that of the given discriminator, not of the best one.")
def value_of_the_best(p_data, p_g, d):
    return 2 * jensen_shannon(p_data, p_g) - LOG_4 + 0 * d.sum()


@value_of_value.catches("Your value is half of V.")
def value_of_halved(p_data, p_g, d):
    real, generated = _terms(p_data, p_g, d)
    return 0.5 * (real + generated).sum()


@value_of_value.catches("The logarithm is inside the expectation: the two cannot be exchanged.")
def value_of_log_of_mean(p_data, p_g, d):
    return (p_data * d).sum().log() + (p_g * (1 - d)).sum().log()


@value_of_certainly_wrong.catches(EPSILON)
def value_of_with_epsilon(p_data, p_g, d):
    return (p_data * (d + 1e-8).log() + p_g * (1 - d + 1e-8).log()).sum()


@value_of_zeros.catches(
    "The logarithm of 0 is infinite, and 0 times infinity is NaN. What should such an outcome add?"
)
def value_of_nan_at_zero(p_data, p_g, d):
    return (p_data * d.log() + p_g * (1 - d).log()).sum()


@value_of_certainly_wrong.catches(CLAMPED)
def value_of_clamped(p_data, p_g, d):
    return (p_data * d.log().clamp_min(-100) + p_g * (1 - d).log().clamp_min(-100)).sum()


@value_of_certainly_wrong.catches(
    "Leaving out the outcomes of which D is certain leaves out its worst mistakes."
)
def value_of_masked(p_data, p_g, d):
    real, generated = _terms(p_data, p_g, d)
    return real[d > 0].sum() + generated[d < 1].sum()


@D.laws.law_state.catches(IN_PLACE)
def value_in_place(p_data, p_g, d):
    value = (torch.xlogy(p_data, d.clone()) + torch.xlogy(p_g, 1 - d.clone())).sum()
    d.data.log_()
    return value


@D.sum_of("The term of the data", "The term of the generator")
def value_of_terms(p_data, p_g, d):
    return torch.xlogy(p_data, d).sum(), torch.xlogy(p_g, 1 - d).sum()
