"""Generative adversarial networks: the value of the game, the losses of both players, and their
optimum.
"""

import math

import torch
from torch.nn import functional as F

from reference.divergences import jensen_shannon


def gan_value(d_real, d_fake):
    r"""V = mean of log D(x) over real x + mean of log(1 - D(G(z))) over generated ones, from
    probabilities.

    d_real, d_fake: probabilities (N,) or (N, 1), of batches of any two sizes. Returns a scalar,
    -inf where D is certain and wrong. Source: TUM sheet 3, problem 3; CMU homework 3, Eq. 12;
    Goodfellow et al. 2014, Eq. 1.
    """
    return d_real.log().mean() + torch.log1p(-d_fake).mean()


def discriminator_loss(real_logits, fake_logits):
    r"""-V = -mean log sigmoid(l_real) - mean log sigmoid(-l_fake), as 1 - sigmoid(l) = sigmoid(-l).

    A binary cross entropy with label 1 for real and 0 for generated examples, averaged over each
    batch by itself. real_logits, fake_logits: (N,) or (N, 1), of batches of any two sizes. Returns
    a scalar.
    Source: four-task sheet, 3.1; UIUC problem set 5, question 4b.
    """
    return -F.logsigmoid(real_logits).mean() - F.logsigmoid(-fake_logits).mean()


def generator_loss_saturating(fake_logits):
    r"""mean log(1 - D(G(z))) = mean log sigmoid(-l): what the generator minimises in the minimax
    game.

    fake_logits: (N,) or (N, 1). Returns a scalar. Source: Imperial tutorial 6, question 1a; CMU
    homework 3, 2.1.
    """
    return F.logsigmoid(-fake_logits).mean()


def generator_loss_nonsaturating(fake_logits):
    r"""-mean log D(G(z)) = -mean log sigmoid(l).

    fake_logits: (N,) or (N, 1). Returns a scalar. Source: CMU homework 3, 2.1 (last question).
    """
    return -F.logsigmoid(fake_logits).mean()


def generator_logit_gradients(fake_logits):
    r"""d/dl log(1 - sigmoid(l)) = -sigmoid(l) and d/dl (-log sigmoid(l)) = -sigmoid(-l).

    Both are negative, so both raise the logit; where D rejects (l far below 0) the first is 0 and
    the second -1.
    fake_logits: any shape. Returns two tensors of that shape. Source: Imperial tutorial 6, 1a; CMU
    homework 3, 2.1.
    """
    return -fake_logits.sigmoid(), -(-fake_logits).sigmoid()


def discriminator_step_loss(discriminator, generator, real, z):
    r"""-V at real and G(z), where G(z) is data: no gradient reaches the generator.

    real: (N, D), z: (M, K); discriminator returns logits. Returns a scalar. Source: four-task
    sheet, 3.1.
    """
    fake = generator(z).detach()
    return discriminator_loss(discriminator(real), discriminator(fake))


def generator_step_loss(discriminator, generator, z):
    r"""-mean log D(G(z)); the gradient passes through the discriminator to the generator.

    z: (M, K); discriminator returns logits. Returns a scalar. Source: CMU homework 3, 2.1 (last
    question).
    """
    return generator_loss_nonsaturating(discriminator(generator(z)))


def optimal_discriminator(p_data, p_g):
    r"""D*(x) = p_data(x) / (p_data(x) + p_g(x)), the maximum of a log y + b log(1 - y) in y at
    every x.

    Where both densities are 0 every value is optimal; the convention here is 1/2.
    p_data, p_g: densities of one shape. Returns that shape.
    Source: TUM sheet 3, 3a; Imperial tutorial 6, 1b; four-task sheet, 3.2; UIUC problem set 5, 4d.
    """
    total = p_data + p_g
    return torch.where(total > 0, p_data / total, 0.5)


# TUM 3b: p / (p + p), p / (p + 0), 0 / (0 + q). UIUC 4f is the first of them.
optimal_d_values = {"i": 0.5, "ii": 1.0, "iii": 0.0}


def value_of(p_data, p_g, d):
    r"""V = sum_s p_data(s) log d(s) + p_g(s) log(1 - d(s)), where 0 log 0 = 0.

    p_data, p_g: probability vectors (S,); d: probabilities (S,). Returns a scalar.
    Source: UIUC problem set 5, 4c; Imperial tutorial 6, 1b.
    """
    return (torch.xlogy(p_data, d) + torch.xlogy(p_g, 1 - d)).sum()


def generator_criterion(p_data, p_g):
    r"""C(G) = max_D V(D, G) = sum p_data log(p_data / (p_data + p_g)) + sum p_g log(p_g / (p_data +
    p_g))
             = -log 4 + 2 JSD(p_data, p_g).

    p_data, p_g: probability vectors (S,). Returns a scalar between -log 4 and 0.
    Source: CMU homework 3, Eq. 13; four-task sheet, 3.3; Imperial tutorial 6, 1d.
    """
    return 2 * jensen_shannon(p_data, p_g) - math.log(4)


# CMU 2.1, four-task sheet 3.3: the divergence is 0 for p_g = p_data, and for nothing else.
global_minimum = -math.log(4)

# Four-task sheet 4.3. B: single samples may be perfect. D: an undecided discriminator is the
# optimum of the game. F: more noise than data dimensions does not keep G from ignoring it.
mode_collapse = {"A", "C", "E", "G"}
