"""Hidden checks of `score_from_epsilon`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.diffusion._common import (
    BROADCAST,
    FLOAT64,
    IN_PLACE,
    SHAPES,
    batch,
    noise_left,
    steps,
)
from graders.public.diffusion import score_from_epsilon

D = Words(score_from_epsilon)

SCORE = "score_from_epsilon(eps, t, alpha_bar)"
NAMES = ("eps", "t", "alpha_bar")


def arguments(draw, n=5, d=3, dtype=torch.float64):
    return *batch(draw, n, d, 1, dtype), steps(draw, n), noise_left(draw, dtype=dtype)


score_values = D.equals_reference(
    "It is the score, for batches in which every example has its own step.",
    lambda draw: [arguments(draw, n, d) for n, d in SHAPES],
)


@D.check("It is the gradient of the log density of x_t given x_0.", after=score_values)
def score_is_the_gradient(student, draw):
    eps, t, kept = arguments(draw)
    x_0 = draw.normal(5, 3)
    scale, spread = kept[t][:, None].sqrt(), (1 - kept[t][:, None]).sqrt()
    x_t = (scale * x_0 + spread * eps).requires_grad_()
    log_density = torch.distributions.Normal(scale * x_0, spread).log_prob(x_t)
    (wanted,) = torch.autograd.grad(log_density.sum(), x_t)
    expect.close(student.score_from_epsilon(eps, t, kept), wanted, subject=SCORE)


@score_values.catches("Does the density grow in the direction of the noise?")
def sign_lost(eps, t, alpha_bar):
    return eps / (1 - alpha_bar[t][:, None]).sqrt()


@score_values.catches(
    "The derivative has the variance below, but how large is the deviation above it?"
)
def divided_by_the_variance(eps, t, alpha_bar):
    return -eps / (1 - alpha_bar[t][:, None])


@score_values.catches("What is the scale of the noise at step t?")
def unscaled(eps, t, alpha_bar):
    return -eps


@score_values.catches("alpha_bar says how much of the data is left. How much noise is there?")
def scale_of_the_data(eps, t, alpha_bar):
    return -eps / alpha_bar[t][:, None].sqrt()


@score_values.catches("Is the score of a narrow density small or large?")
def multiplied(eps, t, alpha_bar):
    return -eps * (1 - alpha_bar[t][:, None]).sqrt()


@score_values.catches("Your x_t has the noise of the step before.")
def one_step_early(eps, t, alpha_bar):
    return -eps / (1 - alpha_bar[t - 1][:, None]).sqrt()


@score_values.catches("Which variable is the derivative taken in: x_t, or x_0?")
def derivative_in_x_0(eps, t, alpha_bar):
    kept = alpha_bar[t][:, None]
    return eps * (kept / (1 - kept)).sqrt()


@score_values.catches(BROADCAST)
def steps_along_coordinates(eps, t, alpha_bar):
    return -eps / (1 - alpha_bar[t]).sqrt()


@D.laws.law_dtype.catches(FLOAT64)
def always_float64(eps, t, alpha_bar):
    return -eps / (1 - alpha_bar.double()[t][:, None]).sqrt()


@D.laws.law_state.catches(IN_PLACE)
def eps_overwritten(eps, t, alpha_bar):
    return eps.neg_() / (1 - alpha_bar[t][:, None]).sqrt()
