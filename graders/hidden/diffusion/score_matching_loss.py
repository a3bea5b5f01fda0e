"""Hidden checks of `score_matching_loss`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.core.exercise import check, misconception
from graders.hidden.diffusion._common import (
    CUT,
    FLOAT64,
    MEAN_OVER_D,
    MODEL_STATE,
    SHAPES,
    SUM_OVER_N,
    batch,
    gradients_agree,
    keeps_dtype,
    leaves_alone,
    rounded,
    time_model,
)
from reference.diffusion import score_matching_loss

MATCHING = "score_matching_loss(score_model, x, eps, sigma)"
NAMES = ("score_model", "x", "eps", "sigma")


def arguments(draw, n=5, d=3, dtype=torch.float64):
    sigma = draw.uniform(0.3, 2.5, n, dtype=dtype)
    return time_model(draw, d, dtype), *batch(draw, n, d, dtype=dtype), sigma


@check("score_matching_loss", "It is the loss, with a noise level for each example.")
def matching_values(student, draw, right):
    for n, d in SHAPES:
        given = arguments(draw, n, d)
        expect.close(
            student.score_matching_loss(*given),
            right.score_matching_loss(*given).detach(),
            subject=f"{MATCHING} of shape {(n, d)}",
        )


@check(
    "score_matching_loss",
    "Its gradient reaches every parameter of the network, and is right.",
    after=("matching_values",),
)
def matching_gradients(student, draw, right):
    for n, d in SHAPES[:2]:
        given = arguments(draw, n, d)
        got, wanted = student.score_matching_loss(*given), right.score_matching_loss(*given)
        gradients_agree(got, wanted, given[0], subject=MATCHING)


@check("score_matching_loss", "It works in float32.", after=("matching_values",))
def matching_in_float32(student, draw, right):
    given = arguments(draw, dtype=torch.float32)
    got = expect.tensor(student.score_matching_loss(*given), shape=(), dtype=None, subject=MATCHING)
    wanted = right.score_matching_loss(*given).detach()
    expect.close(rounded(got, MATCHING), wanted, subject=f"{MATCHING} in float32", rtol=1e-3)


@check("score_matching_loss", "It keeps the dtype of its arguments.", after=("matching_values",))
def matching_keeps_dtype(student, draw):
    keeps_dtype(student, "score_matching_loss", lambda dtype: arguments(draw, dtype=dtype))


@check(
    "score_matching_loss",
    "It leaves its arguments as they are, the network too.",
    after=("matching_values",),
)
def matching_changes_nothing(student, draw):
    leaves_alone(student, "score_matching_loss", arguments(draw), NAMES)


def _errors(score_model, x, eps, sigma):
    spread = sigma[:, None]
    return (spread * score_model(x + spread * eps, sigma) + eps).square()


@misconception(
    "score_matching_loss",
    hint="Does the density grow in the direction of the noise?",
    caught_by="matching_values",
)
def sign_lost(score_model, x, eps, sigma):
    spread = sigma[:, None]
    noisy = x + spread * eps
    return (spread * score_model(noisy, sigma) - eps).square().sum(1).mean()


@misconception(
    "score_matching_loss",
    hint="Which weight does each noise level have?",
    caught_by="matching_values",
)
def without_weights(score_model, x, eps, sigma):
    spread = sigma[:, None]
    return (score_model(x + spread * eps, sigma) + eps / spread).square().sum(1).mean()


@misconception(
    "score_matching_loss",
    hint="Is the weight of a noise level its deviation, or its variance?",
    caught_by="matching_values",
)
def weight_not_squared(score_model, x, eps, sigma):
    return (_errors(score_model, x, eps, sigma).sum(1) / sigma).mean()


@misconception(
    "score_matching_loss",
    hint="There is a factor of 1/2 that nobody asked for.",
    caught_by="matching_values",
)
def halved(score_model, x, eps, sigma):
    return _errors(score_model, x, eps, sigma).sum(1).mean() / 2


@misconception("score_matching_loss", hint=MEAN_OVER_D, caught_by="matching_values")
def mean_over_coordinates(score_model, x, eps, sigma):
    return _errors(score_model, x, eps, sigma).mean()


@misconception("score_matching_loss", hint=SUM_OVER_N, caught_by="matching_values")
def sum_over_examples(score_model, x, eps, sigma):
    return _errors(score_model, x, eps, sigma).sum()


@misconception(
    "score_matching_loss",
    hint="The network sees clean data here.",
    caught_by="matching_values",
)
def clean_input(score_model, x, eps, sigma):
    return (sigma[:, None] * score_model(x, sigma) + eps).square().sum(1).mean()


@misconception(
    "score_matching_loss",
    hint="sigma is a standard deviation. By what is eps multiplied?",
    caught_by="matching_values",
)
def noise_by_its_variance(score_model, x, eps, sigma):
    noisy = x + sigma[:, None].square() * eps
    return (sigma[:, None] * score_model(noisy, sigma) + eps).square().sum(1).mean()


@misconception(
    "score_matching_loss",
    hint="Is the norm squared after the weighting, or before it?",
    caught_by="matching_values",
)
def score_by_the_variance(score_model, x, eps, sigma):
    spread = sigma[:, None]
    noisy = x + spread * eps
    return (spread.square() * score_model(noisy, sigma) + eps).square().sum(1).mean()


@misconception(
    "score_matching_loss",
    hint="Do all examples of a batch have the noise of the first one?",
    caught_by="matching_values",
)
def level_of_the_first(score_model, x, eps, sigma):
    return score_matching_loss(score_model, x, eps, sigma[:1].expand(len(x)))


@misconception(
    "score_matching_loss",
    hint="The network is told something else than the noise level as it came.",
    caught_by="matching_values",
)
def network_told_the_logarithm(score_model, x, eps, sigma):
    spread = sigma[:, None]
    noisy = x + spread * eps
    return (spread * score_model(noisy, sigma.log()) + eps).square().sum(1).mean()


@misconception("score_matching_loss", hint=CUT, caught_by="matching_gradients")
def detached(score_model, x, eps, sigma):
    return score_matching_loss(score_model, x, eps, sigma).detach()


@misconception("score_matching_loss", hint=FLOAT64, caught_by="matching_keeps_dtype")
def always_float64(score_model, x, eps, sigma):
    return score_matching_loss(score_model, x, eps, sigma).double()


@misconception("score_matching_loss", hint=MODEL_STATE, caught_by="matching_changes_nothing")
def gradients_emptied(score_model, x, eps, sigma):
    score_model.zero_grad()
    return score_matching_loss(score_model, x, eps, sigma)
