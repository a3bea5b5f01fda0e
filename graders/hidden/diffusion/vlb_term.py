"""Hidden checks of `vlb_term`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.diffusion._common import (
    CUT,
    FLOAT64,
    MODEL_STATE,
    SHAPES,
    batch,
    betas,
    gradients_agree,
    step_model,
    steps,
)
from graders.public.diffusion import vlb_term as stub
from reference.diffusion import alpha_bar, predict_x_0, q_posterior, vlb_term

D = Words(stub)

TERM = "vlb_term(eps_model, x_0, x_t, t, betas)"
NAMES = ("eps_model", "x_0", "x_t", "t", "betas")


def arguments(draw, n=5, d=3, dtype=torch.float64):
    x_0, x_t = batch(draw, n, d, dtype=dtype)
    return step_model(draw, d, dtype), x_0, x_t, steps(draw, n, 1), betas(draw, dtype=dtype)


divergence_values = D.equals_reference(
    "It is the divergence of each example, (N,), for batches of any size.",
    lambda draw: [arguments(draw, n, d) for n, d in SHAPES],
)


@D.check(
    "It agrees with the divergence of two Gaussians with the posterior's variance.",
    after=divergence_values,
)
def divergence_of_two_gaussians(student, draw, right):
    model, x_0, x_t, t, schedule = given = arguments(draw)
    mean, variance = right.q_posterior(x_0, x_t, t, schedule)
    with torch.no_grad():
        eps = model(x_t, t)
    predicted = right.predict_x_0(x_t, t, eps, right.alpha_bar(schedule))
    other, _ = right.q_posterior(predicted, x_t, t, schedule)
    spread = variance.sqrt()[:, None]
    normals = (torch.distributions.Normal(m, spread) for m in (mean, other))
    wanted = torch.distributions.kl_divergence(*normals).sum(1)
    expect.close(student.vlb_term(*given), wanted, subject=TERM)


def refused(student, draw, places):
    """Checks that a batch with t = 0 at these places raises ValueError."""
    model, x_0, x_t, t, schedule = arguments(draw)
    t[places] = 0

    def call():
        return student.vlb_term(model, x_0, x_t, t, schedule)

    expect.raises("ValueError", call, subject=f"{TERM} with t = {t.tolist()}")


@D.check("A batch at t = 0 is refused.", after=divergence_values)
def divergence_of_the_first_step(student, draw):
    refused(student, draw, [0, 1, 2, 3, 4])


@D.check("One step t = 0 is enough to be refused, wherever it stands.", after=divergence_values)
def one_first_step_is_refused(student, draw):
    for place in (0, 2, 4):
        refused(student, draw, [place])


@D.check(
    "Its gradient reaches every parameter of the network, and is right.", after=divergence_values
)
def divergence_gradients(student, draw, right):
    for n, d in SHAPES[:2]:
        given = arguments(draw, n, d)
        gradients_agree(student.vlb_term(*given), right.vlb_term(*given), given[0], subject=TERM)


def _means(eps_model, x_0, x_t, t, betas):
    """The means of the posterior and of the model's step, and the posterior's variance, after the
    refusal that the exercise asks for.
    """
    if (t == 0).any():
        raise ValueError("t = 0")
    mean, variance = q_posterior(x_0, x_t, t, betas)
    predicted = predict_x_0(x_t, t, eps_model(x_t, t), alpha_bar(betas))
    return mean, q_posterior(predicted, x_t, t, betas)[0], variance


@divergence_values.catches("Is there a factor missing in your divergence?")
def without_half(eps_model, x_0, x_t, t, betas):
    mean, other, variance = _means(eps_model, x_0, x_t, t, betas)
    return (mean - other).square().sum(1) / variance


@divergence_values.catches("Which variance do the two Gaussians of this exercise share?")
def variance_of_the_step(eps_model, x_0, x_t, t, betas):
    mean, other, _ = _means(eps_model, x_0, x_t, t, betas)
    return (mean - other).square().sum(1) / (2 * betas[t])


@divergence_values.catches("Does a divergence have a variance or a standard deviation below?")
def standard_deviation_below(eps_model, x_0, x_t, t, betas):
    mean, other, variance = _means(eps_model, x_0, x_t, t, betas)
    return (mean - other).square().sum(1) / (2 * variance.sqrt())


@divergence_values.catches("Divergences of independent coordinates add up.")
def mean_over_coordinates(eps_model, x_0, x_t, t, betas):
    mean, other, variance = _means(eps_model, x_0, x_t, t, betas)
    return (mean - other).square().mean(1) / (2 * variance)


@divergence_values.catches("The means of the two steps are compared, not the two x_0.")
def distance_of_x_0(eps_model, x_0, x_t, t, betas):
    if (t == 0).any():
        raise ValueError("t = 0")
    _, variance = q_posterior(x_0, x_t, t, betas)
    predicted = predict_x_0(x_t, t, eps_model(x_t, t), alpha_bar(betas))
    return (x_0 - predicted).square().sum(1) / (2 * variance)


@divergence_values.catches(
    "This is the loss without its weights: a term of the bound weighs every step differently."
)
def without_weights(eps_model, x_0, x_t, t, betas):
    if (t == 0).any():
        raise ValueError("t = 0")
    kept = alpha_bar(betas)[t][:, None]
    eps = (x_t - kept.sqrt() * x_0) / (1 - kept).sqrt()
    return (eps_model(x_t, t) - eps).square().sum(1)


@divergence_values.catches("Where does a divergence put what is the same in both Gaussians?")
def unscaled_distance(eps_model, x_0, x_t, t, betas):
    mean, other, _ = _means(eps_model, x_0, x_t, t, betas)
    return (mean - other).square().sum(1) / 2


@divergence_values.catches("The network predicts noise. Is that an x_0?")
def noise_for_x_0(eps_model, x_0, x_t, t, betas):
    if (t == 0).any():
        raise ValueError("t = 0")
    mean, variance = q_posterior(x_0, x_t, t, betas)
    other, _ = q_posterior(eps_model(x_t, t), x_t, t, betas)
    return (mean - other).square().sum(1) / (2 * variance)


@divergence_values.catches("Data need not lie between -1 and 1: nothing here says so.")
def clipped(eps_model, x_0, x_t, t, betas):
    if (t == 0).any():
        raise ValueError("t = 0")
    mean, variance = q_posterior(x_0, x_t, t, betas)
    predicted = predict_x_0(x_t, t, eps_model(x_t, t), alpha_bar(betas)).clamp(-1, 1)
    other, _ = q_posterior(predicted, x_t, t, betas)
    return (mean - other).square().sum(1) / (2 * variance)


@divergence_values.catches("Does every example have a value of its own?")
def mean_over_examples(eps_model, x_0, x_t, t, betas):
    mean, other, variance = _means(eps_model, x_0, x_t, t, betas)
    return ((mean - other).square().sum(1) / (2 * variance)).mean()


@divergence_of_the_first_step.catches(
    "What is the posterior's variance at t = 0, and what would be divided by it?"
)
def first_step_accepted(eps_model, x_0, x_t, t, betas):
    mean, variance = q_posterior(x_0, x_t, t, betas)
    predicted = predict_x_0(x_t, t, eps_model(x_t, t), alpha_bar(betas))
    other, _ = q_posterior(predicted, x_t, t, betas)
    return (mean - other).square().sum(1) / (2 * variance)


@one_first_step_is_refused.catches("Is one good step in a batch enough, or must every one be?")
def refused_when_all_are_first(eps_model, x_0, x_t, t, betas):
    if (t == 0).all():
        raise ValueError("t = 0")
    mean, variance = q_posterior(x_0, x_t, t, betas)
    predicted = predict_x_0(x_t, t, eps_model(x_t, t), alpha_bar(betas))
    other, _ = q_posterior(predicted, x_t, t, betas)
    return (mean - other).square().sum(1) / (2 * variance.clamp(min=1e-20))


@divergence_gradients.catches(CUT)
def detached(eps_model, x_0, x_t, t, betas):
    return vlb_term(eps_model, x_0, x_t, t, betas).detach()


@D.laws.law_dtype.catches(FLOAT64)
def always_float64(eps_model, x_0, x_t, t, betas):
    return vlb_term(eps_model, x_0, x_t, t, betas).double()


@D.laws.law_state.catches(MODEL_STATE)
def mode_changed(eps_model, x_0, x_t, t, betas):
    return vlb_term(eps_model.train(), x_0, x_t, t, betas)
