"""Wrong solutions of `diffusion`, by somebody who has not read the hidden checks."""

import math

import torch
import torch.distributions as dist
import torch.nn.functional as F

from graders.audit.wrong import wrong
from reference.diffusion import alpha_bar, predict_x_0, q_posterior, q_sample

# `alpha_bar` is also the name of an argument below, as in the stubs.

WRONG = []


def _ab_exclusive(betas):
    if not bool(((betas > 0) & (betas < 1)).all()):
        raise ValueError("betas outside of (0, 1)")
    return torch.cat([torch.ones_like(betas[:1]), (1 - betas).cumprod(0)[:-1]])


def _qs_no_root(x_0, t, eps, alpha_bar):
    a = alpha_bar[t][:, None]
    return a * x_0 + (1 - a) * eps


def _px_multiplies(x_t, t, eps, alpha_bar):
    a = alpha_bar[t][:, None]
    return a.sqrt() * (x_t - (1 - a).sqrt() * eps)


# alpha_bar


@wrong(WRONG, "alpha_bar", "formula", "the products of the betas, not of 1 - beta")
def ab_of_betas(betas):
    if (betas <= 0).any() or (betas >= 1).any():
        raise ValueError("betas outside of (0, 1)")
    return torch.cumprod(betas, dim=0)


@wrong(WRONG, "alpha_bar", "axis", "the list is shifted by one: alpha_bar[t] includes the step t")
def ab_shifted(betas):
    if (betas <= 0).any() or (betas >= 1).any():
        raise ValueError("betas outside of (0, 1)")
    return F.pad(torch.cumprod(1 - betas, 0)[:-1], (1, 0), value=1.0)


@wrong(
    WRONG,
    "alpha_bar",
    "formula",
    "a sum where a product belongs: 1 minus the sum of the betas is the first order only",
)
def ab_sum(betas):
    if (betas <= 0).any() or (betas >= 1).any():
        raise ValueError("betas outside of (0, 1)")
    return 1 - betas.cumsum(0)


@wrong(WRONG, "alpha_bar", "state", "values outside of (0, 1) are not refused")
def ab_no_refusal(betas):
    return torch.cumprod(1.0 - betas, dim=0)


@wrong(WRONG, "alpha_bar", "state", "beta = 0 and beta = 1 are accepted; both ends are excluded")
def ab_accepts_ends(betas):
    if betas.min() < 0 or betas.max() > 1:
        raise ValueError("betas outside of [0, 1]")
    return torch.cumprod(1.0 - betas, dim=0)


@wrong(WRONG, "alpha_bar", "formula", "the root is taken already; alpha_bar is the kept variance")
def ab_root(betas):
    if not ((betas > 0) & (betas < 1)).all():
        raise ValueError("betas outside of (0, 1)")
    return torch.exp(0.5 * torch.log1p(-betas).cumsum(0))


# q_sample, predict_x_0


@wrong(WRONG, "q_sample", "formula", "both factors are square roots")
def qs_no_roots(x_0, t, eps, alpha_bar):
    a = alpha_bar[t].unsqueeze(-1)
    return a * x_0 + (1 - a) * eps


@wrong(
    WRONG,
    "q_sample",
    "formula",
    "the variance of the noise is 1 - alpha_bar, and you use 1 minus the root",
)
def qs_one_minus_root(x_0, t, eps, alpha_bar):
    s = alpha_bar[t].sqrt().view(-1, 1)
    return s * x_0 + (1 - s) * eps


@wrong(WRONG, "q_sample", "noise", "eps is an argument, and you draw your own noise")
def qs_own_noise(x_0, t, eps, alpha_bar):
    a = alpha_bar[t][:, None]
    return a.sqrt() * x_0 + (1 - a).sqrt() * torch.randn_like(x_0)


@wrong(
    WRONG,
    "q_sample",
    "axis",
    "the factors lie along the coordinates, not along the batch: they need a column",
)
def qs_row(x_0, t, eps, alpha_bar):
    a = alpha_bar[t]
    return a.sqrt() * x_0 + (1 - a).sqrt() * eps


