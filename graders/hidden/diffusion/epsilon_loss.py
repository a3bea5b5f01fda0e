"""Hidden checks of `epsilon_loss`, then the mistakes that they catch."""

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
    noise_left,
    step_model,
    steps,
)
from graders.public.diffusion import epsilon_loss
from reference.diffusion import q_sample

D = Words(epsilon_loss)

LOSS = "epsilon_loss(eps_model, x_0, t, eps, alpha_bar)"
NAMES = ("eps_model", "x_0", "t", "eps", "alpha_bar")


def arguments(draw, n=5, d=3, dtype=torch.float64):
    x_0, eps = batch(draw, n, d, dtype=dtype)
    return step_model(draw, d, dtype), x_0, steps(draw, n), eps, noise_left(draw, dtype=dtype)


noise_prediction_values = D.equals_reference(
    "It is the loss, for batches of any size with a step for each example.",
    lambda draw: [arguments(draw, n, d) for n, d in SHAPES],
)


@D.check(
    "Its gradient reaches every parameter of the network, and is right.",
    after=noise_prediction_values,
)
def noise_prediction_gradients(student, draw, right):
    for n, d in SHAPES[:2]:
        given = arguments(draw, n, d)
        gradients_agree(
            student.epsilon_loss(*given), right.epsilon_loss(*given), given[0], subject=LOSS
        )


@noise_prediction_values.catches(MEAN_OVER_D)
def mean_over_coordinates(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t) - eps).square().mean()


@noise_prediction_values.catches(SUM_OVER_N)
def sum_over_examples(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t) - eps).square().sum()


@noise_prediction_values.catches("What does this network predict?")
def prediction_of_x_0(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t) - x_0).square().sum(1).mean()


@noise_prediction_values.catches("The network sees clean data here.")
def clean_input(eps_model, x_0, t, eps, alpha_bar):
    return (eps_model(x_0, t) - eps).square().sum(1).mean()


@noise_prediction_values.catches("There is a factor of 1/2 that nobody asked for.")
def halved(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t) - eps).square().sum(1).mean() / 2


@noise_prediction_values.catches("Is the error of an example its norm, or the square of it?")
def norm_for_its_square(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t) - eps).norm(dim=1).mean()


@noise_prediction_values.catches(
    "The network was given another step than the one whose noise it sees."
)
def next_step_to_the_network(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, (t - 1).clamp(min=0)) - eps).square().sum(1).mean()


@noise_prediction_values.catches("The network sees the noise without the data.")
def noise_as_input(eps_model, x_0, t, eps, alpha_bar):
    x_t = (1 - alpha_bar[t][:, None]).sqrt() * eps
    return (eps_model(x_t, t) - eps).square().sum(1).mean()


@noise_prediction_values.catches("The target is the noise itself. What did you scale it by?")
def scaled_target(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    target = (1 - alpha_bar[t][:, None]).sqrt() * eps
    return (eps_model(x_t, t) - target).square().sum(1).mean()


@noise_prediction_gradients.catches(CUT)
def detached(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t).detach() - eps).square().sum(1).mean()


@D.laws.law_dtype.catches(FLOAT64)
def always_float64(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t).double() - eps).square().sum(1).mean()


@D.laws.law_state.catches(MODEL_STATE)
def gradients_emptied(eps_model, x_0, t, eps, alpha_bar):
    eps_model.zero_grad()
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t) - eps).square().sum(1).mean()
