"""Hidden checks of `elbo_sampled`, then the mistakes that they catch."""

import torch
import torch.nn.functional as F
from torch.distributions import Normal

from graders.core import expect
from graders.core.fixtures import constant
from graders.hidden._noise import noise_law
from graders.hidden._words import Words
from graders.hidden.elbo._common import (
    CUT_CODE,
    CUT_OFF,
    DTYPE,
    LOG_OF_SIGMOID,
    MEAN_CODE,
    NO_AVERAGE,
    NO_GRADIENT,
    ONE_EACH,
    PIXEL_MEAN,
    PRIOR_CODE,
    SHARED,
    SIGN_OF_LOSS,
    TWO_SIGMOIDS,
    VARIANCE,
    agreeing,
    at_codes,
    blind,
    codes_follow_q,
    latent_model,
    log_q,
    many,
    same_gradients,
    steep,
    terms,
    with_shared_noise,
)
from graders.public.elbo import elbo_sampled
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize

D = Words(elbo_sampled)

SAMPLED_CODES = noise_law(2 * 10 * 40 * 70)


@D.check("It returns one value per example, whatever the number of examples, dimensions and codes.")
def one_sampled_bound_per_example(student, draw):
    for examples, latents, inputs, samples in ((5, 3, 6, 4), (1, 1, 2, 1)):
        model = latent_model(draw, examples=examples, latents=latents, inputs=inputs)
        subject = (
            f"elbo_sampled with N = {examples}, K = {latents}, D = {inputs}, n_samples = {samples}"
        )
        expect.tensor(student.elbo_sampled(*model, samples), shape=(examples,), subject=subject)


@D.check(
    "Where q is the posterior it is log p(x), whatever is drawn.",
    after=one_sampled_bound_per_example,
)
def sampled_bound_of_posterior(student, draw, right):
    x, encoder, decoder = blind(latent_model(draw), draw)
    constant(constant(encoder, 0, 0.0), 1, 0.0)
    for samples in (4, 1):
        wanted = right.bernoulli_log_likelihood(x, decoder.heads[0].bias.expand_as(x))
        got = student.elbo_sampled(x, encoder, decoder, samples)
        expect.close(
            got, wanted, subject=f"elbo_sampled of independent x and z with n_samples = {samples}"
        )


@D.check(
    "It is the mean of log p(x | z) + log p(z) - log q(z | x) at the codes that it draws.",
    after=one_sampled_bound_per_example,
)
def sampled_bound_at_codes(student, draw, right):
    for samples in (4, 1):
        agreeing(student, right, "elbo_sampled", latent_model(draw), samples)


@D.check(
    "z comes from q(z | x): the noise is standard normal, fresh, and independent over samples,"
    " examples and dimensions.",
    after=sampled_bound_at_codes,
    law=SAMPLED_CODES,
)
def sampled_codes_follow_q(student, draw, right):
    codes_follow_q(
        student,
        draw,
        right,
        "elbo_sampled",
        SAMPLED_CODES,
        latent_model(draw, examples=40, latents=70),
        10,
    )


@D.check(
    "Gradients flow to both networks through all three densities, and are right.",
    after=sampled_bound_at_codes,
)
def sampled_bound_gradients(student, draw, right):
    same_gradients(student, right, "elbo_sampled", latent_model(draw), 4)


@D.check("It is finite and right for logits of 1e4.", after=sampled_bound_at_codes)
def sampled_bound_of_steep_decoder(student, draw, right):
    # torch's softplus is linear above 20, and so off by 2e-9 a pixel.
    agreeing(student, right, "elbo_sampled", steep(latent_model(draw)), 4, atol=1e-7)


@D.check("It keeps float32, and is accurate in it.", after=sampled_bound_at_codes)
def sampled_bound_keeps_float32(student, draw, right):
    # The noise is recovered from float32 codes, so it carries their rounding divided by sigma.
    agreeing(student, right, "elbo_sampled", latent_model(draw, dtype=torch.float32), 4, atol=1e-3)


def log_prior(z):
    return Normal(torch.zeros_like(z), torch.ones_like(z)).log_prob(z).sum(-1)


@sampled_bound_at_codes.catches(
    "The divergence is integrated by hand here; all three densities are to be estimated at the"
    " codes."
)
def sampled_analytic_kl(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) - t.kl


@sampled_bound_of_posterior.catches("The density of the prior is missing.")
def sampled_without_prior(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px - log_q(t.z, t.mu, t.logvar)).mean(0)


@sampled_bound_of_posterior.catches(
    "The density of q is missing: what you have is the joint distribution of x and z."
)
def sampled_without_q(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z)).mean(0)


@sampled_bound_at_codes.catches("One of the three densities is in your value, two are missing.")
def sampled_only_likelihood(x, encoder, decoder, n_samples=1):
    return terms(x, encoder, decoder, n_samples).log_px.mean(0)


@sampled_bound_at_codes.catches(
    "Prior and q enter with exchanged signs: which of them stands in the denominator?"
)
def sampled_ratio_inverted(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px - log_prior(t.z) + log_q(t.z, t.mu, t.logvar)).mean(0)


@sampled_bound_of_posterior.catches(SIGN_OF_LOSS)
def sampled_negated(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return -(t.log_px + log_prior(t.z) - log_q(t.z, t.mu, t.logvar)).mean(0)


@sampled_bound_of_posterior.catches(NO_AVERAGE)
def sampled_not_averaged(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z) - log_q(t.z, t.mu, t.logvar)).sum(0)


