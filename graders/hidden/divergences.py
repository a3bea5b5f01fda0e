"""Hidden checks and misconceptions of the topic `divergences`."""

import math

import torch
from hypothesis import strategies as st

from graders.core import expect
from graders.core.exercise import check, misconception, wrong_answer
from graders.core.verdict import Failure, StudentError
from graders.hidden._hypothesis import for_every, shown
from graders.public.divergences import distributions
from reference.divergences import kl_divergence

LOG_2 = math.log(2)


def vector(*entries):
    """A float64 vector."""
    return torch.tensor(entries, dtype=torch.float64)


def _two_distributions(data):
    weights = torch.tensor([byte % 4 for byte in data], dtype=torch.float64).reshape(2, -1)
    weights[:, 0] += weights.sum(1) == 0
    return tuple((weights / weights.sum(1, keepdim=True)).unbind())


# Two distributions on two to four outcomes, with small whole numbers as weights, so that many are
# 0.
PAIRS = (
    st.integers(2, 4)
    .flatmap(lambda size: st.binary(min_size=2 * size, max_size=2 * size))
    .map(_two_distributions)
)

# Probabilities far below the rounding error of 1, none of them 0.
TINY = (
    (vector(0.25, 0.75), vector(1e-300, 1.0)),
    (vector(1e-300, 1.0), vector(0.5, 0.5)),
    (vector(1e-300, 1.0, 0.0), vector(1e-300, 0.25, 0.75)),
)


def gradients_if_any(call, inputs, wanted, *, names, subject):
    """Checks the gradients of a result that carries any.

    scipy is allowed for distributions, and it cuts the graph or refuses tensors that require
    gradients: neither is wrong.
    """
    try:
        got = call()
    except StudentError:
        return
    if isinstance(got, torch.Tensor) and got.requires_grad:
        expect.gradients(got, inputs, wanted, names=names, subject=subject)


def softmaxes(draw, size, count=2):
    """Logits (leaves), and the distributions on `size` outcomes that they give: gradients then need
    no constraint.
    """
    leaves = [draw.normal(size).requires_grad_() for _ in range(count)]
    return leaves, [leaf.softmax(0) for leaf in leaves]


# --- kl_divergence --------------------------------------------------------------------------------

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


BITS = "Your value is in another unit: which base does the logarithm have?"
NO_EPSILON = (
    "A small constant inside the logarithm changes every value a little, and an infinite one a lot."
)


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


# --- jensen_shannon -------------------------------------------------------------------------------

JSD = "jensen_shannon(p, q)"


@check("jensen_shannon", "It returns a scalar tensor, whatever the number of outcomes.")
def jsd_is_scalar(student, draw):
    for size in (5, 2):
        got = student.jensen_shannon(draw.probabilities(size), draw.probabilities(size))
        expect.tensor(got, shape=(), subject=f"{JSD} with S = {size}")


@check(
    "jensen_shannon",
    "It is the average divergence of both from their mixture, in nats.",
    after=("jsd_is_scalar",),
)
def jsd_value(student, draw, right):
    p, q = draw.probabilities(5), draw.probabilities(5)
    expect.close(student.jensen_shannon(p, q), right.jensen_shannon(p, q), subject=JSD)


@check(
    "jensen_shannon",
    "Zeros in either distribution, or in both, are no trouble.",
    after=("jsd_value",),
)
def jsd_with_zeros(student, draw, right):
    p, q = (
        torch.cat([vector(0), draw.probabilities(3), vector(0)]),
        torch.cat([draw.probabilities(3), vector(0, 0)]),
    )
    expect.close(
        student.jensen_shannon(p, q), right.jensen_shannon(p, q), subject=f"{JSD} with zeros"
    )


@check(
    "jensen_shannon",
    "Two distributions without a common outcome are log 2 apart.",
    after=("jsd_value",),
    stand_ins=False,
)
def jsd_of_disjoint(student, draw):
    p, q = (
        torch.cat([draw.probabilities(3), vector(0, 0)]),
        torch.cat([vector(0, 0, 0), draw.probabilities(2)]),
    )
    expect.close(
        student.jensen_shannon(p, q), vector(LOG_2)[0], subject=f"{JSD} of disjoint distributions"
    )