@wrong(
    WRONG,
    "q_sample",
    "axis",
    "every example has a step of its own; you take that of the first one for all",
)
def qs_first_step(x_0, t, eps, alpha_bar):
    a = alpha_bar[t[0]]
    return torch.sqrt(a) * x_0 + torch.sqrt(1 - a) * eps


@wrong(
    WRONG,
    "predict_x_0",
    "formula",
    "solving for x_0 divides by the root of alpha_bar, and you multiply",
)
def px_multiplies(x_t, t, eps, alpha_bar):
    a = alpha_bar[t][:, None]
    return (x_t - (1 - a).sqrt() * eps) * a.sqrt()


@wrong(
    WRONG,
    "predict_x_0",
    "formula",
    "the noise is not divided by the root of alpha_bar: the whole difference is",
)
def px_brackets(x_t, t, eps, alpha_bar):
    a = alpha_bar.gather(0, t)[:, None]
    return x_t / a.sqrt() - (1 - a).sqrt() * eps


@wrong(WRONG, "predict_x_0", "formula", "the noise is added instead of subtracted")
def px_plus(x_t, t, eps, alpha_bar):
    a = alpha_bar[t][:, None]
    return torch.rsqrt(a) * x_t + torch.sqrt(1 / a - 1) * eps


@wrong(
    WRONG,
    "predict_x_0",
    "numerics",
    "the prediction is clamped to [-1, 1], a trick of samplers for images",
)
def px_clamped(x_t, t, eps, alpha_bar):
    a = alpha_bar[t][:, None]
    return ((x_t - (1 - a).sqrt() * eps) / a.sqrt()).clamp(-1, 1)


@wrong(WRONG, "predict_x_0", "gradient", "eps comes from a network and is detached here")
def px_detached(x_t, t, eps, alpha_bar):
    a = alpha_bar[t][:, None]
    return (x_t - (1 - a).sqrt() * eps.detach()) / a.sqrt()


# q_posterior


@wrong(WRONG, "q_posterior", "formula", "the variance of the posterior is smaller than beta_t")
def qp_variance_beta(x_0, x_t, t, betas):
    mean, variance = q_posterior(x_0, x_t, t, betas)
    return mean, torch.where(t > 0, betas[t], torch.zeros_like(variance))


@wrong(
    WRONG,
    "q_posterior",
    "axis",
    (
        "alpha_bar of the step before is alpha_bar[t - 1], which for t = 0 takes the last one "
        "instead of 1"
    ),
)
def qp_wraps_around(x_0, x_t, t, betas):
    ab = (1 - betas).cumprod(0)
    b, a, before = (v[:, None] for v in (betas[t], ab[t], ab[t - 1]))
    mean = (before.sqrt() * b * x_0 + (1 - b).sqrt() * (1 - before) * x_t) / (1 - a)
    return mean, (b * (1 - before) / (1 - a))[:, 0]


@wrong(WRONG, "q_posterior", "formula", "the two weights are exchanged between x_0 and x_t")
def qp_exchanged(x_0, x_t, t, betas):
    ab = (1 - betas).cumprod(0)
    prev = torch.cat([torch.ones_like(ab[:1]), ab[:-1]])
    b, a, p = betas[t][:, None], ab[t][:, None], prev[t][:, None]
    mean = (p.sqrt() * b * x_t + (1 - b).sqrt() * (1 - p) * x_0) / (1 - a)
    return torch.where(t[:, None] == 0, x_0, mean), (b * (1 - p) / (1 - a)).squeeze(1)


@wrong(
    WRONG,
    "q_posterior",
    "formula",
    "the weight of x_0 has the root of alpha_bar at t - 1, not at t",
)
def qp_root_at_t(x_0, x_t, t, betas):
    ab = (1 - betas).cumprod(0)
    prev = F.pad(ab[:-1], (1, 0), value=1.0)
    b, a, p = betas[t][:, None], ab[t][:, None], prev[t][:, None]
    mean = (a.sqrt() * b * x_0 + (1 - b).sqrt() * (1 - p) * x_t) / (1 - a)
    return torch.where(t[:, None] == 0, x_0, mean), (b * (1 - p) / (1 - a)).squeeze(1)


