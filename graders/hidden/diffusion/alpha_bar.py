"""Hidden checks of `alpha_bar`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.diffusion._common import (
    FLOAT64,
    IN_PLACE,
    betas,
)
from graders.public.diffusion import alpha_bar

D = Words(alpha_bar)

KEPT = "alpha_bar(betas)"


@D.check("It is the fraction of the variance that is left, for any schedule.")
def kept_variance(student, draw):
    for steps in (6, 1):
        schedule = betas(draw, steps)
        wanted = (1 - schedule).log().cumsum(0).exp()
        expect.close(student.alpha_bar(schedule), wanted, subject=f"{KEPT} of {steps} steps")


def refused(student, schedule):
    """Checks that a schedule raises ValueError."""

    def call():
        return student.alpha_bar(schedule)

    expect.raises("ValueError", call, subject=f"{KEPT} for betas = {schedule.tolist()}")


@D.check("A schedule without any possible beta is refused.", after=kept_variance)
def impossible_schedules_are_refused(student, draw):
    for wrong in (1.3, -0.2):
        refused(student, torch.full((5,), wrong, dtype=torch.float64))


@D.check(
    "One beta outside of 0 to 1 is enough to be refused, wherever it stands.", after=kept_variance
)
def one_impossible_beta_is_refused(student, draw):
    for wrong in (1.3, -0.2):
        for place in (0, 2, 4):
            schedule = betas(draw, 5)
            schedule[place] = wrong
            refused(student, schedule)


@D.check("A beta of exactly 0 or 1 is refused too.", after=kept_variance)
def ends_are_refused(student, draw):
    for wrong in (0.0, 1.0):
        for place in (0, 2, 4):
            schedule = betas(draw, 5)
            schedule[place] = wrong
            refused(student, schedule)


@kept_variance.catches("beta is the variance that a step adds. What is left after it?")
def products_of_betas(betas):
    if not ((betas > 0) & (betas < 1)).all():
        raise ValueError
    return betas.cumprod(0)


@kept_variance.catches(
    "Each of your values belongs to one step only: this is alpha, not alpha_bar."
)
def single_steps(betas):
    return 1 - betas


@kept_variance.catches("Your values are one step late. Does x_t include the noise of step t?")
def one_step_late(betas):
    products = (1 - betas).cumprod(0)
    return torch.cat([torch.ones_like(products[:1]), products[:-1]])


@kept_variance.catches("What is left is a fraction of a fraction. Your losses add up instead.")
def losses_add_up(betas):
    return 1 - betas.cumsum(0)


@kept_variance.catches(
    "Your values are what x_0 itself is multiplied by, not what its variance is."
)
def factors_of_the_state(betas):
    return (1 - betas).cumprod(0).sqrt()


@kept_variance.catches("1 - beta and exp(-beta) agree for small beta only.")
def continuous_time(betas):
    return (-betas.cumsum(0)).exp()


@kept_variance.catches(
    "This is the product of all steps, for every step. How many has x_t gone through?"
)
def total_product(betas):
    return (1 - betas).prod().expand(len(betas))


@impossible_schedules_are_refused.catches(
    "There is no complaint about a variance of noise that cannot be."
)
def unchecked(betas):
    return (1 - betas).cumprod(0)


@ends_are_refused.catches("What about the ends, 0 and 1 themselves?")
def ends_allowed(betas):
    if (betas < 0).any() or (betas > 1).any():
        raise ValueError("a beta out of range")
    return (1 - betas).cumprod(0)


@one_impossible_beta_is_refused.catches("Is one good beta enough, or must every one be?")
def refused_when_all_are_wrong(betas):
    if not ((betas > 0) & (betas < 1)).any():
        raise ValueError("no beta is in range")
    return (1 - betas).cumprod(0)


@D.laws.law_dtype.catches(FLOAT64)
def always_float64(betas):
    if not ((betas > 0) & (betas < 1)).all():
        raise ValueError
    return (1 - betas.double()).cumprod(0)


@D.laws.law_state.catches(IN_PLACE)
def betas_overwritten(betas):
    if not ((betas > 0) & (betas < 1)).all():
        raise ValueError
    return betas.neg_().add_(1).cumprod(0)