@check("jensen_shannon", "It is right for small distributions of every kind.", after=("jsd_value",))
def jsd_everywhere(student, draw, right):
    def law(pair):
        p, q = pair
        expect.close(
            student.jensen_shannon(p, q),
            right.jensen_shannon(p, q),
            subject=JSD,
            inputs=shown(p=p, q=q),
        )

    for_every(draw, PAIRS, law)


@check(
    "jensen_shannon",
    "It is symmetric, and between 0 and log 2.",
    after=("jsd_value",),
    stand_ins=False,
)
def jsd_laws(student, draw):
    for scale in (0.1, 1.0, 20.0):
        p, q = (scale * draw.normal(4)).softmax(0), (scale * draw.normal(4)).softmax(0)
        got = expect.tensor(student.jensen_shannon(p, q), shape=(), subject=JSD)
        exchanged = expect.tensor(student.jensen_shannon(q, p), shape=(), subject=JSD)
        expect.close(got, exchanged, subject=f"{JSD} against jensen_shannon(q, p)")
        expect.at_most(torch.stack([-got, got]), vector(0, LOG_2), subject=JSD)


@check("jensen_shannon", "It stays accurate for probabilities of 1e-300.", after=("jsd_value",))
def jsd_of_tiny_probabilities(student, right):
    for p, q in (*TINY, (vector(1e-300, 1.0), vector(1.0, 1e-300))):
        expect.close(
            student.jensen_shannon(p, q),
            right.jensen_shannon(p, q),
            subject=JSD,
            inputs=shown(p=p, q=q),
        )


@check("jensen_shannon", "Where gradients flow through it, they are right.", after=("jsd_value",))
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


@check("jensen_shannon", "It keeps float32.", after=("jsd_is_scalar",))
def jsd_keeps_float32(student, draw, right):
    p, q = draw.probabilities(5).float(), draw.probabilities(5).float()
    expect.close(
        student.jensen_shannon(p, q),
        right.jensen_shannon(p, q),
        subject=f"{JSD} in float32",
        atol=1e-5,
    )


@check("jensen_shannon", "It leaves its arguments as they are.", after=("jsd_is_scalar",))
def jsd_changes_nothing(student, draw):
    pair = vector(0, 0.4, 0.6), draw.probabilities(3)
    expect.unchanged(student.observe("jensen_shannon", *pair), pair, names=("p", "q"), subject=JSD)


@misconception(
    "jensen_shannon",
    hint="Your values are a fixed multiple of the divergence: how are its two terms averaged?",
    caught_by="jsd_value",
)
def jsd_without_half(p, q):
    m = 0.5 * (p + q)
    return kl_divergence(p, m) + kl_divergence(q, m)


@misconception(
    "jensen_shannon",
    hint=(
        "Your values are not 0 for equal distributions. Does the mixture in the middle add up to 1?"
    ),
    caught_by="jsd_value",
)
def jsd_unnormalised_mixture(p, q):
    return 0.5 * (kl_divergence(p, p + q) + kl_divergence(q, p + q))


@misconception(
    "jensen_shannon",
    hint="This is the square root, a metric that some libraries return under the same name.",
    caught_by="jsd_value",
)
def jsd_root(p, q):
    m = 0.5 * (p + q)
    return (0.5 * (kl_divergence(p, m) + kl_divergence(q, m))).clamp_min(0).sqrt()


@misconception("jensen_shannon", hint=BITS, caught_by="jsd_value")
def jsd_in_bits(p, q):
    m = 0.5 * (p + q)
    return 0.5 * (kl_divergence(p, m) + kl_divergence(q, m)) / LOG_2


