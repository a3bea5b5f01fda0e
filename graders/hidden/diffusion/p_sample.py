"""Hidden checks of `p_sample`, then the mistakes that they catch.

The noise follows from the result: (x_{t-1} - mean) / sqrt(beta_t). Under a seed that can be
replayed, the difference of two results with the same steps is that of their means, exactly.
"""

import torch
from scipy import special

from graders.core import expect
from graders.core.exercise import Law
from graders.hidden._noise import noise_law, standard_normal
from graders.hidden._words import Words
from graders.hidden.diffusion._common import (
    BROADCAST,
    FLOAT64,
    IN_PLACE,
    MODEL_STATE,
    SHAPES,
    batch,
    betas,
    keeps_dtype,
    rounded,
    step_model,
    steps,
)
from graders.public.diffusion import p_sample as stub
from reference.diffusion import alpha_bar, p_sample, predict_x_0, q_posterior

D = Words(stub)

ANCESTRAL = "p_sample(eps_model, x_t, t, betas)"
NAMES = ("eps_model", "x_t", "t", "betas")
NOISE = noise_law(4 * 144 * 100)
MEANS = Law("z-test of the mean of each coordinate", 6 * 6 * 1000, 1e-9)


def arguments(draw, n=5, d=3, first=0, dtype=torch.float64):
    (x_t,) = batch(draw, n, d, 1, dtype)
    return step_model(draw, d, dtype), x_t, steps(draw, n, first), betas(draw, dtype=dtype)


def mean_of_step(right, model, x_t, t, schedule):
    """The mean of x_{t-1}, (N, D), from the functions of the topic that may be replaced."""
    beta, kept = schedule[t][:, None], right.alpha_bar(schedule)[t][:, None]
    return (x_t - beta / (1 - kept).sqrt() * model(x_t, t)) / (1 - beta).sqrt()


@D.check("The last step, t = 0, is exact, for batches of any size.")
def last_step_is_exact(student, draw, right):
    for n, d in SHAPES:
        model, x_t, t, schedule = arguments(draw, n, d)
        given = model, x_t, 0 * t, schedule
        with torch.no_grad():
            got, wanted = student.p_sample(*given), mean_of_step(right, *given)
        expect.close(got, wanted, subject=f"{ANCESTRAL} at t = 0")


@D.check(
    "Examples at t = 0 get no noise, and those at other steps beside them do.",
    after=last_step_is_exact,
)
def noise_at_some_steps(student, draw, right):
    model, x_t, _, schedule = arguments(draw)
    t = torch.tensor([3, 0, 0, 6, 1])
    with torch.no_grad():
        got = student.p_sample(model, x_t, t, schedule)
        wanted = mean_of_step(right, model, x_t, t, schedule)
    expect.tensor(got, shape=(5, 3), subject=ANCESTRAL)
    expect.close(got[t == 0], wanted[t == 0], subject=f"{ANCESTRAL}, examples at t = 0")
    quiet = (got - wanted).detach().abs().max(1).values[t > 0] < 1e-9
    expect.true(
        not quiet.any(),
        "no noise where there should be",
        subject=f"{ANCESTRAL}, examples at t > 0",
        detail="an example at t > 0 got no noise",
        got=quiet,
    )


@D.check(
    "With the same noise, another state moves the result as its mean moves.",
    after=last_step_is_exact,
)
def mean_follows_the_state(student, draw, right):
    model, x_t, t, schedule = arguments(draw, first=1)
    seed, other = draw.seed(), x_t + batch(draw, 5, 3, 1)[0]
    with torch.no_grad():
        first, again, moved = (
            student.p_sample(model, x, t, schedule, seed=seed) for x in (x_t, x_t, other)
        )
        expect.tensor(first, shape=(5, 3), subject=ANCESTRAL)
        if not torch.equal(first, again):
            return  # noise from a generator that no seed reaches: the statistical checks decide
        means = [mean_of_step(right, model, x, t, schedule) for x in (x_t, other)]
    expect.tensor(moved, shape=(5, 3), subject=ANCESTRAL)
    subject = f"the difference of two {ANCESTRAL} with the same noise"
    expect.close(moved - first, means[1] - means[0], subject=subject)


@D.check(
    "The noise has the variance of the step and is normal, fresh, independent over examples and"
    " coordinates.",
    after=last_step_is_exact,
    law=NOISE,
)
def noise_of_the_step(student, draw, right):
    model, x_t, _, schedule = arguments(draw, 6, 100)
    # Early steps: there the posterior's variance is far below that of the step.
    schedule = draw.uniform(0.2, 0.4, len(schedule))
    x_t, t = x_t.repeat(24, 1), (1 + torch.arange(144) % 3)
    with torch.no_grad():
        calls = [student.p_sample(model, x_t, t, schedule, seed=draw.seed()) for _ in range(4)]
        wanted = mean_of_step(right, model, x_t, t, schedule)
    for got in calls:
        expect.tensor(got, shape=(144, 100), subject=ANCESTRAL)
    scale = schedule[t][:, None].sqrt()
    noise = (torch.stack(calls).detach() - wanted) / scale
    standard_normal(noise, NOISE, subject=f"the noise of {ANCESTRAL}", mean=wanted, std=scale)


