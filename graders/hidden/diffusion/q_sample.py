"""Hidden checks of `q_sample`, then the mistakes that they catch."""

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
from graders.public.diffusion import q_sample

D = Words(q_sample)

NOISED = "q_sample(x_0, t, eps, alpha_bar)"
NAMES = ("x_0", "t", "eps", "alpha_bar")


def arguments(draw, n=5, d=3, dtype=torch.float64):
    x_0, eps = batch(draw, n, d, dtype=dtype)
    return x_0, steps(draw, n), eps, noise_left(draw, dtype=dtype)


noised_values = D.equals_reference(
    "It is x_t, for batches of any size in which every example has its own step.",
    lambda draw: [arguments(draw, n, d) for n, d in SHAPES],
)


@D.check("Examples may share a step, the first and the last too.", after=noised_values)
def noised_at_equal_steps(student, draw, right):
    x_0, _, eps, kept = arguments(draw)
    for t in ([0, 0, 6, 6, 6], [6, 0, 3, 3, 0]):
        given = x_0, torch.tensor(t), eps, kept
        expect.close(student.q_sample(*given), right.q_sample(*given), subject=f"{NOISED}, t = {t}")


@D.check("It draws nothing: the noise is eps.", after=noised_values)
def noised_is_deterministic(student, draw):
    given = arguments(draw)
    first, second = (student.q_sample(*given, seed=draw.seed()) for _ in range(2))
    expect.close(second, first.detach(), subject=f"{NOISED} called twice")


@noised_values.catches("alpha_bar is a fraction of a variance. By what is x_0 itself multiplied?")
def variances_as_factors(x_0, t, eps, alpha_bar):
    kept = alpha_bar[t][:, None]
    return kept * x_0 + (1 - kept) * eps


@noised_values.catches("As alpha_bar goes to 0, should x_t be data or noise?")
def data_and_noise_exchanged(x_0, t, eps, alpha_bar):
    kept = alpha_bar[t][:, None]
    return (1 - kept).sqrt() * x_0 + kept.sqrt() * eps


@noised_values.catches("By what is eps multiplied to give it a certain variance?")
def noise_by_its_variance(x_0, t, eps, alpha_bar):
    kept = alpha_bar[t][:, None]
    return kept.sqrt() * x_0 + (1 - kept) * eps


@noised_values.catches(
    "Which sum is 1 here: that of the two factors, or that of the two variances?"
)
def factors_sum_to_one(x_0, t, eps, alpha_bar):
    factor = alpha_bar[t][:, None].sqrt()
    return factor * x_0 + (1 - factor) * eps


@noised_values.catches("Your x_t has the noise of the step before.")
def one_step_early(x_0, t, eps, alpha_bar):
    kept = alpha_bar[t - 1][:, None]
    return kept.sqrt() * x_0 + (1 - kept).sqrt() * eps


@noised_values.catches("Do all examples of a batch have the step of the first one?")
def step_of_the_first(x_0, t, eps, alpha_bar):
    kept = alpha_bar[t[0]]
    return kept.sqrt() * x_0 + (1 - kept).sqrt() * eps


@noised_values.catches("The place of an example in the batch is not its step.")
def place_for_step(x_0, t, eps, alpha_bar):
    kept = alpha_bar[: len(x_0)][:, None]
    return kept.sqrt() * x_0 + (1 - kept).sqrt() * eps


@noised_values.catches(BROADCAST)
def steps_along_coordinates(x_0, t, eps, alpha_bar):
    kept = alpha_bar[t]
    return kept.sqrt() * x_0 + (1 - kept).sqrt() * eps


@noised_values.catches("Your x_t has lost its data's scale only: where is the noise?")
def unscaled_noise(x_0, t, eps, alpha_bar):
    return alpha_bar[t][:, None].sqrt() * x_0 + eps


@noised_values.catches("The noise is an argument here. Is it used?")
def own_noise(x_0, t, eps, alpha_bar):
    kept = alpha_bar[t][:, None]
    return kept.sqrt() * x_0 + (1 - kept).sqrt() * torch.randn_like(x_0)


@D.laws.law_dtype.catches(FLOAT64)
def always_float64(x_0, t, eps, alpha_bar):
    kept = alpha_bar.double()[t][:, None]
    return kept.sqrt() * x_0 + (1 - kept).sqrt() * eps


@D.laws.law_state.catches(IN_PLACE)
def x_0_overwritten(x_0, t, eps, alpha_bar):
    kept = alpha_bar[t][:, None]
    return x_0.mul_(kept.sqrt()) + (1 - kept).sqrt() * eps


@D.sum_of("The data", "The noise")
def q_sample_terms(x_0, t, eps, alpha_bar):
    kept = alpha_bar[t][:, None]
    return kept.sqrt() * x_0, (1 - kept).sqrt() * eps