@misconception(
    "jensen_shannon",
    hint=(
        "The average of the two directions of KL is symmetric too, but it is not bounded, and no"
        " mixture enters."
    ),
    caught_by="jsd_value",
)
def jsd_symmetrised_kl(p, q):
    return 0.5 * (kl_divergence(p, q) + kl_divergence(q, p))


@misconception(
    "jensen_shannon",
    hint="The expectations are taken under the mixture here: which argument of KL comes first?",
    caught_by="jsd_value",
)
def jsd_from_the_mixture(p, q):
    m = 0.5 * (p + q)
    return 0.5 * (kl_divergence(m, p) + kl_divergence(m, q))


@misconception(
    "jensen_shannon",
    hint="Only one of the two distributions is compared with the mixture.",
    caught_by="jsd_value",
)
def jsd_one_sided(p, q):
    return kl_divergence(p, 0.5 * (p + q))


@misconception(
    "jensen_shannon",
    hint="A mixture averages probabilities, not their logarithms.",
    caught_by="jsd_value",
)
def jsd_geometric_mixture(p, q):
    m = (p * q).sqrt()
    return 0.5 * (kl_divergence(p, m / m.sum()) + kl_divergence(q, m / m.sum()))


@misconception(
    "jensen_shannon",
    hint="Your value has the opposite sign. Can a divergence be negative?",
    caught_by="jsd_value",
)
def jsd_negated(p, q):
    m = 0.5 * (p + q)
    return -0.5 * (kl_divergence(p, m) + kl_divergence(q, m))


@misconception("jensen_shannon", hint=NO_EPSILON, caught_by="jsd_value")
def jsd_with_epsilon(p, q):
    m = 0.5 * (p + q) + 1e-8
    return 0.5 * (torch.xlogy(p, p / m) + torch.xlogy(q, q / m)).sum()


@misconception(
    "jensen_shannon",
    hint="This is how far the probabilities are apart; no logarithm enters.",
    caught_by="jsd_value",
)
def jsd_total_variation(p, q):
    return 0.5 * (p - q).abs().sum()


@misconception(
    "jensen_shannon",
    hint=(
        "The logarithm of 0 is infinite, and 0 times infinity is NaN. What should such an outcome"
        " add?"
    ),
    caught_by="jsd_with_zeros",
)
def jsd_nan_at_zero(p, q):
    m = 0.5 * (p + q)
    return 0.5 * (p * (p / m).log() + q * (q / m).log()).sum()


@misconception(
    "jensen_shannon",
    hint=(
        "Outcomes that only one of the two gives are left out. They are what tells p and q apart"
        " most."
    ),
    caught_by="jsd_with_zeros",
)
def jsd_masked(p, q):
    both = (p > 0) & (q > 0)
    p, q = p[both], q[both]
    m = 0.5 * (p + q)
    return 0.5 * (p * (p / m).log() + q * (q / m).log()).sum()


@misconception(
    "jensen_shannon",
    hint="The value is right, but a part of the graph is cut.",
    caught_by="jsd_gradients",
)
def jsd_half_detached(p, q):
    m = 0.5 * (p + q.detach())
    return 0.5 * (kl_divergence(p, m) + kl_divergence(q.detach(), m))


@misconception(
    "jensen_shannon",
    hint="An operation whose name ends in an underscore changes the caller's tensor.",
    caught_by="jsd_changes_nothing",
)
def jsd_in_place(p, q):
    mine = p.clone()
    p.data.add_(q.data).div_(2)
    mean = (mine + q) / 2
    return ((torch.xlogy(mine, mine) + torch.xlogy(q, q)) / 2 - torch.xlogy(mean, mean)).sum()


# --- parallel_lines -------------------------------------------------------------------------------


def lines(student, theta):
    """The four distances by name; fails when there are not four."""
    subject = f"parallel_lines({theta:.6g})"
    got = student.parallel_lines(theta)
    whole = isinstance(got, (tuple, list)) and len(got) == 4
    detail = (
        expect.NOTHING
        if got is None
        else f"got a {type(got).__name__}, wanted a tuple of four floats"
    )
    expect.true(whole, "not four values", subject=subject, detail=detail, got=type(got).__name__)
    return {
        name: (value, f"{name} of {subject}")
        for name, value in zip(("kl_pq", "kl_qp", "jsd", "w1"), got)
    }


