"""Hidden checks of `optimal_q`, then the mistakes that they catch."""

import torch
import torch.nn.functional as F

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.elbo._common import (
    DTYPE,
    IMPOSSIBLE,
    IN_PLACE,
    impossible,
    models,
    other_scales,
    possible,
    states,
    with_zeros,
)
from graders.public.elbo import optimal_q
from reference.elbo import bayes_posterior

D = Words(optimal_q)

OPTIMUM = "optimal_q(prior, likelihood)"


optimum_is_right = D.equals_reference("It is the stationary point of the Lagrangian.", models)


@D.check(
    "No probability vector nearby has a larger bound.", after=optimum_is_right, stand_ins=False
)
def optimum_is_largest(student, draw):
    prior, likelihood, _ = states(draw)
    q = expect.tensor(student.optimal_q(prior, likelihood), shape=(6,), subject=OPTIMUM)
    for step in (0.3, 0.01):
        # A step towards each state in turn: from any other q, one of them leads uphill.
        others = (1 - step) * q + step * torch.eye(6, dtype=torch.float64)
        bounds = [
            (torch.xlogy(p, prior * likelihood) - torch.xlogy(p, p)).sum(-1) for p in (others, q)
        ]
        expect.at_most(
            bounds[0],
            bounds[1].expand(6),
            subject="the bound of another q, compared with that of optimal_q",
        )


optimum_rules_out = D.equals_reference(
    "A state that the prior or the likelihood rules out gets nothing.",
    with_zeros,
    after=optimum_is_right,
)


optimum_is_scale_free = D.equals_reference(
    "The scale of the likelihood does not matter, however small or large.",
    other_scales,
    after=optimum_is_right,
)


optimum_refuses_the_impossible = D.refuses(
    "An x that the model cannot produce raises ValueError.", impossible, stand_ins=False
)


@optimum_is_right.catches(
    "You maximise the expected log likelihood alone: there the best state takes everything."
)
def optimum_of_likelihood(prior, likelihood):
    possible(prior, likelihood)
    return F.one_hot(likelihood.argmax(), len(prior)).to(prior.dtype)


@optimum_is_right.catches("You minimise the divergence alone. What does the other term reward?")
def optimum_is_prior(prior, likelihood):
    possible(prior, likelihood)
    return prior.clone()


@optimum_is_right.catches(
    "The prior does not enter your result. What does the divergence compare q with?"
)
def optimum_without_prior(prior, likelihood):
    possible(prior, likelihood)
    return likelihood / likelihood.sum()


@optimum_is_right.catches("The multiplier is still to be found: your values do not add up to 1.")
def optimum_unnormalised(prior, likelihood):
    return possible(prior, likelihood)


@optimum_is_right.catches(
    "A multiplier was set to a number instead of being found from the constraint."
)
def optimum_multiplier_forgotten(prior, likelihood):
    return possible(prior, likelihood) * torch.exp(torch.tensor(-1.0, dtype=prior.dtype))


@optimum_is_right.catches(
    "Your multiplier has the sign that makes the likelihood count against a state."
)
def optimum_divides(prior, likelihood):
    possible(prior, likelihood)
    ratio = prior / likelihood
    return ratio / ratio.sum()


@optimum_is_right.catches(
    "You exponentiate the likelihood where its logarithm stood in the exponent."
)
def optimum_exponentiates(prior, likelihood):
    possible(prior, likelihood)
    weights = prior * likelihood.exp()
    return weights / weights.sum()


@optimum_is_right.catches("A factor of two is lost: what is the derivative of q log q?")
def optimum_square_root(prior, likelihood):
    root = possible(prior, likelihood).sqrt()
    return root / root.sum()


@optimum_is_right.catches(
    "The posterior mode maximises something else than the bound: the entropy of q counts too."
)
def optimum_mode(prior, likelihood):
    return F.one_hot(possible(prior, likelihood).argmax(), len(prior)).to(prior.dtype)


@optimum_refuses_the_impossible.catches(IMPOSSIBLE)
def optimum_unchecked(prior, likelihood):
    joint = prior * likelihood
    return joint / joint.sum()


@D.laws.law_dtype.catches(DTYPE)
def optimum_in_float64(prior, likelihood):
    joint = possible(prior.double(), likelihood.double())
    return joint / joint.sum()


@D.laws.law_state.catches(IN_PLACE)
def optimum_in_place(prior, likelihood):
    q = bayes_posterior(prior.clone(), likelihood)
    prior.data.mul_(likelihood.data)
    return q
