"""Two ways to train a Helmholtz machine: the wake-sleep algorithm and auto-encoding variational
Bayes.
"""

import math

import torch

from reference.kl import kl_standard_normal
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize


def gaussian_log_prob(z, mu, logvar):
    r"""log N(z; mu, diag sigma^2) = -1/2 sum_k ((z_k - mu_k)^2 / sigma_k^2 + log sigma_k^2 + log 2
    pi).

    z, mu, logvar: (..., K), logvar = log sigma^2. Returns (...), in nats.
    Source: CMU 10-708 homework 3, section 1.2.2, step 4 of the sleep phase.
    """
    return -0.5 * ((z - mu).square() * (-logvar).exp() + logvar + math.log(2 * math.pi)).sum(-1)


def wake_loss(x, encoder, decoder, n_samples=1):
    r"""-1/N sum_i 1/L sum_l log p(x_i | z_il) with z_il ~ q(z | x_i), a function of the decoder
    only.

    x: (N, D); n_samples: L. Returns a scalar, in nats. The encoder is fixed in this phase: no graph
    leads to it.
    Source: CMU 10-708 homework 3, Eq. (3).
    """
    with torch.no_grad():
        mu, logvar = encoder(x)
        z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    return -bernoulli_log_likelihood(x, decoder(z)).mean()


def sleep_loss(encoder, decoder, n_samples, latent_dim):
    r"""-1/L sum_l log q(z_l | x_l) with z_l ~ N(0, I) and x_l ~ p(x | z_l), a function of the
    encoder only.

    n_samples: L; latent_dim: K. Returns a scalar, in nats. x_l is a sample of the decoder's
    Bernoulli, not its mean.
    Source: CMU 10-708 homework 3, Eq. (5).
    """
    with torch.no_grad():
        zero = torch.zeros(n_samples, latent_dim)
        z = reparameterize(zero, zero)
        x = torch.bernoulli(decoder(z).sigmoid())
    return -gaussian_log_prob(z, *encoder(x)).mean()


def train_aevb(data, encoder, decoder, epochs, batch_size, learning_rate):
    r"""One Adam step of both networks on -ELBO for each batch. Returns {"loss": the mean of -ELBO
    in each epoch}.

    data: (N, D); the ELBO is that of CMU 10-708 homework 3, Eq. (9), with one sample, averaged over
    the batch.
    """
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=learning_rate)
    history = []
    for _ in range(epochs):
        total = 0.0
        for x in data[torch.randperm(len(data))].split(batch_size):
            mu, logvar = encoder(x)
            log_px = bernoulli_log_likelihood(x, decoder(reparameterize(mu, logvar)))
            loss = (kl_standard_normal(mu, logvar) - log_px).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        history.append(total / len(data))
    return {"loss": history}


def train_wake_sleep(data, encoder, decoder, epochs, batch_size, learning_rate):
    r"""For each batch one Adam step of the decoder on Eq. (3), then one of the encoder on Eq. (5).

    data: (N, D). The sleep phase dreams as many images as the batch has. Returns {"wake_loss": ...,
    "sleep_loss": ...}, the mean of each loss in each epoch.
    Source: CMU 10-708 homework 3, section 1.2; Hinton et al. 1995.
    """
    wake = torch.optim.Adam(decoder.parameters(), lr=learning_rate)
    sleep = torch.optim.Adam(encoder.parameters(), lr=learning_rate)
    latent_dim = encoder(data[:1])[0].shape[-1]
    history = {"wake_loss": [], "sleep_loss": []}
    for _ in range(epochs):
        totals = dict.fromkeys(history, 0.0)
        for x in data[torch.randperm(len(data))].split(batch_size):
            wake.zero_grad()
            loss = wake_loss(x, encoder, decoder)
            loss.backward()
            wake.step()
            totals["wake_loss"] += loss.item() * len(x)
            sleep.zero_grad()
            loss = sleep_loss(encoder, decoder, len(x), latent_dim)
            loss.backward()
            sleep.step()
            totals["sleep_loss"] += loss.item() * len(x)
        for name, total in totals.items():
            history[name].append(total / len(data))
    return history


# CMU 1.4, after Dayan 2000: the sleep phase fits q on dreams rather than on data (A), and it
# descends the divergence in the other direction, not the free energy (B).
wake_sleep_no_guarantee = {"A", "B"}

# AEVB differentiates z with respect to the encoder, so z has to be continuous. Wake-sleep needs log
# q and its gradient only.
discrete_latents = {"wake_sleep"}

# Each algorithm passes every data point through each network once or twice, forward and backward.
same_complexity = True
