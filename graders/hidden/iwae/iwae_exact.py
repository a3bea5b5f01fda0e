"""Hidden checks of `iwae_exact`, then the mistakes that they catch."""

import math

import torch
from hypothesis import strategies as st

from graders.core import expect
from graders.hidden._words import Words
from graders.public.iwae import iwae_exact

D = Words(iwae_exact)

# log k in float32 is off by up to 6e-8, also where the bound is near 0.
CONSTANTS = 1e-6


EXACT = "iwae_exact(prior, likelihood, q, k)"


def finite_model(draw, states):
    """prior, likelihood, q on a space of some states, none of them 0."""
    return draw.probabilities(states), draw.uniform(0.02, 1, states), draw.probabilities(states)


sum_over_sequences = D.equals_reference(
    "It equals the sum over all sequences of draws.",
    lambda draw: [(*finite_model(draw, states), k) for states, k in ((4, 3), (3, 5), (5, 2))],
    atol=CONSTANTS,
    number=True,
)


def _small_model(drawn):
    states, k, weights = drawn
    prior, likelihood, q = (
        torch.tensor(list(weights[i::3][:states]), dtype=torch.float64) for i in range(3)
    )
    q = q % 4
    q[0] += q.sum() == 0
    return (prior % 4 + 1) / (prior % 4 + 1).sum(), (likelihood % 8 + 1) / 8, q / q.sum(), k


SMALL_MODELS = st.tuples(
    st.integers(1, 4), st.integers(1, 4), st.binary(min_size=12, max_size=12)
).map(_small_model)


every_small_model = D.everywhere(
    "It is right for every small model, also where q leaves states out.",
    SMALL_MODELS,
    after=sum_over_sequences,
    atol=CONSTANTS,
    number=True,
)


undrawn_states = D.equals_reference(
    "A state with q = 0 contributes nothing, whatever its prior and likelihood are.",
    lambda draw: (
        *(
            torch.tensor([0.4, 0.0, 0.35, 0.25]).double(),
            draw.uniform(0.1, 1, 4),
            torch.tensor([0.3, 0.0, 0.0, 0.7]).double(),
        ),
        3,
    ),
    after=sum_over_sequences,
    atol=CONSTANTS,
    number=True,
)


impossible_draws = D.gives(
    "It is -inf when all k draws can land where the joint density is 0.",
    (
        lambda draw: (
            draw.probabilities(3),
            torch.tensor([0.5, 0.0, 0.3], dtype=torch.float64),
            draw.probabilities(3),
            2,
        ),
        -math.inf,
    ),
    (
        lambda draw: (
            torch.tensor([0.4, 0.0, 0.6], dtype=torch.float64),
            draw.uniform(0.1, 1, 3),
            draw.probabilities(3),
            2,
        ),
        -math.inf,
    ),
    after=sum_over_sequences,
    number=True,
)


@D.check("When q is the posterior it is the log evidence for every k.", after=sum_over_sequences)
def exact_for_posterior(student, draw):
    prior, likelihood, _ = finite_model(draw, 4)
    evidence = (prior * likelihood).sum()
    for k in (1, 2, 5):
        got = student.iwae_exact(prior, likelihood, prior * likelihood / evidence, k)
        expect.number(
            got,
            evidence.log().item(),
            subject=f"{EXACT} with q the posterior, k = {k}",
            atol=CONSTANTS,
        )


@D.check("Likelihoods as small as those of images lose nothing.", after=sum_over_sequences)
def tiny_likelihoods(student, draw, right):
    prior, likelihood, q = finite_model(draw, 4)
    model = prior, 1e-280 * likelihood, q
    expect.number(
        student.iwae_exact(*model, 3),
        right.iwae_exact(*model, 3).item(),
        subject=f"{EXACT} with likelihoods of 1e-280",
        atol=CONSTANTS,
    )


many_sequences = D.equals_reference(
    "It goes through thousands of sequences.",
    lambda draw: (*finite_model(draw, 3), 8),
    after=sum_over_sequences,
    atol=CONSTANTS,
    number=True,
)


def _sequences(prior, likelihood, q, k):
    """Probabilities (T,) and weights (T, k) of all sequences of drawn states."""
    states = torch.cartesian_prod(*[q.nonzero().flatten()] * k).reshape(-1, k)
    return q[states].prod(1), (prior * likelihood / q)[states]


@sum_over_sequences.catches(
    "Your value can exceed the log evidence. What does the formula do with k?"
)
def exact_without_1_over_k(prior, likelihood, q, k):
    probability, weights = _sequences(prior, likelihood, q, k)
    return (probability * weights.sum(1).log()).sum()


@sum_over_sequences.catches(
    "Your value is the same for every k: the logarithm is taken of each weight on its own."
)
def exact_mean_of_logs(prior, likelihood, q, k):
    probability, weights = _sequences(prior, likelihood, q, k)
    return (probability * weights.log().mean(1)).sum()


