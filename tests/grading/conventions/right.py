"""Right in usual styles, where sigma is given and losses are means over the batch."""

import math

import torch
import torch.nn.functional as F
from torch.distributions import Independent, Normal, kl_divergence


def reparameterize(mu, sigma):
    return mu + sigma * torch.randn_like(sigma)


def kl_standard_normal(mu, sigma):
    return 0.5 * (sigma**2 + mu**2 - 1 - 2 * torch.log(sigma)).sum(-1)


def bernoulli_log_likelihood(x, logits):
    loss = F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none")
    return -loss.sum(-1)


def reparameterize__1(mu, sigma):
    return mu + sigma * torch.randn_like(mu)


def reparameterize__2(mu, sigma):
    return Normal(mu, sigma, validate_args=False).rsample()


def reparameterize__3(mu, sigma):
    return torch.addcmul(mu, sigma, torch.randn(mu.shape, dtype=mu.dtype))


def reparameterize__4(mu, sigma):
    eps = torch.empty_like(mu).normal_()
    return eps.mul(sigma).add(mu)


def kl_standard_normal__1(mu, sigma):
    return 0.5 * (sigma**2 + mu**2 - 1 - 2 * sigma.log()).sum(-1)


def kl_standard_normal__2(mu, sigma):
    var = sigma.pow(2)
    return -0.5 * torch.sum(1 + torch.log(sigma) * 2 - mu.pow(2) - var, dim=-1)


def kl_standard_normal__3(mu, sigma):
    q = Normal(mu, sigma, validate_args=False)
    return kl_divergence(q, Normal(0.0 * mu, 0 * mu + 1)).sum(-1)


def kl_standard_normal__4(mu, sigma):
    return (sigma.square() / 2 + mu.square() / 2 - 0.5 - sigma.log()).sum(dim=-1)


def elbo__1(x, encoder, decoder, n_samples=1):
    mu, sigma = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), sigma.expand(n_samples, *mu.shape))
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl_standard_normal(mu, sigma)


def elbo__2(x, encoder, decoder, n_samples=1):
    mu, sigma = encoder(x)
    found = [
        bernoulli_log_likelihood(x, decoder(reparameterize(mu, sigma))) for _ in range(n_samples)
    ]
    return sum(found) / n_samples - kl_standard_normal(mu, sigma)


def elbo__3(x, encoder, decoder, n_samples=1):
    mu, sigma = encoder(x)
    z = Normal(mu, sigma).rsample((n_samples,))
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl_standard_normal(mu, sigma)


def elbo_sampled__1(x, encoder, decoder, n_samples=1):
    mu, sigma = encoder(x)
    q = Independent(Normal(mu, sigma), 1)
    z = q.rsample((n_samples,))
    prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    return (bernoulli_log_likelihood(x, decoder(z)) + prior.log_prob(z) - q.log_prob(z)).mean(0)


def vae_loss__1(x, encoder, decoder):
    mu, sigma = encoder(x)
    z = reparameterize(mu, sigma)
    return (kl_standard_normal(mu, sigma) - bernoulli_log_likelihood(x, decoder(z))).mean()


def vae_loss__2(x, encoder, decoder):
    mu, sigma = encoder(x)
    logits = decoder(mu + sigma * torch.randn_like(mu))
    bce = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / x.shape[0]
    return bce + kl_standard_normal(mu, sigma).mean(0)


def reconstruction_only_loss__1(x, encoder, decoder):
    mu, sigma = encoder(x)
    return -bernoulli_log_likelihood(x, decoder(reparameterize(mu, sigma))).mean()


def iwae_bound__1(x, encoder, decoder, k):
    mu, sigma = encoder(x)
    q = Normal(mu, sigma)
    z = q.rsample((k,))
    w = bernoulli_log_likelihood(x, decoder(z)) + (
        Normal(0.0, 1.0).log_prob(z) - q.log_prob(z)
    ).sum(-1)
    return torch.logsumexp(w, 0) - math.log(k)


def gaussian_reconstruction_error__1(x, x_hat, sigma):
    return ((x - x_hat) ** 2).sum(-1).mean() / (2 * sigma**2)


def gaussian_reconstruction_error__2(x, x_hat, sigma):
    n = Normal(x_hat, sigma)
    return -n.log_prob(x.expand_as(x_hat)).sum(-1).mean(0).mean(0)


def monte_carlo_reconstruction_error__1(log_px_given_z):
    return -log_px_given_z.mean()


def monte_carlo_reconstruction_error__2(log_px_given_z):
    return -log_px_given_z.mean(0).mean()