@wrong(
    WRONG,
    "q_posterior",
    "shape",
    "the variance is (N,), one number per example, and you return a column",
)
def qp_column(x_0, x_t, t, betas):
    mean, variance = q_posterior(x_0, x_t, t, betas)
    return mean, variance[:, None]


@wrong(
    WRONG,
    "q_posterior",
    "numerics",
    "the variance is clipped from below for the sake of its logarithm, so at t = 0 it is not 0",
)
def qp_clipped_variance(x_0, x_t, t, betas):
    mean, variance = q_posterior(x_0, x_t, t, betas)
    return mean, variance.clamp(min=1e-2)


@wrong(
    WRONG,
    "q_posterior",
    "inline",
    "alpha_bar is taken without the step t, here and in alpha_bar",
    also={"alpha_bar": _ab_exclusive},
)
def qp_inline_shifted(x_0, x_t, t, betas):
    ab = F.pad((1 - betas).cumprod(0)[:-1], (1, 0), value=1.0)
    prev = F.pad(ab[:-1], (1, 0), value=1.0)
    b, a, p = betas[t][:, None], ab[t][:, None], prev[t][:, None]
    safe = torch.where(t[:, None] > 0, 1 - a, torch.ones_like(a))
    mean = (p.sqrt() * b * x_0 + (1 - b).sqrt() * (1 - p) * x_t) / safe
    return torch.where(t[:, None] == 0, x_0, mean), (b * (1 - p) / safe).squeeze(1)


@wrong(
    WRONG,
    "q_posterior",
    "two_mistakes",
    (
        "the standard deviation is returned for the variance, and t = 0 takes the last "
        "alpha_bar for the one before it"
    ),
)
def qp_two(x_0, x_t, t, betas):
    ab = torch.cumprod(1 - betas, 0)
    b, a, before = (v.unsqueeze(1) for v in (betas[t], ab[t], ab[t - 1]))
    mean = (before.sqrt() * b * x_0 + (1 - b).sqrt() * (1 - before) * x_t) / (1 - a)
    return mean, (b * (1 - before) / (1 - a)).sqrt().flatten()


# epsilon_loss


@wrong(WRONG, "epsilon_loss", "axis", "mse_loss averages over the coordinates too")
def el_mse(eps_model, x_0, t, eps, alpha_bar):
    return F.mse_loss(eps_model(q_sample(x_0, t, eps, alpha_bar), t), eps)


@wrong(WRONG, "epsilon_loss", "formula", "the target is the noise, and you compare with x_0")
def el_target_x_0(eps_model, x_0, t, eps, alpha_bar):
    return (eps_model(q_sample(x_0, t, eps, alpha_bar), t) - x_0).square().sum(1).mean()


@wrong(
    WRONG,
    "epsilon_loss",
    "network",
    "the network wants the step as it came, and you divide it by T",
)
def el_scaled_step(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, eps, alpha_bar)
    return (eps_model(x_t, t.to(x_t.dtype) / len(alpha_bar)) - eps).pow(2).sum(-1).mean()


@wrong(WRONG, "epsilon_loss", "network", "the network sees x_0 without any noise")
def el_clean_input(eps_model, x_0, t, eps, alpha_bar):
    return (eps_model(x_0, t) - eps).square().sum(1).mean()


@wrong(WRONG, "epsilon_loss", "gradient", "the prediction is made under no_grad")
def el_no_grad(eps_model, x_0, t, eps, alpha_bar):
    with torch.no_grad():
        predicted = eps_model(q_sample(x_0, t, eps, alpha_bar), t)
    return ((eps - predicted) ** 2).sum(1).mean()


@wrong(WRONG, "epsilon_loss", "noise", "the noise in x_t is not the noise that is to be predicted")
def el_other_noise(eps_model, x_0, t, eps, alpha_bar):
    x_t = q_sample(x_0, t, torch.randn_like(eps), alpha_bar)
    return (eps_model(x_t, t) - eps).square().sum(1).mean()


@wrong(
    WRONG,
    "epsilon_loss",
    "formula",
    "the loss is weighted with 1 / (1 - alpha_bar); this one has no weights",
)
def el_weighted(eps_model, x_0, t, eps, alpha_bar):
    error = (eps_model(q_sample(x_0, t, eps, alpha_bar), t) - eps).square().sum(1)
    return (error / (1 - alpha_bar[t])).mean()


