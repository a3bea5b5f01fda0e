"""The third player: adversarial networks with an inference network (BiGAN), and how they compare
with VAEs.
"""

import math

from reference.gan import discriminator_loss, optimal_discriminator


def bigan_value(discriminator, generator, inference, x, z):
    r"""V = mean of log D(x, Q(x)) over data x + mean of log(1 - D(G(z), z)) over noise z, D =
    sigmoid of the logits.

    x: (N, D), z: (M, K). Returns a scalar, differentiable in all three networks. Source: CMU
    homework 3, Eq. 14.
    """
    return -discriminator_loss(discriminator(x, inference(x)), discriminator(generator(z), z))


def bigan_optimal_discriminator(p_r, p_f):
    r"""D*(x, z) = p_r(x, z) / (p_r(x, z) + p_f(x, z)): the two-player optimum, with pairs for
    examples.

    p_r, p_f: joint probability tables of one shape. Returns that shape; 1/2 where both are 0.
    Source: CMU homework 3, 2.3 (first question).
    """
    return optimal_discriminator(p_r, p_f)


# CMU 2.3: -log 4 + 2 JSD(p_r, p_f) with JSD = 0, reached exactly for p_r = p_f.
bigan_minimum = -math.log(4)


def optimal_inference(generator_map):
    r"""Q = G^-1: at the equilibrium the pairs (x, Q(x)) and (G(z), z) have one law, so Q(G(z)) = z
    for every z.

    generator_map: (n,) indices, generator_map[z] = G(z). Returns (n,) indices, the result at x
    being Q(x). Raises ValueError when G is not one to one: no deterministic Q can then undo it.
    Source: CMU homework 3, 2.3 (second question).
    """
    if len(generator_map.unique()) < len(generator_map):
        raise ValueError(
            "the generator maps two codes to one point, so no inference map inverts it"
        )
    return generator_map.argsort()


def bigan_losses(real_pair_logits, fake_pair_logits):
    r"""(-V, -mean log D(G(z), z) - mean log(1 - D(x, Q(x)))): the second is the first with its
    labels exchanged.

    G and Q maximise the logarithms of what they want D to say, in place of minimising those of what
    it should not; then the gradient does not vanish where D is certain. Logits (N,) or (N, 1), of
    batches of any two sizes. Returns two scalars. Source: CMU homework 3, 2.3 (third question).
    """
    return discriminator_loss(real_pair_logits, fake_pair_logits), discriminator_loss(
        fake_pair_logits, real_pair_logits
    )


# CMU 2.3: for a certain D both log(1 - D(G(z), z)) and log D(x, Q(x)) are flat in the logits.
bigan_saturates = True

# CMU 2.4. a: a VAE maximises a lower bound, a GAN has no likelihood. b: KL by maximum likelihood,
# JSD at the optimal D; arguable, as both only approximate it. c: a GAN is a sampler. d: VAEs blur.
# e: a GAN needs the derivative of its output.
vae_vs_gan = {"a": False, "b": True, "c": False, "d": False, "e": False}