@sampled_bound_at_codes.catches(
    "You average the weights before the logarithm: that is another bound."
)
def sampled_log_of_mean(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    weights = t.log_px + log_prior(t.z) - log_q(t.z, t.mu, t.logvar)
    return torch.logsumexp(weights, 0) - torch.log(torch.tensor(float(n_samples), dtype=x.dtype))


@sampled_bound_at_codes.catches(
    "The variance stands where a normal density wants the standard deviation."
)
def sampled_variance_in_q(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z) - log_q(t.z, t.mu, 2 * t.logvar)).mean(0)


@sampled_bound_at_codes.catches(
    "The normalising constant of q depends on its variance; something is missing."
)
def sampled_q_without_log_det(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z) - log_q(t.z, t.mu, t.logvar) - 0.5 * t.logvar.sum(-1)).mean(0)


@sampled_bound_of_posterior.catches(
    "The constants of the two normal densities would cancel, but only one of the densities has"
    " its own."
)
def sampled_one_constant(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px - 0.5 * t.z.square().sum(-1) - log_q(t.z, t.mu, t.logvar)).mean(0)


@sampled_bound_at_codes.catches(
    "The log densities of the latent dimensions are averaged. How do those of independent"
    " dimensions combine?"
)
def sampled_mean_over_latents(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + (log_prior(t.z) - log_q(t.z, t.mu, t.logvar)) / t.z.shape[-1]).mean(0)


@sampled_bound_of_posterior.catches(PIXEL_MEAN)
def sampled_mean_over_pixels(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px / x.shape[-1] + log_prior(t.z) - log_q(t.z, t.mu, t.logvar)).mean(0)


@sampled_bound_of_posterior.catches(TWO_SIGMOIDS)
def sampled_two_sigmoids(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (
        bernoulli_log_likelihood(x, t.logits.sigmoid())
        + log_prior(t.z)
        - log_q(t.z, t.mu, t.logvar)
    ).mean(0)


@sampled_bound_at_codes.catches(
    "The densities of q are taken around the wrong mean: around which one is each code drawn?"
)
def sampled_q_around_zero(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z) - log_q(t.z, torch.zeros_like(t.mu), t.logvar)).mean(0)


@sampled_bound_at_codes.catches(
    "The decoder sees one code of each example, however many are asked for."
)
def sampled_one_code(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder)
    return (t.log_px + log_prior(t.z) - log_q(t.z, t.mu, t.logvar)).mean(0)


def _three_densities(x, decoder, z, mu, logvar):
    return (at_codes(x, decoder, z) + log_prior(z) - log_q(z, mu, logvar)).mean(0)


@sampled_codes_follow_q.catches(MEAN_CODE)
def sampled_codes_are_means(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    return _three_densities(x, decoder, many(mu, n_samples), mu, logvar)


@sampled_codes_follow_q.catches(PRIOR_CODE)
def sampled_codes_from_prior(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    zero = many(torch.zeros_like(mu), n_samples)
    return _three_densities(x, decoder, reparameterize(zero, zero), mu, logvar)


@sampled_codes_follow_q.catches(VARIANCE)
def sampled_variance_as_std(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    return _three_densities(
        x, decoder, reparameterize(many(mu, n_samples), many(2 * logvar, n_samples)), mu, logvar
    )


@sampled_codes_follow_q.catches(SHARED)
def sampled_shared_noise(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    return _three_densities(x, decoder, with_shared_noise(mu, logvar, n_samples), mu, logvar)


@sampled_bound_gradients.catches(CUT_CODE)
def sampled_codes_detached(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(many(mu, n_samples), many(logvar, n_samples)).detach()
    return _three_densities(x, decoder, z, mu, logvar)


@sampled_bound_gradients.catches(
    "The value is right, but no gradient reaches the parameters that stand in the density of q."
)
def sampled_q_detached(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z) - log_q(t.z, t.mu.detach(), t.logvar.detach())).mean(0)


@sampled_bound_gradients.catches(
    "The value is right, but the codes are cut out of the graph where they enter the density of q."
)
def sampled_codes_detached_in_q(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z) - log_q(t.z.detach(), t.mu, t.logvar)).mean(0)


@sampled_bound_gradients.catches(NO_GRADIENT)
def sampled_without_graph(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z) - log_q(t.z, t.mu, t.logvar)).mean(0).detach()


@one_sampled_bound_per_example.catches(ONE_EACH)
def sampled_of_batch(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z) - log_q(t.z, t.mu, t.logvar)).mean()


@sampled_bound_of_steep_decoder.catches(LOG_OF_SIGMOID)
def sampled_log_of_sigmoid(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    p = t.logits.sigmoid()
    return (
        (x * p.log() + (1 - x) * (1 - p).log()).sum(-1)
        + log_prior(t.z)
        - log_q(t.z, t.mu, t.logvar)
    ).mean(0)


@sampled_bound_of_steep_decoder.catches(CUT_OFF)
def sampled_cut_off(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    log_px = -F.binary_cross_entropy(t.logits.sigmoid(), many(x, n_samples), reduction="none").sum(
        -1
    )
    return (log_px + log_prior(t.z) - log_q(t.z, t.mu, t.logvar)).mean(0)


@sampled_bound_keeps_float32.catches(DTYPE)
def sampled_in_float64(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z.double()) - log_q(t.z, t.mu, t.logvar)).mean(0)


@D.sum_of("The likelihood", "The density of the prior", "The density of q")
def sampled_terms(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    log_prior = log_q(t.z, torch.zeros_like(t.z), torch.zeros_like(t.z))
    return t.log_px.mean(0), log_prior.mean(0), -log_q(t.z, t.mu, t.logvar).mean(0)
