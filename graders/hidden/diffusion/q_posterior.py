"""Hidden checks of `q_posterior`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.diffusion._common import (
    BROADCAST,
    FLOAT64,
    IN_PLACE,
    PARTS,
    SHAPES,
    batch,
    betas,
    steps,
)
from graders.public.diffusion import q_posterior as stub
from reference.diffusion import alpha_bar, q_posterior

D = Words(stub)

POSTERIOR = "q_posterior(x_0, x_t, t, betas)"
NAMES = ("x_0", "x_t", "t", "betas")


def arguments(draw, n=5, d=3, first=1, dtype=torch.float64):
    x_0, x_t = batch(draw, n, d, dtype=dtype)
    return x_0, x_t, steps(draw, n, first), betas(draw, dtype=dtype)


def posterior_agrees(got, wanted, subject, **tolerance):
    """Checks a pair of mean and variance."""
    parts = expect.parts(got, PARTS, subject=subject)
    for name, part, want in zip(PARTS, parts, wanted):
        expect.close(part, want, subject=f"the {name} of {subject}", **tolerance)


@D.check("Mean and variance are right for steps after the first, (N, D) and (N,).")
def posterior_values(student, draw, right):
    for n, d in SHAPES:
        given = arguments(draw, n, d)
        subject = f"{POSTERIOR} of shape {(n, d)}"
        posterior_agrees(student.q_posterior(*given), right.q_posterior(*given), subject)


@D.check(
    "Where t = 0 the mean is x_0 and the variance 0, also beside examples at other steps.",
    after=posterior_values,
)
def posterior_of_the_first_step(student, draw, right):
    x_0, x_t, _, schedule = arguments(draw)
    for t in ([0, 3, 0, 6, 1], [0, 0, 0, 0, 0]):
        given = x_0, x_t, torch.tensor(t), schedule
        subject = f"{POSTERIOR}, t = {t}"
        wanted = right.q_posterior(*given)
        posterior_agrees(student.q_posterior(*given), wanted, subject, atol=1e-12)


@D.check(
    "It is what Bayes' rule gives for two Gaussian steps.", after=posterior_values, stand_ins=False
)
def posterior_by_bayes(student, draw):
    x_0, x_t, t, schedule = arguments(draw, 4, 2)
    kept, beta = (1 - schedule).log().cumsum(0).exp()[t - 1][:, None], schedule[t][:, None]
    # Precisions add up: one from x_{t-1} given x_0, one from x_t given x_{t-1}.
    variance = 1 / (1 / (1 - kept) + (1 - beta) / beta)
    mean = variance * (kept.sqrt() * x_0 / (1 - kept) + (1 - beta).sqrt() * x_t / beta)
    got = student.q_posterior(x_0, x_t, t, schedule)
    posterior_agrees(got, (mean, variance[:, 0]), POSTERIOR)


def _levels(t, betas):
    """beta_t, alpha_bar_t and alpha_bar_{t-1} (1 where t = 0), each (N, 1)."""
    kept = (1 - betas).cumprod(0)
    before = torch.cat([torch.ones_like(kept[:1]), kept])
    return betas[t][:, None], kept[t][:, None], before[t][:, None]


@posterior_values.catches(
    "Which weight grows with the noise of the step: that of x_0 or that of x_t?"
)
def weights_exchanged(x_0, x_t, t, betas):
    beta, here, before = _levels(t, betas)
    mean = (before.sqrt() * beta * x_t + (1 - beta).sqrt() * (1 - before) * x_0) / (1 - here)
    return mean, (beta * (1 - before) / (1 - here))[:, 0]


@posterior_values.catches(
    "Variances and the factors of states are mixed up: which of them are roots?"
)
def roots_forgotten(x_0, x_t, t, betas):
    beta, here, before = _levels(t, betas)
    mean = (before * beta * x_0 + (1 - beta) * (1 - before) * x_t) / (1 - here)
    return mean, (beta * (1 - before) / (1 - here))[:, 0]


@posterior_values.catches("How much noise does the state before x_t have: that of t, or less?")
def noise_of_this_step(x_0, x_t, t, betas):
    beta, here, _ = _levels(t, betas)
    mean = (here.sqrt() * beta * x_0 + (1 - beta).sqrt() * (1 - here) * x_t) / (1 - here)
    return mean, beta[:, 0]


@posterior_values.catches("x_0 has gone through all steps up to t, not through one.")
def alpha_for_alpha_bar(x_0, x_t, t, betas):
    beta = betas[t][:, None]
    before = torch.where(t[:, None] > 0, 1 - betas[t - 1][:, None], torch.ones_like(beta))
    mean = (before.sqrt() * beta * x_0 + (1 - beta).sqrt() * (1 - before) * x_t) / beta
    return mean, (1 - before)[:, 0]


@posterior_values.catches("This is the variance of the step without any knowledge of x_0.")
def variance_of_the_step(x_0, x_t, t, betas):
    mean, _ = q_posterior(x_0, x_t, t, betas)
    return mean, torch.where(t > 0, betas[t], 0 * betas[t])


@posterior_values.catches("Knowing more cannot make the variance larger than that of the step.")
def variance_upside_down(x_0, x_t, t, betas):
    mean, _ = q_posterior(x_0, x_t, t, betas)
    beta, here, before = _levels(t, betas)
    inverse = beta * (1 - here) / (1 - before).clamp(min=1e-20)
    return mean, torch.where(t > 0, inverse[:, 0], 0 * betas[t])


@posterior_values.catches("A variance is asked for. What is yours?")
def standard_deviation(x_0, x_t, t, betas):
    mean, variance = q_posterior(x_0, x_t, t, betas)
    return mean, variance.sqrt()


@posterior_values.catches("How many different variances does one example have?")
def variance_of_every_coordinate(x_0, x_t, t, betas):
    mean, variance = q_posterior(x_0, x_t, t, betas)
    return mean, variance[:, None].expand_as(mean)


@posterior_values.catches(
    "Is this the mean given x_0, or the state that one step of noising would come from?"
)
def one_step_undone(x_0, x_t, t, betas):
    _, variance = q_posterior(x_0, x_t, t, betas)
    return x_t / (1 - betas[t][:, None]).sqrt(), variance


@posterior_values.catches(BROADCAST)
def steps_along_coordinates(x_0, x_t, t, betas):
    beta, here, before = (level[:, 0] for level in _levels(t, betas))
    mean = (before.sqrt() * beta * x_0 + (1 - beta).sqrt() * (1 - before) * x_t) / (1 - here)
    return mean, beta * (1 - before) / (1 - here)


@posterior_of_the_first_step.catches(
    "What does Python give for index -1, and what is before the first step?"
)
def last_before_the_first(x_0, x_t, t, betas):
    kept = alpha_bar(betas)
    beta, here, before = betas[t][:, None], kept[t][:, None], kept[t - 1][:, None]
    mean = (before.sqrt() * beta * x_0 + (1 - beta).sqrt() * (1 - before) * x_t) / (1 - here)
    return mean, (beta * (1 - before) / (1 - here))[:, 0]


@posterior_of_the_first_step.catches("Is there any noise before the first step?")
def first_before_the_first(x_0, x_t, t, betas):
    kept = alpha_bar(betas)
    before = kept[(t - 1).clamp(min=0)][:, None]
    beta, here = betas[t][:, None], kept[t][:, None]
    mean = (before.sqrt() * beta * x_0 + (1 - beta).sqrt() * (1 - before) * x_t) / (1 - here)
    return mean, (beta * (1 - before) / (1 - here))[:, 0]


@D.laws.law_dtype.catches(FLOAT64)
def always_float64(x_0, x_t, t, betas):
    return q_posterior(x_0.double(), x_t.double(), t, betas.double())


@D.laws.law_state.catches(IN_PLACE)
def x_t_overwritten(x_0, x_t, t, betas):
    mean, variance = q_posterior(x_0, x_t, t, betas)
    x_t.copy_(mean)
    return x_t.clone(), variance
