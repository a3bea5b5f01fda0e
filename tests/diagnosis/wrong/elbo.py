"""Wrong solutions of `elbo`, by somebody who has not read the hidden checks."""

import math

import torch
import torch.distributions as dist
import torch.nn.functional as F

from graders.audit.wrong import wrong
from reference.elbo import elbo
from reference.kl import kl_standard_normal
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize

WRONG = []


# elbo


@wrong(
    WRONG,
    "elbo",
    "formula",
    "the divergence is added; a posterior far from the prior makes the bound smaller",
)
def elbo_plus_kl(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, -1, -1), logvar.expand(n_samples, -1, -1))
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) + kl_standard_normal(mu, logvar)


@wrong(WRONG, "elbo", "formula", "this is the loss, minus the bound")
def elbo_negative(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    recon = 0
    for _ in range(n_samples):
        recon = recon - bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
    return recon / n_samples + kl_standard_normal(mu, logvar)


@wrong(
    WRONG,
    "elbo",
    "formula",
    "the divergence is subtracted once for every code, although it does not depend on the code",
)
def elbo_kl_every_sample(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    kl = kl_standard_normal(mu, logvar)
    total = torch.zeros_like(kl)
    for _ in range(n_samples):
        total = (
            total
            + bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar))) / n_samples
            - kl
        )
    return total


@wrong(
    WRONG,
    "elbo",
    "axis",
    "the log likelihoods of the codes are summed; their mean estimates the expectation",
)
def elbo_sum_over_samples(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.repeat(n_samples, 1, 1), logvar.repeat(n_samples, 1, 1))
    return bernoulli_log_likelihood(x, decoder(z)).sum(0) - kl_standard_normal(mu, logvar)


@wrong(
    WRONG,
    "elbo",
    "noise",
    "the code is drawn once and repeated: all n_samples codes are the same one",
)
def elbo_same_code_repeated(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu, logvar).unsqueeze(0).expand(n_samples, -1, -1)
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl_standard_normal(mu, logvar)