def same_at(student, thetas, wanted):
    """Checks some of the four distances at some angles; `wanted` maps their names to functions of
    theta.
    """
    for theta in thetas:
        found = lines(student, theta)
        for name, function in wanted.items():
            got, subject = found[name]
            expect.number(got, function(theta), subject=subject)


def apart(draw):
    """Some distances between the lines: in between, as far as they go, and near."""
    return [draw.uniform(0.2, 0.4, 1).item(), draw.uniform(0.6, 0.8, 1).item(), 1.0, 1e-6]


@check("parallel_lines", "Both Kullback-Leibler divergences are right when the lines do not meet.")
def kl_of_lines(student, draw):
    same_at(student, apart(draw), {"kl_pq": lambda _: math.inf, "kl_qp": lambda _: math.inf})


@check("parallel_lines", "The Jensen-Shannon divergence is right when the lines do not meet.")
def jsd_of_lines(student, draw):
    same_at(student, apart(draw), {"jsd": lambda _: LOG_2})


@check("parallel_lines", "The Wasserstein distance is right when the lines do not meet.")
def w1_of_lines(student, draw):
    same_at(student, apart(draw), {"w1": lambda theta: theta})


@check("parallel_lines", "All four are right when the lines coincide.")
def lines_coincide(student):
    same_at(student, [0.0], {name: lambda _: 0.0 for name in ("jsd", "w1", "kl_pq", "kl_qp")})


def _apart_or_zero(theta, *values):
    return values if theta != 0 else (0.0, 0.0, 0.0, 0.0)


@misconception(
    "parallel_lines",
    hint="P gives probability 1 to a segment that Q rules out. What does KL make of such an event?",
    caught_by="kl_of_lines",
)
def lines_masked_kl(theta):
    return _apart_or_zero(theta, 0.0, 0.0, LOG_2, theta)


@misconception(
    "parallel_lines",
    hint="Your divergence is large but finite: is there anything that would bound it?",
    caught_by="kl_of_lines",
)
def lines_large_kl(theta):
    return _apart_or_zero(theta, math.log(1e10), math.log(1e10), LOG_2, theta)


@misconception(
    "parallel_lines",
    hint="Exchange the two lines: is there anything that tells one direction from the other?",
    caught_by="kl_of_lines",
)
def lines_one_kl(theta):
    return _apart_or_zero(theta, math.inf, 0.0, LOG_2, theta)


@misconception(
    "parallel_lines",
    hint="A divergence is never negative, and minus infinity is.",
    caught_by="kl_of_lines",
)
def lines_minus_infinity(theta):
    return _apart_or_zero(theta, -math.inf, -math.inf, LOG_2, theta)


@misconception(
    "parallel_lines",
    hint=(
        "The formula for two Gaussians does not apply: these distributions have no density in the"
        " plane."
    ),
    caught_by="kl_of_lines",
)
def lines_like_gaussians(theta):
    return _apart_or_zero(theta, theta**2 / 2, theta**2 / 2, LOG_2, theta)


@misconception("parallel_lines", hint=BITS, caught_by="jsd_of_lines")
def lines_bits(theta):
    return _apart_or_zero(theta, math.inf, math.inf, 1.0, theta)


@misconception(
    "parallel_lines", hint="This is the square root of the divergence.", caught_by="jsd_of_lines"
)
def lines_root_jsd(theta):
    return _apart_or_zero(theta, math.inf, math.inf, math.sqrt(LOG_2), theta)


@misconception(
    "parallel_lines",
    hint="The two terms of the Jensen-Shannon divergence are averaged, not added.",
    caught_by="jsd_of_lines",
)
def lines_double_jsd(theta):
    return _apart_or_zero(theta, math.inf, math.inf, 2 * LOG_2, theta)


