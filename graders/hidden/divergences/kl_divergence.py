"""Hidden checks of `kl_divergence`, then the mistakes that they catch."""

import math

import torch

from graders.core import expect
from graders.core.exercise import check, misconception
from graders.hidden._hypothesis import for_every, shown
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

KL = "kl_divergence(p, q)"


@check("kl_divergence", "It returns a scalar tensor, whatever the number of outcomes.")
def kl_is_scalar(student, draw):
    for size in (5, 2):
        got = student.kl_divergence(draw.probabilities(size), draw.probabilities(size))
        expect.tensor(got, shape=(), subject=f"{KL} with S = {size}")


@check("kl_divergence", "It is the expected log ratio under p, in nats.", after=("kl_is_scalar",))
def kl_value(student, draw, right):
    p, q = draw.probabilities(5), draw.probabilities(5)
    expect.close(student.kl_divergence(p, q), right.kl_divergence(p, q), subject=KL)


@check(
    "kl_divergence",
    "Outcomes that p never gives add nothing, whether q gives them or not.",
    after=("kl_value",),
)
def kl_ignores_zeros_of_p(student, draw, right):
    p, q = (
        torch.cat([draw.probabilities(3), vector(0, 0)]),
        torch.cat([0.7 * draw.probabilities(3), vector(0, 0.3)]),
    )
    expect.close(
        student.kl_divergence(p, q), right.kl_divergence(p, q), subject=f"{KL} with zeros in both"
    )


@check("kl_divergence", "It is infinite when q rules out what p gives.", after=("kl_value",))
def kl_is_infinite(student, draw, right):
    p, q = (
        torch.cat([draw.probabilities(3), vector(0)]),
        torch.cat([vector(0), draw.probabilities(2), vector(0)]),
    )
    expect.close(
        student.kl_divergence(p, q),
        right.kl_divergence(p, q),
        subject=f"{KL} where q rules out an outcome",
    )


@check("kl_divergence", "It is right for small distributions of every kind.", after=("kl_value",))
def kl_everywhere(student, draw, right):
    def law(pair):
        p, q = pair
        expect.close(
            student.kl_divergence(p, q),
            right.kl_divergence(p, q),
            subject=KL,
            inputs=shown(p=p, q=q),
        )

    for_every(draw, PAIRS, law)


@check("kl_divergence", "It stays accurate for probabilities of 1e-300.", after=("kl_value",))
def kl_of_tiny_probabilities(student, right):
    for p, q in TINY:
        expect.close(
            student.kl_divergence(p, q),
            right.kl_divergence(p, q),
            subject=KL,
            inputs=shown(p=p, q=q),
        )


@check("kl_divergence", "Where gradients flow through it, they are right.", after=("kl_value",))
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


@check("kl_divergence", "It keeps float32.", after=("kl_is_scalar",))
def kl_keeps_float32(student, draw, right):
    p, q = draw.probabilities(5).float(), draw.probabilities(5).float()
    expect.close(
        student.kl_divergence(p, q),
        right.kl_divergence(p, q),
        subject=f"{KL} in float32",
        atol=1e-5,
    )


@check("kl_divergence", "It leaves its arguments as they are.", after=("kl_is_scalar",))
def kl_changes_nothing(student, draw):
    pair = vector(0, 0.4, 0.6), draw.probabilities(3)
    expect.unchanged(student.observe("kl_divergence", *pair), pair, names=("p", "q"), subject=KL)


def _ratio(p, q):
    return torch.xlogy(p, p) - torch.xlogy(p, q)


@misconception(
    "kl_divergence",
    hint="This is the divergence in the other direction: whose expectation is it?",
    caught_by="kl_value",
)
def kl_reversed(p, q):
    return _ratio(q, p).sum()


@misconception(
    "kl_divergence",
    hint="Your value has the opposite sign. Can a divergence be negative?",
    caught_by="kl_value",
)
def kl_negated(p, q):
    return -_ratio(p, q).sum()


@misconception("kl_divergence", hint=BITS, caught_by="kl_value")
def kl_in_bits(p, q):
    return _ratio(p, q).sum() / LOG_2


@misconception(
    "kl_divergence",
    hint=(
        "You average over the outcomes, as some library defaults do; the expectation has its"
        " weights already."
    ),
    caught_by="kl_value",
)
def kl_mean_over_outcomes(p, q):
    return _ratio(p, q).mean()


