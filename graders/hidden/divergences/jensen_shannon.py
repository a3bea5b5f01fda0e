"""Hidden checks of `jensen_shannon`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.divergences._common import (
    BITS,
    LOG_2,
    NO_EPSILON,
    PAIRS,
    TINY,
    gradients_if_any,
    softmaxes,
    vector,
)
from graders.public.divergences import jensen_shannon
from reference.divergences import kl_divergence

D = Words(jensen_shannon)

JSD = "jensen_shannon(p, q)"


jsd_value = D.equals_reference(
    "It is the average divergence of both from their mixture, in nats.",
    lambda draw: (draw.probabilities(5), draw.probabilities(5)),
)


jsd_with_zeros = D.equals_reference(
    "Zeros in either distribution, or in both, are no trouble.",
    lambda draw: (
        torch.cat([vector(0), draw.probabilities(3), vector(0)]),
        torch.cat([draw.probabilities(3), vector(0, 0)]),
    ),
    after=jsd_value,
)


jsd_of_disjoint = D.gives(
    "Two distributions without a common outcome are log 2 apart.",
    (
        lambda draw: (
            torch.cat([draw.probabilities(3), vector(0, 0)]),
            torch.cat([vector(0, 0, 0), draw.probabilities(2)]),
        ),
        vector(LOG_2)[0],
    ),
    after=jsd_value,
    stand_ins=False,
)


jsd_everywhere = D.everywhere(
    "It is right for small distributions of every kind.", PAIRS, after=jsd_value
)


@D.check("It is symmetric, and between 0 and log 2.", after=jsd_value, stand_ins=False)
def jsd_laws(student, draw):
    for scale in (0.1, 1.0, 20.0):
        p, q = (scale * draw.normal(4)).softmax(0), (scale * draw.normal(4)).softmax(0)
        got = expect.tensor(student.jensen_shannon(p, q), shape=(), subject=JSD)
        exchanged = expect.tensor(student.jensen_shannon(q, p), shape=(), subject=JSD)
        expect.close(got, exchanged, subject=f"{JSD} against jensen_shannon(q, p)")
        expect.at_most(torch.stack([-got, got]), vector(0, LOG_2), subject=JSD)


jsd_of_tiny_probabilities = D.equals_reference(
    "It stays accurate for probabilities of 1e-300.",
    lambda draw: [*TINY, (vector(1e-300, 1.0), vector(1.0, 1e-300))],
    after=jsd_value,
)


@D.check("Where gradients flow through it, they are right.", after=jsd_value)
def jsd_gradients(student, draw, right):
    leaves, (p, q) = softmaxes(draw, 4)
    wanted = expect.gradient_of(right.jensen_shannon(p, q), leaves)
    gradients_if_any(
        lambda: student.jensen_shannon(p, q),
        leaves,
        wanted,
        names=("the logits of p", "the logits of q"),
        subject=JSD,
    )


@jsd_value.catches(
    "Your values are a fixed multiple of the divergence: how are its two terms averaged?"
)
def jsd_without_half(p, q):
    m = 0.5 * (p + q)
    return kl_divergence(p, m) + kl_divergence(q, m)


@jsd_value.catches(
    "Your values are not 0 for equal distributions. Does the mixture in the middle add up to 1?"
)
def jsd_unnormalised_mixture(p, q):
    return 0.5 * (kl_divergence(p, p + q) + kl_divergence(q, p + q))


@jsd_value.catches(
    "This is the square root, a metric that some libraries return under the same name."
)
def jsd_root(p, q):
    m = 0.5 * (p + q)
    return (0.5 * (kl_divergence(p, m) + kl_divergence(q, m))).clamp_min(0).sqrt()


@jsd_value.catches(BITS)
def jsd_in_bits(p, q):
    m = 0.5 * (p + q)
    return 0.5 * (kl_divergence(p, m) + kl_divergence(q, m)) / LOG_2


@jsd_value.catches(
    "The average of the two directions of KL is symmetric too, but it is not bounded, and no"
    " mixture enters."
)
def jsd_symmetrised_kl(p, q):
    return 0.5 * (kl_divergence(p, q) + kl_divergence(q, p))


@jsd_value.catches(
    "The expectations are taken under the mixture here: which argument of KL comes first?"
)
def jsd_from_the_mixture(p, q):
    m = 0.5 * (p + q)
    return 0.5 * (kl_divergence(m, p) + kl_divergence(m, q))


@jsd_value.catches("Only one of the two distributions is compared with the mixture.")
def jsd_one_sided(p, q):
    return kl_divergence(p, 0.5 * (p + q))


@jsd_value.catches("A mixture averages probabilities, not their logarithms.")
def jsd_geometric_mixture(p, q):
    m = (p * q).sqrt()
    return 0.5 * (kl_divergence(p, m / m.sum()) + kl_divergence(q, m / m.sum()))


@jsd_value.catches("Your value has the opposite sign. Can a divergence be negative?")
def jsd_negated(p, q):
    m = 0.5 * (p + q)
    return -0.5 * (kl_divergence(p, m) + kl_divergence(q, m))


@jsd_value.catches(NO_EPSILON)
def jsd_with_epsilon(p, q):
    m = 0.5 * (p + q) + 1e-8
    return 0.5 * (torch.xlogy(p, p / m) + torch.xlogy(q, q / m)).sum()


@jsd_value.catches("This is how far the probabilities are apart; no logarithm enters.")
def jsd_total_variation(p, q):
    return 0.5 * (p - q).abs().sum()


@jsd_with_zeros.catches(
    "The logarithm of 0 is infinite, and 0 times infinity is NaN. What should such an outcome add?"
)
def jsd_nan_at_zero(p, q):
    m = 0.5 * (p + q)
    return 0.5 * (p * (p / m).log() + q * (q / m).log()).sum()


@jsd_with_zeros.catches(
    "Outcomes that only one of the two gives are left out. They are what tells p and q apart most."
)
def jsd_masked(p, q):
    both = (p > 0) & (q > 0)
    p, q = p[both], q[both]
    m = 0.5 * (p + q)
    return 0.5 * (p * (p / m).log() + q * (q / m).log()).sum()


@jsd_gradients.catches("The value is right, but a part of the graph is cut.")
def jsd_half_detached(p, q):
    m = 0.5 * (p + q.detach())
    return 0.5 * (kl_divergence(p, m) + kl_divergence(q.detach(), m))


@D.laws.law_state.catches(
    "An operation whose name ends in an underscore changes the caller's tensor."
)
def jsd_in_place(p, q):
    mine = p.clone()
    p.data.add_(q.data).div_(2)
    mean = (mine + q) / 2
    return ((torch.xlogy(mine, mine) + torch.xlogy(q, q)) / 2 - torch.xlogy(mean, mean)).sum()


@D.sum_of("The divergence of p", "The divergence of q")
def jsd_terms(p, q):
    middle = (p + q) / 2
    parts = ((torch.xlogy(one, one) - torch.xlogy(one, middle)).sum() / 2 for one in (p, q))
    return tuple(parts)
