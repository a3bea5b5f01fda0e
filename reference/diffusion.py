"""Diffusion models: the noising process, its reversal, scores, and flows along straight paths.

Steps are indices 0, ..., T-1. The process is q(x_t | x_{t-1}) = N(sqrt(1 - beta_t) x_{t-1},
beta_t I), with the data x_0 before step 0.
"""

import math

import torch


def alpha_bar(betas):
    r"""alpha_bar_t = (1 - beta_0) (1 - beta_1) ... (1 - beta_t).

    betas: (T,), each in (0, 1). Returns (T,). Raises ValueError for any other value.
    Source: Ho et al. 2020, section 2.
    """
    if not bool(((betas > 0) & (betas < 1)).all()):
        raise ValueError("every beta must lie between 0 and 1, both excluded")
    return (1 - betas).cumprod(0)


def q_sample(x_0, t, eps, alpha_bar):
    r"""x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps.

    x_0, eps: (N, D); t: int64 (N,); alpha_bar: (T,). Returns (N, D).
    Source: Ho et al. 2020, Eq. (4).
    """
    kept = alpha_bar[t][:, None]
    return kept.sqrt() * x_0 + (1 - kept).sqrt() * eps


def predict_x_0(x_t, t, eps, alpha_bar):
    r"""x_0 = (x_t - sqrt(1 - alpha_bar_t) eps) / sqrt(alpha_bar_t).

    x_t, eps: (N, D); t: int64 (N,); alpha_bar: (T,). Returns (N, D): `q_sample` solved for x_0.
    Source: Ho et al. 2020, section 3.2.
    """
    kept = alpha_bar[t][:, None]
    return (x_t - (1 - kept).sqrt() * eps) / kept.sqrt()


def q_posterior(x_0, x_t, t, betas):
    r"""q(x_{t-1} | x_t, x_0) = N(mean, variance I), with a = alpha_bar_t and b = alpha_bar_{t-1} (1
    where t = 0): mean = (sqrt(b) beta_t x_0 + sqrt(1 - beta_t) (1 - b) x_t) / (1 - a), variance =
    beta_t (1 - b) / (1 - a).

    x_0, x_t: (N, D); t: int64 (N,); betas: (T,). Returns (mean (N, D), variance (N,)); where t = 0
    they are x_0 and 0. Source: Ho et al. 2020, Eq. (6) and (7).
    """
    kept = alpha_bar(betas)
    beta, here = betas[t][:, None], kept[t][:, None]
    before = torch.where(t > 0, kept[(t - 1).clamp(min=0)], torch.ones_like(kept[t]))[:, None]
    mean = (before.sqrt() * beta * x_0 + (1 - beta).sqrt() * (1 - before) * x_t) / (1 - here)
    variance = beta * (1 - before) / (1 - here)
    return torch.where(t[:, None] > 0, mean, x_0), variance[:, 0]


def epsilon_loss(eps_model, x_0, t, eps, alpha_bar):
    r"""mean_i || eps_i - eps_model(x_t, t)_i ||^2 with x_t from `q_sample`.

    eps_model: (N, D), (N,) -> (N, D); x_0, eps: (N, D); t: int64 (N,); alpha_bar: (T,). Returns ().
    Source: Ho et al. 2020, Eq. (14).
    """
    return (eps_model(q_sample(x_0, t, eps, alpha_bar), t) - eps).square().sum(1).mean()


def vlb_term(eps_model, x_0, x_t, t, betas):
    r"""KL(q(x_{t-1} | x_t, x_0) || N(m, v I)) = || mean - m ||^2 / (2 v), where (mean, v) is
    `q_posterior` at x_0 and m its mean at the x_0 that the model predicts.

    eps_model: (N, D), (N,) -> (N, D); x_0, x_t: (N, D); t: int64 (N,), none of them 0; betas: (T,).
    Returns (N,). Raises ValueError when a t is 0: that term of the bound is no divergence.
    Source: Ho et al. 2020, Eq. (5) and (8).
    """
    if bool((t == 0).any()):
        raise ValueError("the term of t = 0 is a likelihood, not a divergence")
    mean, variance = q_posterior(x_0, x_t, t, betas)
    predicted = predict_x_0(x_t, t, eps_model(x_t, t), alpha_bar(betas))
    model_mean, _ = q_posterior(predicted, x_t, t, betas)
    return (mean - model_mean).square().sum(1) / (2 * variance)