@wrong(
    WRONG,
    "epsilon_loss",
    "inline",
    "the roots are missing, here and in q_sample",
    also={"q_sample": _qs_no_root},
)
def el_inline_roots(eps_model, x_0, t, eps, alpha_bar):
    a = alpha_bar[t][:, None]
    return (eps_model(a * x_0 + (1 - a) * eps, t) - eps).square().sum(1).mean()


@wrong(
    WRONG,
    "epsilon_loss",
    "two_mistakes",
    "an absolute error instead of a squared one, and averaged over the coordinates",
)
def el_two(eps_model, x_0, t, eps, alpha_bar):
    return F.l1_loss(eps_model(q_sample(x_0, t, eps, alpha_bar), t), eps)


# vlb_term


@wrong(WRONG, "vlb_term", "formula", "the factor 1/2 is missing")
def vlb_no_half(eps_model, x_0, x_t, t, betas):
    if (t == 0).any():
        raise ValueError("t = 0")
    mean, variance = q_posterior(x_0, x_t, t, betas)
    guess = predict_x_0(x_t, t, eps_model(x_t, t), alpha_bar(betas))
    return (mean - q_posterior(guess, x_t, t, betas)[0]).square().sum(1) / variance


@wrong(
    WRONG,
    "vlb_term",
    "formula",
    "the common variance is that of q_posterior, and you divide by beta_t",
)
def vlb_beta_variance(eps_model, x_0, x_t, t, betas):
    if (t == 0).any():
        raise ValueError("t = 0")
    mean, _ = q_posterior(x_0, x_t, t, betas)
    guess = predict_x_0(x_t, t, eps_model(x_t, t), alpha_bar(betas))
    return (mean - q_posterior(guess, x_t, t, betas)[0]).square().sum(1) / (2 * betas[t])


@wrong(WRONG, "vlb_term", "state", "t = 0 is not refused")
def vlb_no_refusal(eps_model, x_0, x_t, t, betas):
    mean, variance = q_posterior(x_0, x_t, t, betas)
    guess = predict_x_0(x_t, t, eps_model(x_t, t), alpha_bar(betas))
    return (mean - q_posterior(guess, x_t, t, betas)[0]).square().sum(1) / (
        2 * variance.clamp(min=1e-20)
    )


@wrong(
    WRONG,
    "vlb_term",
    "shape",
    "one mean over the batch, where one divergence per example is asked for",
)
def vlb_mean(eps_model, x_0, x_t, t, betas):
    if (t == 0).any():
        raise ValueError("t = 0")
    mean, variance = q_posterior(x_0, x_t, t, betas)
    guess = predict_x_0(x_t, t, eps_model(x_t, t), alpha_bar(betas))
    return ((mean - q_posterior(guess, x_t, t, betas)[0]).square().sum(1) / (2 * variance)).mean()


@wrong(
    WRONG, "vlb_term", "network", "the network predicts the noise, and you take its output for x_0"
)
def vlb_output_as_x_0(eps_model, x_0, x_t, t, betas):
    if (t == 0).any():
        raise ValueError("t = 0")
    mean, variance = q_posterior(x_0, x_t, t, betas)
    model_mean, _ = q_posterior(eps_model(x_t, t), x_t, t, betas)
    return (mean - model_mean).square().sum(1) / (2 * variance)


@wrong(WRONG, "vlb_term", "gradient", "the model's mean is detached")
def vlb_detached(eps_model, x_0, x_t, t, betas):
    if (t == 0).any():
        raise ValueError("t = 0")
    mean, variance = q_posterior(x_0, x_t, t, betas)
    with torch.no_grad():
        guess = predict_x_0(x_t, t, eps_model(x_t, t), alpha_bar(betas))
    q = dist.Normal(mean, variance.sqrt()[:, None])
    p = dist.Normal(q_posterior(guess, x_t, t, betas)[0], variance.sqrt()[:, None])
    return dist.kl_divergence(q, p).sum(1)


