"""Hidden checks of `kl_divergence`, then the mistakes that they catch."""

import math

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
from graders.public.divergences import kl_divergence

D = Words(kl_divergence)

KL = "kl_divergence(p, q)"


kl_value = D.equals_reference(
    "It is the expected log ratio under p, in nats.",
    lambda draw: (draw.probabilities(5), draw.probabilities(5)),
)


kl_ignores_zeros_of_p = D.equals_reference(
    "Outcomes that p never gives add nothing, whether q gives them or not.",
    lambda draw: (
        torch.cat([draw.probabilities(3), vector(0, 0)]),
        torch.cat([0.7 * draw.probabilities(3), vector(0, 0.3)]),
    ),
    after=kl_value,
)


kl_is_infinite = D.equals_reference(
    "It is infinite when q rules out what p gives.",
    lambda draw: (
        torch.cat([draw.probabilities(3), vector(0)]),
        torch.cat([vector(0), draw.probabilities(2), vector(0)]),
    ),
    after=kl_value,
)


kl_everywhere = D.everywhere(
    "It is right for small distributions of every kind.", PAIRS, after=kl_value
)


kl_of_tiny_probabilities = D.equals_reference(
    "It stays accurate for probabilities of 1e-300.",
    lambda draw: list(TINY),
    after=kl_value,
)


@D.check("Where gradients flow through it, they are right.", after=kl_value)
def kl_gradients(student, draw, right):
    leaves, (p, q) = softmaxes(draw, 4)
    wanted = expect.gradient_of(right.kl_divergence(p, q), leaves)
    gradients_if_any(
        lambda: student.kl_divergence(p, q),
        leaves,
        wanted,
        names=("the logits of p", "the logits of q"),
        subject=KL,
    )


@D.check("It leaves its arguments as they are.", after=kl_value)
def kl_changes_nothing(student, draw):
    pair = vector(0, 0.4, 0.6), draw.probabilities(3)
    expect.unchanged(student.observe("kl_divergence", *pair), pair, names=("p", "q"), subject=KL)


def _ratio(p, q):
    return torch.xlogy(p, p) - torch.xlogy(p, q)


@kl_value.catches("This is the divergence in the other direction: whose expectation is it?")
def kl_reversed(p, q):
    return _ratio(q, p).sum()


@kl_value.catches("Your value has the opposite sign. Can a divergence be negative?")
def kl_negated(p, q):
    return -_ratio(p, q).sum()


@kl_value.catches(BITS)
def kl_in_bits(p, q):
    return _ratio(p, q).sum() / LOG_2


@kl_value.catches(
    "You average over the outcomes, as some library defaults do; the expectation has its"
    " weights already."
)
def kl_mean_over_outcomes(p, q):
    return _ratio(p, q).mean()


@kl_value.catches("You return one term per outcome; the divergence is a single number.")
def kl_per_outcome(p, q):
    return _ratio(p, q)


@kl_value.catches("This is the cross entropy. What does it leave for two equal distributions?")
def kl_cross_entropy(p, q):
    return -torch.xlogy(p, q).sum()


@kl_value.catches("Only the entropy of p is in your value, and q does not matter.")
def kl_entropy(p, q):
    return -torch.xlogy(p, p).sum() + 0 * q.sum()


@kl_value.catches("The log ratios are added up without their probabilities.")
def kl_unweighted(p, q):
    return (p.log() - q.log()).sum()


@kl_value.catches(
    "Your value does not change when p and q are exchanged. Is this divergence symmetric?"
)
def kl_symmetrised(p, q):
    return 0.5 * (_ratio(p, q) + _ratio(q, p)).sum()


@kl_value.catches("This is a distance between the probabilities themselves; no logarithm enters.")
def kl_total_variation(p, q):
    return 0.5 * (p - q).abs().sum()


@kl_value.catches("The arguments are probabilities already; nothing has to turn them into some.")
def kl_of_softmax(p, q):
    return _ratio(p.softmax(0), q.softmax(0)).sum()


@kl_is_infinite.catches(NO_EPSILON)
def kl_with_epsilon(p, q):
    return (p * ((p + 1e-8) / (q + 1e-8)).log()).sum()


@kl_ignores_zeros_of_p.catches(
    "The logarithm of 0 is infinite, and 0 times infinity is NaN. What should such an outcome add?"
)
def kl_nan_at_zero(p, q):
    return (p * (p / q).log()).sum()


@kl_is_infinite.catches(
    "Leaving out every outcome with a zero also leaves out the one that makes the divergence"
    " infinite."
)
def kl_masked(p, q):
    both = (p > 0) & (q > 0)
    return _ratio(p[both], q[both]).sum()


@kl_is_infinite.catches(
    "Clamping turns an infinite divergence into a large number of your own choice."
)
def kl_clamped(p, q):
    return (torch.xlogy(p, p) - torch.xlogy(p, q.clamp_min(1e-310))).sum()


@kl_of_tiny_probabilities.catches(
    "Something on the way rounds small probabilities up. Is 1e-300 the same as 1e-16?"
)
def kl_rounded_up(p, q):
    smallest = torch.finfo(p.dtype).eps
    ratio = p.clamp_min(smallest).log() - q.clamp_min(smallest).log()
    return torch.where(p > 0, torch.where(q > 0, p * ratio, math.inf), 0.0).sum()


@kl_gradients.catches("The value is right, but a part of the graph is cut.")
def kl_half_detached(p, q):
    return _ratio(p.detach(), q).sum()


@D.laws.law_dtype.catches("The result is always of one dtype. It should follow the input.")
def kl_promotes(p, q):
    return _ratio(p.double(), q.double()).sum()


@kl_changes_nothing.catches(
    "An operation whose name ends in an underscore, or an assignment by mask, changes the"
    " caller's tensor."
)
def kl_in_place(p, q):
    infinite = ((p > 0) & (q == 0)).any()
    value = _ratio(p, q).sum() if not infinite else (p.sum() * math.inf)
    p.data[p == 0] = 1e-300
    return value


@D.sum_of("The entropy of p", "The cross entropy")
def kl_parts(p, q):
    return torch.xlogy(p, p).sum(), -torch.xlogy(p, q).sum()