def p_sample(eps_model, x_t, t, betas):
    r"""(x_t - beta_t / sqrt(1 - alpha_bar_t) eps_model(x_t, t)) / sqrt(1 - beta_t) + sqrt(beta_t)
    z, with z ~ N(0, I) fresh, and 0 where t = 0.

    eps_model: (N, D), (N,) -> (N, D); x_t: (N, D); t: int64 (N,); betas: (T,). Returns (N, D).
    Source: Ho et al. 2020, Algorithm 2.
    """
    beta, kept = betas[t][:, None], alpha_bar(betas)[t][:, None]
    mean = (x_t - beta / (1 - kept).sqrt() * eps_model(x_t, t)) / (1 - beta).sqrt()
    return mean + torch.where(t[:, None] > 0, beta.sqrt(), 0 * beta) * torch.randn_like(x_t)


def ddim_step(eps_model, x_t, t, s, alpha_bar):
    r"""x_s = sqrt(alpha_bar_s) x_0 + sqrt(1 - alpha_bar_s) eps_model(x_t, t), x_0 predicted at t.

    eps_model: (N, D), (N,) -> (N, D); x_t: (N, D); t, s: int64 (N,), s < t; s = -1 means
    alpha_bar_s = 1; alpha_bar: (T,). Returns (N, D).
    Source: Song et al. 2021, Eq. (12) with sigma = 0.
    """
    eps = eps_model(x_t, t)
    kept = torch.where(s < 0, torch.ones_like(alpha_bar[s]), alpha_bar[s])[:, None]
    return kept.sqrt() * predict_x_0(x_t, t, eps, alpha_bar) + (1 - kept).sqrt() * eps


def guided_epsilon(eps_conditional, eps_unconditional, w):
    r"""(1 + w) eps_conditional - w eps_unconditional.

    eps_conditional, eps_unconditional: (N, D); w: a number. Returns (N, D).
    Source: Ho & Salimans 2022, Eq. (6).
    """
    return (1 + w) * eps_conditional - w * eps_unconditional


def score_from_epsilon(eps, t, alpha_bar):
    r"""grad_{x_t} log q(x_t | x_0) = -eps / sqrt(1 - alpha_bar_t), where x_t has the noise eps.

    eps: (N, D); t: int64 (N,); alpha_bar: (T,). Returns (N, D). Source: Song & Ermon 2019, Eq. (5).
    """
    return -eps / (1 - alpha_bar[t][:, None]).sqrt()


def score_matching_loss(score_model, x, eps, sigma):
    r"""mean_i || sigma_i score_model(x + sigma eps, sigma)_i + eps_i ||^2.

    score_model: (N, D), (N,) -> (N, D); x, eps: (N, D); sigma: (N,). Returns ().
    Source: Song & Ermon 2019, Eq. (5) and (6) with lambda(sigma) = sigma^2, without the 1/2.
    """
    spread = sigma[:, None]
    return (spread * score_model(x + spread * eps, sigma) + eps).square().sum(1).mean()


def langevin_step(score_model, x, step, eps):
    r"""x + step score_model(x) + sqrt(2 step) eps.

    score_model: (N, D) -> (N, D); x, eps: (N, D); step > 0, a number, else ValueError.
    Returns (N, D). Source: Song & Ermon 2019, Eq. (4) with step = epsilon / 2.
    """
    if not step > 0:
        raise ValueError("the step must be positive")
    return x + step * score_model(x) + math.sqrt(2 * step) * eps


def flow_matching_loss(velocity_model, x_0, x_1, t):
    r"""mean_i || velocity_model(x_t, t)_i - (x_1 - x_0)_i ||^2 with x_t = (1 - t) x_0 + t x_1.

    velocity_model: (N, D), (N,) -> (N, D); x_0: noise, x_1: data, (N, D); t: (N,) in [0, 1].
    Returns (). Source: Lipman et al. 2023, Eq. (23) with sigma_min = 0.
    """
    along = t[:, None]
    x_t = (1 - along) * x_0 + along * x_1
    return (velocity_model(x_t, t) - (x_1 - x_0)).square().sum(1).mean()


# The bound of a hierarchical model with fixed q: a reconstruction term at the first step, one
# divergence for each further step, and one of the last state from the prior. DDIM samples from a
# network trained with the same loss, and the loss without weights is another sum of the same terms.
diffusion_facts = {
    "bound_is_kls_and_a_reconstruction_term": True,
    "ddim_needs_another_training": False,
    "epsilon_is_a_scaled_score": True,
    "unweighted_loss_is_the_bound": False,
}
