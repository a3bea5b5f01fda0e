"""A second set of wrong solutions of the first six topics, by somebody who has not read the hidden
checks.
"""

import itertools
import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Bernoulli, Independent, MultivariateNormal, Normal, kl_divergence

from graders.audit.wrong import wrong
from reference.kl import kl_standard_normal
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize
from reference.wake_sleep import gaussian_log_prob, sleep_loss, wake_loss

WRONG = []


def _variance_for_std(mu, logvar):
    return mu + torch.exp(logvar) * torch.randn_like(mu)


def _noise_of_one_example(mu, logvar):
    return mu + torch.exp(logvar / 2) * torch.randn(mu.shape[-1], dtype=mu.dtype)


def _no_half(mu, logvar):
    return torch.sum(torch.exp(logvar) + mu**2 - 1 - logvar, dim=-1)


def _latent_mean(mu, logvar):
    return -0.5 * torch.mean(1 + logvar - mu**2 - logvar.exp(), dim=-1)


def _pixel_mean(x, logits):
    return -F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none").mean(
        -1
    )


# reparameterization


@wrong(WRONG, "reparameterize", "noise", "one number is drawn for the whole batch and all of z")
def s2_repar_scalar(mu, logvar):
    epsilon = Normal(0.0, 1.0).sample()
    return mu + torch.exp(0.5 * logvar) * epsilon


@wrong(WRONG, "reparameterize", "noise", "nothing is drawn: the standard deviation is added")
def s2_repar_adds_std(mu, logvar):
    std = torch.exp(0.5 * logvar)
    torch.randn_like(std)
    return mu + std


@wrong(WRONG, "reparameterize", "formula", "the softplus of logvar is taken for the scale")
def s2_repar_softplus(mu, logvar):
    sigma = F.softplus(logvar)
    return mu + sigma * torch.randn_like(sigma)


@wrong(WRONG, "reparameterize", "formula", "the mean is multiplied by the standard deviation too")
def s2_repar_brackets(mu, logvar):
    eps = torch.empty_like(mu).normal_()
    return (eps + mu).mul(logvar.mul(0.5).exp())


@wrong(WRONG, "reparameterize", "formula", "the noise is multiplied by sigma twice")
def s2_repar_twice(mu, logvar):
    std = torch.sqrt(torch.exp(logvar))
    noise = Normal(torch.zeros_like(mu), std.detach()).sample()
    return mu + noise * std


@wrong(
    WRONG,
    "reparameterize",
    "two_mistakes",
    "the variance is taken for the standard deviation, and .sample() has no gradient",
)
def s2_repar_variance_sample(mu, logvar):
    return Normal(mu, logvar.exp()).sample()


@wrong(WRONG, "reparameterize", "dtype", "everything is cast to float32, and stays there")
def s2_repar_float(mu, logvar):
    std = logvar.float().mul(0.5).exp()
    return mu.float() + std * torch.randn_like(std)


@wrong(WRONG, "reparameterize", "gradient", "the mean is taken from .data, without its graph")
def s2_repar_data(mu, logvar):
    return torch.randn_like(mu) * (0.5 * logvar).exp() + mu.data


@wrong(WRONG, "model_2", "noise", "the noise is added to the decoder's output instead of its code")
def s2_model2_output_noise(x, encoder, decoder):
    out = decoder(encoder(x))
    return out + torch.randn_like(out)


@wrong(WRONG, "model_2", "gradient", "the code is detached, so the encoder is never trained")
def s2_model2_detached(x, encoder, decoder):
    with torch.no_grad():
        h = encoder(x)
    return decoder(h + torch.randn_like(h))


@wrong(WRONG, "model_4", "gradient", ".sample() draws without a graph, so h gets no gradient")
def s2_model4_sample(x, encoder, decoder):
    h = encoder(x)
    cov = torch.diag_embed(F.softplus(h) + 1e-6)
    return decoder(MultivariateNormal(torch.zeros_like(h), cov).sample())