@misconception(
    "parallel_lines",
    hint=(
        "Points that only one of the two lines has are what the divergence is about; nothing"
        " remains without them."
    ),
    caught_by="jsd_of_lines",
)
def lines_masked_jsd(theta):
    return _apart_or_zero(theta, math.inf, math.inf, 0.0, theta)


@misconception(
    "parallel_lines",
    hint=(
        "Each line is compared with the mixture of both. Does the mixture rule out any of its"
        " points?"
    ),
    caught_by="jsd_of_lines",
)
def lines_infinite_jsd(theta):
    return _apart_or_zero(theta, math.inf, math.inf, math.inf, theta)


@misconception(
    "parallel_lines",
    hint="Does the Jensen-Shannon divergence know how far apart two lines are that do not meet?",
    caught_by="jsd_of_lines",
)
def lines_growing_jsd(theta):
    return _apart_or_zero(theta, math.inf, math.inf, theta * LOG_2, theta)


@misconception(
    "parallel_lines",
    hint="This is the optimal value of the game, or a constant away from the divergence.",
    caught_by="jsd_of_lines",
)
def lines_game_value(theta):
    return _apart_or_zero(theta, math.inf, math.inf, LOG_2 - math.log(4), theta)


@misconception(
    "parallel_lines",
    hint="The cost of moving mass is the distance, not its square.",
    caught_by="w1_of_lines",
)
def lines_squared_cost(theta):
    return _apart_or_zero(theta, math.inf, math.inf, LOG_2, theta**2)


@misconception(
    "parallel_lines",
    hint="How much mass has to move, and how far? All of it.",
    caught_by="w1_of_lines",
)
def lines_half_moved(theta):
    return _apart_or_zero(theta, math.inf, math.inf, LOG_2, theta / 2)


@misconception(
    "parallel_lines",
    hint="Both laws have the same heights, but they do not stand at the same place.",
    caught_by="w1_of_lines",
)
def lines_by_height(theta):
    return _apart_or_zero(theta, math.inf, math.inf, LOG_2, 0.0)


@misconception(
    "parallel_lines",
    hint="The Wasserstein distance does not saturate where supports are disjoint.",
    caught_by="w1_of_lines",
)
def lines_saturated_w1(theta):
    return _apart_or_zero(theta, math.inf, math.inf, LOG_2, 1.0)


@misconception(
    "parallel_lines", hint="Mind the order of the four results.", caught_by="jsd_of_lines"
)
def lines_out_of_order(theta):
    return _apart_or_zero(theta, math.inf, math.inf, theta, LOG_2)


@misconception(
    "parallel_lines",
    hint="There is one value of theta where the two lines are the same set.",
    caught_by="lines_coincide",
)
def lines_never_coincide(theta):
    return math.inf, math.inf, LOG_2, theta


@misconception(
    "parallel_lines",
    hint="When the lines coincide, every divergence is that of a distribution from itself.",
    caught_by="lines_coincide",
)
def lines_kl_always_infinite(theta):
    return math.inf, math.inf, LOG_2 if theta else 0.0, theta


# --- nondifferentiable_jsd ------------------------------------------------------------------------

# Powers of 2, so that 1 - theta and the like carry no rounding. Steps (coarse, fine) by the dtype
# of the vectors, and the spread of difference quotients that rounding can make at the fine ones:
# 6e-8 over 3e-5 in float32, with room.
SCALES = {torch.float64: (2.0**-8, 2.0**-20, 1e-6), torch.float32: (2.0**-5, 2.0**-11, 5e-3)}
NEAR = (0.0, *(side * 2.0**-k for k in (7, 10, 20) for side in (1, -1)))


@check(
    "nondifferentiable_jsd", "It returns two distributions for every theta near 0, on both sides."
)
def stays_a_distribution(student):
    for theta in NEAR:
        distributions(student.nondifferentiable_jsd(theta), f"nondifferentiable_jsd({theta:.6g})")