@wrong(
    WRONG,
    "vlb_term",
    "inline",
    "x_0 is predicted with a product instead of a quotient, here and in predict_x_0",
    also={"predict_x_0": _px_multiplies},
)
def vlb_inline_predict(eps_model, x_0, x_t, t, betas):
    if (t == 0).any():
        raise ValueError("t = 0")
    a = (1 - betas).cumprod(0)[t][:, None]
    guess = a.sqrt() * (x_t - (1 - a).sqrt() * eps_model(x_t, t))
    mean, variance = q_posterior(x_0, x_t, t, betas)
    return (mean - q_posterior(guess, x_t, t, betas)[0]).square().sum(1) / (2 * variance)


# p_sample


@wrong(WRONG, "p_sample", "noise", "noise is added at t = 0 too")
def ps_noise_at_zero(eps_model, x_t, t, betas):
    b, a = betas[t][:, None], (1 - betas).cumprod(0)[t][:, None]
    mean = (x_t - b / (1 - a).sqrt() * eps_model(x_t, t)) / (1 - b).sqrt()
    return mean + b.sqrt() * torch.randn_like(x_t)


@wrong(
    WRONG,
    "p_sample",
    "noise",
    "the noise is left out for the whole batch as soon as one example is at t = 0",
)
def ps_any_zero(eps_model, x_t, t, betas):
    b, a = betas[t][:, None], (1 - betas).cumprod(0)[t][:, None]
    mean = (x_t - b / (1 - a).sqrt() * eps_model(x_t, t)) / (1 - b).sqrt()
    z = torch.zeros_like(x_t) if (t == 0).any() else torch.randn_like(x_t)
    return mean + b.sqrt() * z


@wrong(
    WRONG,
    "p_sample",
    "noise",
    "the noise is scaled with beta_t; its standard deviation is the root",
)
def ps_scale_beta(eps_model, x_t, t, betas):
    b, a = betas[t][:, None], (1 - betas).cumprod(0)[t][:, None]
    mean = (x_t - b / (1 - a).sqrt() * eps_model(x_t, t)) / (1 - b).sqrt()
    return mean + (t > 0).to(x_t.dtype)[:, None] * b * torch.randn_like(x_t)


@wrong(
    WRONG, "p_sample", "noise", "the noise has the variance of q_posterior, and beta_t is asked for"
)
def ps_posterior_variance(eps_model, x_t, t, betas):
    ab = (1 - betas).cumprod(0)
    prev = F.pad(ab[:-1], (1, 0), value=1.0)
    b, a = betas[t][:, None], ab[t][:, None]
    mean = (x_t - b / (1 - a).sqrt() * eps_model(x_t, t)) / (1 - b).sqrt()
    var = b * (1 - prev[t][:, None]) / (1 - a)
    return mean + var.sqrt() * torch.randn_like(x_t)


@wrong(WRONG, "p_sample", "noise", "all examples of the batch get the same noise")
def ps_shared_noise(eps_model, x_t, t, betas):
    b, a = betas[t][:, None], (1 - betas).cumprod(0)[t][:, None]
    mean = (x_t - b / (1 - a).sqrt() * eps_model(x_t, t)) / (1 - b).sqrt()
    return mean + torch.where(t[:, None] > 0, b.sqrt(), 0 * b) * torch.randn(
        1, x_t.shape[1], dtype=x_t.dtype
    )


@wrong(
    WRONG,
    "p_sample",
    "formula",
    (
        "the factor of the predicted noise is beta_t / sqrt(1 - alpha_bar_t), without the root "
        "in your version"
    ),
)
def ps_no_root(eps_model, x_t, t, betas):
    b, a = betas[t][:, None], (1 - betas).cumprod(0)[t][:, None]
    mean = (x_t - b / (1 - a) * eps_model(x_t, t)) / (1 - b).sqrt()
    return mean + torch.where(t[:, None] > 0, b.sqrt(), 0 * b) * torch.randn_like(x_t)


