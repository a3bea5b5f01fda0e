"""The evidence lower bound: estimates for networks, exact values on finite latent spaces, and
autoencoders beside it.
"""

import torch
from torch.distributions import Normal

from reference.kl import kl_standard_normal
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize


def elbo(x, encoder, decoder, n_samples=1):
    r"""L(x) = 1/S sum_s log p(x | z_s) - KL(q(z | x) || N(0, I)), z_s ~ q(z | x) = N(mu, diag
    exp(logvar)).

    x: (N, D) in [0, 1]; (mu, logvar) = encoder(x), each (N, K); decoder: (S, N, K) -> logits (S, N,
    D), S = n_samples. Returns (N,), in nats. Source: CMU homework 3, Eq. 7 and 9; Kingma & Welling
    2014, Eq. 10.
    """
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    return bernoulli_log_likelihood(x, decoder(z)).mean(0) - kl_standard_normal(mu, logvar)


def elbo_sampled(x, encoder, decoder, n_samples=1):
    r"""1/S sum_s [log p(x | z_s) + log p(z_s) - log q(z_s | x)], z_s ~ q(z | x), p(z) = N(0, I).

    Arguments and result as in `elbo`. Source: four-task sheet, 2.4; Kingma & Welling 2014, Eq. 6.
    """
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    log_prior = Normal(torch.zeros_like(z), torch.ones_like(z)).log_prob(z).sum(-1)
    log_q = Normal(mu, (0.5 * logvar).exp()).log_prob(z).sum(-1)
    return (bernoulli_log_likelihood(x, decoder(z)) + log_prior - log_q).mean(0)


def vae_loss(x, encoder, decoder):
    r"""sum_i KL(q(z | x_i) || p(z)) - log p(x_i | z_i), z_i ~ q(z | x_i): minus the bound, summed
    over the data.

    x: (N, D). Returns a scalar, in nats. Source: UIUC problem set 5, 2a.
    """
    return -elbo(x, encoder, decoder).sum()


def elbo_decomposition(prior, likelihood, q):
    r"""log p(x) = L(q) + KL(q || p(z | x)), L(q) = sum_z q(z) log [p(x | z) p(z) / q(z)], with 0
    log 0 = 0.

    prior, likelihood, q: (S,). Returns the three scalars (log p(x), L(q), KL), in nats; L is -inf
    and KL is inf when q gives mass to a state that the posterior rules out. Raises ValueError when
    p(x) = 0.
    Source: CMU homework 3, 1.1; four-task sheet, 2.1 and 2.2.
    """
    joint = prior * likelihood
    evidence = joint.sum()
    if evidence == 0:
        raise ValueError("the evidence is 0: no state with positive prior probability explains x")
    negative_entropy = torch.xlogy(q, q).sum()
    bound = torch.xlogy(q, joint).sum() - negative_entropy
    divergence = negative_entropy - torch.xlogy(q, bayes_posterior(prior, likelihood)).sum()
    return evidence.log(), bound, divergence


def bayes_posterior(prior, likelihood):
    r"""p(z | x) = p(x | z) p(z) / sum_z' p(x | z') p(z').

    prior, likelihood: (S,). Returns (S,). Raises ValueError when the denominator is 0. Source:
    Imperial tutorial 6, 2a.
    """
    joint = prior * likelihood
    evidence = joint.sum()
    if evidence == 0:
        raise ValueError("the evidence is 0: no state with positive prior probability explains x")
    return joint / evidence


def optimal_q(prior, likelihood):
    r"""argmax over q of sum_z q(z) log p(x | z) - KL(q || p(z)) with sum_z q(z) = 1: q(z) = p(z |
    x).

    The derivative of the Lagrangian, log p(x | z) - log q(z) + log p(z) - 1 + lambda, is 0 for q(z)
    proportional to p(x | z) p(z); the constraint gives the factor. prior, likelihood: (S,). Returns
    (S,). Raises ValueError when p(x) = 0. Source: UIUC problem set 5, 1e.
    """
    return bayes_posterior(prior, likelihood)


# UIUC 1f: the stationary point is the posterior p(z | x).
optimal_q_equals = "3"


def aevb_gradients(mu, sigma, eps, score):
    r"""dL/dmu_j = -mu_j + 1/L sum_l s_lj and dL/dsigma_j = 1/sigma_j - sigma_j + 1/L sum_l eps_lj
    s_lj.

    s_l is the gradient of log p(x | z) at z_l = mu + sigma eps_l. mu, sigma: (J,); eps, score: (L,
    J). Returns (grad_mu, grad_sigma), each (J,). Source: CMU homework 3, Eq. 9 and the gradients
    asked for below it.
    """
    return -mu + score.mean(0), 1 / sigma - sigma + (eps * score).mean(0)


def autoencoder_loss(x, encoder, decoder):
    r"""1/N sum_i ||x_i - sigmoid(decoder(mu(x_i)))||^2.

    x: (N, D); encoder(x) = (mu, logvar), of which only mu is used. Returns a scalar. Source:
    four-task sheet, 1.1.
    """
    mu, _ = encoder(x)
    return (x - decoder(mu).sigmoid()).square().sum(-1).mean()


def reconstruction_only_loss(x, encoder, decoder):
    r"""-sum_i log p(x_i | z_i), z_i ~ q(z | x_i): `vae_loss` without its divergence.

    x: (N, D). Returns a scalar, in nats. Source: four-task sheet, 1.4a.
    """
    return -bernoulli_log_likelihood(x, decoder(reparameterize(*encoder(x)))).sum()


# Four-task sheet, 1.2 and 2.3.
elbo_terms = {"expected_log_likelihood": "reconstruction", "kl": "regularizer"}

# Four-task sheet, 1.3 and 1.4b: only the full bound keeps the codes of the data where the prior
# samples.
generative_models = {"autoencoder": False, "vae": True, "vae_without_kl": False}