@wrong(WRONG, "model_4", "noise", "the noise is uniform instead of Gaussian")
def s2_model4_uniform(x, encoder, decoder):
    h = encoder(x)
    return decoder(torch.exp(0.5 * h) * torch.rand_like(h))


# kl


@wrong(WRONG, "kl_standard_normal", "axis", "the sum is over the batch instead of the dimensions")
def s2_kl_first_axis(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp(), 0)


@wrong(WRONG, "kl_standard_normal", "formula", "the -1 is missing")
def s2_kl_no_one(mu, logvar):
    return 0.5 * (mu.pow(2) + logvar.exp() - logvar).sum(dim=-1)


@wrong(WRONG, "kl_standard_normal", "formula", "logvar is used where its exponential belongs")
def s2_kl_reads_variance(mu, logvar):
    var = logvar.abs() + 1e-8
    return 0.5 * (var + mu**2 - 1 - var.log()).sum(-1)


@wrong(
    WRONG,
    "kl_standard_normal",
    "two_mistakes",
    "averaged over the latent dimensions, and of the wrong sign",
)
def s2_kl_sign_mean(mu, logvar):
    inner = 1 + logvar - mu * mu - torch.exp(logvar)
    return 0.5 * torch.mean(inner, dim=-1)


@wrong(WRONG, "kl_standard_normal", "gradient", "the variance is detached, so half of it is fixed")
def s2_kl_detached_variance(mu, logvar):
    q = Normal(mu, torch.exp(0.5 * logvar).detach())
    return kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(-1)


@wrong(WRONG, "kl_gaussians", "formula", "the difference of the means is whitened by the first")
def s2_klg_first_precision(mu_0, cov_0, mu_1, cov_1):
    p = MultivariateNormal(mu_0, cov_0)
    q = MultivariateNormal(mu_1, cov_1)
    d = (mu_1 - mu_0).unsqueeze(-1)
    right = (d.mT @ torch.linalg.solve(cov_1, d)).squeeze((-1, -2))
    wrong_one = (d.mT @ torch.linalg.solve(cov_0, d)).squeeze((-1, -2))
    return kl_divergence(p, q) + 0.5 * (wrong_one - right)


@wrong(WRONG, "kl_gaussians", "formula", "the quadratic term of the means is forgotten")
def s2_klg_no_means(mu_0, cov_0, mu_1, cov_1):
    return kl_divergence(MultivariateNormal(mu_0, cov_0), MultivariateNormal(mu_0, cov_1))


@wrong(WRONG, "kl_gaussians", "formula", "the factor 1/2 is missing")
def s2_klg_no_half(mu_0, cov_0, mu_1, cov_1):
    return 2 * kl_divergence(MultivariateNormal(mu_0, cov_0), MultivariateNormal(mu_1, cov_1))


@wrong(WRONG, "kl_equal_variance", "formula", "multiplied by the variance instead of divided")
def s2_kle_times(mu_q, mu_p, sigma):
    return 0.5 * ((mu_q - mu_p) * sigma) ** 2


@wrong(WRONG, "kl_equal_variance", "shape", "averaged to one number, asked is every element")
def s2_kle_mean(mu_q, mu_p, sigma):
    return kl_divergence(Normal(mu_q, sigma), Normal(mu_p, sigma)).mean()


# likelihood


@wrong(WRONG, "bernoulli_log_likelihood", "formula", "the decoder's logits are the probabilities")
def s2_bll_logits_as_probabilities(x, logits):
    p = logits.clamp(1e-6, 1 - 1e-6)
    return (x * p.log() + (1 - x) * (1 - p).log()).sum(-1)


@wrong(WRONG, "bernoulli_log_likelihood", "formula", "x and 1 - x are exchanged")
def s2_bll_exchanged(x, logits):
    return ((1 - x) * F.logsigmoid(logits) + x * F.logsigmoid(-logits)).sum(-1)


