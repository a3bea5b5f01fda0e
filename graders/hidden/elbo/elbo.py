"""Hidden checks of `elbo`, then the mistakes that they catch."""

import torch
import torch.nn.functional as F

from graders.core import expect
from graders.hidden._noise import noise_law
from graders.hidden._words import Words
from graders.hidden.elbo._common import (
    CUT_CODE,
    CUT_OFF,
    DTYPE,
    IN_PLACE,
    LATENT_MEAN,
    LOG_OF_SIGMOID,
    MEAN_CODE,
    NO_AVERAGE,
    NO_GRADIENT,
    ONE_EACH,
    PIXEL_MEAN,
    PRIOR_CODE,
    SHARED,
    SIGN_OF_LOSS,
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
    with_shared_noise,
    without_variance,
)
from graders.public.elbo import elbo
from reference.kl import kl_standard_normal
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize

D = Words(elbo)

# The number of values of one sample is a multiple of 16: then torch draws the same noise at once
# and in a loop, and a diagnosis fits both.
BOUND_CODES = noise_law(2 * 10 * 40 * 70)


@D.check("It returns one value per example, whatever the number of examples, dimensions and codes.")
def one_bound_per_example(student, draw):
    for examples, latents, inputs, samples in ((5, 3, 6, 4), (1, 1, 2, 1)):
        model = latent_model(draw, examples=examples, latents=latents, inputs=inputs)
        subject = f"elbo with N = {examples}, K = {latents}, D = {inputs}, n_samples = {samples}"
        expect.tensor(student.elbo(*model, samples), shape=(examples,), subject=subject)


bound_of_blind_networks = D.equals_reference(
    "With networks that ignore their inputs it is the log likelihood minus the divergence, for"
    " every number of codes.",
    lambda draw: [(*blind(latent_model(draw), draw), samples) for samples in (4, 1)],
    after=one_bound_per_example,
)


@D.check(
    "It is the bound at the codes that it draws, for every number of codes.",
    after=bound_of_blind_networks,
)
def bound_at_codes(student, draw, right):
    for samples in (4, 1):
        agreeing(student, right, "elbo", latent_model(draw), samples)


bound_without_variance = D.equals_reference(
    "Where q has almost no variance, every code is the mean of its own example.",
    lambda draw: (*without_variance(latent_model(draw)), 4),
    after=one_bound_per_example,
    atol=1e-09,
)


@D.check(
    "z comes from q(z | x): the noise is standard normal, fresh, and independent over samples,"
    " examples and dimensions.",
    after=bound_at_codes,
    law=BOUND_CODES,
)
def bound_codes_follow_q(student, draw, right):
    codes_follow_q(
        student, draw, right, "elbo", BOUND_CODES, latent_model(draw, examples=40, latents=70), 10
    )


@D.check("Gradients reach both networks and are right.", after=bound_at_codes)
def bound_gradients(student, draw, right):
    same_gradients(student, right, "elbo", latent_model(draw), 4)


@D.check("It is finite and right for logits of 1e4.", after=bound_at_codes)
def bound_of_steep_decoder(student, draw, right):
    # torch's softplus is linear above 20, and so off by 2e-9 a pixel.
    agreeing(student, right, "elbo", steep(latent_model(draw)), 4, atol=1e-7)


@D.check("It keeps float32, and is accurate in it.", after=bound_at_codes)
def bound_keeps_float32(student, draw, right):
    # The noise is recovered from float32 codes, so it carries their rounding divided by sigma.
    agreeing(student, right, "elbo", latent_model(draw, dtype=torch.float32), 4, atol=1e-3)


@bound_of_blind_networks.catches(
    "Does a posterior that is far from the prior make the bound larger or smaller?"
)
def elbo_plus_kl(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) + t.kl


