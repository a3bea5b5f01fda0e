"""A second set of wrong solutions of `diffusion`, by somebody who has not read the checks."""

import math

import torch
import torch.nn.functional as F

from graders.audit.wrong import wrong
from reference.diffusion import predict_x_0, q_posterior, q_sample

WRONG = []


def _no_roots(x_0, t, eps, alpha_bar):
    kept = alpha_bar[t].unsqueeze(1)
    return kept * x_0 + (1 - kept) * eps


def _bars(betas):
    return torch.cumprod(1 - betas, dim=0)


@wrong(WRONG, "alpha_bar", "formula", "the product of the roots of 1 - beta")
def s2_ab_roots(betas):
    if (betas <= 0).any() or (betas >= 1).any():
        raise ValueError("beta outside (0, 1)")
    return torch.cumprod((1 - betas).sqrt(), 0)


@wrong(WRONG, "alpha_bar", "axis", "one product of them all instead of the running one")
def s2_ab_total(betas):
    if not torch.all((betas > 0) & (betas < 1)):
        raise ValueError("beta outside (0, 1)")
    return torch.prod(1 - betas).expand(len(betas))


@wrong(WRONG, "q_sample", "formula", "the two coefficients are exchanged")
def s2_qs_exchanged(x_0, t, eps, alpha_bar):
    a = alpha_bar.gather(0, t).view(-1, 1)
    return torch.sqrt(1 - a) * x_0 + torch.sqrt(a) * eps


@wrong(WRONG, "q_sample", "two_mistakes", "fresh noise in place of eps, and its variance as scale")
def s2_qs_fresh_variance(x_0, t, eps, alpha_bar):
    a = alpha_bar[t].unsqueeze(-1)
    return a.sqrt() * x_0 + (1 - a) * torch.randn_like(x_0)


@wrong(WRONG, "predict_x_0", "formula", "the division by sqrt(alpha_bar) is forgotten")
def s2_px_undivided(x_t, t, eps, alpha_bar):
    a = alpha_bar[t].view(-1, 1)
    return x_t - torch.sqrt(1 - a) * eps


@wrong(WRONG, "q_posterior", "formula", "alpha_bar_t stands where that of the step before belongs")
def s2_qp_same_step(x_0, x_t, t, betas):
    bars = _bars(betas)
    beta, bar = betas[t][:, None], bars[t][:, None]
    mean = (bar.sqrt() * beta * x_0 + (1 - beta).sqrt() * (1 - bar) * x_t) / (1 - bar)
    first = t[:, None] == 0
    return torch.where(first, x_0, mean), torch.where(t == 0, 0 * betas[t], betas[t])


@wrong(WRONG, "epsilon_loss", "formula", "L1 distance instead of the square")
def s2_el_absolute(eps_model, x_0, t, eps, alpha_bar):
    out = eps_model(q_sample(x_0, t, eps, alpha_bar), t)
    return F.l1_loss(out, eps, reduction="none").sum(1).mean()


@wrong(WRONG, "epsilon_loss", "two_mistakes", "averaged over the pixels, of the clean picture")
def s2_el_mse_clean(eps_model, x_0, t, eps, alpha_bar):
    return F.mse_loss(eps_model(x_0, t), eps)


@wrong(
    WRONG,
    "epsilon_loss",
    "inline",
    "x_t is mixed without roots, here and in q_sample",
    also={"q_sample": _no_roots},
)
def s2_el_inline_no_roots(eps_model, x_0, t, eps, alpha_bar):
    a = alpha_bar[t].reshape(-1, 1)
    return (eps - eps_model(a * x_0 + (1 - a) * eps, t)).pow(2).sum(-1).mean(0)


@wrong(WRONG, "vlb_term", "axis", "averaged over the pixels instead of summed")
def s2_vlb_pixel_mean(eps_model, x_0, x_t, t, betas):
    if (t == 0).any():
        raise ValueError("t = 0")
    mean, variance = q_posterior(x_0, x_t, t, betas)
    guess = predict_x_0(x_t, t, eps_model(x_t, t), _bars(betas))
    other = q_posterior(guess, x_t, t, betas)[0]
    return ((mean - other) ** 2).mean(1) / (2 * variance)