@D.check(
    "The mean of many samples is that of the step, at every step.",
    after=last_step_is_exact,
    law=MEANS,
)
def mean_of_many(student, draw, right):
    model, x_t, _, schedule = arguments(draw, 6, 6)
    # Six steps and six coordinates, each with a mean of 1000 samples.
    t = torch.arange(1, 7).repeat_interleave(1000)
    states = x_t.repeat_interleave(1000, 0)
    with torch.no_grad():
        got = student.p_sample(model, states, t, schedule)
        wanted = mean_of_step(right, model, states, t, schedule)
    found = expect.tensor(got, shape=wanted.shape, subject=ANCESTRAL).detach()
    noise = (found - wanted) / schedule[t][:, None].sqrt()
    means = noise.reshape(6, 1000, 6).mean(1)
    limit = -special.ndtri(MEANS.false_fail / 36 / 2) / 1000**0.5
    expect.true(
        bool((means.abs() <= limit).all()),
        "the mean is not that of the step",
        subject=ANCESTRAL,
        detail=(
            f"a mean of 1000 samples is {means.abs().max():.3f} standard deviations from that of"
            f" the step, at most {limit:.3f} is chance"
        ),
        got=means,
    )


@D.check("Two calls after another, without a new seed, differ.", after=last_step_is_exact)
def samples_of_steps_are_fresh(student, draw):
    given = arguments(draw, first=1)
    with torch.no_grad():
        first, second = (student.p_sample(*given) for _ in range(2))
    expect.differs(first, second, subject=f"{ANCESTRAL} called twice")


@D.check("It works in float32.", after=last_step_is_exact)
def step_in_float32(student, draw, right):
    model, x_t, _, schedule = arguments(draw, dtype=torch.float32)
    t = torch.tensor([0, 3, 0, 6, 0])
    with torch.no_grad():
        got = student.p_sample(model, x_t, t, schedule)
        wanted = mean_of_step(right, model, x_t, t, schedule)
    value = expect.tensor(got, shape=(5, 3), dtype=None, subject=ANCESTRAL)
    value = rounded(value, ANCESTRAL)
    expect.finite(value, subject=f"{ANCESTRAL} in float32")
    subject = f"{ANCESTRAL} in float32, examples at t = 0"
    expect.close(value[t == 0], wanted[t == 0], subject=subject, rtol=1e-3, atol=1e-4)


@D.check("It keeps the dtype of its arguments.", after=last_step_is_exact)
def step_keeps_dtype(student, draw):
    keeps_dtype(student, "p_sample", lambda dtype: arguments(draw, dtype=dtype))


def _step(eps_model, x_t, t, betas, variance=None, noise=None):
    """The step with other parts: a variance (N,) that is 0 where t = 0, or another noise."""
    beta, kept = betas[t][:, None], alpha_bar(betas)[t][:, None]
    mean = (x_t - beta / (1 - kept).sqrt() * eps_model(x_t, t)) / (1 - beta).sqrt()
    spread = (torch.where(t > 0, betas[t], 0 * betas[t]) if variance is None else variance).sqrt()
    return mean + spread[:, None] * (torch.randn_like(x_t) if noise is None else noise)


def _other_mean(mean, x_t, t, betas):
    return mean + torch.where(t > 0, betas[t], 0 * betas[t]).sqrt()[:, None] * torch.randn_like(x_t)


@last_step_is_exact.catches("A step of noising also scales the state down. Is that undone?")
def scale_not_undone(eps_model, x_t, t, betas):
    beta, kept = betas[t][:, None], alpha_bar(betas)[t][:, None]
    return _other_mean(x_t - beta / (1 - kept).sqrt() * eps_model(x_t, t), x_t, t, betas)


@last_step_is_exact.catches("Is noise taken away, or added?")
def noise_added(eps_model, x_t, t, betas):
    beta, kept = betas[t][:, None], alpha_bar(betas)[t][:, None]
    mean = (x_t + beta / (1 - kept).sqrt() * eps_model(x_t, t)) / (1 - beta).sqrt()
    return _other_mean(mean, x_t, t, betas)


@last_step_is_exact.catches(
    "How much of the predicted noise, whose variance is 1, came in at this step?"
)
def whole_beta_removed(eps_model, x_t, t, betas):
    beta = betas[t][:, None]
    return _other_mean((x_t - beta * eps_model(x_t, t)) / (1 - beta).sqrt(), x_t, t, betas)


@last_step_is_exact.catches("By what was the state itself multiplied in this step?")
def divided_by_a_variance(eps_model, x_t, t, betas):
    beta, kept = betas[t][:, None], alpha_bar(betas)[t][:, None]
    mean = (x_t - beta / (1 - kept).sqrt() * eps_model(x_t, t)) / (1 - beta)
    return _other_mean(mean, x_t, t, betas)


