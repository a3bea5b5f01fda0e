"""Wrong solutions of `divergences`, by somebody who has not read the hidden checks."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from graders.audit.wrong import wrong
from reference.divergences import kl_divergence

WRONG = []


def _kl_reversed(p, q):
    return (torch.xlogy(q, q) - torch.xlogy(q, p)).sum()


def _kl_bits(p, q):
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum() / math.log(2)


@wrong(WRONG, "kl_divergence", "formula", "the average is taken over q: this is KL(q || p)")
def kld_reversed(p, q):
    return (torch.xlogy(q, q) - torch.xlogy(q, p)).sum()


@wrong(
    WRONG,
    "kl_divergence",
    "formula",
    "F.kl_div takes logarithms as its first argument, and you give it probabilities",
)
def kld_library_of_probabilities(p, q):
    return F.kl_div(q, p, reduction="sum")


@wrong(WRONG, "kl_divergence", "formula", "log2 measures in bits")
def kld_bits(p, q):
    keep = p > 0
    return (p[keep] * torch.log2(p[keep] / q[keep])).sum()


@wrong(WRONG, "kl_divergence", "numerics", "an outcome with p = 0 gives 0 * log 0 = NaN")
def kld_nan(p, q):
    return torch.sum(p * torch.log(p / q))


@wrong(
    WRONG,
    "kl_divergence",
    "numerics",
    "1e-10 inside the logarithm makes an infinite divergence finite",
)
def kld_epsilon(p, q):
    eps = 1e-10
    return torch.sum(p * torch.log((p + eps) / (q + eps)))


@wrong(
    WRONG,
    "kl_divergence",
    "numerics",
    "outcomes with q = 0 are left out, although they make the divergence infinite",
)
def kld_masks_both(p, q):
    keep = (p > 0) & (q > 0)
    return (p[keep] * (p[keep].log() - q[keep].log())).sum()


@wrong(WRONG, "kl_divergence", "axis", "the outcomes are averaged")
def kld_mean(p, q):
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).mean()


@wrong(WRONG, "kl_divergence", "shape", "the terms of the sum are returned")
def kld_terms(p, q):
    return torch.xlogy(p, p) - torch.xlogy(p, q)


@wrong(
    WRONG,
    "kl_divergence",
    "dtype",
    "numpy and float() lose the dtype: a float32 input gives a float64 result",
)
def kld_promotes(p, q):
    a, b = p.numpy().astype(np.float64), q.numpy().astype(np.float64)
    total = 0.0
    for x, y in zip(a, b):
        if x > 0:
            total += math.inf if y == 0 else x * math.log(x / y)
    return torch.tensor(total, dtype=torch.float64)


@wrong(WRONG, "kl_divergence", "two_mistakes", "the order is reversed, and zeros give NaN")
def kld_reversed_nan(p, q):
    return (q * (q / p).log()).sum()


@wrong(WRONG, "jensen_shannon", "formula", "both halves in front of the divergences are missing")
def jsd_no_half(p, q):
    m = (p + q) / 2
    return kl_divergence(p, m) + kl_divergence(q, m)


@wrong(
    WRONG,
    "jensen_shannon",
    "formula",
    "the mean of the two KL divergences has no mixture in it and may be infinite",
)
def jsd_symmetrised(p, q):
    return (kl_divergence(p, q) + kl_divergence(q, p)) / 2


@wrong(WRONG, "jensen_shannon", "formula", "the mixture is half of the sum")
def jsd_unhalved_mixture(p, q):
    m = p + q
    return 0.5 * kl_divergence(p, m) + 0.5 * kl_divergence(q, m)


@wrong(
    WRONG,
    "jensen_shannon",
    "formula",
    "scipy's jensenshannon is the distance, the square root of the divergence",
)
def jsd_square_root(p, q):
    from scipy.spatial.distance import jensenshannon

    return torch.tensor(float(np.nan_to_num(jensenshannon(p.numpy(), q.numpy()))), dtype=p.dtype)


@wrong(
    WRONG, "jensen_shannon", "formula", "base 2 has the maximum 1; the natural logarithm has log 2"
)
def jsd_bits(p, q):
    m = (p + q) / 2
    return (kl_divergence(p, m) + kl_divergence(q, m)) / (2 * math.log(2))


@wrong(
    WRONG,
    "jensen_shannon",
    "formula",
    "the mixture is put first: KL(m || p) is infinite where p is 0",
)
def jsd_mixture_first(p, q):
    m = 0.5 * (p + q)
    return 0.5 * (kl_divergence(m, p) + kl_divergence(m, q))


@wrong(
    WRONG,
    "jensen_shannon",
    "numerics",
    "only outcomes that both can give are counted, so disjoint distributions get 0",
)
def jsd_common_support(p, q):
    keep = (p > 0) & (q > 0)
    p, q = p[keep], q[keep]
    m = (p + q) / 2
    return 0.5 * (p * (p / m).log() + q * (q / m).log()).sum()


@wrong(
    WRONG,
    "jensen_shannon",
    "inline",
    "the order of F.kl_div is taken for KL(p || m); kl_divergence is reversed too",
    also={"kl_divergence": _kl_reversed},
)
def jsd_inline_reversed(p, q):
    m = (p + q) / 2
    return 0.5 * (
        (torch.xlogy(m, m) - torch.xlogy(m, p)).sum()
        + (torch.xlogy(m, m) - torch.xlogy(m, q)).sum()
    )


@wrong(
    WRONG,
    "jensen_shannon",
    "inline",
    "the two divergences are added without halves, and kl_divergence is in bits",
    also={"kl_divergence": _kl_bits},
)
def jsd_inline_no_half(p, q):
    m = (p + q) / 2

    def entropy(v):
        return torch.special.entr(v).sum()

    return 2 * entropy(m) - entropy(p) - entropy(q)


@wrong(
    WRONG,
    "parallel_lines",
    "formula",
    "lines that do not meet have an infinite divergence, not 0: neither has a density on the other",
)
def pl_zero_kl(theta):
    return (0.0, 0.0, math.log(2) if theta else 0.0, float(theta))


@wrong(
    WRONG,
    "parallel_lines",
    "formula",
    "the Jensen-Shannon divergence is log 2 in nats; 1 is in bits",
)
def pl_bits(theta):
    if theta == 0:
        return 0.0, 0.0, 0.0, 0.0
    return math.inf, math.inf, 1.0, float(theta)


@wrong(WRONG, "parallel_lines", "formula", "W1 adds distances, not their squares")
def pl_squared(theta):
    if theta == 0:
        return 0.0, 0.0, 0.0, 0.0
    return math.inf, math.inf, math.log(2.0), theta**2


@wrong(
    WRONG,
    "parallel_lines",
    "formula",
    "for theta = 0 the lines are the same, and every distance is 0",
)
def pl_no_special_case(theta):
    return math.inf, math.inf, math.log(2), float(theta)


@wrong(
    WRONG,
    "parallel_lines",
    "formula",
    "every point has to move by theta; you compare the vertical positions only",
)
def pl_vertical_only(theta):
    same = theta == 0
    return (0.0 if same else math.inf, 0.0 if same else math.inf, 0.0 if same else math.log(2), 0.0)


@wrong(
    WRONG,
    "parallel_lines",
    "numerics",
    "a theta below 1e-6 is taken for 0, but the lines do not meet for any theta > 0",
)
def pl_tolerance(theta):
    if math.isclose(theta, 0.0, abs_tol=1e-6):
        return 0.0, 0.0, 0.0, 0.0
    return math.inf, math.inf, math.log(2), theta


@wrong(
    WRONG,
    "parallel_lines",
    "two_mistakes",
    (
        "only one of the two KL divergences is infinite for you, and the Jensen-Shannon "
        "divergence is log 4"
    ),
)
def pl_two(theta):
    if theta == 0:
        return 0.0, 0.0, 0.0, 0.0
    return math.inf, 0.0, math.log(4), float(theta)


@wrong(
    WRONG,
    "nondifferentiable_jsd",
    "formula",
    "the divergence of these two is smooth in theta at 0: it starts with theta squared",
)
def nd_smooth(theta):
    p = torch.tensor([0.5, 0.5], dtype=torch.float64)
    q = torch.tensor([0.5 + theta / 2, 0.5 - theta / 2], dtype=torch.float64)
    return p, q


@wrong(WRONG, "nondifferentiable_jsd", "formula", "for a negative theta these are no probabilities")
def nd_negative(theta):
    p = torch.tensor([1.0, 0.0], dtype=torch.float64)
    return p, torch.tensor([1 - theta, theta], dtype=torch.float64)


@wrong(WRONG, "nondifferentiable_jsd", "formula", "the entries of q do not sum to 1")
def nd_sum(theta):
    return torch.tensor([1.0, 0.0], dtype=torch.float64), torch.tensor(
        [1.0, abs(theta)], dtype=torch.float64
    )


@wrong(
    WRONG,
    "nondifferentiable_jsd",
    "formula",
    "both distributions move together, so their divergence is 0 for every theta",
)
def nd_equal(theta):
    p = torch.tensor([1 - abs(theta), abs(theta)], dtype=torch.float64)
    return p, p.clone()


@wrong(WRONG, "nondifferentiable_jsd", "formula", "theta squared rounds the kink off")
def nd_square(theta):
    p = np.array([1.0, 0.0])
    q = np.array([1 - theta**2, theta**2])
    return torch.from_numpy(p), torch.from_numpy(q)


@wrong(
    WRONG,
    "nondifferentiable_jsd",
    "formula",
    "disjoint for every theta: the divergence is log 2 throughout, also at 0",
)
def nd_constant(theta):
    a = abs(theta)
    return torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64), torch.tensor(
        [0.0, 1 - a, a], dtype=torch.float64
    )