@wrong(
    WRONG,
    "p_sample",
    "formula",
    "the mean is divided by the root of alpha_bar_t instead of that of 1 - beta_t",
)
def ps_divides_by_alpha_bar(eps_model, x_t, t, betas):
    b, a = betas[t][:, None], (1 - betas).cumprod(0)[t][:, None]
    mean = (x_t - b / (1 - a).sqrt() * eps_model(x_t, t)) / a.sqrt()
    return mean + torch.where(t[:, None] > 0, b.sqrt(), 0 * b) * torch.randn_like(x_t)


@wrong(WRONG, "p_sample", "state", "x_t is updated in place")
def ps_in_place(eps_model, x_t, t, betas):
    b, a = betas[t][:, None], (1 - betas).cumprod(0)[t][:, None]
    noise = eps_model(x_t, t)
    x_t -= b / (1 - a).sqrt() * noise
    return x_t / (1 - b).sqrt() + torch.where(t[:, None] > 0, b.sqrt(), 0 * b) * torch.randn_like(
        x_t
    )


@wrong(
    WRONG,
    "p_sample",
    "two_mistakes",
    "the predicted noise is not divided by sqrt(1 - alpha_bar_t), and noise is added at t = 0",
)
def ps_two(eps_model, x_t, t, betas):
    b = betas[t][:, None]
    mean = (x_t - b * eps_model(x_t, t)) / torch.sqrt(1 - b)
    return mean + b.sqrt() * torch.randn_like(x_t)


# ddim_step


@wrong(
    WRONG,
    "ddim_step",
    "axis",
    "s = -1 means alpha_bar = 1; as an index it takes the last step of the schedule",
)
def dd_minus_one(eps_model, x_t, t, s, alpha_bar):
    eps = eps_model(x_t, t)
    a, b = alpha_bar[t][:, None], alpha_bar[s][:, None]
    x_0 = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
    return b.sqrt() * x_0 + (1 - b).sqrt() * eps


@wrong(WRONG, "ddim_step", "formula", "the step goes to s, and you go to t - 1")
def dd_t_minus_one(eps_model, x_t, t, s, alpha_bar):
    full = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar])
    eps = eps_model(x_t, t)
    a, b = full[t + 1][:, None], full[t][:, None]
    return b.sqrt() * (x_t - (1 - a).sqrt() * eps) / a.sqrt() + (1 - b).sqrt() * eps


@wrong(WRONG, "ddim_step", "noise", "fresh noise is added; the step is deterministic")
def dd_noise(eps_model, x_t, t, s, alpha_bar):
    full = torch.cat([alpha_bar, torch.ones_like(alpha_bar[:1])])
    a, b = full[t][:, None], full[s][:, None]
    x_0 = (x_t - (1 - a).sqrt() * eps_model(x_t, t)) / a.sqrt()
    return b.sqrt() * x_0 + (1 - b).sqrt() * torch.randn_like(x_t)


@wrong(
    WRONG,
    "ddim_step",
    "formula",
    "the direction to x_t is missing: this is the mean at s without its noise",
)
def dd_no_direction(eps_model, x_t, t, s, alpha_bar):
    full = torch.cat([alpha_bar, torch.ones_like(alpha_bar[:1])])
    a, b = full[t][:, None], full[s][:, None]
    return b.sqrt() * (x_t - (1 - a).sqrt() * eps_model(x_t, t)) / a.sqrt()


@wrong(WRONG, "ddim_step", "network", "the network is asked at s; the noise of x_t belongs to t")
def dd_model_at_s(eps_model, x_t, t, s, alpha_bar):
    full = torch.cat([alpha_bar, torch.ones_like(alpha_bar[:1])])
    eps = eps_model(x_t, s)
    a, b = full[t][:, None], full[s][:, None]
    return b.sqrt() * (x_t - (1 - a).sqrt() * eps) / a.sqrt() + (1 - b).sqrt() * eps


@wrong(
    WRONG,
    "ddim_step",
    "inline",
    "x_0 is predicted with a product instead of a quotient, here and in predict_x_0",
    also={"predict_x_0": _px_multiplies},
)
def dd_inline_predict(eps_model, x_t, t, s, alpha_bar):
    full = torch.cat([alpha_bar, torch.ones_like(alpha_bar[:1])])
    eps = eps_model(x_t, t)
    a, b = full[t][:, None], full[s][:, None]
    return b.sqrt() * a.sqrt() * (x_t - (1 - a).sqrt() * eps) + (1 - b).sqrt() * eps


