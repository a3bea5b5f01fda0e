"""Hidden checks of `score_matching_loss`, then the mistakes that they catch."""

import torch

from graders.hidden._words import Words
from graders.hidden.diffusion._common import (
    CUT,
    FLOAT64,
    MEAN_OVER_D,
    MODEL_STATE,
    SHAPES,
    SUM_OVER_N,
    batch,
    gradients_agree,
    time_model,
)
from graders.public.diffusion import score_matching_loss as stub
from reference.diffusion import score_matching_loss

D = Words(stub)

MATCHING = "score_matching_loss(score_model, x, eps, sigma)"
NAMES = ("score_model", "x", "eps", "sigma")


def arguments(draw, n=5, d=3, dtype=torch.float64):
    sigma = draw.uniform(0.3, 2.5, n, dtype=dtype)
    return time_model(draw, d, dtype), *batch(draw, n, d, dtype=dtype), sigma


matching_values = D.equals_reference(
    "It is the loss, with a noise level for each example.",
    lambda draw: [arguments(draw, n, d) for n, d in SHAPES],
)


@D.check(
    "Its gradient reaches every parameter of the network, and is right.", after=matching_values
)
def matching_gradients(student, draw, right):
    for n, d in SHAPES[:2]:
        given = arguments(draw, n, d)
        got, wanted = student.score_matching_loss(*given), right.score_matching_loss(*given)
        gradients_agree(got, wanted, given[0], subject=MATCHING)


def _errors(score_model, x, eps, sigma):
    spread = sigma[:, None]
    return (spread * score_model(x + spread * eps, sigma) + eps).square()


@matching_values.catches("Does the density grow in the direction of the noise?")
def sign_lost(score_model, x, eps, sigma):
    spread = sigma[:, None]
    noisy = x + spread * eps
    return (spread * score_model(noisy, sigma) - eps).square().sum(1).mean()


@matching_values.catches("Which weight does each noise level have?")
def without_weights(score_model, x, eps, sigma):
    spread = sigma[:, None]
    return (score_model(x + spread * eps, sigma) + eps / spread).square().sum(1).mean()


@matching_values.catches("Is the weight of a noise level its deviation, or its variance?")
def weight_not_squared(score_model, x, eps, sigma):
    return (_errors(score_model, x, eps, sigma).sum(1) / sigma).mean()


@matching_values.catches("There is a factor of 1/2 that nobody asked for.")
def halved(score_model, x, eps, sigma):
    return _errors(score_model, x, eps, sigma).sum(1).mean() / 2


@matching_values.catches(MEAN_OVER_D)
def mean_over_coordinates(score_model, x, eps, sigma):
    return _errors(score_model, x, eps, sigma).mean()


@matching_values.catches(SUM_OVER_N)
def sum_over_examples(score_model, x, eps, sigma):
    return _errors(score_model, x, eps, sigma).sum()


@matching_values.catches("The network sees clean data here.")
def clean_input(score_model, x, eps, sigma):
    return (sigma[:, None] * score_model(x, sigma) + eps).square().sum(1).mean()


@matching_values.catches("sigma is a standard deviation. By what is eps multiplied?")
def noise_by_its_variance(score_model, x, eps, sigma):
    noisy = x + sigma[:, None].square() * eps
    return (sigma[:, None] * score_model(noisy, sigma) + eps).square().sum(1).mean()


@matching_values.catches("Is the norm squared after the weighting, or before it?")
def score_by_the_variance(score_model, x, eps, sigma):
    spread = sigma[:, None]
    noisy = x + spread * eps
    return (spread.square() * score_model(noisy, sigma) + eps).square().sum(1).mean()


@matching_values.catches("Do all examples of a batch have the noise of the first one?")
def level_of_the_first(score_model, x, eps, sigma):
    return score_matching_loss(score_model, x, eps, sigma[:1].expand(len(x)))


@matching_values.catches("The network is told something else than the noise level as it came.")
def network_told_the_logarithm(score_model, x, eps, sigma):
    spread = sigma[:, None]
    noisy = x + spread * eps
    return (spread * score_model(noisy, sigma.log()) + eps).square().sum(1).mean()


@matching_gradients.catches(CUT)
def detached(score_model, x, eps, sigma):
    return score_matching_loss(score_model, x, eps, sigma).detach()


@D.laws.law_dtype.catches(FLOAT64)
def always_float64(score_model, x, eps, sigma):
    return score_matching_loss(score_model, x, eps, sigma).double()


@D.laws.law_state.catches(MODEL_STATE)
def gradients_emptied(score_model, x, eps, sigma):
    score_model.zero_grad()
    return score_matching_loss(score_model, x, eps, sigma)