@wrong(WRONG, "vlb_term", "formula", "the plain error of epsilon, without the weight of its step")
def s2_vlb_unweighted(eps_model, x_0, x_t, t, betas):
    if (t == 0).any():
        raise ValueError("t = 0")
    a = _bars(betas)[t][:, None]
    eps = (x_t - a.sqrt() * x_0) / (1 - a).sqrt()
    return ((eps - eps_model(x_t, t)) ** 2).sum(1)


@wrong(WRONG, "p_sample", "noise", "no noise is added at all")
def s2_ps_no_noise(eps_model, x_t, t, betas):
    b, bar = betas[t][:, None], _bars(betas)[t][:, None]
    return (x_t - b / torch.sqrt(1 - bar) * eps_model(x_t, t)) / torch.sqrt(1 - b)


@wrong(WRONG, "p_sample", "noise", "the step of the first example decides for the batch")
def s2_ps_first_step(eps_model, x_t, t, betas):
    b, bar = betas[t][:, None], _bars(betas)[t][:, None]
    mean = (x_t - b / torch.sqrt(1 - bar) * eps_model(x_t, t)) / torch.sqrt(1 - b)
    if t[0] == 0:
        return mean
    return mean + b.sqrt() * torch.randn_like(x_t)


@wrong(WRONG, "p_sample", "two_mistakes", "the noise has the scale beta, and comes at t = 0 too")
def s2_ps_beta_everywhere(eps_model, x_t, t, betas):
    b, bar = betas[t][:, None], _bars(betas)[t][:, None]
    mean = (1 - b).rsqrt() * (x_t - b * eps_model(x_t, t) * (1 - bar).rsqrt())
    return mean + b * torch.randn_like(x_t)


@wrong(WRONG, "ddim_step", "formula", "the two coefficients are exchanged")
def s2_dd_exchanged(eps_model, x_t, t, s, alpha_bar):
    eps = eps_model(x_t, t)
    kept = torch.where(s < 0, torch.ones_like(alpha_bar[s]), alpha_bar[s])[:, None]
    return (1 - kept).sqrt() * predict_x_0(x_t, t, eps, alpha_bar) + kept.sqrt() * eps


@wrong(WRONG, "guided_epsilon", "formula", "w has the wrong sign: away from the condition")
def s2_ge_minus(eps_conditional, eps_unconditional, w):
    return eps_conditional - w * (eps_conditional - eps_unconditional)


@wrong(WRONG, "score_from_epsilon", "two_mistakes", "no minus sign, and no root")
def s2_se_plus_variance(eps, t, alpha_bar):
    return eps / (1 - alpha_bar[t]).unsqueeze(1)


@wrong(WRONG, "score_matching_loss", "formula", "the clean data go into the model")
def s2_sml_clean(score_model, x, eps, sigma):
    s = sigma.unsqueeze(1)
    return (s * score_model(x, sigma) + eps).square().sum(1).mean()


@wrong(WRONG, "langevin_step", "noise", "the noise is scaled by the step, not by its root")
def s2_ls_no_root(score_model, x, step, eps):
    if step <= 0:
        raise ValueError("step")
    return x + step * score_model(x) + 2 * step * eps


@wrong(WRONG, "langevin_step", "two_mistakes", "downhill, and without the 2 under the root")
def s2_ls_down_no_two(score_model, x, step, eps):
    if step <= 0:
        raise ValueError("step must be positive")
    return x - step * score_model(x) + math.sqrt(step) * eps


@wrong(WRONG, "flow_matching_loss", "formula", "the target is the straight point x_t itself")
def s2_fm_target_point(velocity_model, x_0, x_1, t):
    a = t.unsqueeze(-1)
    x_t = x_0 + a * (x_1 - x_0)
    return (velocity_model(x_t, t) - x_t).pow(2).sum(1).mean()


@wrong(WRONG, "flow_matching_loss", "gradient", "the velocity is detached, nothing is trained")
def s2_fm_detached(velocity_model, x_0, x_1, t):
    a = t[:, None]
    with torch.no_grad():
        out = velocity_model((1 - a) * x_0 + a * x_1, t)
    return F.mse_loss(out, x_1 - x_0, reduction="sum") / len(t)