@check(
    "nondifferentiable_jsd",
    "The divergence of the two has no derivative at theta = 0.",
    after=("stays_a_distribution",),
)
def has_no_derivative(student, right):
    """A function has a derivative exactly when its difference quotients, of both signs, come
    together as steps shrink.

    Smooth ones come together in proportion to the step; those of a kink or of an oscillation stay
    apart, and those of a jump or of an infinite slope move away from each other.
    """
    beside = student.nondifferentiable_jsd(-(2.0**-7))
    vectors = distributions(beside, "nondifferentiable_jsd(-0.0078125)")
    coarse, fine, rounding = SCALES[
        torch.float32 if any(part.dtype == torch.float32 for part in beside) else torch.float64
    ]
    here, again = _jsd_at(student, right, 0.0), _jsd_at(student, right, 0.0)
    expect.true(
        here == again,
        "not a function of theta",
        subject="nondifferentiable_jsd(0.0)",
        detail=f"two calls give the divergences {here:.6g} and {again:.6g}",
        got=vector(here, again),
    )
    wide, narrow = (_quotients(student, right, here, step) for step in (coarse, fine))
    found = f"at theta = 0 the divergence is {here:.6f}; {_sides(here, narrow, fine)}"
    if narrow.max() - narrow.min() > max(rounding, 0.5 * (wide.max() - wide.min()).item()):
        return found
    problem = (
        "a divergence that has a derivative"
        if max(wide.abs().max(), narrow.abs().max()) > rounding
        else "a divergence that does not change near 0"
    )
    raise Failure(
        problem,
        "nondifferentiable_jsd",
        f"it is differentiable: {found}",
        got=torch.cat([wide, narrow, *vectors]),
    )


def _jsd_at(student, right, theta):
    p, q = distributions(
        student.nondifferentiable_jsd(theta), f"nondifferentiable_jsd({theta:.6g})"
    )
    return right.jensen_shannon(p / p.sum(), q / q.sum()).item()


def _quotients(student, right, here, step):
    """Difference quotients at three steps to the right, then at the same three to the left."""
    thetas = [side * step / shrink for side in (1, -1) for shrink in (1, 4, 16)]
    return vector(*((_jsd_at(student, right, theta) - here) / theta for theta in thetas))


def _sides(here, quotients, step):
    """What happens on each side of 0: a jump, a slope (extrapolated to step 0), or a slope without
    limit.
    """
    text = []
    for name, side, (first, second, third) in (
        ("right", 1, quotients[:3].tolist()),
        ("left", -1, quotients[3:].tolist()),
    ):
        beside = here + third * side * step / 16
        # The step shrinks by 16: the change of a jump stays, that of a slope shrinks as much.
        if abs(beside - here) > 1e-9 and abs(third) > 0.7 * 16 * abs(first):
            text.append(f"just {name} of it {beside:.6f}")
        elif abs(third) > 1.5 * abs(first) > 1:
            text.append(
                f"the slope to the {name} has no limit ({first:.4g} over {step:.0e}, {third:.4g}"
                f" over {step / 16:.0e})"
            )
        else:
            text.append(f"the slope to the {name} is {(4 * third - second) / 3:.6f}")
    return ", ".join(text)


def _pair(p, q):
    return vector(*p), vector(*q)


@misconception(
    "nondifferentiable_jsd",
    hint=(
        "Both distributions move smoothly and no probability reaches 0. What would have to happen"
        " for a corner?"
    ),
    caught_by="has_no_derivative",
)
def smooth_through_equality(theta):
    return _pair((0.5 + theta / 2, 0.5 - theta / 2), (0.5, 0.5))


@misconception(
    "nondifferentiable_jsd",
    hint=(
        "Your distributions never meet and never share a zero: the divergence is as smooth as they"
        " are."
    ),
    caught_by="has_no_derivative",
)
def smooth_with_a_slope(theta):
    return _pair((0.5 + theta / 2, 0.5 - theta / 2), (0.2, 0.8))