@wrong(
    WRONG,
    "bernoulli_log_likelihood",
    "two_mistakes",
    "the mean over the pixels instead of the sum, and of the wrong sign",
)
def s2_bll_mean_sign(x, logits):
    loss = nn.BCEWithLogitsLoss(reduction="none")
    return loss(logits, x.expand_as(logits)).mean(dim=-1)


@wrong(WRONG, "cross_entropy", "formula", "only the pixels that are on count")
def s2_ce_white(x, g):
    return -torch.xlogy(x, g).sum(dim=1)


@wrong(WRONG, "cross_entropy", "numerics", "a small number is added in both logarithms")
def s2_ce_small(x, g):
    tiny = 1e-7
    return -(x * torch.log(g + tiny) + (1 - x) * torch.log(1 - g + tiny)).sum(1)


@wrong(WRONG, "cross_entropy", "two_mistakes", "bits instead of nats, and averaged over the pixels")
def s2_ce_bits_mean(x, g):
    nats = -(torch.xlogy(x, g) + torch.xlogy(1 - x, 1 - g))
    return nats.mean(1) / math.log(2)


@wrong(WRONG, "gaussian_reconstruction_error", "formula", "multiplied by 2 instead of divided")
def s2_gre_times_two(x, x_hat, sigma):
    return 2 * ((x_hat - x) ** 2).sum(dim=(1, 2)).mean() / sigma**2


@wrong(
    WRONG,
    "gaussian_reconstruction_error",
    "two_mistakes",
    "no 1/2, and the samples are added up instead of averaged",
)
def s2_gre_sum_no_half(x, x_hat, sigma):
    return torch.sum((x - x_hat) ** 2) / sigma**2


@wrong(WRONG, "monte_carlo_reconstruction_error", "axis", "averaged over the data as well")
def s2_mce_mean(log_px_given_z):
    return torch.neg(log_px_given_z.mean(1).mean(0))


@wrong(WRONG, "monte_carlo_reconstruction_error", "formula", "a probability is averaged, not a log")
def s2_mce_probabilities(log_px_given_z):
    return -log_px_given_z.exp().mean(0).log().sum()


# elbo


@wrong(WRONG, "elbo", "noise", "the codes of all samples share one noise, repeated n_samples times")
def s2_elbo_repeat(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = mu + (logvar / 2).exp() * torch.randn_like(mu)
    z = z.unsqueeze(0).repeat(n_samples, 1, 1)
    rec = -F.binary_cross_entropy_with_logits(
        decoder(z), x.expand(n_samples, *x.shape), reduction="none"
    )
    return rec.sum(-1).mean(0) - kl_standard_normal(mu, logvar)


@wrong(WRONG, "elbo", "formula", "a beta of 4 weighs the divergence: no bound any more")
def s2_elbo_beta(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    beta, total = 4.0, 0.0
    for _ in range(n_samples):
        total = total + bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
    return total / n_samples - beta * kl_standard_normal(mu, logvar)


@wrong(WRONG, "elbo", "two_mistakes", "the KL is added, and averaged over the latent dimensions")
def s2_elbo_plus_mean(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    rec = torch.stack(
        [bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar))) for _ in range(n_samples)]
    ).mean(0)
    return rec + 0.5 * (mu**2 + logvar.exp() - 1 - logvar).mean(-1)