@last_step_is_exact.catches(
    "What you divide by the variance of the noise should be divided by its deviation."
)
def root_of_the_noise_forgotten(eps_model, x_t, t, betas):
    beta, kept = betas[t][:, None], alpha_bar(betas)[t][:, None]
    mean = (x_t - beta / (1 - kept) * eps_model(x_t, t)) / (1 - beta).sqrt()
    return _other_mean(mean, x_t, t, betas)


@last_step_is_exact.catches("What happens after the last step: is noise wanted in the data?")
def noise_at_the_end(eps_model, x_t, t, betas):
    return _step(eps_model, x_t, t, betas, variance=betas[t])


@last_step_is_exact.catches(BROADCAST)
def steps_along_coordinates(eps_model, x_t, t, betas):
    beta, kept = betas[t], alpha_bar(betas)[t]
    mean = (x_t - beta / (1 - kept).sqrt() * eps_model(x_t, t)) / (1 - beta).sqrt()
    return _other_mean(mean, x_t, t, betas)


@last_step_is_exact.catches("Data need not lie between -1 and 1: nothing here says so.")
def clipped(eps_model, x_t, t, betas):
    predicted = predict_x_0(x_t, t, eps_model(x_t, t), alpha_bar(betas)).clamp(-1, 1)
    return _other_mean(q_posterior(predicted, x_t, t, betas)[0], x_t, t, betas)


@noise_at_some_steps.catches("One example that is at its last step does not end the others.")
def all_end_with_one(eps_model, x_t, t, betas):
    noise = torch.zeros_like(x_t) if (t == 0).any() else None
    return _step(eps_model, x_t, t, betas, noise=noise)


@noise_at_some_steps.catches("Is the first example's step that of all?")
def first_decides(eps_model, x_t, t, betas):
    noise = torch.zeros_like(x_t) if t[0] == 0 else None
    return _step(eps_model, x_t, t, betas, betas[t], noise)


@noise_at_some_steps.catches("Is your step random anywhere?")
def no_noise(eps_model, x_t, t, betas):
    return _step(eps_model, x_t, t, betas, noise=torch.zeros_like(x_t))


@mean_follows_the_state.catches("How often has x_t been through noise: once, or t + 1 times?")
def alpha_for_alpha_bar(eps_model, x_t, t, betas):
    beta = betas[t][:, None]
    mean = (x_t - beta.sqrt() * eps_model(x_t, t)) / (1 - beta).sqrt()
    return _other_mean(mean, x_t, t, betas)


@mean_follows_the_state.catches("One step is undone, not all of them at once.")
def all_the_way(eps_model, x_t, t, betas):
    predicted = predict_x_0(x_t, t, eps_model(x_t, t), alpha_bar(betas))
    return _other_mean(predicted, x_t, t, betas)


@noise_of_the_step.catches(
    "Which variance does the noise of this exercise have: with or without knowledge of x_0?"
)
def variance_of_the_posterior(eps_model, x_t, t, betas):
    return _step(eps_model, x_t, t, betas, q_posterior(x_t, x_t, t, betas)[1])


@noise_of_the_step.catches("By what is a standard normal multiplied to give it a certain variance?")
def noise_by_its_variance(eps_model, x_t, t, betas):
    variance = torch.where(t > 0, betas[t], 0 * betas[t])
    return _step(eps_model, x_t, t, betas, variance.square())


@noise_of_the_step.catches("Do all examples of a batch get the same noise?")
def noise_shared_by_examples(eps_model, x_t, t, betas):
    return _step(eps_model, x_t, t, betas, noise=torch.randn_like(x_t[:1]))


@noise_of_the_step.catches("Do all coordinates of an example get the same noise?")
def noise_shared_by_coordinates(eps_model, x_t, t, betas):
    return _step(eps_model, x_t, t, betas, noise=torch.randn_like(x_t[:, :1]))


@noise_of_the_step.catches("Which law does your noise follow?")
def uniform_noise(eps_model, x_t, t, betas):
    noise = 12**0.5 * (torch.rand_like(x_t) - 0.5)
    return _step(eps_model, x_t, t, betas, noise=noise)


@noise_of_the_step.catches("Does a second call draw anew?")
def same_noise_in_every_call(eps_model, x_t, t, betas):
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(x_t.shape, generator=generator, dtype=x_t.dtype)
    return _step(eps_model, x_t, t, betas, noise=noise)


@step_keeps_dtype.catches(FLOAT64)
def always_float64(eps_model, x_t, t, betas):
    return p_sample(eps_model, x_t, t, betas).double()


@D.laws.law_state.catches(IN_PLACE)
def x_t_overwritten(eps_model, x_t, t, betas):
    return x_t.copy_(p_sample(eps_model, x_t, t, betas))


@D.laws.law_state.catches(MODEL_STATE)
def mode_changed(eps_model, x_t, t, betas):
    return p_sample(eps_model.train(), x_t, t, betas)
