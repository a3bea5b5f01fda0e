"""Hidden checks of `bayes_posterior`, then the mistakes that they catch."""

import torch.nn.functional as F

from graders.hidden._words import Words
from graders.hidden.elbo._common import (
    DTYPE,
    IMPOSSIBLE,
    impossible,
    models,
    other_scales,
    possible,
    with_zeros,
)
from graders.public.elbo import bayes_posterior

D = Words(bayes_posterior)


posterior_is_right = D.equals_reference(
    "It is the prior times the likelihood of each state, normalised.", models
)


posterior_rules_out = D.equals_reference(
    "A state that the prior or the likelihood rules out has probability 0.",
    with_zeros,
    after=posterior_is_right,
)


posterior_is_scale_free = D.equals_reference(
    "The scale of the likelihood does not matter, however small or large.",
    other_scales,
    after=posterior_is_right,
)


posterior_refuses_the_impossible = D.refuses(
    "An x that the model cannot produce raises ValueError.", impossible
)


@posterior_is_right.catches("Your values are joint probabilities: they do not add up to 1.")
def posterior_unnormalised(prior, likelihood):
    return possible(prior, likelihood)


@posterior_is_right.catches("The prior does not enter your posterior.")
def posterior_without_prior(prior, likelihood):
    possible(prior, likelihood)
    return likelihood / likelihood.sum()


@posterior_is_right.catches("The data do not enter your posterior.")
def posterior_is_prior(prior, likelihood):
    possible(prior, likelihood)
    return prior.clone()


@posterior_is_right.catches(
    "The denominator is not the sum of the likelihoods: how is the evidence an average over states?"
)
def posterior_wrong_evidence(prior, likelihood):
    return possible(prior, likelihood) / likelihood.sum()


@posterior_is_right.catches("The likelihood stands in the denominator.")
def posterior_divides(prior, likelihood):
    possible(prior, likelihood)
    ratio = prior / likelihood
    return ratio / ratio.sum()


@posterior_is_right.catches("A softmax exponentiates what are probabilities already.")
def posterior_softmax(prior, likelihood):
    return possible(prior, likelihood).softmax(-1)


@posterior_is_right.catches("The logarithms come back; probabilities are asked for.")
def posterior_in_logs(prior, likelihood):
    joint = possible(prior, likelihood)
    return (joint / joint.sum()).log()


@posterior_is_right.catches(
    "You divide by the largest value. What makes probabilities of probabilities?"
)
def posterior_divided_by_maximum(prior, likelihood):
    joint = possible(prior, likelihood)
    return joint / joint.max()


@posterior_is_right.catches("One state gets everything; how likely are the others?")
def posterior_mode(prior, likelihood):
    return F.one_hot(possible(prior, likelihood).argmax(), len(prior)).to(prior.dtype)


@posterior_is_scale_free.catches(
    "A small constant in the denominator changes the values, and everything when the evidence"
    " is small."
)
def posterior_epsilon(prior, likelihood):
    joint = possible(prior, likelihood)
    return joint / (joint.sum() + 1e-8)


@posterior_refuses_the_impossible.catches(IMPOSSIBLE)
def posterior_unchecked(prior, likelihood):
    joint = prior * likelihood
    return joint / joint.sum()


@posterior_is_scale_free.catches("An evidence that is small is not 0.")
def posterior_threshold(prior, likelihood):
    joint = prior * likelihood
    if joint.sum() < 1e-12:
        raise ValueError
    return joint / joint.sum()


@D.laws.law_dtype.catches(DTYPE)
def posterior_in_float64(prior, likelihood):
    joint = possible(prior.double(), likelihood.double())
    return joint / joint.sum()
