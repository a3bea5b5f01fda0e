"""Hidden checks of `elbo_decomposition`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._hypothesis import for_every, matrices, shown
from graders.hidden._words import Words
from graders.hidden.elbo._common import DTYPE, IMPOSSIBLE, states
from graders.public.elbo import elbo_decomposition
from reference.elbo import bayes_posterior

D = Words(elbo_decomposition)

PARTS = ("log_evidence", "elbo", "kl_to_posterior")


DECOMPOSITION = "elbo_decomposition(prior, likelihood, q)"


def same_parts(got, wanted, *, inputs="", **tolerance):
    """Checks the three scalars one after another; a tensor has to keep the dtype."""
    for name, value, want in zip(PARTS, expect.parts(got, PARTS, subject=DECOMPOSITION), wanted):
        if isinstance(value, float):
            value = torch.tensor(value, dtype=want.dtype)
        expect.close(value, want, subject=f"{name} of {DECOMPOSITION}", inputs=inputs, **tolerance)


@D.check("The log evidence, the bound and the divergence from the posterior are right.")
def decomposition_parts(student, draw, right):
    example = states(draw)
    same_parts(student.elbo_decomposition(*example), right.elbo_decomposition(*example))


@D.check(
    "Where q is the posterior the bound is the log evidence, and nothing is left over.",
    after=decomposition_parts,
    stand_ins=False,
)
def decomposition_at_posterior(student, draw, right):
    prior, likelihood, _ = states(draw)
    example = prior, likelihood, right.bayes_posterior(prior, likelihood)
    log_evidence = (prior @ likelihood).log()
    same_parts(
        student.elbo_decomposition(*example),
        (log_evidence, log_evidence, torch.zeros_like(log_evidence)),
    )


@D.check(
    "States without probability contribute nothing, wherever the zero is.",
    after=decomposition_parts,
)
def decomposition_with_zeros(student, draw, right):
    prior, likelihood, q = states(draw, 7)
    q[0] = q[1] = q[2] = prior[1] = likelihood[2] = 0
    example = prior / prior.sum(), likelihood, q / q.sum()
    same_parts(student.elbo_decomposition(*example), right.elbo_decomposition(*example))


@D.check(
    "Where q gives probability to what the posterior rules out, the bound is -inf, the divergence"
    " inf, and the log evidence finite.",
    after=decomposition_with_zeros,
)
def decomposition_with_infinities(student, draw, right):
    for zero in (0, 1):
        example = states(draw)
        example[zero][3] = 0
        example[0].div_(example[0].sum())
        same_parts(student.elbo_decomposition(*example), right.elbo_decomposition(*example))


@D.check("It is right on small examples, zeros included.", after=decomposition_with_infinities)
def decomposition_everywhere(student, draw, right):
    def law(example):
        weights = [row[0] for row in example]
        # A weight that keeps every vector normalisable and the evidence positive.
        prior, q = (
            (w + 0.25 * (w.sum() == 0)) / (w + 0.25 * (w.sum() == 0)).sum()
            for w in (weights[0], weights[2])
        )
        likelihood = weights[1] / 2 if (prior * weights[1]).sum() > 0 else weights[1] / 2 + 0.25
        got = student.elbo_decomposition(prior, likelihood, q)
        same_parts(
            got,
            right.elbo_decomposition(prior, likelihood, q),
            inputs=shown(prior=prior, likelihood=likelihood, q=q),
        )

    for_every(draw, matrices(low=0, high=1, rows=(1, 1), columns=(1, 5), count=3), law)


@D.check("It is accurate for very small likelihoods.", after=decomposition_parts)
def decomposition_of_small_likelihoods(student, draw, right):
    prior, likelihood, q = states(draw)
    example = prior, 1e-200 * likelihood, q
    same_parts(student.elbo_decomposition(*example), right.elbo_decomposition(*example))


@D.check("An x that the model cannot produce raises ValueError.", stand_ins=False)
def decomposition_refuses_the_impossible(student, draw):
    prior, likelihood, q = states(draw)
    expect.raises(
        "ValueError",
        lambda: student.elbo_decomposition(prior, torch.zeros_like(prior), q),
        subject=f"{DECOMPOSITION} with likelihood 0",
    )
    prior[:3], likelihood[3:] = 0, 0
    expect.raises(
        "ValueError",
        lambda: student.elbo_decomposition(prior / prior.sum(), likelihood, q),
        subject=f"{DECOMPOSITION} where prior and likelihood exclude each other",
    )


def parts(prior, likelihood, q):
    """The right three values, and the terms from which the misconceptions below make wrong ones."""
    joint = prior * likelihood
    evidence = joint.sum()
    if evidence == 0:
        raise ValueError
    negative_entropy = torch.xlogy(q, q).sum()
    bound = torch.xlogy(q, joint).sum() - negative_entropy
    divergence = negative_entropy - torch.xlogy(q, bayes_posterior(prior, likelihood)).sum()
    return evidence.log(), bound, divergence


@decomposition_parts.catches("The evidence itself comes back where its logarithm is asked for.")
def decomposition_evidence_not_log(prior, likelihood, q):
    log_evidence, bound, divergence = parts(prior, likelihood, q)
    return log_evidence.exp(), bound, divergence


@decomposition_parts.catches("The evidence weighs every state by its prior probability.")
def decomposition_unweighted_evidence(prior, likelihood, q):
    _, bound, divergence = parts(prior, likelihood, q)
    return likelihood.sum().log(), bound, divergence


@decomposition_parts.catches("The evidence does not depend on q; yours does.")
def decomposition_evidence_under_q(prior, likelihood, q):
    _, bound, divergence = parts(prior, likelihood, q)
    return (q * likelihood).sum().log(), bound, divergence


@decomposition_parts.catches("The logarithm of a mean is not the mean of the logarithms.")
def decomposition_mean_of_logs(prior, likelihood, q):
    _, bound, divergence = parts(prior, likelihood, q)
    return torch.xlogy(prior, likelihood).sum(), bound, divergence


@decomposition_parts.catches(
    "Only the expected log likelihood is in your bound. What keeps q near the prior?"
)
def decomposition_bound_without_kl(prior, likelihood, q):
    log_evidence, _, divergence = parts(prior, likelihood, q)
    return log_evidence, torch.xlogy(q, likelihood).sum(), divergence


@decomposition_parts.catches("With which sign does the divergence from the prior enter the bound?")
def decomposition_bound_plus_kl(prior, likelihood, q):
    log_evidence, bound, divergence = parts(prior, likelihood, q)
    return log_evidence, 2 * torch.xlogy(q, likelihood).sum() - bound, divergence


@decomposition_parts.catches("The entropy of q is missing from your bound.")
def decomposition_bound_without_entropy(prior, likelihood, q):
    log_evidence, _, divergence = parts(prior, likelihood, q)
    return log_evidence, torch.xlogy(q, prior * likelihood).sum(), divergence


@decomposition_parts.catches("The expectation in the bound is taken under q, not under the prior.")
def decomposition_bound_under_prior(prior, likelihood, q):
    log_evidence, bound, divergence = parts(prior, likelihood, q)
    return log_evidence, bound + torch.xlogy(prior - q, likelihood).sum(), divergence


@decomposition_parts.catches("This is the divergence in the other direction: KL is not symmetric.")
def decomposition_kl_reversed(prior, likelihood, q):
    log_evidence, bound, _ = parts(prior, likelihood, q)
    posterior = bayes_posterior(prior, likelihood)
    return (
        log_evidence,
        bound,
        (torch.xlogy(posterior, posterior) - torch.xlogy(posterior, q)).sum(),
    )


@decomposition_parts.catches("This is the divergence from the prior. Which one closes the gap?")
def decomposition_kl_to_prior(prior, likelihood, q):
    log_evidence, bound, _ = parts(prior, likelihood, q)
    return log_evidence, bound, (torch.xlogy(q, q) - torch.xlogy(q, prior)).sum()


@decomposition_parts.catches("Your posterior does not add up to 1.")
def decomposition_kl_to_joint(prior, likelihood, q):
    log_evidence, bound, _ = parts(prior, likelihood, q)
    return log_evidence, bound, -bound


@decomposition_parts.catches("Is a divergence ever negative?")
def decomposition_kl_negated(prior, likelihood, q):
    log_evidence, bound, divergence = parts(prior, likelihood, q)
    return log_evidence, bound, -divergence


@decomposition_parts.catches("The values come back in another order than the one asked for.")
def decomposition_other_order(prior, likelihood, q):
    log_evidence, bound, divergence = parts(prior, likelihood, q)
    return bound, log_evidence, divergence


@decomposition_parts.catches("Three values are asked for.")
def decomposition_two_values(prior, likelihood, q):
    return parts(prior, likelihood, q)[:2]


@decomposition_parts.catches("The logarithm is a natural one.")
def decomposition_in_bits(prior, likelihood, q):
    return tuple(
        part / torch.log(torch.tensor(2.0, dtype=q.dtype)) for part in parts(prior, likelihood, q)
    )


@decomposition_with_infinities.catches(
    "A small constant inside the logarithms changes the values. Where would it be needed at all?"
)
def decomposition_epsilon(prior, likelihood, q):
    log_evidence, _, _ = parts(prior, likelihood, q)
    joint, posterior, small = prior * likelihood, bayes_posterior(prior, likelihood), 1e-8
    log_q = (q + small).log()
    return (
        log_evidence,
        (q * ((joint + small).log() - log_q)).sum(),
        (q * (log_q - (posterior + small).log())).sum(),
    )


@decomposition_with_zeros.catches(
    "0 times an infinite logarithm is not 0 for a computer. What should it be here?"
)
def decomposition_zero_times_log_zero(prior, likelihood, q):
    log_evidence, _, _ = parts(prior, likelihood, q)
    joint, posterior = prior * likelihood, bayes_posterior(prior, likelihood)
    return (
        log_evidence,
        (q * (joint.log() - q.log())).sum(),
        (q * (q.log() - posterior.log())).sum(),
    )


@decomposition_with_infinities.catches(
    "States that the posterior rules out are left out of your sums, although q gives them"
    " probability."
)
def decomposition_masks_impossible(prior, likelihood, q):
    log_evidence, _, _ = parts(prior, likelihood, q)
    keep = (prior * likelihood > 0) & (q > 0)
    q, joint, posterior = (
        q[keep],
        (prior * likelihood)[keep],
        bayes_posterior(prior, likelihood)[keep],
    )
    return log_evidence, (q * (joint / q).log()).sum(), (q * (q / posterior).log()).sum()


@decomposition_with_infinities.catches(
    "Two infinite values were subtracted from each other on the way."
)
def decomposition_by_difference(prior, likelihood, q):
    _, bound, divergence = parts(prior, likelihood, q)
    return bound + divergence, bound, divergence


def unvalidated_parts(prior, likelihood, q):
    """Evidence, bound and divergence of whatever arrays these are."""
    joint = prior * likelihood
    negative_entropy = torch.xlogy(q, q).sum()
    divergence = negative_entropy - torch.xlogy(q, joint / joint.sum()).sum()
    return joint.sum().log(), torch.xlogy(q, joint).sum() - negative_entropy, divergence


@decomposition_refuses_the_impossible.catches(IMPOSSIBLE)
def decomposition_unchecked(prior, likelihood, q):
    return unvalidated_parts(prior, likelihood, q)


@decomposition_refuses_the_impossible.catches(
    "Every likelihood may be positive somewhere, and the evidence still be 0. When is it?"
)
def decomposition_checks_likelihood_only(prior, likelihood, q):
    if not likelihood.any():
        raise ValueError
    return unvalidated_parts(prior, likelihood, q)


@D.laws.law_dtype.catches(DTYPE)
def decomposition_in_float64(prior, likelihood, q):
    return parts(prior.double(), likelihood.double(), q.double())
