"""Hidden checks of `predict_x_0`, then the mistakes that they catch."""

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
from graders.public.diffusion import predict_x_0

D = Words(predict_x_0)

CLEAN = "predict_x_0(x_t, t, eps, alpha_bar)"
NAMES = ("x_t", "t", "eps", "alpha_bar")


def arguments(draw, n=5, d=3, dtype=torch.float64):
    x_t, eps = batch(draw, n, d, dtype=dtype)
    return x_t, steps(draw, n), eps, noise_left(draw, dtype=dtype)


clean_values = D.equals_reference(
    "It is x_0, for batches of any size in which every example has its own step.",
    lambda draw: [arguments(draw, n, d) for n, d in SHAPES],
)


@D.check("It undoes the noising of any x_0.", after=clean_values)
def clean_undoes_the_noise(student, draw):
    x_0, eps = batch(draw, 6, 2)
    t, kept = torch.tensor([0, 0, 6, 6, 2, 4]), noise_left(draw)
    x_t = kept[t][:, None].sqrt() * x_0 + (1 - kept[t][:, None]).sqrt() * eps
    expect.close(student.predict_x_0(x_t, t, eps, kept), x_0, subject=f"{CLEAN} of a noised x_0")


@clean_values.catches("Your result is still scaled down: what multiplies x_0 in x_t?")
def still_scaled(x_t, t, eps, alpha_bar):
    return x_t - (1 - alpha_bar[t][:, None]).sqrt() * eps


@clean_values.catches("You divide by the factor of a variance. What multiplies x_0 itself?")
def divided_by_a_variance(x_t, t, eps, alpha_bar):
    kept = alpha_bar[t][:, None]
    return (x_t - (1 - kept).sqrt() * eps) / kept


@clean_values.catches("By what is eps multiplied in x_t?")
def noise_by_its_variance(x_t, t, eps, alpha_bar):
    kept = alpha_bar[t][:, None]
    return (x_t - (1 - kept) * eps) / kept.sqrt()


@clean_values.catches("Is the noise to be added, or to be taken away?")
def noise_added(x_t, t, eps, alpha_bar):
    kept = alpha_bar[t][:, None]
    return (x_t + (1 - kept).sqrt() * eps) / kept.sqrt()


@clean_values.catches("The factors of the data and of the noise are exchanged.")
def factors_exchanged(x_t, t, eps, alpha_bar):
    kept = alpha_bar[t][:, None]
    return (x_t - kept.sqrt() * eps) / (1 - kept).sqrt()


@clean_values.catches("What is divided: the whole, or x_t alone?")
def noise_not_divided(x_t, t, eps, alpha_bar):
    kept = alpha_bar[t][:, None]
    return x_t / kept.sqrt() - (1 - kept).sqrt() * eps


@clean_values.catches("Your x_t has the noise of the step before.")
def one_step_early(x_t, t, eps, alpha_bar):
    kept = alpha_bar[t - 1][:, None]
    return (x_t - (1 - kept).sqrt() * eps) / kept.sqrt()


@clean_values.catches("Data need not lie between -1 and 1: nothing here says so.")
def clipped(x_t, t, eps, alpha_bar):
    kept = alpha_bar[t][:, None]
    return ((x_t - (1 - kept).sqrt() * eps) / kept.sqrt()).clamp(-1, 1)


@clean_values.catches(BROADCAST)
def steps_along_coordinates(x_t, t, eps, alpha_bar):
    kept = alpha_bar[t]
    return (x_t - (1 - kept).sqrt() * eps) / kept.sqrt()


@D.laws.law_dtype.catches(FLOAT64)
def always_float64(x_t, t, eps, alpha_bar):
    kept = alpha_bar.double()[t][:, None]
    return (x_t - (1 - kept).sqrt() * eps) / kept.sqrt()


@D.laws.law_state.catches(IN_PLACE)
def x_t_overwritten(x_t, t, eps, alpha_bar):
    kept = alpha_bar[t][:, None]
    return x_t.sub_((1 - kept).sqrt() * eps) / kept.sqrt()


@D.sum_of("What x_t says", "The noise")
def predict_terms(x_t, t, eps, alpha_bar):
    kept = alpha_bar[t][:, None]
    return x_t / kept.sqrt(), -((1 - kept) / kept).sqrt() * eps
