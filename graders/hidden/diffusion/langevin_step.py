"""Hidden checks of `langevin_step`, then the mistakes that they catch."""

import math

import torch

from graders.core import expect
from graders.core.fixtures import network
from graders.hidden._words import Words
from graders.hidden.diffusion._common import (
    CONSTANT,
    FLOAT64,
    IN_PLACE,
    MODEL_STATE,
    SHAPES,
    batch,
)
from graders.public.diffusion import langevin_step as stub
from reference.diffusion import langevin_step

D = Words(stub)

LANGEVIN = "langevin_step(score_model, x, step, eps)"
NAMES = ("score_model", "x", "step", "eps")


def arguments(draw, n=5, d=3, step=0.3, dtype=torch.float64):
    x, eps = batch(draw, n, d, dtype=dtype)
    return network(draw, (d, 8, d), scale=1.5, dtype=dtype), x, step, eps


@D.check("It is right for steps of any size and batches of any size.")
def langevin_values(student, draw, right):
    for (n, d), step in zip(SHAPES, (0.3, 1.7, 2)):
        given = arguments(draw, n, d, step)
        with torch.no_grad():
            got, wanted = student.langevin_step(*given), right.langevin_step(*given)
        expect.close(got, wanted, subject=f"{LANGEVIN} with step = {step}", atol=CONSTANT)


def refused(student, draw, steps):
    """Checks that each of these steps raises ValueError."""
    model, x, _, eps = arguments(draw)
    for step in steps:

        def call(step=step):
            return student.langevin_step(model, x, step, eps)

        expect.raises("ValueError", call, subject=f"{LANGEVIN} with step = {step}")


@D.check("A negative step is refused.", after=langevin_values)
def negative_steps_are_refused(student, draw):
    refused(student, draw, (-0.1, -2))


@D.check("A step of 0 is refused.", after=langevin_values)
def no_step_is_refused(student, draw):
    refused(student, draw, (0.0, 0))


@D.check("It draws nothing: the noise is eps.", after=langevin_values)
def langevin_is_deterministic(student, draw):
    given = arguments(draw)
    with torch.no_grad():
        first, second = (student.langevin_step(*given, seed=draw.seed()) for _ in range(2))
    expect.close(second, first.detach(), subject=f"{LANGEVIN} called twice")


def _checked(step):
    if not step > 0:
        raise ValueError("the step must be positive")


@langevin_values.catches("Should the state move up or down the density?")
def down_the_density(score_model, x, step, eps):
    _checked(step)
    return x - step * score_model(x) + math.sqrt(2 * step) * eps


@langevin_values.catches("With this little noise the states gather at the modes.")
def noise_too_small(score_model, x, step, eps):
    _checked(step)
    return x + step * score_model(x) + math.sqrt(step) * eps


@langevin_values.catches("By what is eps multiplied to give it a certain variance?")
def noise_by_its_variance(score_model, x, step, eps):
    _checked(step)
    return x + step * score_model(x) + 2 * step * eps


@langevin_values.catches("Papers write the step in two ways. What multiplies the score here?")
def half_a_step(score_model, x, step, eps):
    _checked(step)
    return x + step / 2 * score_model(x) + math.sqrt(step) * eps


@langevin_values.catches("Without noise every state ends at a mode. Does yours sample?")
def gradient_ascent(score_model, x, step, eps):
    _checked(step)
    return x + step * score_model(x)


@langevin_values.catches("At which state is the score taken: before or after the noise comes in?")
def score_of_the_noisy_state(score_model, x, step, eps):
    _checked(step)
    noisy = x + math.sqrt(2 * step) * eps
    return noisy + step * score_model(noisy)


@langevin_values.catches("The noise is an argument here. Is it used?")
def own_noise(score_model, x, step, eps):
    _checked(step)
    return x + step * score_model(x) + math.sqrt(2 * step) * torch.randn_like(x)


@langevin_values.catches("What you return is the change. Where does the state go?")
def change_only(score_model, x, step, eps):
    _checked(step)
    return step * score_model(x) + math.sqrt(2 * step) * eps


@negative_steps_are_refused.catches("There is no complaint about a step that is none.")
def unchecked(score_model, x, step, eps):
    return x + step * score_model(x) + max(2 * step, 0.0) ** 0.5 * eps


@no_step_is_refused.catches("What about a step of exactly 0?")
def zero_allowed(score_model, x, step, eps):
    return x + step * score_model(x) + math.sqrt(2 * step) * eps


@D.laws.law_dtype.catches(FLOAT64)
def always_float64(score_model, x, step, eps):
    return langevin_step(score_model, x, step, eps).double()


@D.laws.law_state.catches(IN_PLACE)
def x_overwritten(score_model, x, step, eps):
    return x.copy_(langevin_step(score_model, x, step, eps))


@D.laws.law_state.catches(MODEL_STATE)
def frozen_for_good(score_model, x, step, eps):
    return langevin_step(score_model.requires_grad_(False), x, step, eps)


@D.sum_of("Where you are", "The step along the score", "The noise")
def langevin_terms(score_model, x, step, eps):
    return x, step * score_model(x), math.sqrt(2 * step) * eps
