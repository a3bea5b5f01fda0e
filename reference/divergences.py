"""Divergences between discrete distributions, and where the Jensen-Shannon divergence has no
gradient.
"""

import math

import torch


def kl_divergence(p, q):
    r"""KL(p || q) = sum_s p_s log(p_s / q_s), where 0 log 0 = 0 and p_s > 0 = q_s makes it
    infinite.

    p, q: probability vectors (S,). Returns a scalar, in nats.
    Each logarithm is taken by itself, so that no ratio of tiny numbers is formed: x log y is 0 at x
    = 0 for every y.
    Source: CMU homework 3, section 2.2; Imperial tutorial 6, question 1d.
    """
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum()


def jensen_shannon(p, q):
    r"""JSD(p, q) = 1/2 KL(p || m) + 1/2 KL(q || m) with m = (p + q) / 2; between 0 and log 2, never
    infinite.

    p, q: probability vectors (S,). Returns a scalar, in nats.
    Source: CMU homework 3, section 2.2; UIUC problem set 5, question 4e; four-task sheet, 3.3.
    """
    m = (p + q) / 2
    return (kl_divergence(p, m) + kl_divergence(q, m)) / 2


def parallel_lines(theta):
    r"""(KL(P||Q), KL(Q||P), JSD(P, Q), W1(P, Q)) of P = (0, Y) and Q = (theta, Y), Y uniform on [0,
    1].

    For theta > 0 the two lines share no point: neither has a density on the other, so both KL are
    infinite, the mixture gives away from which half a point came, and every point of P has to move
    by theta. For theta = 0 all four are 0.
    theta: float in [0, 1]. Returns four floats. Source: CMU homework 3, 2.2 (first question);
    four-task sheet, 4.1.
    """
    if theta == 0:
        return 0.0, 0.0, 0.0, 0.0
    return math.inf, math.inf, math.log(2), abs(float(theta))


def nondifferentiable_jsd(theta):
    r"""p = (1, 0), q = (1 - |theta|, |theta|): the mass |theta| lies where p has none.

    JSD(p, q) = |theta| / 2 log 2 + O(theta^2): its one-sided slopes at theta = 0 are -1/2 log 2 and
    1/2 log 2, a kink.
    theta: float in (-1, 1). Returns two probability vectors (2,). Source: CMU homework 3, 2.2
    (second question).
    """
    p = torch.tensor([1.0, 0.0], dtype=torch.float64)
    q = torch.tensor([1 - abs(theta), abs(theta)], dtype=torch.float64)
    return p, q


# Four-task sheet 4.1, 4.2: the JSD is the constant log 2 wherever the lines do not meet, and jumps
# to 0 where they do; W1 = |theta| is continuous with a slope that points home. C is KL, E is the
# bound of the JSD, F holds for neither.
why_wasserstein = {"A", "B", "D", "G"}
