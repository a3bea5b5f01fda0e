"""Hidden checks of `bayes_posterior`, then the mistakes that they catch."""

import torch.nn.functional as F

from graders.core import expect
from graders.core.exercise import check, misconception
from graders.hidden.elbo._common import (
    DTYPE,
    IMPOSSIBLE,
    possible,
    posterior_in_float32,
    posterior_of_other_scales,
    posterior_refuses,
    posterior_value,
    posterior_with_zeros,
    states,
)

POSTERIOR = "bayes_posterior(prior, likelihood)"


@check("bayes_posterior", "It is the prior times the likelihood of each state, normalised.")
def posterior_is_right(student, draw, right):
    posterior_value(student, draw, right, "bayes_posterior")


@check(
    "bayes_posterior",
    "A state that the prior or the likelihood rules out has probability 0.",
    after=("posterior_is_right",),
)
def posterior_rules_out(student, draw, right):
    posterior_with_zeros(student, draw, right, "bayes_posterior")


@check(
    "bayes_posterior",
    "The scale of the likelihood does not matter, however small or large.",
    after=("posterior_is_right",),
)
def posterior_is_scale_free(student, draw, right):
    posterior_of_other_scales(student, draw, right, "bayes_posterior")


@check("bayes_posterior", "An x that the model cannot produce raises ValueError.")
def posterior_refuses_the_impossible(student, draw):
    posterior_refuses(student, draw, "bayes_posterior")


@check("bayes_posterior", "It keeps float32.", after=("posterior_is_right",))
def posterior_keeps_float32(student, draw, right):
    posterior_in_float32(student, draw, right, "bayes_posterior")


@check("bayes_posterior", "It leaves its arguments as they are.", after=("posterior_is_right",))
def posterior_changes_nothing(student, draw):
    prior, likelihood, _ = states(draw)
    expect.unchanged(
        student.observe("bayes_posterior", prior, likelihood),
        (prior, likelihood),
        names=("prior", "likelihood"),
        subject=POSTERIOR,
    )


@misconception(
    "bayes_posterior",
    hint="Your values are joint probabilities: they do not add up to 1.",
    caught_by="posterior_is_right",
)
def posterior_unnormalised(prior, likelihood):
    return possible(prior, likelihood)


@misconception(
    "bayes_posterior",
    hint="The prior does not enter your posterior.",
    caught_by="posterior_is_right",
)
def posterior_without_prior(prior, likelihood):
    possible(prior, likelihood)
    return likelihood / likelihood.sum()


@misconception(
    "bayes_posterior", hint="The data do not enter your posterior.", caught_by="posterior_is_right"
)
def posterior_is_prior(prior, likelihood):
    possible(prior, likelihood)
    return prior.clone()


@misconception(
    "bayes_posterior",
    hint=(
        "The denominator is not the sum of the likelihoods: how is the evidence an average over"
        " states?"
    ),
    caught_by="posterior_is_right",
)
def posterior_wrong_evidence(prior, likelihood):
    return possible(prior, likelihood) / likelihood.sum()


@misconception(
    "bayes_posterior",
    hint="The likelihood stands in the denominator.",
    caught_by="posterior_is_right",
)
def posterior_divides(prior, likelihood):
    possible(prior, likelihood)
    ratio = prior / likelihood
    return ratio / ratio.sum()


@misconception(
    "bayes_posterior",
    hint="A softmax exponentiates what are probabilities already.",
    caught_by="posterior_is_right",
)
def posterior_softmax(prior, likelihood):
    return possible(prior, likelihood).softmax(-1)


@misconception(
    "bayes_posterior",
    hint="The logarithms come back; probabilities are asked for.",
    caught_by="posterior_is_right",
)
def posterior_in_logs(prior, likelihood):
    joint = possible(prior, likelihood)
    return (joint / joint.sum()).log()


@misconception(
    "bayes_posterior",
    hint="You divide by the largest value. What makes probabilities of probabilities?",
    caught_by="posterior_is_right",
)
def posterior_divided_by_maximum(prior, likelihood):
    joint = possible(prior, likelihood)
    return joint / joint.max()


@misconception(
    "bayes_posterior",
    hint="One state gets everything; how likely are the others?",
    caught_by="posterior_is_right",
)
def posterior_mode(prior, likelihood):
    return F.one_hot(possible(prior, likelihood).argmax(), len(prior)).to(prior.dtype)


@misconception(
    "bayes_posterior",
    hint=(
        "A small constant in the denominator changes the values, and everything when the evidence"
        " is small."
    ),
    caught_by="posterior_is_scale_free",
)
def posterior_epsilon(prior, likelihood):
    joint = possible(prior, likelihood)
    return joint / (joint.sum() + 1e-8)


@misconception("bayes_posterior", hint=IMPOSSIBLE, caught_by="posterior_refuses_the_impossible")
def posterior_unchecked(prior, likelihood):
    joint = prior * likelihood
    return joint / joint.sum()


@misconception(
    "bayes_posterior",
    hint="An evidence that is small is not 0.",
    caught_by="posterior_is_scale_free",
)
def posterior_threshold(prior, likelihood):
    joint = prior * likelihood
    if joint.sum() < 1e-12:
        raise ValueError
    return joint / joint.sum()


@misconception("bayes_posterior", hint=DTYPE, caught_by="posterior_keeps_float32")
def posterior_in_float64(prior, likelihood):
    joint = possible(prior.double(), likelihood.double())
    return joint / joint.sum()
