"""Hidden checks of `epsilon_loss`, then the mistakes that they catch."""

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
    noise_left,
    rounded,
    step_model,
    steps,
)
from reference.diffusion import q_sample

LOSS = "epsilon_loss(eps_model, x_0, t, eps, alpha_bar)"
NAMES = ("eps_model", "x_0", "t", "eps", "alpha_bar")


def arguments(draw, n=5, d=3, dtype=torch.float64):
    x_0, eps = batch(draw, n, d, dtype=dtype)
    return step_model(draw, d, dtype), x_0, steps(draw, n), eps, noise_left(draw, dtype=dtype)


@check("epsilon_loss", "It is the loss, for batches of any size with a step for each example.")
def noise_prediction_values(student, draw, right):
    for n, d in SHAPES:
        given = arguments(draw, n, d)
        expect.close(
            student.epsilon_loss(*given),
            right.epsilon_loss(*given).detach(),
            subject=f"{LOSS} of shape {(n, d)}",
        )


@check(
    "epsilon_loss",
    "Its gradient reaches every parameter of the network, and is right.",
    after=("noise_prediction_values",),
)
def noise_prediction_gradients(student, draw, right):
    for n, d in SHAPES[:2]:
        given = arguments(draw, n, d)
        gradients_agree(
            student.epsilon_loss(*given), right.epsilon_loss(*given), given[0], subject=LOSS
        )


@check("epsilon_loss", "It works in float32.", after=("noise_prediction_values",))
def noise_prediction_in_float32(student, draw, right):
    given = arguments(draw, dtype=torch.float32)
    got = expect.tensor(student.epsilon_loss(*given), shape=(), dtype=None, subject=LOSS)
    wanted = right.epsilon_loss(*given).detach()
    expect.close(rounded(got, LOSS), wanted, subject=f"{LOSS} in float32", rtol=1e-3)


@check("epsilon_loss", "It keeps the dtype of its arguments.", after=("noise_prediction_values",))
def noise_prediction_keeps_dtype(student, draw):
    keeps_dtype(student, "epsilon_loss", lambda dtype: arguments(draw, dtype=dtype))


@check(
    "epsilon_loss",
    "It leaves its arguments as they are, the network too.",
    after=("noise_prediction_values",),
)
def noise_prediction_changes_nothing(student, draw):
    leaves_alone(student, "epsilon_loss", arguments(draw), NAMES)


@misconception("epsilon_loss", hint=MEAN_OVER_D, caught_by="noise_prediction_values")
def mean_over_coordinates(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t) - eps).square().mean()


@misconception("epsilon_loss", hint=SUM_OVER_N, caught_by="noise_prediction_values")
def sum_over_examples(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t) - eps).square().sum()


@misconception(
    "epsilon_loss", hint="What does this network predict?", caught_by="noise_prediction_values"
)
def prediction_of_x_0(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t) - x_0).square().sum(1).mean()


@misconception(
    "epsilon_loss",
    hint="The network sees clean data here.",
    caught_by="noise_prediction_values",
)
def clean_input(eps_model, x_0, t, eps, alpha_bar):
    return (eps_model(x_0, t) - eps).square().sum(1).mean()


@misconception(
    "epsilon_loss",
    hint="There is a factor of 1/2 that nobody asked for.",
    caught_by="noise_prediction_values",
)
def halved(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t) - eps).square().sum(1).mean() / 2


@misconception(
    "epsilon_loss",
    hint="Is the error of an example its norm, or the square of it?",
    caught_by="noise_prediction_values",
)
def norm_for_its_square(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t) - eps).norm(dim=1).mean()


@misconception(
    "epsilon_loss",
    hint="The network was given another step than the one whose noise it sees.",
    caught_by="noise_prediction_values",
)
def next_step_to_the_network(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, (t - 1).clamp(min=0)) - eps).square().sum(1).mean()


@misconception(
    "epsilon_loss",
    hint="The network sees the noise without the data.",
    caught_by="noise_prediction_values",
)
def noise_as_input(eps_model, x_0, t, eps, alpha_bar):
    x_t = (1 - alpha_bar[t][:, None]).sqrt() * eps
    return (eps_model(x_t, t) - eps).square().sum(1).mean()


@misconception(
    "epsilon_loss",
    hint="The target is the noise itself. What did you scale it by?",
    caught_by="noise_prediction_values",
)
def scaled_target(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    target = (1 - alpha_bar[t][:, None]).sqrt() * eps
    return (eps_model(x_t, t) - target).square().sum(1).mean()


@misconception("epsilon_loss", hint=CUT, caught_by="noise_prediction_gradients")
def detached(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t).detach() - eps).square().sum(1).mean()


@misconception("epsilon_loss", hint=FLOAT64, caught_by="noise_prediction_keeps_dtype")
def always_float64(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t).double() - eps).square().sum(1).mean()


@misconception("epsilon_loss", hint=MODEL_STATE, caught_by="noise_prediction_changes_nothing")
def gradients_emptied(eps_model, x_0, t, eps, alpha_bar):
    eps_model.zero_grad()
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t) - eps).square().sum(1).mean()