# guided_epsilon, scores


@wrong(
    WRONG,
    "guided_epsilon",
    "formula",
    "in this parameterisation w = 0 is no guidance; yours is shifted by one",
)
def ge_other_scale(eps_conditional, eps_unconditional, w):
    return eps_unconditional + w * (eps_conditional - eps_unconditional)


@wrong(WRONG, "guided_epsilon", "formula", "the two predictions are exchanged")
def ge_exchanged(eps_conditional, eps_unconditional, w):
    return torch.lerp(eps_conditional, eps_unconditional, 1.0 + w)


@wrong(WRONG, "guided_epsilon", "formula", "the unconditional prediction is subtracted, not added")
def ge_plus(eps_conditional, eps_unconditional, w):
    return (1 + w) * eps_conditional + w * eps_unconditional


@wrong(WRONG, "guided_epsilon", "numerics", "a negative w is cut off at 0")
def ge_clamped(eps_conditional, eps_unconditional, w):
    w = max(0.0, w)
    return (1 + w) * eps_conditional - w * eps_unconditional


@wrong(
    WRONG,
    "score_from_epsilon",
    "formula",
    "the score points against the noise: the minus is missing",
)
def se_sign(eps, t, alpha_bar):
    return eps / (1 - alpha_bar[t]).sqrt()[:, None]


@wrong(
    WRONG,
    "score_from_epsilon",
    "formula",
    "the score is divided by the standard deviation, and you divide by the variance",
)
def se_variance(eps, t, alpha_bar):
    return -eps / (1 - alpha_bar[t]).unsqueeze(1)


@wrong(
    WRONG,
    "score_from_epsilon",
    "formula",
    "the noise has the variance 1 - alpha_bar_t, not alpha_bar_t",
)
def se_alpha_bar(eps, t, alpha_bar):
    return -eps / torch.sqrt(alpha_bar[t])[:, None]


@wrong(WRONG, "score_from_epsilon", "shape", "the factors (N,) are laid along the coordinates")
def se_row(eps, t, alpha_bar):
    return -eps / (1 - alpha_bar[t]).sqrt()


@wrong(
    WRONG,
    "score_matching_loss",
    "formula",
    "the sign: sigma times the score is minus the noise, so the two are added",
)
def sml_sign(score_model, x, eps, sigma):
    s = sigma[:, None]
    return (s * score_model(x + s * eps, sigma) - eps).square().sum(1).mean()


@wrong(WRONG, "score_matching_loss", "formula", "the loss is not weighted with the variance")
def sml_unweighted(score_model, x, eps, sigma):
    s = sigma[:, None]
    return (score_model(x + s * eps, sigma) + eps / s).square().sum(1).mean()


@wrong(
    WRONG,
    "score_matching_loss",
    "formula",
    "the target is divided by the variance instead of the standard deviation",
)
def sml_variance(score_model, x, eps, sigma):
    s = sigma.unsqueeze(1)
    target = -eps / s**2
    return (sigma**2 * (score_model(x + s * eps, sigma) - target).square().sum(1)).mean()


@wrong(
    WRONG,
    "score_matching_loss",
    "network",
    "the network sees the variance where its noise level sigma belongs",
)
def sml_passes_variance(score_model, x, eps, sigma):
    s = sigma[:, None]
    return (s * score_model(x + s * eps, sigma**2) + eps).square().sum(1).mean()


@wrong(WRONG, "score_matching_loss", "axis", "the coordinates are averaged")
def sml_mean(score_model, x, eps, sigma):
    s = sigma[:, None]
    return (s * score_model(x + s * eps, sigma) + eps).square().mean()


@wrong(WRONG, "score_matching_loss", "formula", "a factor 1/2 that is not asked for")
def sml_half(score_model, x, eps, sigma):
    s = sigma[:, None]
    return 0.5 * (s * score_model(x + s * eps, sigma) + eps).square().sum(-1).mean()


@wrong(
    WRONG,
    "langevin_step",
    "formula",
    "the noise is scaled with sqrt(step), as if step were twice as large in the other term",
)
def ls_no_two(score_model, x, step, eps):
    if step <= 0:
        raise ValueError("step must be positive")
    return x + step * score_model(x) + math.sqrt(step) * eps