@misconception(
    "kl_divergence",
    hint="You return one term per outcome; the divergence is a single number.",
    caught_by="kl_is_scalar",
)
def kl_per_outcome(p, q):
    return _ratio(p, q)


@misconception(
    "kl_divergence",
    hint="This is the cross entropy. What does it leave for two equal distributions?",
    caught_by="kl_value",
)
def kl_cross_entropy(p, q):
    return -torch.xlogy(p, q).sum()


@misconception(
    "kl_divergence",
    hint="Only the entropy of p is in your value, and q does not matter.",
    caught_by="kl_value",
)
def kl_entropy(p, q):
    return -torch.xlogy(p, p).sum() + 0 * q.sum()


@misconception(
    "kl_divergence",
    hint="The log ratios are added up without their probabilities.",
    caught_by="kl_value",
)
def kl_unweighted(p, q):
    return (p.log() - q.log()).sum()


@misconception(
    "kl_divergence",
    hint="Your value does not change when p and q are exchanged. Is this divergence symmetric?",
    caught_by="kl_value",
)
def kl_symmetrised(p, q):
    return 0.5 * (_ratio(p, q) + _ratio(q, p)).sum()


@misconception(
    "kl_divergence",
    hint="This is a distance between the probabilities themselves; no logarithm enters.",
    caught_by="kl_value",
)
def kl_total_variation(p, q):
    return 0.5 * (p - q).abs().sum()


@misconception(
    "kl_divergence",
    hint="The arguments are probabilities already; nothing has to turn them into some.",
    caught_by="kl_value",
)
def kl_of_softmax(p, q):
    return _ratio(p.softmax(0), q.softmax(0)).sum()


@misconception("kl_divergence", hint=NO_EPSILON, caught_by="kl_is_infinite")
def kl_with_epsilon(p, q):
    return (p * ((p + 1e-8) / (q + 1e-8)).log()).sum()


@misconception(
    "kl_divergence",
    hint=(
        "The logarithm of 0 is infinite, and 0 times infinity is NaN. What should such an outcome"
        " add?"
    ),
    caught_by="kl_ignores_zeros_of_p",
)
def kl_nan_at_zero(p, q):
    return (p * (p / q).log()).sum()


@misconception(
    "kl_divergence",
    hint=(
        "Leaving out every outcome with a zero also leaves out the one that makes the divergence"
        " infinite."
    ),
    caught_by="kl_is_infinite",
)
def kl_masked(p, q):
    both = (p > 0) & (q > 0)
    return _ratio(p[both], q[both]).sum()


@misconception(
    "kl_divergence",
    hint="Clamping turns an infinite divergence into a large number of your own choice.",
    caught_by="kl_is_infinite",
)
def kl_clamped(p, q):
    return (torch.xlogy(p, p) - torch.xlogy(p, q.clamp_min(1e-310))).sum()


@misconception(
    "kl_divergence",
    hint="Something on the way rounds small probabilities up. Is 1e-300 the same as 1e-16?",
    caught_by="kl_of_tiny_probabilities",
)
def kl_rounded_up(p, q):
    smallest = torch.finfo(p.dtype).eps
    ratio = p.clamp_min(smallest).log() - q.clamp_min(smallest).log()
    return torch.where(p > 0, torch.where(q > 0, p * ratio, math.inf), 0.0).sum()


@misconception(
    "kl_divergence",
    hint="The value is right, but a part of the graph is cut.",
    caught_by="kl_gradients",
)
def kl_half_detached(p, q):
    return _ratio(p.detach(), q).sum()


@misconception(
    "kl_divergence",
    hint="The result is always of one dtype. It should follow the input.",
    caught_by="kl_keeps_float32",
)
def kl_promotes(p, q):
    return _ratio(p.double(), q.double()).sum()


@misconception(
    "kl_divergence",
    hint=(
        "An operation whose name ends in an underscore, or an assignment by mask, changes the"
        " caller's tensor."
    ),
    caught_by="kl_changes_nothing",
)
def kl_in_place(p, q):
    infinite = ((p > 0) & (q == 0)).any()
    value = _ratio(p, q).sum() if not infinite else (p.sum() * math.inf)
    p.data[p == 0] = 1e-300
    return value
