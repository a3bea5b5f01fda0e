"""Hidden checks of `vae_loss`, then the mistakes that they catch."""

import torch
import torch.nn.functional as F

from graders.hidden._noise import noise_law
from graders.hidden._words import Words
from graders.hidden.elbo._common import (
    CUT_CODE,
    CUT_OFF,
    LATENT_MEAN,
    LOG_OF_SIGMOID,
    MEAN_CODE,
    NO_GRADIENT,
    PIXEL_MEAN,
    PRIOR_CODE,
    SIGN_OF_BOUND,
    SQUARED,
    TWO_SIGMOIDS,
    VARIANCE,
    agreeing,
    at_codes,
    blind,
    codes_follow_q,
    latent_model,
    many,
    same_gradients,
    steep,
    terms,
    without_variance,
)
from graders.public.elbo import vae_loss
from reference.kl import kl_standard_normal
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize

D = Words(vae_loss)

LOSS_CODES = noise_law(4 * 140 * 100)


vae_loss_of_blind_networks = D.equals_reference(
    "With networks that ignore their inputs it is minus the sum of the bounds.",
    lambda draw: blind(latent_model(draw), draw),
)


@D.check(
    "It is minus the sum of the bounds at the codes that it draws, one for each example.",
    after=vae_loss_of_blind_networks,
)
def vae_loss_at_codes(student, draw, right):
    for examples in (5, 4):
        agreeing(student, right, "vae_loss", latent_model(draw, examples=examples))


vae_loss_without_variance = D.equals_reference(
    "Where q has almost no variance, every code is the mean of its own example.",
    lambda draw: without_variance(latent_model(draw)),
    atol=1e-09,
)


@D.check(
    "z comes from q(z | x): the noise is standard normal, fresh, and independent over examples and"
    " dimensions.",
    after=vae_loss_at_codes,
    law=LOSS_CODES,
)
def vae_loss_codes_follow_q(student, draw, right):
    codes_follow_q(
        student,
        draw,
        right,
        "vae_loss",
        LOSS_CODES,
        latent_model(draw, examples=140, latents=100),
        calls=4,
    )


@D.check("Gradients reach both networks and are right.", after=vae_loss_at_codes)
def vae_loss_gradients(student, draw, right):
    same_gradients(student, right, "vae_loss", latent_model(draw))


@D.check("It is finite and right for logits of 1e4.", after=vae_loss_at_codes)
def vae_loss_of_steep_decoder(student, draw, right):
    # torch's softplus is linear above 20, and so off by 2e-9 a pixel.
    agreeing(student, right, "vae_loss", steep(latent_model(draw)), atol=1e-7)


@D.check("It keeps float32, and is accurate in it.", after=vae_loss_at_codes)
def vae_loss_keeps_float32(student, draw, right):
    # The noise is recovered from float32 codes, so it carries their rounding divided by sigma.
    agreeing(student, right, "vae_loss", latent_model(draw, dtype=torch.float32), atol=3e-3)


@vae_loss_of_blind_networks.catches(
    "Your loss is averaged over the examples; the program sums over the data."
)
def vae_loss_batch_mean(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.kl - t.log_px).mean()


@vae_loss_of_blind_networks.catches(SIGN_OF_BOUND)
def vae_loss_is_the_bound(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.log_px - t.kl).sum()