@wrong(
    WRONG,
    "langevin_step",
    "formula",
    "here step is the factor of the score, and you take half of it",
)
def ls_half_step(score_model, x, step, eps):
    if step <= 0:
        raise ValueError("step must be positive")
    return x + step / 2 * score_model(x) + step**0.5 * eps


@wrong(WRONG, "langevin_step", "formula", "the score is followed uphill, and you go down")
def ls_downhill(score_model, x, step, eps):
    if step <= 0:
        raise ValueError("step must be positive")
    return x - step * score_model(x) + math.sqrt(2 * step) * eps


@wrong(WRONG, "langevin_step", "state", "a step of 0 is not refused")
def ls_accepts_zero(score_model, x, step, eps):
    if step < 0:
        raise ValueError("step must be positive")
    return x + step * score_model(x) + math.sqrt(2 * step) * eps


@wrong(WRONG, "langevin_step", "noise", "eps is an argument, and you draw your own")
def ls_own_noise(score_model, x, step, eps):
    if not step > 0:
        raise ValueError("step must be positive")
    return x + step * score_model(x) + (2 * step) ** 0.5 * torch.randn_like(x)


@wrong(WRONG, "langevin_step", "state", "x += overwrites the caller's x")
def ls_in_place(score_model, x, step, eps):
    if not step > 0:
        raise ValueError("step must be positive")
    x += step * score_model(x).detach() + math.sqrt(2 * step) * eps
    return x


@wrong(
    WRONG,
    "flow_matching_loss",
    "formula",
    "the velocity goes from the noise to the data: x_1 - x_0",
)
def fm_sign(velocity_model, x_0, x_1, t):
    x_t = torch.lerp(x_0, x_1, t[:, None])
    return (velocity_model(x_t, t) - (x_0 - x_1)).square().sum(1).mean()


@wrong(
    WRONG,
    "flow_matching_loss",
    "formula",
    "t = 0 is the noise and t = 1 the data; your path runs backwards",
)
def fm_backwards(velocity_model, x_0, x_1, t):
    s = t[:, None]
    x_t = s * x_0 + (1 - s) * x_1
    return (velocity_model(x_t, t) - (x_1 - x_0)).square().sum(1).mean()


@wrong(WRONG, "flow_matching_loss", "formula", "the target is x_1 itself, not the velocity")
def fm_target_data(velocity_model, x_0, x_1, t):
    x_t = x_0 + t[:, None] * (x_1 - x_0)
    return (velocity_model(x_t, t) - x_1).square().sum(1).mean()


@wrong(WRONG, "flow_matching_loss", "axis", "mse_loss averages over the coordinates too")
def fm_mse(velocity_model, x_0, x_1, t):
    x_t = torch.lerp(x_0, x_1, t[:, None])
    return F.mse_loss(velocity_model(x_t, t), x_1 - x_0)


@wrong(
    WRONG,
    "flow_matching_loss",
    "shape",
    "t (N,) is laid along the coordinates; it belongs to the examples",
)
def fm_row(velocity_model, x_0, x_1, t):
    x_t = (1 - t) * x_0 + t * x_1
    return (velocity_model(x_t, t) - (x_1 - x_0)).square().sum(1).mean()


@wrong(
    WRONG,
    "flow_matching_loss",
    "formula",
    "the path is drawn with roots, as in diffusion; this one is straight",
)
def fm_diffusion_path(velocity_model, x_0, x_1, t):
    s = t[:, None]
    x_t = (1 - s).sqrt() * x_0 + s.sqrt() * x_1
    return (velocity_model(x_t, t) - (x_1 - x_0)).square().sum(1).mean()


@wrong(
    WRONG,
    "flow_matching_loss",
    "two_mistakes",
    "the velocity has the wrong sign, and the coordinates are averaged",
)
def fm_two(velocity_model, x_0, x_1, t):
    x_t = x_0 + t[:, None] * (x_1 - x_0)
    return ((velocity_model(x_t, t) + x_1 - x_0) ** 2).mean()