@wrong(WRONG, "elbo", "noise", "n_samples is never used: there is always one code")
def elbo_ignores_n_samples(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = mu + (0.5 * logvar).exp() * torch.randn_like(mu)
    return bernoulli_log_likelihood(x, decoder(z)) - kl_standard_normal(mu, logvar)


@wrong(WRONG, "elbo", "noise", "all examples of the batch get the same noise")
def elbo_noise_shared_by_batch(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    eps = torch.randn(n_samples, 1, mu.size(-1), dtype=mu.dtype)
    z = mu + torch.exp(0.5 * logvar) * eps
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl_standard_normal(mu, logvar)


@wrong(WRONG, "elbo", "noise", "the decoder gets the mean of q instead of samples from it")
def elbo_decodes_the_mean(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    return bernoulli_log_likelihood(x, decoder(mu)) - kl_standard_normal(mu, logvar)


@wrong(
    WRONG,
    "elbo",
    "gradient",
    "the codes are detached, so the reconstruction teaches the encoder nothing",
)
def elbo_codes_detached(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    z = q.sample((n_samples,))
    prior = dist.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = dist.kl_divergence(q, prior).sum(-1)
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl


@wrong(
    WRONG,
    "elbo",
    "gradient",
    "the divergence is computed under no_grad: nothing pulls q towards the prior",
)
def elbo_kl_without_graph(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    with torch.no_grad():
        kl = kl_standard_normal(mu, logvar)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl


@wrong(
    WRONG,
    "elbo",
    "formula",
    "the logarithm of the mean likelihood over the codes is not the mean of the log likelihoods",
)
def elbo_log_mean_exp(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    log_px = bernoulli_log_likelihood(x, decoder(z))
    return log_px.logsumexp(0) - math.log(n_samples) - kl_standard_normal(mu, logvar)


@wrong(
    WRONG,
    "elbo",
    "formula",
    "the logits of the codes are averaged first, and the likelihood is that of the average image",
)
def elbo_average_logits(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    return bernoulli_log_likelihood(x, decoder(z).mean(0)) - kl_standard_normal(mu, logvar)


@wrong(
    WRONG, "elbo", "formula", "squared error belongs to a Gaussian decoder; this one is Bernoulli"
)
def elbo_squared_error(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    total = 0
    for _ in range(n_samples):
        recon = torch.sigmoid(decoder(reparameterize(mu, logvar)))
        total = total - F.mse_loss(recon, x, reduction="none").sum(-1)
    return total / n_samples - kl_standard_normal(mu, logvar)


@wrong(
    WRONG,
    "elbo",
    "formula",
    "the decoder returns logits; you hand its sigmoid to a function that wants logits",
)
def elbo_sigmoid_before_likelihood(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    probs = decoder(z).sigmoid()
    return bernoulli_log_likelihood(x, probs).mean(0) - kl_standard_normal(mu, logvar)


@wrong(
    WRONG,
    "elbo",
    "noise",
    "the divergence is estimated from the samples although its closed form is asked for",
)
def elbo_sampled_divergence(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    q = dist.Independent(dist.Normal(mu, torch.exp(logvar / 2)), 1)
    z = q.rsample((n_samples,))
    prior = dist.Independent(dist.Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    return (bernoulli_log_likelihood(x, decoder(z)) + prior.log_prob(z) - q.log_prob(z)).mean(0)


@wrong(WRONG, "elbo", "shape", "one number for the whole batch, where one per example is asked for")
def elbo_batch_mean(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    return (bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl_standard_normal(mu, logvar)).mean()


@wrong(
    WRONG,
    "elbo",
    "axis",
    (
        "repeat_interleave puts the codes of one image side by side and the reshape reads them "
        "as one batch after another, so images get each other's codes"
    ),
)
def elbo_mixes_images(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    n, _k = mu.shape
    z = reparameterize(mu.repeat_interleave(n_samples, 0), logvar.repeat_interleave(n_samples, 0))
    log_px = bernoulli_log_likelihood(x, decoder(z).reshape(n_samples, n, -1))
    return log_px.mean(0) - kl_standard_normal(mu, logvar)


@wrong(WRONG, "elbo", "state", "you put both networks into evaluation mode and leave them there")
def elbo_leaves_eval_mode(x, encoder, decoder, n_samples=1):
    encoder.eval()
    decoder.eval()
    mu, logvar = encoder(x)
    log_px = torch.stack(
        [bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar))) for _ in range(n_samples)]
    )
    return log_px.mean(dim=0) - kl_standard_normal(mu, logvar)


@wrong(
    WRONG,
    "elbo",
    "state",
    "the function calls backward itself, so the parameters' .grad is changed when it returns",
)
def elbo_backward_inside(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    bound = bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl_standard_normal(mu, logvar)
    (-bound.sum()).backward(retain_graph=True)
    return bound


@wrong(
    WRONG,
    "elbo",
    "formula",
    "a weight of 0.5 on the divergence: this is a beta-VAE's objective, not the bound",
)
def elbo_beta(x, encoder, decoder, n_samples=1, beta=0.5):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - beta * kl_standard_normal(mu, logvar)


@wrong(
    WRONG,
    "elbo",
    "two_mistakes",
    "the codes are summed instead of averaged, and the divergence is added",
)
def elbo_sum_and_plus(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    return bernoulli_log_likelihood(x, decoder(z)).sum(0) + kl_standard_normal(mu, logvar)


@wrong(
    WRONG,
    "elbo",
    "two_mistakes",
    "exp(logvar) serves as standard deviation, and the codes are detached",
)
def elbo_variance_and_detached(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = (mu + logvar.exp() * torch.randn(n_samples, *mu.shape, dtype=mu.dtype)).detach()
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl_standard_normal(mu, logvar)


# prerequisites of the inline ones


def _reparam_variance(mu, logvar):
    return mu + torch.exp(logvar) * torch.randn_like(mu)


def _reparam_batch_noise(mu, logvar):
    return mu + torch.exp(0.5 * logvar) * torch.randn(mu.shape[-1], dtype=mu.dtype)


def _kl_no_half(mu, logvar):
    return (logvar.exp() + mu**2 - 1 - logvar).sum(-1)


def _kl_mean(mu, logvar):
    return -0.5 * (1 + logvar - mu**2 - logvar.exp()).mean(-1)


def _kl_log_sigma(mu, logvar):
    return 0.5 * (torch.exp(2 * logvar) + mu**2 - 1 - 2 * logvar).sum(-1)


def _bll_mean(x, logits):
    return (x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)).mean(-1)


def _bll_white(x, logits):
    return (x * F.logsigmoid(logits)).sum(-1)


def _posterior_unchecked(prior, likelihood):
    joint = prior * likelihood
    return joint / joint.sum()


def _posterior_flat_prior(prior, likelihood):
    if float((prior * likelihood).sum()) == 0:
        raise ValueError("evidence is 0")
    return likelihood / likelihood.sum()


@wrong(
    WRONG,
    "elbo",
    "inline",
    "exp(logvar) is taken for the standard deviation, here and in reparameterize",
    also={"reparameterize": _reparam_variance},
)
def elbo_inline_variance(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = mu + torch.exp(logvar) * torch.randn(n_samples, *mu.shape, dtype=mu.dtype)
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl_standard_normal(mu, logvar)


@wrong(
    WRONG,
    "elbo",
    "inline",
    "the pixels are averaged, here and in bernoulli_log_likelihood",
    also={"bernoulli_log_likelihood": _bll_mean},
)
def elbo_inline_pixel_mean(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    logits = decoder(z)
    recon = -F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none").mean(
        -1
    )
    return recon.mean(0) - kl_standard_normal(mu, logvar)


@wrong(
    WRONG,
    "elbo",
    "inline",
    "the divergence written out here lacks its 1/2, as kl_standard_normal does",
    also={"kl_standard_normal": _kl_no_half},
)
def elbo_inline_no_half(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    kl = (logvar.exp() + mu**2 - 1 - logvar).sum(-1)
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl


@wrong(
    WRONG,
    "elbo",
    "inline",
    (
        "the divergence written out here is averaged over the latents (kl_standard_normal has "
        "another mistake: log sigma for log variance)"
    ),
    also={"kl_standard_normal": _kl_log_sigma},
)
def elbo_inline_other_mistake(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    kl = -0.5 * torch.mean(1 + logvar - mu.pow(2) - logvar.exp(), dim=1)
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl


# elbo_sampled


@wrong(WRONG, "elbo_sampled", "formula", "log p(z) is missing from the joint density")
def elbos_no_prior(x, encoder, decoder, n_samples=1):
    q = dist.Normal(*(lambda m, v: (m, torch.exp(0.5 * v)))(*encoder(x)))
    z = q.rsample((n_samples,))
    return (bernoulli_log_likelihood(x, decoder(z)) - q.log_prob(z).sum(-1)).mean(0)


@wrong(
    WRONG, "elbo_sampled", "formula", "log q(z | x) is missing, so the entropy of q does not count"
)
def elbos_no_entropy(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    log_prior = -0.5 * (z**2 + math.log(2 * math.pi)).sum(-1)
    return (bernoulli_log_likelihood(x, decoder(z)) + log_prior).mean(0)


@wrong(WRONG, "elbo_sampled", "formula", "log q is added; the bound is E log p(x, z) minus E log q")
def elbos_plus_log_q(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    prior = dist.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample((n_samples,))
    return (
        bernoulli_log_likelihood(x, decoder(z)) + prior.log_prob(z).sum(-1) + q.log_prob(z).sum(-1)
    ).mean(0)


@wrong(
    WRONG,
    "elbo_sampled",
    "noise",
    "the divergence is integrated by hand; here all three densities are to be taken at the samples",
)
def elbos_analytic_kl(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    z = q.rsample((n_samples,))
    kl = dist.kl_divergence(q, dist.Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(-1)
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl


@wrong(
    WRONG,
    "elbo_sampled",
    "gradient",
    "the parameters inside log q are detached: the gradient is to flow through all three densities",
)
def elbos_sticks_the_landing(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    m, s = mu.detach(), (0.5 * logvar).exp().detach()
    log_q = dist.Normal(m, s).log_prob(z).sum(-1)
    log_p = dist.Normal(torch.zeros_like(z), torch.ones_like(z)).log_prob(z).sum(-1)
    return (bernoulli_log_likelihood(x, decoder(z)) + log_p - log_q).mean(0)


@wrong(WRONG, "elbo_sampled", "gradient", ".sample() cuts the codes off from the encoder")
def elbos_sample(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    q = dist.Independent(dist.Normal(mu, torch.exp(0.5 * logvar)), 1)
    z = q.sample((n_samples,))
    p = dist.Independent(dist.Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    return (bernoulli_log_likelihood(x, decoder(z)) + p.log_prob(z) - q.log_prob(z)).mean(0)


@wrong(
    WRONG, "elbo_sampled", "axis", "the log densities of the code are averaged over its dimensions"
)
def elbos_mean_over_k(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    z = q.rsample((n_samples,))
    log_p = dist.Normal(torch.zeros_like(z), torch.ones_like(z)).log_prob(z).mean(-1)
    return (bernoulli_log_likelihood(x, decoder(z)) + log_p - q.log_prob(z).mean(-1)).mean(0)


@wrong(
    WRONG,
    "elbo_sampled",
    "noise",
    "each density is taken at codes of its own; all three belong to the same sample",
)
def elbos_different_codes(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    p = dist.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    log_px = bernoulli_log_likelihood(x, decoder(q.rsample((n_samples,))))
    log_p = p.log_prob(q.rsample((n_samples,))).sum(-1)
    log_q = q.log_prob(q.rsample((n_samples,))).sum(-1)
    return (log_px + log_p - log_q).mean(0)


@wrong(
    WRONG,
    "elbo_sampled",
    "formula",
    "log-mean-exp over the codes gives the importance-weighted bound, not the ELBO",
)
def elbos_importance_weighted(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    p = dist.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample((n_samples,))
    log_w = bernoulli_log_likelihood(x, decoder(z)) + (p.log_prob(z) - q.log_prob(z)).sum(-1)
    return torch.logsumexp(log_w, 0) - math.log(n_samples)


@wrong(
    WRONG,
    "elbo_sampled",
    "two_mistakes",
    "log p(z) is missing, and q's log density uses the variance as standard deviation",
)
def elbos_no_prior_and_variance(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = mu + (0.5 * logvar).exp() * torch.randn(n_samples, *mu.shape, dtype=mu.dtype)
    log_q = dist.Normal(mu, logvar.exp()).log_prob(z).sum(-1)
    return (bernoulli_log_likelihood(x, decoder(z)) - log_q).mean(0)


@wrong(
    WRONG,
    "elbo_sampled",
    "inline",
    "one noise vector for the whole batch, here and in reparameterize",
    also={"reparameterize": _reparam_batch_noise},
)
def elbos_inline_batch_noise(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    std = torch.exp(0.5 * logvar)
    z = mu + std * torch.randn(n_samples, 1, mu.shape[-1], dtype=mu.dtype)
    log_q = dist.Normal(mu, std).log_prob(z).sum(-1)
    log_p = -0.5 * (z * z + math.log(2 * math.pi)).sum(-1)
    return (bernoulli_log_likelihood(x, decoder(z)) + log_p - log_q).mean(0)


# vae_loss


@wrong(
    WRONG,
    "vae_loss",
    "axis",
    "the loss is averaged over the examples; the program sums over the data",
)
def vae_mean(x, encoder, decoder):
    return -elbo(x, encoder, decoder).mean()


@wrong(WRONG, "vae_loss", "formula", "this is the bound itself, which is maximised")
def vae_sign(x, encoder, decoder):
    return elbo(x, encoder, decoder, 1).sum()


@wrong(
    WRONG,
    "vae_loss",
    "formula",
    "the reconstruction error is summed over the data but the divergence is averaged",
)
def vae_kl_averaged(x, encoder, decoder):
    mu, logvar = encoder(x)
    logits = decoder(reparameterize(mu, logvar))
    return (
        F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        + kl_standard_normal(mu, logvar).mean()
    )


@wrong(
    WRONG,
    "vae_loss",
    "formula",
    (
        "with the default reduction the cross entropy is a mean over all pixels, beside a "
        "divergence that is a sum"
    ),
)
def vae_bce_averaged(x, encoder, decoder):
    mu, logvar = encoder(x)
    z = reparameterize(mu, logvar)
    bce = F.binary_cross_entropy_with_logits(decoder(z), x)
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce + kld


@wrong(WRONG, "vae_loss", "formula", "the divergence is subtracted from the reconstruction error")
def vae_minus_kl(x, encoder, decoder):
    mu, logvar = encoder(x)
    rec = -bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
    return (rec - kl_standard_normal(mu, logvar)).sum()


@wrong(WRONG, "vae_loss", "noise", "the decoder gets mu; the code has to be drawn from q")
def vae_no_sampling(x, encoder, decoder):
    mu, logvar = encoder(x)
    return (kl_standard_normal(mu, logvar) - bernoulli_log_likelihood(x, decoder(mu))).sum()


@wrong(
    WRONG,
    "vae_loss",
    "gradient",
    "the decoder's part is computed under no_grad, so only the divergence has a gradient",
)
def vae_reconstruction_without_graph(x, encoder, decoder):
    mu, logvar = encoder(x)
    with torch.no_grad():
        rec = -bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
    return (rec + kl_standard_normal(mu, logvar)).sum()


@wrong(
    WRONG,
    "vae_loss",
    "shape",
    "the losses of the examples are returned; they are to be summed to one number",
)
def vae_per_example(x, encoder, decoder):
    return -elbo(x, encoder, decoder)


@wrong(WRONG, "vae_loss", "state", "zero_grad throws away gradients that the caller may still need")
def vae_zeroes_gradients(x, encoder, decoder):
    for net in (encoder, decoder):
        for p in net.parameters():
            p.grad = torch.zeros_like(p)
    return -elbo(x, encoder, decoder).sum()


@wrong(
    WRONG,
    "vae_loss",
    "two_mistakes",
    (
        "the loss is averaged over the batch, and the cross entropy gets probabilities where it"
        " wants logits"
    ),
)
def vae_mean_and_sigmoid(x, encoder, decoder):
    mu, logvar = encoder(x)
    probs = torch.sigmoid(decoder(reparameterize(mu, logvar)))
    rec = F.binary_cross_entropy_with_logits(probs, x, reduction="none").sum(-1)
    return (rec + kl_standard_normal(mu, logvar)).mean()


@wrong(
    WRONG,
    "vae_loss",
    "inline",
    "the divergence written out here lacks its 1/2, as kl_standard_normal does",
    also={"kl_standard_normal": _kl_no_half},
)
def vae_inline_no_half(x, encoder, decoder):
    mu, logvar = encoder(x)
    z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
    bce = F.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum")
    kld = -torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce + kld


@wrong(
    WRONG,
    "vae_loss",
    "inline",
    "the latents are averaged in the divergence, here and in kl_standard_normal",
    also={"kl_standard_normal": _kl_mean},
)
def vae_inline_kl_mean(x, encoder, decoder):
    mu, logvar = encoder(x)
    z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
    bce = F.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum")
    kld = (-0.5 * torch.mean(1 + logvar - mu.pow(2) - logvar.exp(), dim=1)).sum()
    return bce + kld


@wrong(
    WRONG,
    "vae_loss",
    "inline",
    "only white pixels count, here and in bernoulli_log_likelihood",
    also={"bernoulli_log_likelihood": _bll_white},
)
def vae_inline_white(x, encoder, decoder):
    mu, logvar = encoder(x)
    z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
    rec = -(x * F.logsigmoid(decoder(z))).sum()
    return rec + kl_standard_normal(mu, logvar).sum()


@wrong(
    WRONG,
    "vae_loss",
    "inline",
    (
        "the loss is averaged over the batch, and does not use elbo, which has the sign of a "
        "loss in this submission"
    ),
    also={"elbo": elbo_negative},
)
def vae_inline_mean(x, encoder, decoder):
    mu, logvar = encoder(x)
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    px = F.binary_cross_entropy_with_logits(decoder(q.rsample()), x, reduction="none").sum(-1)
    kl = dist.kl_divergence(q, dist.Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(-1)
    return torch.mean(px + kl)


# elbo_decomposition


@wrong(
    WRONG,
    "elbo_decomposition",
    "formula",
    "the divergence is that of the posterior from q; the gap of the bound is the other direction",
)
def dec_kl_reversed(prior, likelihood, q):
    joint = prior * likelihood
    px = joint.sum()
    if px == 0:
        raise ValueError("evidence is 0")
    post = joint / px
    kl = (torch.xlogy(post, post) - torch.xlogy(post, q)).sum()
    bound = (torch.xlogy(q, joint) - torch.xlogy(q, q)).sum()
    return px.log(), bound, kl


@wrong(WRONG, "elbo_decomposition", "formula", "the bound lacks the entropy of q")
def dec_no_entropy(prior, likelihood, q):
    joint = prior * likelihood
    px = joint.sum()
    if px == 0:
        raise ValueError("evidence is 0")
    bound = torch.xlogy(q, joint).sum()
    return torch.log(px), bound, (torch.xlogy(q, q) - torch.xlogy(q, joint / px)).sum()


@wrong(
    WRONG,
    "elbo_decomposition",
    "formula",
    "the divergence is that from the prior; the third part is the one from the posterior",
)
def dec_kl_to_prior(prior, likelihood, q):
    joint = prior * likelihood
    px = joint.sum()
    if px == 0:
        raise ValueError("evidence is 0")
    entropy = -torch.xlogy(q, q).sum()
    return px.log(), torch.xlogy(q, joint).sum() + entropy, -entropy - torch.xlogy(q, prior).sum()


@wrong(
    WRONG,
    "elbo_decomposition",
    "formula",
    "the evidence is the likelihood averaged over the prior, and you leave the prior out",
)
def dec_evidence_without_prior(prior, likelihood, q):
    if (prior * likelihood).sum() == 0:
        raise ValueError("evidence is 0")
    px = likelihood.mean()
    post = prior * likelihood / (prior * likelihood).sum()
    bound = (torch.xlogy(q, prior * likelihood) - torch.xlogy(q, q)).sum()
    return px.log(), bound, (torch.xlogy(q, q) - torch.xlogy(q, post)).sum()


@wrong(
    WRONG,
    "elbo_decomposition",
    "numerics",
    "a state with q = 0 makes 0 * log 0 = NaN, and should contribute 0",
)
def dec_nan(prior, likelihood, q):
    joint = prior * likelihood
    px = joint.sum()
    if px == 0:
        raise ValueError("evidence is 0")
    bound = (q * (joint.log() - q.log())).sum()
    kl = (q * (q.log() - (joint / px).log())).sum()
    return px.log(), bound, kl


@wrong(
    WRONG,
    "elbo_decomposition",
    "numerics",
    "1e-10 inside the logarithms makes infinite values finite",
)
def dec_epsilon(prior, likelihood, q):
    eps = 1e-10
    joint = prior * likelihood
    px = joint.sum()
    if px == 0:
        raise ValueError("evidence is 0")
    bound = torch.sum(q * torch.log((joint + eps) / (q + eps)))
    kl = torch.sum(q * torch.log((q + eps) / (joint / px + eps)))
    return torch.log(px), bound, kl


@wrong(WRONG, "elbo_decomposition", "state", "nothing is raised when the evidence is 0")
def dec_no_error(prior, likelihood, q):
    joint = prior * likelihood
    px = joint.sum()
    post = joint / px
    return (
        px.log(),
        (torch.xlogy(q, joint) - torch.xlogy(q, q)).sum(),
        (torch.xlogy(q, q) - torch.xlogy(q, post)).sum(),
    )


@wrong(
    WRONG,
    "elbo_decomposition",
    "two_mistakes",
    "the divergence is reversed, and 0 * log 0 becomes NaN",
)
def dec_reversed_and_nan(prior, likelihood, q):
    joint = prior * likelihood
    if joint.sum() == 0:
        raise ValueError("evidence is 0")
    post = joint / joint.sum()
    return joint.sum().log(), (q * torch.log(joint / q)).sum(), (post * torch.log(post / q)).sum()


# bayes_posterior and optimal_q


@wrong(
    WRONG,
    "bayes_posterior",
    "formula",
    "the joint is not divided by the evidence, so it does not sum to 1",
)
def bayes_unnormalised(prior, likelihood):
    joint = prior * likelihood
    if not joint.any():
        raise ValueError("evidence is 0")
    return joint


@wrong(
    WRONG, "bayes_posterior", "formula", "the prior does not enter: you normalise the likelihood"
)
def bayes_without_prior(prior, likelihood):
    if torch.dot(prior, likelihood) == 0:
        raise ValueError("evidence is 0")
    return likelihood / likelihood.sum()


@wrong(
    WRONG,
    "bayes_posterior",
    "formula",
    "a softmax normalises exponentials; the joint is to be divided by its sum",
)
def bayes_softmax(prior, likelihood):
    joint = prior * likelihood
    if joint.sum() == 0:
        raise ValueError("evidence is 0")
    return torch.softmax(joint, dim=-1)


@wrong(
    WRONG,
    "bayes_posterior",
    "state",
    "with an evidence of 0 you return NaN instead of raising ValueError",
)
def bayes_no_error(prior, likelihood):
    joint = torch.mul(prior, likelihood)
    return joint.div(joint.sum())


@wrong(
    WRONG,
    "bayes_posterior",
    "numerics",
    "1e-8 in the denominator changes the posterior of an unlikely x",
)
def bayes_epsilon(prior, likelihood):
    joint = prior * likelihood
    if joint.sum() == 0:
        raise ValueError("evidence is 0")
    return joint / (joint.sum() + 1e-8)


@wrong(
    WRONG,
    "bayes_posterior",
    "state",
    "you refuse as soon as one state is impossible; only the sum must not be 0",
)
def bayes_refuses_any_zero(prior, likelihood):
    joint = prior * likelihood
    if (joint == 0).any():
        raise ValueError("division by zero")
    return torch.exp(joint.log() - joint.log().logsumexp(0))


@wrong(
    WRONG,
    "optimal_q",
    "formula",
    "the best q is not all mass on the most probable state: you forget the entropy",
)
def optq_argmax(prior, likelihood):
    joint = prior * likelihood
    if joint.sum() == 0:
        raise ValueError("evidence is 0")
    return F.one_hot(joint.argmax(), len(joint)).to(joint.dtype)


@wrong(WRONG, "optimal_q", "formula", "the prior makes the divergence 0 but ignores x")
def optq_prior(prior, likelihood):
    if (prior * likelihood).sum() == 0:
        raise ValueError("evidence is 0")
    return prior.clone()


@wrong(
    WRONG,
    "optimal_q",
    "formula",
    (
        "the stationary point without the constraint: the factor exp(-1) stands where the "
        "evidence belongs"
    ),
)
def optq_without_constraint(prior, likelihood):
    if (prior * likelihood).sum() == 0:
        raise ValueError("evidence is 0")
    return prior * likelihood * math.exp(-1)


@wrong(WRONG, "optimal_q", "state", "an evidence of 0 gives a uniform vector instead of ValueError")
def optq_uniform_fallback(prior, likelihood):
    joint = prior * likelihood
    if joint.sum() == 0:
        return torch.ones_like(joint) / len(joint)
    return joint / joint.sum()


@wrong(
    WRONG,
    "optimal_q",
    "two_mistakes",
    "the likelihood is normalised without the prior, and an evidence of 0 is not refused",
)
def optq_likelihood_unchecked(prior, likelihood):
    return likelihood / likelihood.sum()


@wrong(
    WRONG,
    "optimal_q",
    "inline",
    "an evidence of 0 gives NaN instead of ValueError, here and in bayes_posterior",
    also={"bayes_posterior": _posterior_unchecked},
)
def optq_inline_unchecked(prior, likelihood):
    log_joint = prior.log() + likelihood.log()
    return torch.softmax(log_joint, 0)


@wrong(
    WRONG,
    "elbo_decomposition",
    "inline",
    "the posterior is taken without the prior, here and in bayes_posterior",
    also={"bayes_posterior": _posterior_flat_prior},
)
def dec_inline_flat_posterior(prior, likelihood, q):
    px = (prior * likelihood).sum()
    if px == 0:
        raise ValueError("evidence is 0")
    post = likelihood / likelihood.sum()
    bound = (torch.xlogy(q, prior * likelihood) - torch.xlogy(q, q)).sum()
    return px.log(), bound, (torch.xlogy(q, q) - torch.xlogy(q, post)).sum()


# aevb_gradients


@wrong(WRONG, "aevb_gradients", "formula", "the prior pulls mu towards 0: its part is -mu, not +mu")
def grads_plus_mu(mu, sigma, eps, score):
    return mu + score.mean(0), 1 / sigma - sigma + (eps * score).mean(0)


@wrong(WRONG, "aevb_gradients", "formula", "the entropy of q gives 1 / sigma, which is missing")
def grads_no_entropy(mu, sigma, eps, score):
    L = score.shape[0]
    return score.sum(0) / L - mu, torch.einsum("lj,lj->j", eps, score) / L - sigma


@wrong(WRONG, "aevb_gradients", "axis", "the codes are summed; Eq. (9) has 1/L in front")
def grads_sum(mu, sigma, eps, score):
    return -mu + score.sum(0), 1 / sigma - sigma + (eps * score).sum(0)


@wrong(
    WRONG,
    "aevb_gradients",
    "formula",
    "dz / dsigma is eps, which you left out of the second gradient",
)
def grads_no_eps(mu, sigma, eps, score):
    g = torch.mean(score, dim=0)
    return g - mu, g + sigma.reciprocal() - sigma


@wrong(
    WRONG,
    "aevb_gradients",
    "formula",
    "these are the gradients of the loss; the bound's have the opposite sign",
)
def grads_of_loss(mu, sigma, eps, score):
    return mu - score.mean(0), sigma - 1 / sigma - (eps * score).mean(0)


@wrong(
    WRONG,
    "aevb_gradients",
    "formula",
    "this is the gradient with respect to the log variance, not sigma",
)
def grads_logvar(mu, sigma, eps, score):
    return -mu + score.mean(0), 0.5 * (1 - sigma**2) + (0.5 * sigma * eps * score).mean(0)


@wrong(WRONG, "aevb_gradients", "formula", "the two results come in the other order")
def grads_order(mu, sigma, eps, score):
    grad_sigma = 1 / sigma - sigma + (eps * score).mean(0)
    return grad_sigma, score.mean(0) - mu


@wrong(
    WRONG,
    "aevb_gradients",
    "formula",
    "mean of eps times mean of the scores is not the mean of their product",
)
def grads_product_of_means(mu, sigma, eps, score):
    return score.mean(0) - mu, 1 / sigma - sigma + eps.mean(0) * score.mean(0)


@wrong(
    WRONG, "aevb_gradients", "two_mistakes", "1/L is missing, and the 1 / sigma of the entropy too"
)
def grads_sum_no_entropy(mu, sigma, eps, score):
    grad_mu, grad_sigma = -mu, -sigma
    for e, s in zip(eps, score):
        grad_mu, grad_sigma = grad_mu + s, grad_sigma + e * s
    return grad_mu, grad_sigma


# autoencoder_loss


@wrong(
    WRONG,
    "autoencoder_loss",
    "formula",
    "the reconstruction is the sigmoid of the logits, and you compare x with the logits",
)
def ae_no_sigmoid(x, encoder, decoder):
    mu, _ = encoder(x)
    return ((decoder(mu) - x) ** 2).sum(1).mean()


@wrong(
    WRONG,
    "autoencoder_loss",
    "axis",
    "mse_loss also averages over the pixels, which are to be summed",
)
def ae_mse_loss(x, encoder, decoder):
    return F.mse_loss(decoder(encoder(x)[0]).sigmoid(), x)


@wrong(WRONG, "autoencoder_loss", "noise", "a plain autoencoder draws nothing: its code is mu")
def ae_samples(x, encoder, decoder):
    z = reparameterize(*encoder(x))
    return (x - torch.sigmoid(decoder(z))).square().sum(-1).mean()


@wrong(WRONG, "autoencoder_loss", "axis", "the examples are summed; the loss is their mean")
def ae_sum(x, encoder, decoder):
    code = encoder(x)[0]
    return torch.sum((x - torch.sigmoid(decoder(code))) ** 2)


@wrong(WRONG, "autoencoder_loss", "formula", "the norm is not squared")
def ae_norm(x, encoder, decoder):
    residual = x - decoder(encoder(x)[0]).sigmoid()
    return torch.linalg.norm(residual, dim=1).mean()


@wrong(WRONG, "autoencoder_loss", "gradient", "the code is detached, so the encoder is not trained")
def ae_code_detached(x, encoder, decoder):
    mu, _ = encoder(x)
    recon = torch.sigmoid(decoder(mu.detach()))
    return (recon - x).pow(2).sum(-1).mean()


@wrong(
    WRONG,
    "autoencoder_loss",
    "formula",
    "this is the cross entropy; the squared error is asked for",
)
def ae_cross_entropy(x, encoder, decoder):
    logits = decoder(encoder(x)[0])
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


@wrong(
    WRONG,
    "autoencoder_loss",
    "two_mistakes",
    "the logits serve as reconstruction, and the pixels are averaged",
)
def ae_logits_mean(x, encoder, decoder):
    return torch.nn.MSELoss()(decoder(encoder(x)[0]), x)


# reconstruction_only_loss


@wrong(WRONG, "reconstruction_only_loss", "axis", "a sum over the data is asked for, not a mean")
def rec_mean(x, encoder, decoder):
    z = reparameterize(*encoder(x))
    return -bernoulli_log_likelihood(x, decoder(z)).mean()


@wrong(
    WRONG,
    "reconstruction_only_loss",
    "noise",
    "the code is still drawn from q; without the divergence it does not become mu",
)
def rec_mu(x, encoder, decoder):
    mu, _ = encoder(x)
    return F.binary_cross_entropy_with_logits(decoder(mu), x, reduction="sum")


@wrong(
    WRONG,
    "reconstruction_only_loss",
    "noise",
    "the code is drawn from the prior, so it knows nothing about x",
)
def rec_prior(x, encoder, decoder):
    mu, _ = encoder(x)
    return -bernoulli_log_likelihood(x, decoder(torch.randn_like(mu))).sum()


@wrong(
    WRONG, "reconstruction_only_loss", "formula", "squared error is the loss of a Gaussian decoder"
)
def rec_squared(x, encoder, decoder):
    z = reparameterize(*encoder(x))
    return ((torch.sigmoid(decoder(z)) - x) ** 2).sum()


@wrong(
    WRONG,
    "reconstruction_only_loss",
    "gradient",
    "the code comes from .sample(): the encoder gets no gradient",
)
def rec_sample(x, encoder, decoder):
    mu, logvar = encoder(x)
    z = dist.Normal(mu, torch.exp(logvar / 2)).sample()
    return -bernoulli_log_likelihood(x, decoder(z)).sum()


@wrong(WRONG, "reconstruction_only_loss", "formula", "the divergence is still there")
def rec_with_kl(x, encoder, decoder):
    mu, logvar = encoder(x)
    z = reparameterize(mu, logvar)
    return kl_standard_normal(mu, logvar).sum() - bernoulli_log_likelihood(x, decoder(z)).sum()


@wrong(
    WRONG,
    "reconstruction_only_loss",
    "inline",
    "the pixels are averaged, here and in bernoulli_log_likelihood",
    also={"bernoulli_log_likelihood": _bll_mean},
)
def rec_inline_pixel_mean(x, encoder, decoder):
    z = reparameterize(*encoder(x))
    return F.binary_cross_entropy_with_logits(decoder(z), x, reduction="none").mean(1).sum()


@wrong(
    WRONG,
    "reconstruction_only_loss",
    "inline",
    "exp(logvar) is taken for the standard deviation, here and in reparameterize",
    also={"reparameterize": _reparam_variance},
)
def rec_inline_variance(x, encoder, decoder):
    mu, logvar = encoder(x)
    z = dist.Normal(mu, logvar.exp()).rsample()
    return -bernoulli_log_likelihood(x, decoder(z)).sum()
