"""Wrong in usual ways, where sigma is given and losses are means over the batch."""

import torch
import torch.nn.functional as F


def reparameterize(mu, sigma):
    return mu + sigma * torch.randn_like(sigma)


def kl_standard_normal(mu, sigma):
    return 0.5 * (sigma**2 + mu**2 - 1 - 2 * torch.log(sigma)).sum(-1)


def bernoulli_log_likelihood(x, logits):
    loss = F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none")
    return -loss.sum(-1)


def reparameterize__1(mu, sigma):
    return mu + sigma**2 * torch.randn_like(mu)


def reparameterize__2(mu, sigma):
    return mu + (sigma / 2).exp() * torch.randn_like(mu)


def reparameterize__3(mu, sigma):
    return mu + sigma * torch.rand_like(mu)


def reparameterize__4(mu, sigma):
    return mu + sigma.sqrt() * torch.randn_like(mu)


def reparameterize__5(mu, sigma):
    return mu + sigma.detach() * torch.randn_like(mu)


def reparameterize__6(mu, sigma):
    return mu


def kl_standard_normal__1(mu, sigma):
    return 0.5 * (sigma.exp() + mu**2 - 1 - sigma).sum(-1)


def kl_standard_normal__2(mu, sigma):
    return 0.5 * (sigma + mu**2 - 1 - sigma.log() * 2).sum(-1)


def kl_standard_normal__3(mu, sigma):
    return 0.5 * (sigma**2 + mu**2 - 1 - sigma.log()).sum(-1)


def kl_standard_normal__4(mu, sigma):
    return (sigma**2 + mu**2 - 1 - 2 * sigma.log()).sum(-1)


def kl_standard_normal__5(mu, sigma):
    return 0.5 * (sigma**2 + mu**2 - 1 - 2 * sigma.log()).sum(-1).mean()


def kl_standard_normal__6(mu, sigma):
    return 0.5 * (sigma**2 + mu**2 - 1 - 2 * sigma.log()).mean(-1)


def elbo__1(x, encoder, decoder, n_samples=1):
    mu, sigma = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), sigma.expand(n_samples, *mu.shape))
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) + kl_standard_normal(mu, sigma)


def elbo__2(x, encoder, decoder, n_samples=1):
    mu, sigma = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), sigma.expand(n_samples, *mu.shape))
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl_standard_normal(
        mu, (sigma / 2).exp()
    )


def elbo__3(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    sigma = (logvar / 2).exp()
    z = reparameterize(mu.expand(n_samples, *mu.shape), sigma.expand(n_samples, *mu.shape))
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl_standard_normal(mu, sigma)


def vae_loss__1(x, encoder, decoder):
    mu, sigma = encoder(x)
    z = reparameterize(mu, sigma)
    return (kl_standard_normal(mu, sigma) - bernoulli_log_likelihood(x, decoder(z))).sum()


def vae_loss__2(x, encoder, decoder):
    mu, sigma = encoder(x)
    logits = decoder(mu + sigma * torch.randn_like(mu))
    bce = F.binary_cross_entropy_with_logits(logits, x, reduction="mean")
    return bce + kl_standard_normal(mu, sigma).mean(0)


def reconstruction_only_loss__1(x, encoder, decoder):
    mu, sigma = encoder(x)
    return -bernoulli_log_likelihood(x, decoder(reparameterize(mu, sigma))).sum()


def gaussian_reconstruction_error__1(x, x_hat, sigma):
    return ((x - x_hat) ** 2).sum(-1).sum(-1).mean() / (2 * sigma**2)


def monte_carlo_reconstruction_error__1(log_px_given_z):
    return -log_px_given_z.sum(1).mean()


def monte_carlo_reconstruction_error__2(log_px_given_z):
    return log_px_given_z.mean()


# What each is called; of those without a name a hint says what is wrong.
CALLED = {
    "reparameterize__1": "variance_as_std",
    "reparameterize__2": "another_convention",
    "kl_standard_normal__1": "another_convention",
    "kl_standard_normal__2": "std_for_variance",
    "kl_standard_normal__3": "log_of_std",
    "kl_standard_normal__4": "without_half",
    "kl_standard_normal__5": "batch_mean",
    "kl_standard_normal__6": "mean_over_latents",
    "elbo__1": "elbo_plus_kl",
    "elbo__3": "another_convention",
    "gaussian_reconstruction_error__1": "another_convention",
    "monte_carlo_reconstruction_error__1": "another_convention",
}