@sum_over_sequences.catches(
    "Your value is the same for every k. Is the logarithm inside the expectation or outside?"
)
def exact_log_of_expectation(prior, likelihood, q, k):
    probability, weights = _sequences(prior, likelihood, q, k)
    return (probability * weights.mean(1)).sum().log()


@sum_over_sequences.catches("The sequences are not equally probable.")
def exact_equal_sequences(prior, likelihood, q, k):
    return _sequences(prior, likelihood, q, k)[1].mean(1).log().mean()


@sum_over_sequences.catches("The draws are independent: the same state can come twice.")
def exact_without_replacement(prior, likelihood, q, k):
    states = torch.combinations(torch.arange(len(q)), min(k, len(q)))
    probability = q[states].prod(1)
    return (probability / probability.sum() * (prior * likelihood / q)[states].mean(1).log()).sum()


@sum_over_sequences.catches(
    "A collection of draws can come about in several orders. How many sequences does each of"
    " yours stand for?"
)
def exact_orders_forgotten(prior, likelihood, q, k):
    states = torch.combinations(torch.arange(len(q)), k, with_replacement=True)
    return (q[states].prod(1) * (prior * likelihood / q)[states].mean(1).log()).sum()


@sum_over_sequences.catches(
    "All your k draws are the same one. Then k makes no difference, does it?"
)
def exact_one_draw_repeated(prior, likelihood, q, k):
    drawn = q > 0
    weights = prior[drawn] * likelihood[drawn] / q[drawn]
    return (q[drawn] ** k / (q[drawn] ** k).sum() * weights.log()).sum()


@sum_over_sequences.catches(
    "Your weights lack their denominator. Which distribution were the samples drawn from?"
)
def exact_proposal_omitted(prior, likelihood, q, k):
    _, weights = _sequences(prior, likelihood, torch.ones_like(q), k)
    return (_sequences(prior, likelihood, q, k)[0] * weights.mean(1).log()).sum()


@sum_over_sequences.catches(
    "Your weights lack the prior. Look at the joint distribution in the numerator."
)
def exact_prior_omitted(prior, likelihood, q, k):
    probability, weights = _sequences(torch.ones_like(prior), likelihood, q, k)
    return (probability * weights.mean(1).log()).sum()


@sum_over_sequences.catches(
    "You average over the prior. Which distribution do the samples come from?"
)
def exact_drawn_from_prior(prior, likelihood, q, k):
    weights = _sequences(prior, likelihood, q, k)[1]
    return (_sequences(prior, likelihood, prior, k)[0] * weights.mean(1).log()).sum()


@sum_over_sequences.catches("The logarithm is a natural one.")
def exact_in_bits(prior, likelihood, q, k):
    probability, weights = _sequences(prior, likelihood, q, k)
    return (probability * weights.mean(1).log2()).sum()


@sum_over_sequences.catches(
    "A random estimate changes with every call; here the sum can be done in full."
)
def exact_by_monte_carlo(prior, likelihood, q, k):
    states = torch.multinomial(q, 500 * k, replacement=True).reshape(500, k)
    return (prior * likelihood / q)[states].mean(1).log().mean()


@sum_over_sequences.catches("Your values have the opposite sign. Is this a bound or a loss?")
def exact_negated(prior, likelihood, q, k):
    probability, weights = _sequences(prior, likelihood, q, k)
    return -(probability * weights.mean(1).log()).sum()


@every_small_model.catches(
    "A state that is never drawn still enters your sum: what is 0 times infinity in floating point?"
)
def exact_counts_undrawn(prior, likelihood, q, k):
    states = torch.cartesian_prod(*[torch.arange(len(q))] * k).reshape(-1, k)
    return (q[states].prod(1) * (prior * likelihood / q)[states].mean(1).log()).sum()


@sum_over_sequences.catches(
    "A small constant against division by 0 moves your value. Which states are drawn at all?"
)
def exact_padded(prior, likelihood, q, k):
    probability, weights = _sequences(prior, likelihood, q + 1e-4, k)
    return (probability * weights.mean(1).log()).sum()


@impossible_draws.catches(
    "A small constant inside the logarithm hides the cases where it is infinite."
)
def exact_log_padded(prior, likelihood, q, k):
    probability, weights = _sequences(prior, likelihood, q, k)
    return (probability * (weights.mean(1) + 1e-13).log()).sum()


@impossible_draws.catches(
    "You leave out the sequences whose weights are all 0, but they do have a probability."
)
def exact_skips_zero_weights(prior, likelihood, q, k):
    probability, weights = _sequences(prior, likelihood, q, k)
    possible = weights.sum(1) > 0
    return (probability[possible] * weights[possible].mean(1).log()).sum()


@D.laws.law_dtype.catches(
    "A tensor that is made from a Python number is float32, whatever the input is."
)
def exact_made_of_a_number(prior, likelihood, q, k):
    probability, weights = _sequences(prior, likelihood, q, k)
    return torch.tensor((probability * weights.mean(1).log()).sum().item())
