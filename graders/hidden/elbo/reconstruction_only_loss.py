"""Hidden checks of `reconstruction_only_loss`, then the mistakes that they catch."""

import torch
import torch.nn.functional as F

from graders.hidden._noise import noise_law
from graders.hidden._words import Words
from graders.hidden.elbo._common import (
    CUT_CODE,
    CUT_OFF,
    LOG_OF_SIGMOID,
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
from graders.public.elbo import reconstruction_only_loss
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize

D = Words(reconstruction_only_loss)

ERROR_CODES = noise_law(4 * 140 * 100)


reconstruction_loss_of_blind_networks = D.equals_reference(
    "With networks that ignore their inputs it is minus the sum of the log likelihoods.",
    lambda draw: blind(latent_model(draw), draw),
)


@D.check(
    "It is minus the sum of the log likelihoods at the codes that it draws.",
    after=reconstruction_loss_of_blind_networks,
)
def reconstruction_loss_at_codes(student, draw, right):
    for examples in (5, 4):
        agreeing(student, right, "reconstruction_only_loss", latent_model(draw, examples=examples))


reconstruction_loss_without_variance = D.equals_reference(
    "Where q has almost no variance, every code is the mean of its own example.",
    lambda draw: without_variance(latent_model(draw)),
    atol=1e-09,
)


@D.check(
    "z comes from q(z | x): the noise is standard normal, fresh, and independent over examples and"
    " dimensions.",
    after=reconstruction_loss_at_codes,
    law=ERROR_CODES,
)
def reconstruction_loss_codes_follow_q(student, draw, right):
    codes_follow_q(
        student,
        draw,
        right,
        "reconstruction_only_loss",
        ERROR_CODES,
        latent_model(draw, examples=140, latents=100),
        calls=4,
    )


@D.check("Gradients reach both networks and are right.", after=reconstruction_loss_at_codes)
def reconstruction_loss_gradients(student, draw, right):
    same_gradients(student, right, "reconstruction_only_loss", latent_model(draw))


@D.check("It is finite and right for logits of 1e4.", after=reconstruction_loss_at_codes)
def reconstruction_loss_of_steep_decoder(student, draw, right):
    # torch's softplus is linear above 20, and so off by 2e-9 a pixel.
    agreeing(student, right, "reconstruction_only_loss", steep(latent_model(draw)), atol=1e-7)


@D.check("It keeps float32, and is accurate in it.", after=reconstruction_loss_at_codes)
def reconstruction_loss_keeps_float32(student, draw, right):
    # The noise is recovered from float32 codes, so it carries their rounding divided by sigma.
    agreeing(
        student,
        right,
        "reconstruction_only_loss",
        latent_model(draw, dtype=torch.float32),
        atol=3e-3,
    )


@reconstruction_loss_of_blind_networks.catches("The divergence is still in your loss.")
def reconstruction_with_kl(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.kl - t.log_px).sum()


@reconstruction_loss_of_blind_networks.catches("The wrong one of the two terms was dropped.")
def reconstruction_only_kl(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return t.kl.sum() + 0 * t.log_px.sum()


@reconstruction_loss_of_blind_networks.catches(SIGN_OF_BOUND)
def reconstruction_likelihood(x, encoder, decoder):
    return terms(x, encoder, decoder).log_px.sum()


@reconstruction_loss_of_blind_networks.catches(
    "Your loss is averaged over the examples; `vae_loss` sums over the data."
)
def reconstruction_batch_mean(x, encoder, decoder):
    return -terms(x, encoder, decoder).log_px.mean()


@reconstruction_loss_of_blind_networks.catches(
    "Your loss is averaged over examples and pixels; the log probabilities of independent"
    " pixels add up."
)
def reconstruction_mean_of_everything(x, encoder, decoder):
    return -terms(x, encoder, decoder).log_px.mean() / x.shape[-1]


@reconstruction_loss_of_blind_networks.catches(
    "The pixels are averaged. How do the log probabilities of independent pixels combine?"
)
def reconstruction_mean_over_pixels(x, encoder, decoder):
    return -terms(x, encoder, decoder).log_px.sum() / x.shape[-1]


@reconstruction_loss_of_blind_networks.catches(SQUARED)
def reconstruction_squared_error(x, encoder, decoder):
    return (x - terms(x, encoder, decoder).logits.sigmoid()).square().sum()


@reconstruction_loss_of_blind_networks.catches(TWO_SIGMOIDS)
def reconstruction_two_sigmoids(x, encoder, decoder):
    return -bernoulli_log_likelihood(x, terms(x, encoder, decoder).logits.sigmoid()).sum()


@reconstruction_loss_of_blind_networks.catches(
    "Each example's loss comes back separately; one number for the data is asked for."
)
def reconstruction_per_example(x, encoder, decoder):
    return -terms(x, encoder, decoder).log_px.mean(0)


@reconstruction_loss_codes_follow_q.catches(
    "Only the divergence was to be dropped; your codes are not drawn any more either."
)
def reconstruction_codes_are_means(x, encoder, decoder):
    return -at_codes(x, decoder, encoder(x)[0]).sum()


@reconstruction_loss_without_variance.catches(PRIOR_CODE)
def reconstruction_codes_from_prior(x, encoder, decoder):
    zero = torch.zeros_like(encoder(x)[0])
    return -at_codes(x, decoder, reparameterize(zero, zero)).sum()


@reconstruction_loss_codes_follow_q.catches(VARIANCE)
def reconstruction_variance_as_std(x, encoder, decoder):
    mu, logvar = encoder(x)
    return -at_codes(x, decoder, reparameterize(mu, 2 * logvar)).sum()


@reconstruction_loss_gradients.catches(CUT_CODE)
def reconstruction_codes_detached(x, encoder, decoder):
    return -at_codes(x, decoder, reparameterize(*encoder(x)).detach()).sum()


@reconstruction_loss_of_steep_decoder.catches(LOG_OF_SIGMOID)
def reconstruction_log_of_sigmoid(x, encoder, decoder):
    p = terms(x, encoder, decoder).logits.sigmoid()
    return -(x * p.log() + (1 - x) * (1 - p).log()).sum()


@reconstruction_loss_of_steep_decoder.catches(CUT_OFF)
def reconstruction_cut_off(x, encoder, decoder):
    return F.binary_cross_entropy(
        terms(x, encoder, decoder).logits.sigmoid(), many(x, 1), reduction="sum"
    )