@bound_of_blind_networks.catches(NO_AVERAGE)
def elbo_not_averaged(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.sum(0) - t.kl


@bound_of_blind_networks.catches(
    "The divergence is divided by the number of codes. On how many of them does it depend?"
)
def elbo_kl_averaged_too(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px.sum(0) - t.kl) / n_samples


@bound_of_blind_networks.catches("One of the two terms is missing: what keeps q near the prior?")
def elbo_without_kl(x, encoder, decoder, n_samples=1):
    return terms(x, encoder, decoder, n_samples).log_px.mean(0)


@bound_of_blind_networks.catches(
    "One of the two terms is missing: what rewards a good reconstruction?"
)
def elbo_only_kl(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return 0 * t.log_px.mean(0) - t.kl


@bound_of_blind_networks.catches(SIGN_OF_LOSS)
def elbo_negated(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.kl - t.log_px.mean(0)


@bound_of_blind_networks.catches("The divergence enters with a weight that is not its own.")
def elbo_twice_the_kl(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) - 2 * t.kl


@bound_of_blind_networks.catches(LATENT_MEAN)
def elbo_kl_mean_over_latents(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) - t.kl / t.mu.shape[-1]


@bound_of_blind_networks.catches(
    "The divergence is that of the whole batch; every example has its own."
)
def elbo_kl_of_batch(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) - t.kl.sum()


@bound_at_codes.catches("The divergence is averaged over the batch; every example has its own.")
def elbo_kl_batch_mean(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) - t.kl.mean()


@bound_of_blind_networks.catches(PIXEL_MEAN)
def elbo_mean_over_pixels(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) / x.shape[-1] - t.kl


@bound_of_blind_networks.catches(
    "This divergence runs in the other direction: KL is not symmetric."
)
def elbo_kl_reversed(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) - 0.5 * ((1 + t.mu.square()) / t.logvar.exp() - 1 + t.logvar).sum(-1)


@bound_of_blind_networks.catches(TWO_SIGMOIDS)
def elbo_two_sigmoids(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return bernoulli_log_likelihood(x, t.logits.sigmoid()).mean(0) - t.kl


@bound_of_blind_networks.catches(SQUARED)
def elbo_squared_error(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return -(x - t.logits.sigmoid()).square().sum(-1).mean(0) - t.kl


@bound_of_blind_networks.catches(
    "A random estimate of the divergence changes with every call; here it has a closed form."
)
def elbo_sampled_kl(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    log_ratio = 0.5 * (t.z.square() - t.logvar - (t.z - t.mu).square() / t.logvar.exp()).sum(-1)
    return (t.log_px - log_ratio).mean(0)


@bound_at_codes.catches(
    "You average the likelihoods and take the logarithm afterwards. What is the expectation in"
    " the bound taken of?"
)
def elbo_log_of_mean(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (
        torch.logsumexp(t.log_px, 0)
        - torch.log(torch.tensor(float(n_samples), dtype=x.dtype))
        - t.kl
    )


@bound_at_codes.catches(
    "You average what the decoder returns and compare the image with that. What is averaged in"
    " the bound?"
)
def elbo_of_mean_logits(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return bernoulli_log_likelihood(x, t.logits.mean(0)) - t.kl


@bound_at_codes.catches(
    "Only the best of the codes counts in your value. An expectation weighs all of them."
)
def elbo_best_code(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.max(0).values - t.kl


@bound_at_codes.catches("The decoder sees one code of each example, however many are asked for.")
def elbo_one_code(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder)
    return t.log_px.mean(0) - t.kl


@bound_of_blind_networks.catches("Grey pixels are rounded before they are compared.")
def elbo_rounds_pixels(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return bernoulli_log_likelihood(x.round(), t.logits).mean(0) - t.kl


@bound_without_variance.catches(
    "Codes of one image meet the pixels of another: in which order does each of your reshapes"
    " lay out images and samples?"
)
def elbo_images_mixed(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    mixed = at_codes(x.repeat_interleave(n_samples, 0), decoder, t.z.flatten(0, 1))
    return mixed.reshape(len(x), n_samples).mean(1) - t.kl


@bound_without_variance.catches(PRIOR_CODE)
def elbo_codes_from_prior(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    zero = torch.zeros_like(mu)
    z = reparameterize(many(zero, n_samples), many(zero, n_samples))
    return at_codes(x, decoder, z).mean(0) - kl_standard_normal(mu, logvar)


@bound_codes_follow_q.catches(MEAN_CODE)
def elbo_codes_are_means(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    return at_codes(x, decoder, many(mu, n_samples)).mean(0) - kl_standard_normal(mu, logvar)


@bound_codes_follow_q.catches(VARIANCE)
def elbo_variance_as_std(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(many(mu, n_samples), many(2 * logvar, n_samples))
    return at_codes(x, decoder, z).mean(0) - kl_standard_normal(mu, logvar)


@bound_without_variance.catches(
    "The noise of your codes has variance 1, whatever the encoder says."
)
def elbo_unit_variance(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(many(mu, n_samples), many(torch.zeros_like(logvar), n_samples))
    return at_codes(x, decoder, z).mean(0) - kl_standard_normal(mu, logvar)


@bound_codes_follow_q.catches(SHARED)
def elbo_shared_noise(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    return at_codes(x, decoder, with_shared_noise(mu, logvar, n_samples)).mean(
        0
    ) - kl_standard_normal(mu, logvar)


@bound_codes_follow_q.catches(
    "The same code is used again and again. What do more samples change then?"
)
def elbo_same_code_again(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(many(mu, n_samples), many(logvar, n_samples))[:1]
    return at_codes(x, decoder, z.expand(n_samples, *mu.shape)).mean(0) - kl_standard_normal(
        mu, logvar
    )


@bound_gradients.catches(CUT_CODE)
def elbo_codes_detached(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(many(mu, n_samples), many(logvar, n_samples)).detach()
    return at_codes(x, decoder, z).mean(0) - kl_standard_normal(mu, logvar)


@bound_gradients.catches("The value is right, but the divergence is cut out of the graph.")
def elbo_kl_detached(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) - t.kl.detach()


@bound_gradients.catches(NO_GRADIENT)
def elbo_without_graph(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px.mean(0) - t.kl).detach()


@one_bound_per_example.catches(ONE_EACH)
def elbo_of_batch(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px.mean(0) - t.kl).mean()


@one_bound_per_example.catches(
    "Every code's estimate comes back separately. What estimates an expectation?"
)
def elbo_per_code(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px - t.kl


@bound_of_steep_decoder.catches(LOG_OF_SIGMOID)
def elbo_log_of_sigmoid(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    p = t.logits.sigmoid()
    return (x * p.log() + (1 - x) * (1 - p).log()).sum(-1).mean(0) - t.kl


@bound_of_steep_decoder.catches(CUT_OFF)
def elbo_cut_off(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (
        -F.binary_cross_entropy(t.logits.sigmoid(), many(x, n_samples), reduction="none")
        .sum(-1)
        .mean(0)
        - t.kl
    )


@bound_keeps_float32.catches(DTYPE)
def elbo_in_float64(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px.mean(0) - t.kl).double()


@D.laws.law_state.catches(IN_PLACE)
def elbo_rounds_in_place(x, encoder, decoder, n_samples=1):
    t = terms(x.clone(), encoder, decoder, n_samples)
    x.round_()
    return t.log_px.mean(0) - t.kl


@D.sum_of("The reconstruction term", "The divergence")
def elbo_terms(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0), -t.kl
