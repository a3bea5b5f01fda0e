"""The importance-weighted bounds L_k on the log evidence."""

import math

import torch

from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize


def iwae_bound(x, encoder, decoder, k):
    r"""L_k(x) = E[log 1/k sum_i w_i], w_i = p(x | z_i) p(z_i) / q(z_i | x), with z_1, ..., z_k ~
    q(z | x) drawn once.

    x: (N, D); k: number of samples. Returns (N,), in nats. The weights stay logarithms: those of
    whole images underflow.
    Source: CMU 10-708 homework 3, Eq. (10); Burda et al. 2016, Eq. (8).
    """
    mu, logvar = encoder(x)
    mu, logvar = mu.expand(k, *mu.shape), logvar.expand(k, *logvar.shape)
    z = reparameterize(mu, logvar)
    log_p = bernoulli_log_likelihood(x, decoder(z)) + torch.distributions.Normal(0.0, 1.0).log_prob(
        z
    ).sum(-1)
    log_q = torch.distributions.Normal(mu, (0.5 * logvar).exp()).log_prob(z).sum(-1)
    return (log_p - log_q).logsumexp(0) - math.log(k)


def iwae_exact(prior, likelihood, q, k):
    r"""L_k = sum over (z_1, ..., z_k) of q(z_1) ... q(z_k) log 1/k sum_i p(x | z_i) p(z_i) /
    q(z_i), on S states.

    prior, likelihood, q: (S,), likelihood[s] = p(x | z = s); k: number of samples, S^k up to 1e5.
    Returns a scalar, in
    nats: -inf when q can draw a state whose weight is 0. States with q = 0 are never drawn.
    Source: CMU 10-708 homework 3, Eq. (10).
    """
    drawn = q > 0
    log_q = q[drawn].log()
    log_w = prior[drawn].log() + likelihood[drawn].log() - log_q
    log_q, log_w = (torch.cartesian_prod(*[values] * k).reshape(-1, k) for values in (log_q, log_w))
    return (log_q.sum(1).exp() * (log_w.logsumexp(1) - math.log(k))).sum()


# CMU 1.5: L_1 <= L_2 <= ... <= log p(x) for every q, and L_1 is the evidence lower bound. A bounded
# increasing sequence converges, but these two do not say to what: when q never draws where the
# posterior has mass, L_k stays below log p(x).
iwae_facts = {
    "bound_for_every_k": True,
    "monotone_in_k": True,
    "always_converges": False,
    "k_1_is_the_elbo": True,
}