@vae_loss_of_blind_networks.catches(
    "With which sign does the divergence enter something that is minimised?"
)
def vae_loss_minus_kl(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return -(t.log_px + t.kl).sum()


@vae_loss_of_blind_networks.catches(
    "The likelihood enters with the sign of something that is maximised, the divergence with"
    " that of a loss."
)
def vae_loss_plus_likelihood(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.log_px + t.kl).sum()


@vae_loss_of_blind_networks.catches("One of the two terms is missing: what keeps q near the prior?")
def vae_loss_without_kl(x, encoder, decoder):
    return -terms(x, encoder, decoder).log_px.sum()


@vae_loss_of_blind_networks.catches("The divergence enters with a weight that is not its own.")
def vae_loss_twice_the_kl(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (2 * t.kl - t.log_px).sum()


@vae_loss_of_blind_networks.catches(
    "The divergence is averaged over the examples while the reconstruction error is summed."
)
def vae_loss_kl_batch_mean(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return t.kl.mean() - t.log_px.sum()


@vae_loss_of_blind_networks.catches(
    "The reconstruction error is averaged over the examples while the divergence is summed."
)
def vae_loss_error_batch_mean(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return t.kl.sum() - t.log_px.mean()


@vae_loss_of_blind_networks.catches(PIXEL_MEAN)
def vae_loss_mean_over_pixels(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.kl - t.log_px / x.shape[-1]).sum()


@vae_loss_of_blind_networks.catches(
    "The reconstruction error is averaged over examples and pixels, so the divergence outweighs it."
)
def vae_loss_error_mean_of_everything(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return t.kl.sum() - t.log_px.mean() / x.shape[-1]


@vae_loss_of_blind_networks.catches(LATENT_MEAN)
def vae_loss_kl_mean_over_latents(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.kl / t.mu.shape[-1] - t.log_px).sum()


@vae_loss_of_blind_networks.catches(TWO_SIGMOIDS)
def vae_loss_two_sigmoids(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return t.kl.sum() - bernoulli_log_likelihood(x, t.logits.sigmoid()).sum()


@vae_loss_of_blind_networks.catches(SQUARED)
def vae_loss_squared_error(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return t.kl.sum() + (x - t.logits.sigmoid()).square().sum()


@vae_loss_of_blind_networks.catches(
    "Each example's loss comes back separately; one number for the data is asked for."
)
def vae_loss_per_example(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.kl - t.log_px).mean(0)


@vae_loss_codes_follow_q.catches(MEAN_CODE)
def vae_loss_codes_are_means(x, encoder, decoder):
    mu, logvar = encoder(x)
    return (kl_standard_normal(mu, logvar) - at_codes(x, decoder, mu)).sum()


@vae_loss_without_variance.catches(PRIOR_CODE)
def vae_loss_codes_from_prior(x, encoder, decoder):
    mu, logvar = encoder(x)
    z = reparameterize(torch.zeros_like(mu), torch.zeros_like(mu))
    return (kl_standard_normal(mu, logvar) - at_codes(x, decoder, z)).sum()


@vae_loss_codes_follow_q.catches(VARIANCE)
def vae_loss_variance_as_std(x, encoder, decoder):
    mu, logvar = encoder(x)
    return (
        kl_standard_normal(mu, logvar) - at_codes(x, decoder, reparameterize(mu, 2 * logvar))
    ).sum()


@vae_loss_gradients.catches(CUT_CODE)
def vae_loss_codes_detached(x, encoder, decoder):
    mu, logvar = encoder(x)
    return (
        kl_standard_normal(mu, logvar) - at_codes(x, decoder, reparameterize(mu, logvar).detach())
    ).sum()


@vae_loss_gradients.catches(NO_GRADIENT)
def vae_loss_without_graph(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.kl - t.log_px).sum().detach()


@vae_loss_of_steep_decoder.catches(LOG_OF_SIGMOID)
def vae_loss_log_of_sigmoid(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    p = t.logits.sigmoid()
    return t.kl.sum() - (x * p.log() + (1 - x) * (1 - p).log()).sum()


@vae_loss_of_steep_decoder.catches(CUT_OFF)
def vae_loss_cut_off(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return t.kl.sum() + F.binary_cross_entropy(t.logits.sigmoid(), many(x, 1), reduction="sum")


@vae_loss_of_blind_networks.catches(
    "A plain number has no gradient: what should an optimiser do with it?"
)
def vae_loss_as_float(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.kl - t.log_px).sum().item()


@D.sum_of("The reconstruction error", "The divergence")
def vae_loss_terms(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return -t.log_px.sum(), t.kl.sum()