@wrong(
    WRONG,
    "elbo",
    "two_mistakes",
    "the likelihood is averaged over the pixels, and the KL has no 1/2",
)
def s2_elbo_mean_no_half(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    rec = 0
    for _ in range(n_samples):
        logits = decoder(mu + torch.randn_like(mu) * torch.exp(logvar / 2))
        rec = rec - F.binary_cross_entropy_with_logits(logits, x, reduction="none").mean(1)
    return rec / n_samples - (mu**2 + logvar.exp() - 1 - logvar).sum(1)


@wrong(WRONG, "elbo", "state", "the networks are put into training mode and left in it")
def s2_elbo_train_mode(x, encoder, decoder, n_samples=1):
    encoder.train()
    decoder.train()
    mu, logvar = encoder(x)
    z = Normal(mu, (logvar / 2).exp()).rsample((n_samples,))
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl_standard_normal(mu, logvar)


@wrong(
    WRONG,
    "elbo",
    "inline",
    "the KL stands there without its 1/2, as it does in kl_standard_normal",
    also={"kl_standard_normal": _no_half, "reparameterize": _variance_for_std},
)
def s2_elbo_inline_no_half(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    std = torch.exp(0.5 * logvar)
    eps = torch.randn(n_samples, *mu.shape, dtype=mu.dtype)
    logits = decoder(mu + std * eps)
    log_px = -F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none").sum(
        -1
    )
    return log_px.mean(0) - torch.sum(logvar.exp() + mu**2 - 1 - logvar, dim=-1)


@wrong(
    WRONG, "elbo_sampled", "formula", "the density of q is left without its normalising constant"
)
def s2_elbos_no_constant(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    eps = torch.randn(n_samples, *mu.shape, dtype=mu.dtype)
    z = mu + eps * torch.exp(0.5 * logvar)
    log_p = -0.5 * (z**2 + math.log(2 * math.pi)).sum(-1)
    log_q = -0.5 * (eps**2 + logvar).sum(-1)
    return (bernoulli_log_likelihood(x, decoder(z)) + log_p - log_q).mean(0)


@wrong(WRONG, "elbo_sampled", "formula", "sigma squared stands where Normal takes sigma, in log q")
def s2_elbos_variance_in_q(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = torch.stack([reparameterize(mu, logvar) for _ in range(n_samples)])
    log_q = Normal(mu, logvar.exp()).log_prob(z).sum(-1)
    log_p = Normal(0.0, 1.0).log_prob(z).sum(-1)
    return (bernoulli_log_likelihood(x, decoder(z)) + log_p - log_q).mean(0)


@wrong(WRONG, "vae_loss", "formula", "the sum of squared pixel errors stands for the likelihood")
def s2_vae_squared(x, encoder, decoder):
    mu, logvar = encoder(x)
    recon = torch.sigmoid(decoder(reparameterize(mu, logvar)))
    return F.mse_loss(recon, x, reduction="sum") + kl_standard_normal(mu, logvar).sum()


@wrong(WRONG, "vae_loss", "formula", "BCE is averaged over everything, the KL over the batch")
def s2_vae_means(x, encoder, decoder):
    mu, logvar = encoder(x)
    logits = decoder(reparameterize(mu, logvar))
    bce = nn.functional.binary_cross_entropy_with_logits(logits, x)
    kld = -0.5 * torch.mean(torch.sum(1 + logvar - mu**2 - logvar.exp(), dim=1), dim=0)
    return bce + kld


@wrong(WRONG, "vae_loss", "numerics", "probabilities are clamped before the logarithm")
def s2_vae_clamped(x, encoder, decoder):
    mu, logvar = encoder(x)
    p = torch.sigmoid(decoder(reparameterize(mu, logvar))).clamp(0.05, 0.95)
    rec = Independent(Bernoulli(p, validate_args=False), 1).log_prob(x)
    return (kl_standard_normal(mu, logvar) - rec).sum()


@wrong(WRONG, "vae_loss", "two_mistakes", "the KL has the wrong sign, and the code is the mean")
def s2_vae_sign_no_noise(x, encoder, decoder):
    mu, logvar = encoder(x)
    return -bernoulli_log_likelihood(x, decoder(mu)).sum() - kl_standard_normal(mu, logvar).sum()


@wrong(
    WRONG,
    "vae_loss",
    "inline",
    "the KL is averaged over the latent dimensions, and so it is in elbo's prerequisite",
    also={"kl_standard_normal": _latent_mean},
)
def s2_vae_inline_mean(x, encoder, decoder):
    mu, logvar = encoder(x)
    z = mu + torch.exp(0.5 * logvar) * torch.randn_like(logvar)
    bce = F.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum")
    return bce - 0.5 * torch.mean(1 + logvar - mu.pow(2) - logvar.exp(), dim=-1).sum()


@wrong(WRONG, "elbo_decomposition", "formula", "the bound lacks the prior: E log p(x|z) + H(q)")
def s2_dec_no_prior(prior, likelihood, q):
    log_evidence = (prior * likelihood).sum()
    if log_evidence <= 0:
        raise ValueError("no evidence")
    post = prior * likelihood / log_evidence
    bound = torch.xlogy(q, likelihood).sum() - torch.xlogy(q, q).sum()
    return log_evidence.log(), bound, (torch.xlogy(q, q) - torch.xlogy(q, post)).sum()


@wrong(WRONG, "elbo_decomposition", "formula", "the evidence itself is returned, not its logarithm")
def s2_dec_evidence(prior, likelihood, q):
    joint = (prior * likelihood).numpy()
    total = joint.sum()
    if total == 0:
        raise ValueError("the evidence is 0")
    p, q = torch.from_numpy(joint / total), torch.as_tensor(q)
    kl = (torch.xlogy(q, q) - torch.xlogy(q, p)).sum()
    return torch.tensor(total, dtype=q.dtype), np.log(total) - kl, kl


@wrong(WRONG, "bayes_posterior", "formula", "the joint is divided by its largest entry")
def s2_bayes_largest(prior, likelihood):
    joint = prior * likelihood
    if joint.max() == 0:
        raise ValueError("evidence is zero")
    return joint / joint.max()


@wrong(WRONG, "optimal_q", "formula", "the normalised likelihood: the prior is forgotten")
def s2_optq_likelihood(prior, likelihood):
    if (prior * likelihood).sum() == 0:
        raise ValueError("evidence is zero")
    return likelihood / likelihood.sum()


@wrong(WRONG, "aevb_gradients", "formula", "the entropy's 1/sigma has the wrong sign")
def s2_grads_sign(mu, sigma, eps, score):
    return score.mean(0) - mu, torch.einsum("lj,lj->j", eps, score) / len(eps) - sigma - 1 / sigma


@wrong(WRONG, "aevb_gradients", "formula", "the prior's part is missing in both")
def s2_grads_no_prior(mu, sigma, eps, score):
    return score.mean(0), (score * eps).mean(0) + 1 / sigma


@wrong(WRONG, "autoencoder_loss", "gradient", "everything is under no_grad: nothing can be trained")
def s2_ae_no_grad(x, encoder, decoder):
    with torch.no_grad():
        code, _ = encoder(x)
        picture = torch.sigmoid(decoder(code))
    return torch.sum((picture - x) ** 2, dim=1).mean()


@wrong(WRONG, "autoencoder_loss", "two_mistakes", "no sigmoid, and a mean over the pixels")
def s2_ae_raw_mean(x, encoder, decoder):
    return nn.MSELoss()(decoder(encoder(x)[0]), x)


@wrong(
    WRONG, "reconstruction_only_loss", "noise", "the variance is taken for the scale of the code"
)
def s2_rec_variance(x, encoder, decoder):
    mu, logvar = encoder(x)
    z = mu + logvar.exp() * torch.randn_like(mu)
    return F.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum")


# iwae


@wrong(WRONG, "iwae_bound", "formula", "the prior's density counts twice")
def s2_iwae_prior_twice(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    q = Normal(mu, torch.exp(logvar / 2))
    z = q.rsample((k,))
    log_prior = Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_w = bernoulli_log_likelihood(x, decoder(z)) + 2 * log_prior - q.log_prob(z).sum(-1)
    return torch.logsumexp(log_w, 0) - math.log(k)


@wrong(WRONG, "iwae_bound", "axis", "the logarithm of the mean is over batch and samples at once")
def s2_iwae_both_axes(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    q = Normal(mu, torch.exp(logvar / 2))
    z = q.rsample((k,))
    log_w = (
        bernoulli_log_likelihood(x, decoder(z))
        + Normal(0.0, 1.0).log_prob(z).sum(-1)
        - q.log_prob(z).sum(-1)
    )
    n = log_w.numel()
    return torch.logsumexp(log_w.flatten(), 0).expand(len(x)) - math.log(n)


@wrong(WRONG, "iwae_bound", "gradient", "the weights are detached: only a constant is returned")
def s2_iwae_detached(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(k, *mu.shape), logvar.expand(k, *logvar.shape)).detach()
    log_w = (
        bernoulli_log_likelihood(x, decoder(z))
        + Normal(0.0, 1.0).log_prob(z).sum(-1)
        - Normal(mu, torch.exp(logvar / 2)).log_prob(z).sum(-1)
    )
    return log_w.logsumexp(0) - math.log(k)


@wrong(
    WRONG,
    "iwae_bound",
    "two_mistakes",
    "log k is missing, and the mean over pixels stands for their sum",
)
def s2_iwae_no_k_pixels(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    q = Normal(mu, torch.exp(logvar / 2))
    weights = []
    for _ in range(k):
        z = q.rsample()
        logits = decoder(z)
        rec = -F.binary_cross_entropy_with_logits(logits, x, reduction="none").mean(-1)
        weights.append(rec + Normal(0.0, 1.0).log_prob(z).sum(-1) - q.log_prob(z).sum(-1))
    return torch.logsumexp(torch.stack(weights), dim=0)


@wrong(
    WRONG,
    "iwae_bound",
    "inline",
    "one noise for the whole batch, in reparameterize and written out here",
    also={"reparameterize": _noise_of_one_example},
)
def s2_iwae_inline_shared(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    eps = torch.randn(k, 1, mu.shape[-1], dtype=mu.dtype)
    z = mu + eps * torch.exp(0.5 * logvar)
    log_w = (
        bernoulli_log_likelihood(x, decoder(z))
        - 0.5 * (z**2).sum(-1)
        + 0.5 * (eps**2 + logvar).sum(-1)
    )
    return log_w.logsumexp(0) - math.log(k)


@wrong(WRONG, "iwae_exact", "formula", "log of the mean weight under q: k plays no part")
def s2_iwex_any_k(prior, likelihood, q, k):
    on = q > 0
    return (q[on] * (prior[on] * likelihood[on] / q[on])).sum().log()


@wrong(WRONG, "iwae_exact", "numerics", "weights are formed as ratios, and q = 0 divides by zero")
def s2_iwex_ratio(prior, likelihood, q, k):
    total, states = 0.0, range(len(q))
    weights = prior * likelihood / q
    for draw in itertools.product(states, repeat=k):
        index = list(draw)
        total = total + q[index].prod() * weights[index].mean().log()
    return total


# wake_sleep


@wrong(WRONG, "gaussian_log_prob", "formula", "the sign of the log variance is wrong")
def s2_glp_plus_logvar(z, mu, logvar):
    return -0.5 * ((z - mu) ** 2 / logvar.exp() - logvar + math.log(2 * math.pi)).sum(-1)


@wrong(WRONG, "gaussian_log_prob", "two_mistakes", "no constant, and the mean over the dimensions")
def s2_glp_mean_no_constant(z, mu, logvar):
    return -0.5 * (logvar + (z - mu).pow(2) * torch.exp(-logvar)).mean(dim=-1)


@wrong(WRONG, "wake_loss", "formula", "squared errors of pixels stand for the log-likelihood")
def s2_wake_squared(x, encoder, decoder, n_samples=1):
    with torch.no_grad():
        mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *mu.shape))
    return ((torch.sigmoid(decoder(z)) - x) ** 2).sum(-1).mean()


@wrong(WRONG, "wake_loss", "axis", "summed over the batch, not averaged")
def s2_wake_batch_sum(x, encoder, decoder, n_samples=1):
    loss = 0
    for _ in range(n_samples):
        z = reparameterize(*encoder(x)).detach()
        loss = loss - bernoulli_log_likelihood(x, decoder(z)).sum()
    return loss / n_samples


@wrong(
    WRONG,
    "wake_loss",
    "two_mistakes",
    "the encoder keeps its graph, and the pixels are averaged",
)
def s2_wake_graph_pixels(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = Normal(mu, torch.exp(logvar / 2)).rsample((n_samples,))
    logits = decoder(z)
    return F.binary_cross_entropy_with_logits(logits, x.expand_as(logits))


@wrong(WRONG, "sleep_loss", "noise", "the dreamt codes have the scale 2")
def s2_sleep_scale(encoder, decoder, n_samples, latent_dim):
    z = 2 * torch.randn(n_samples, latent_dim)
    with torch.no_grad():
        x = Bernoulli(logits=decoder(z)).sample()
    return -gaussian_log_prob(z, *encoder(x)).mean()


@wrong(WRONG, "sleep_loss", "gradient", "the dream keeps its graph, so the decoder is trained too")
def s2_sleep_graph(encoder, decoder, n_samples, latent_dim):
    z = torch.randn(n_samples, latent_dim)
    p = torch.sigmoid(decoder(z))
    x = torch.bernoulli(p.detach()) + p - p.detach()
    mu, logvar = encoder(x)
    return -Normal(mu, torch.exp(0.5 * logvar)).log_prob(z).sum(-1).mean()


@wrong(
    WRONG, "sleep_loss", "two_mistakes", "pictures instead of their pixels, and a mean over z too"
)
def s2_sleep_picture_mean(encoder, decoder, n_samples, latent_dim):
    z = torch.randn(n_samples, latent_dim)
    with torch.no_grad():
        x = torch.sigmoid(decoder(z))
    mu, logvar = encoder(x)
    return -Normal(mu, torch.exp(0.5 * logvar)).log_prob(z).mean()


@wrong(WRONG, "train_aevb", "formula", "the first batch of every epoch is left out")
def s2_aevb_skips_first(data, encoder, decoder, epochs, batch_size, learning_rate):
    opt = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=learning_rate)
    history = []
    for _ in range(epochs):
        order = torch.randperm(len(data))
        total = 0.0
        for start in range(batch_size, len(data), batch_size):
            x = data[order[start : start + batch_size]]
            loss = vae_loss_of(x, encoder, decoder)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(x)
        history.append(total / len(data))
    return {"loss": history}


def vae_loss_of(x, encoder, decoder):
    mu, logvar = encoder(x)
    z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
    rec = F.binary_cross_entropy_with_logits(decoder(z), x, reduction="none").sum(1)
    return (rec + 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1)).mean()


@wrong(
    WRONG,
    "train_wake_sleep",
    "formula",
    "one SGD optimiser trains both networks on the sum of the losses",
)
def s2_tws_one_optimiser(data, encoder, decoder, epochs, batch_size, learning_rate):
    opt = torch.optim.SGD([*encoder.parameters(), *decoder.parameters()], lr=learning_rate)
    history = {"wake_loss": [], "sleep_loss": []}
    for _ in range(epochs):
        wakes, sleeps = [], []
        for x in data[torch.randperm(len(data))].split(batch_size):
            latent = encoder(x)[0].shape[1]
            wake = wake_loss(x, encoder, decoder)
            sleep = sleep_loss(encoder, decoder, len(x), latent)
            opt.zero_grad()
            (wake + sleep).backward()
            opt.step()
            wakes.append(wake.item())
            sleeps.append(sleep.item())
        history["wake_loss"].append(sum(wakes) / len(wakes))
        history["sleep_loss"].append(sum(sleeps) / len(sleeps))
    return history
