"""Likelihoods of decoders, and the reconstruction errors that come from them."""

import torch
import torch.nn.functional as F


def bernoulli_log_likelihood(x, logits):
    r"""log p(x | logits) = sum_d x_d log sigmoid(l_d) + (1 - x_d) log sigmoid(-l_d), with 1 -
    sigmoid(l) = sigmoid(-l).

    x: (N, D) in [0, 1]; logits: (..., N, D). Returns (..., N), in nats, at most 0 and finite for
    every finite logit.
    Source: UIUC problem set 5, 2e; CMU homework 3, problem 1 (grey values by the same formula).
    """
    return (x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)).sum(-1)


def cross_entropy(x, g):
    r"""-log prod_d g_d^{x_d} (1 - g_d)^{1 - x_d} = -sum_d x_d log g_d + (1 - x_d) log(1 - g_d),
    with 0 log 0 = 0.

    x, g: (N, D) in [0, 1]. Returns (N,), in nats; inf where g rules out what x says.
    Source: UIUC problem set 5, 2e.
    """
    return -(torch.xlogy(x, g) + torch.xlogy(1 - x, 1 - g)).sum(-1)


def gaussian_reconstruction_error(x, x_hat, sigma):
    r"""sum_i 1/M sum_m ||x_i - x_hat_{m,i}||^2 / (2 sigma^2), the minimised term without N D / 2
    log(2 pi sigma^2).

    x: (N, D); x_hat: (M, N, D); sigma: a standard deviation. Returns a scalar, in nats.
    Source: UIUC problem set 5, 2d.
    """
    return (x - x_hat).square().sum((-2, -1)).mean(0) / (2 * sigma**2)


def monte_carlo_reconstruction_error(log_px_given_z):
    r"""-sum_i 1/M sum_m log p(x_i | z_{i,m}), which estimates -sum_i E_q[log p(x_i | z)].

    log_px_given_z: (M, N). Returns a scalar, in nats.
    Source: UIUC problem set 5, 2b and 2c.
    """
    return -log_px_given_z.mean(0).sum()


# UIUC 2e: minus the log of prod_d g_d^{x_d} (1 - g_d)^{1 - x_d} is the cross entropy.
decoder_distribution = "Bernoulli"
