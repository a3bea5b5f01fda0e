"""Hidden checks of `ddim_step`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.diffusion._common import (
    BROADCAST,
    FLOAT64,
    IN_PLACE,
    MODEL_STATE,
    SHAPES,
    batch,
    noise_left,
    step_model,
    steps,
)
from graders.public.diffusion import ddim_step as stub
from reference.diffusion import ddim_step, predict_x_0

D = Words(stub)

DDIM = "ddim_step(eps_model, x_t, t, s, alpha_bar)"
NAMES = ("eps_model", "x_t", "t", "s", "alpha_bar")


def arguments(draw, n=5, d=3, dtype=torch.float64):
    """Steps that jump over others; the first example of three or more ends at the data."""
    (x_t,) = batch(draw, n, d, 1, dtype)
    t = steps(draw, n, 1)
    s = (t.double() * draw.uniform(0, 1, n)).long()
    s[0] = -1
    return step_model(draw, d, dtype), x_t, t, s, noise_left(draw, dtype=dtype)


def ddim_agrees(student, right, given, what):
    with torch.no_grad():
        got, wanted = student.ddim_step(*given), right.ddim_step(*given)
    expect.close(got, wanted, subject=f"{DDIM} {what}")


@D.check("It is right for steps of any length, the same or another for each example.")
def ddim_values(student, draw, right):
    for n, d in SHAPES:
        model, x_t, t, s, kept = arguments(draw, n, d)
        ddim_agrees(student, right, (model, x_t, t, s.clamp(min=0), kept), f"of shape {(n, d)}")
        ddim_agrees(student, right, (model, x_t, t, t - 1, kept), "with s = t - 1")


@D.check(
    "At s = -1 no noise is left, also beside examples that go elsewhere and at t = 0.",
    after=ddim_values,
)
def ddim_to_the_data(student, draw, right):
    model, x_t, t, s, kept = arguments(draw)
    ddim_agrees(student, right, (model, x_t, t, s, kept), f"with s = {s.tolist()}")
    end = torch.full_like(s, -1)
    for start in (t, torch.tensor([0, 0, 6, 0, 2])):
        what = f"from t = {start.tolist()} to -1"
        ddim_agrees(student, right, (model, x_t, start, end, kept), what)


@D.check("It draws nothing: two calls give the same.", after=ddim_values)
def ddim_is_deterministic(student, draw):
    given = arguments(draw)
    with torch.no_grad():
        first, second = (student.ddim_step(*given, seed=draw.seed()) for _ in range(2))
    expect.close(second, first.detach(), subject=f"{DDIM} called twice")


def _at(s, alpha_bar):
    """alpha_bar_s, (N, 1), 1 where s = -1."""
    return torch.where(s < 0, torch.ones_like(alpha_bar[s]), alpha_bar[s])[:, None]


@ddim_values.catches("alpha_bar is a fraction of a variance. By what is a state multiplied?")
def roots_forgotten(eps_model, x_t, t, s, alpha_bar):
    eps = eps_model(x_t, t)
    kept = _at(s, alpha_bar)
    return kept * predict_x_0(x_t, t, eps, alpha_bar) + (1 - kept) * eps


@ddim_values.catches("This is the predicted x_0. How much noise does x_s have?")
def all_the_way(eps_model, x_t, t, s, alpha_bar):
    return predict_x_0(x_t, t, eps_model(x_t, t), alpha_bar)


@ddim_values.catches("x_s has the noise of s. Where does that of t remain in yours?")
def noise_of_t(eps_model, x_t, t, s, alpha_bar):
    eps = eps_model(x_t, t)
    x_0 = predict_x_0(x_t, t, eps, alpha_bar)
    return _at(s, alpha_bar).sqrt() * x_0 + (1 - alpha_bar[t][:, None]).sqrt() * eps


@ddim_values.catches("How far does the step go: is s used?")
def always_one_step(eps_model, x_t, t, s, alpha_bar):
    return ddim_step(eps_model, x_t, t, t - 1, alpha_bar)


@ddim_values.catches("The network was asked about another step than that of the state it saw.")
def network_asked_at_s(eps_model, x_t, t, s, alpha_bar):
    eps = eps_model(x_t, s.clamp(min=0))
    x_0 = predict_x_0(x_t, t, eps, alpha_bar)
    kept = _at(s, alpha_bar)
    return kept.sqrt() * x_0 + (1 - kept).sqrt() * eps


@ddim_values.catches("Where does fresh noise come from in a deterministic step?")
def fresh_noise(eps_model, x_t, t, s, alpha_bar):
    x_0 = predict_x_0(x_t, t, eps_model(x_t, t), alpha_bar)
    kept = _at(s, alpha_bar)
    return kept.sqrt() * x_0 + (1 - kept).sqrt() * torch.randn_like(x_t)


@ddim_values.catches("Which of the two parts should grow on the way to the data?")
def factors_exchanged(eps_model, x_t, t, s, alpha_bar):
    eps = eps_model(x_t, t)
    kept = _at(s, alpha_bar)
    return (1 - kept).sqrt() * predict_x_0(x_t, t, eps, alpha_bar) + kept.sqrt() * eps


@ddim_values.catches("Data need not lie between -1 and 1: nothing here says so.")
def clipped(eps_model, x_t, t, s, alpha_bar):
    eps = eps_model(x_t, t)
    kept = _at(s, alpha_bar)
    x_0 = predict_x_0(x_t, t, eps, alpha_bar).clamp(-1, 1)
    return kept.sqrt() * x_0 + (1 - kept).sqrt() * eps


@ddim_values.catches(BROADCAST)
def steps_along_coordinates(eps_model, x_t, t, s, alpha_bar):
    eps = eps_model(x_t, t)
    kept = _at(s, alpha_bar)[:, 0]
    return kept.sqrt() * predict_x_0(x_t, t, eps, alpha_bar) + (1 - kept).sqrt() * eps


@ddim_to_the_data.catches("What does Python give for alpha_bar[-1], and what is meant here?")
def last_of_the_schedule(eps_model, x_t, t, s, alpha_bar):
    eps = eps_model(x_t, t)
    kept = alpha_bar[s][:, None]
    return kept.sqrt() * predict_x_0(x_t, t, eps, alpha_bar) + (1 - kept).sqrt() * eps


@ddim_to_the_data.catches("Is any noise left in the data itself?")
def ends_at_the_first_step(eps_model, x_t, t, s, alpha_bar):
    return ddim_step(eps_model, x_t, t, s.clamp(min=0), alpha_bar)


@ddim_to_the_data.catches("One example that ends at the data does not end the others there.")
def all_end_with_one(eps_model, x_t, t, s, alpha_bar):
    if (s < 0).any():
        return predict_x_0(x_t, t, eps_model(x_t, t), alpha_bar)
    return ddim_step(eps_model, x_t, t, s, alpha_bar)


@D.laws.law_dtype.catches(FLOAT64)
def always_float64(eps_model, x_t, t, s, alpha_bar):
    return ddim_step(eps_model, x_t, t, s, alpha_bar).double()


@D.laws.law_state.catches(IN_PLACE)
def x_t_overwritten(eps_model, x_t, t, s, alpha_bar):
    return x_t.copy_(ddim_step(eps_model, x_t, t, s, alpha_bar))


@D.laws.law_state.catches(MODEL_STATE)
def frozen_for_good(eps_model, x_t, t, s, alpha_bar):
    return ddim_step(eps_model.requires_grad_(False), x_t, t, s, alpha_bar)


@D.sum_of("The predicted data", "The noise")
def ddim_terms(eps_model, x_t, t, s, alpha_bar):
    eps, now = eps_model(x_t, t), alpha_bar[t][:, None]
    kept = torch.where(s < 0, torch.ones_like(alpha_bar[s]), alpha_bar[s])[:, None]
    predicted = (x_t - (1 - now).sqrt() * eps) / now.sqrt()
    return kept.sqrt() * predicted, (1 - kept).sqrt() * eps