@misconception(
    "nondifferentiable_jsd",
    hint=(
        "A distance that is squared near its zero has lost its corner: how does the divergence"
        " behave where p and q are equal?"
    ),
    caught_by="has_no_derivative",
)
def corner_squared_away(theta):
    return _pair((0.5 + abs(theta) / 2, 0.5 - abs(theta) / 2), (0.5, 0.5))


@misconception(
    "nondifferentiable_jsd",
    hint="Two equal distributions have divergence 0 for every theta, which is a smooth function.",
    caught_by="has_no_derivative",
)
def always_equal(theta):
    return _pair((1 - abs(theta), abs(theta)), (1 - abs(theta), abs(theta)))


@misconception(
    "nondifferentiable_jsd",
    hint="Disjoint for every theta near 0 means constant near 0: where does anything change?",
    caught_by="has_no_derivative",
)
def always_disjoint(theta):
    return _pair((1 - theta**2, theta**2, 0.0), (0.0, 0.0, 1.0))


@misconception(
    "nondifferentiable_jsd",
    hint="A corner is there, but at another theta.",
    caught_by="has_no_derivative",
)
def corner_elsewhere(theta):
    distance = abs(theta - 0.5) / 2
    return _pair((1.0, 0.0), (1 - distance, distance))


@misconception(
    "nondifferentiable_jsd",
    hint="Rounding theta to a grid makes jumps between the grid points, not on them.",
    caught_by="has_no_derivative",
)
def jump_beside_zero(theta):
    cell = torch.zeros(21, dtype=torch.float64)
    moved = cell.clone()
    cell[10], moved[10 + round(10 * theta)] = 1, 1
    return cell, moved


@misconception(
    "nondifferentiable_jsd",
    hint="A square takes the corner away that the zero probability would make.",
    caught_by="has_no_derivative",
)
def mass_of_theta_squared(theta):
    return _pair((1.0, 0.0), (1 - theta**2, theta**2))


@misconception(
    "nondifferentiable_jsd",
    hint="Random vectors are another pair in every call; the two have to be functions of theta.",
    caught_by="has_no_derivative",
)
def random_vectors(theta):
    return torch.rand(3).softmax(0), torch.rand(3).softmax(0)


@misconception(
    "nondifferentiable_jsd",
    hint="Look at what your probabilities are when theta is negative.",
    caught_by="stays_a_distribution",
)
def negative_mass(theta):
    return _pair((1.0, 0.0), (1 - theta, theta))


@misconception(
    "nondifferentiable_jsd",
    hint="Your vectors do not add up to 1.",
    caught_by="stays_a_distribution",
)
def not_normalised(theta):
    return _pair((1.0, 0.0), (1.0, abs(theta)))


@misconception(
    "nondifferentiable_jsd",
    hint="Samples from the distributions are not their probabilities.",
    caught_by="stays_a_distribution",
)
def sample_points(theta):
    return _pair((0.0, 0.25, 0.5, 0.75, 1.0), (theta, theta, theta, theta, theta))


# --- answers --------------------------------------------------------------------------------------

infinite_jsd = wrong_answer(
    "why_wasserstein",
    {"A", "B", "C", "D", "G"},
    hint="One of the divergences is infinite for disjoint lines. Is it this one?",
)
bounded_w1 = wrong_answer(
    "why_wasserstein",
    {"A", "B", "D", "E", "G"},
    hint=(
        "How large does the distance of two lines get that are far apart, and which divergence is"
        " it that has the bound?"
    ),
)
wrong_minimum = wrong_answer(
    "why_wasserstein",
    {"A", "B", "D", "F", "G"},
    hint="Compute both distances for two equal distributions.",
)
only_the_derivatives = wrong_answer(
    "why_wasserstein",
    {"A", "B"},
    hint=(
        "What you name is true; more of the statements are. Look at theta = 0, and at the"
        " discriminator."
    ),
)
without_the_discriminator = wrong_answer(
    "why_wasserstein",
    {"A", "B", "D"},
    hint=(
        "How does a perfect discriminator look for two lines that are very near each other, and for"
        " two that are far apart?"
    ),
)
