"""Hidden checks of `iwae_bound`, then the mistakes that they catch."""

import math

import torch
import torch.nn.functional as F

from graders.core import expect
from graders.core.fixtures import as_samples, constant, network
from graders.hidden._noise import noise_law, spread, standard_normal
from graders.hidden._words import Words
from graders.public.iwae import iwae_bound
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize

D = Words(iwae_bound)

BOUND = "iwae_bound(x, encoder, decoder, k)"


CODES = noise_law(2 * 10 * 40 * 70)


def latent_model(draw, *, examples=5, inputs=6, latents=3, scale=1.5, **options):
    """Grey x (N, D), an encoder, and a recording decoder. The spread of the weights grows with
    `scale`.
    """
    x = draw.uniform(0, 1, examples, inputs, **options)
    encoder = network(draw, (inputs, 7, latents), heads=2, **options)
    return x, encoder, network(draw, (latents, 8, inputs), scale=scale, record=True, **options)


def bounds_given_codes(right, x, encoder, decoder, k, subject):
    """The right bounds for the codes that the decoder recorded, and these codes, in every layout
    that fits.
    """
    latents, count = encoder.sizes[-1], len(x)
    found = as_samples(decoder.calls, k, count, latents)
    calls = sum(code.shape[:-1].numel() for code in decoder.calls)
    detail = f"the decoder was called on {calls} codes, wanted {k} for each of {count} examples"
    expect.true(
        bool(found),
        "the decoder is not called on k codes per example",
        subject=subject,
        detail=detail,
        got=calls,
    )
    return [right.given(z).iwae_bound(x, encoder, decoder, k) for z in found], found


@D.check("It is the logarithm of the mean of the k weights of each example.")
def log_of_mean_weight(student, draw, right):
    for k in (4, 7, 1):
        x, encoder, decoder = latent_model(draw)
        got = student.iwae_bound(x, encoder, decoder, k)
        wanted, _ = bounds_given_codes(right, x, encoder, decoder, k, BOUND)
        expect.close_to_any(got, wanted, subject=f"{BOUND} with k = {k}")


@D.check("Two calls draw different samples.", after=log_of_mean_weight)
def bounds_are_fresh(student, draw):
    model = latent_model(draw)
    first, second = (student.iwae_bound(*model, 4, seed=draw.seed()) for _ in range(2))
    expect.differs(first, second, subject=f"{BOUND} called twice")


@D.check(
    "z comes from q(z | x): the noise is standard normal, fresh, and independent over samples,"
    " examples and dimensions.",
    after=log_of_mean_weight,
    law=CODES,
)
def codes_come_from_q(student, draw, right):
    # 40 * 70 is a multiple of 16: then torch draws the same noise at once and in a loop, and a
    # diagnosis fits both.
    x, encoder, decoder = latent_model(draw, examples=40, latents=70)
    with torch.no_grad():
        encoder.heads[1].bias.sub_(1)
    mu, logvar = encoder(x)
    sigma, noise = (0.5 * logvar).exp() * spread(right), []
    for _ in range(2):
        got = student.iwae_bound(x, encoder, decoder, 10, seed=draw.seed())
        wanted, codes = bounds_given_codes(right, x, encoder, decoder, 10, BOUND)
        layout = expect.close_to_any(got, wanted, subject=BOUND)
        noise.append((codes[layout] - mu) / sigma)
    standard_normal(
        torch.stack(noise), CODES, subject="(z - mu) / sigma in iwae_bound", mean=mu, std=sigma
    )


@D.check("Gradients reach both networks and are right.", after=log_of_mean_weight)
def bound_gradients(student, draw, right):
    x, encoder, decoder = latent_model(draw)
    same_gradients(student, right, x, encoder, decoder, BOUND)


def same_gradients(student, right, x, encoder, decoder, subject):
    """Checks the gradients of the squared bound, so that every example counts differently, in every
    parameter.
    """
    got = student.iwae_bound(x, encoder, decoder, 4)
    wanted, _ = bounds_given_codes(right, x, encoder, decoder, 4, subject)
    wanted = wanted[expect.close_to_any(got, wanted, subject=subject)]
    for name, net in (("encoder", encoder), ("decoder", decoder)):
        parameters = list(net.parameters())
        names = [f"the {name}'s parameter {i}" for i in range(len(parameters))]
        expect.gradients(
            got.square(),
            parameters,
            expect.gradient_of(wanted.square(), parameters),
            names=names,
            subject=subject,
            rtol=1e-7,
        )


@D.check("Log weights of -1e4 lose nothing, however far they lie apart.", after=log_of_mean_weight)
def bound_is_stable(student, draw, right):
    for bias in (0.0, -30_000.0):
        x, encoder, decoder = steep_model(draw, bias)
        got = student.iwae_bound(x, encoder, decoder, 4)
        wanted, _ = bounds_given_codes(right, x, encoder, decoder, 4, BOUND)
        expect.close_to_any(got, wanted, subject=f"{BOUND} at log weights of -1e4 and below")


@D.check(
    "Gradients stay finite and right at log weights of -1e4.",
    after=(bound_gradients, bound_is_stable),
)
def gradients_are_stable(student, draw, right):
    same_gradients(
        student, right, *steep_model(draw, 0.0), f"{BOUND} at log weights of -1e4 and below"
    )


def steep_model(draw, bias):
    """A model whose log weights are about -1e4 (bias 0) or -1e5, and differ by thousands between
    samples.
    """
    x, encoder, decoder = latent_model(draw)
    with torch.no_grad():
        decoder.heads[0].weight.mul_(3000)
        decoder.heads[0].bias.add_(bias)
    return x, encoder, decoder


@D.check("When q(z | x) is the posterior it is log p(x) for every k.")
def posterior_has_no_variance(student, draw, right):
    x, encoder, decoder = latent_model(draw)
    logits = draw.normal(6)
    constant(constant(encoder, 0, 0.0), 1, 0.0)
    constant(decoder, 0, logits)
    for k in (1, 100):
        wanted = right.bernoulli_log_likelihood(x, logits.expand(5, 6))
        expect.close(
            student.iwae_bound(x, encoder, decoder, k),
            wanted,
            subject=f"{BOUND} with k = {k} where x and z are independent",
        )


@D.check("It keeps float32, and is accurate in it.")
def bound_keeps_float32(student, draw, right):
    x, encoder, decoder = latent_model(draw, dtype=torch.float32)
    got = student.iwae_bound(x, encoder, decoder, 4)
    wanted, _ = bounds_given_codes(right, x, encoder, decoder, 4, f"{BOUND} in float32")
    # The noise is recovered from float32 codes, so it carries their rounding divided by sigma.
    expect.close_to_any(got, wanted, subject=f"{BOUND} in float32", atol=1e-3)


# How students write it: one call for all samples. The misconceptions change one thing each.
def _drawn(x, encoder, decoder, k):
    """mu, logvar and k codes per example, `(k, N, K)`."""
    mu, logvar = encoder(x)
    mu, logvar = mu.expand(k, *mu.shape), logvar.expand(k, *logvar.shape)
    return mu, logvar, reparameterize(mu, logvar)


def _densities(x, mu, logvar, z, logits):
    """log p(x | z), log p(z) and log q(z | x), each `(k, N)`."""
    log_prior = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(-1)
    return (
        bernoulli_log_likelihood(x, logits),
        log_prior,
        torch.distributions.Normal(mu, (0.5 * logvar).exp()).log_prob(z).sum(-1),
    )


def _terms(x, encoder, decoder, k):
    mu, logvar, z = _drawn(x, encoder, decoder, k)
    return _densities(x, mu, logvar, z, decoder(z))


def _log_weights(x, encoder, decoder, k):
    log_px, log_prior, log_q = _terms(x, encoder, decoder, k)
    return log_px + log_prior - log_q


def log_mean_exp(values):
    return values.logsumexp(0) - math.log(len(values))


@log_of_mean_weight.catches(
    "Your values are too large by a constant that grows with k. Is it a mean of the weights"
    " that you take?"
)
def bound_without_log_k(x, encoder, decoder, k):
    return _log_weights(x, encoder, decoder, k).logsumexp(0)


@log_of_mean_weight.catches(
    "The mean is inside the logarithm: dividing by k does not become subtracting k."
)
def bound_minus_k(x, encoder, decoder, k):
    return _log_weights(x, encoder, decoder, k).logsumexp(0) - k


@log_of_mean_weight.catches(
    "You divide the logarithm of the sum by k. What is it that is averaged?"
)
def log_sum_divided_by_k(x, encoder, decoder, k):
    return _log_weights(x, encoder, decoder, k).logsumexp(0) / k


@log_of_mean_weight.catches(
    "You average the logarithms of the weights. That is the bound for k = 1, estimated more"
    " precisely."
)
def mean_of_logs(x, encoder, decoder, k):
    return _log_weights(x, encoder, decoder, k).mean(0)


@bound_is_stable.catches(
    "Exponentials of log weights underflow to 0. Can the result be had without ever leaving the"
    " logarithms?"
)
def exp_underflow(x, encoder, decoder, k):
    return _log_weights(x, encoder, decoder, k).exp().mean(0).log()


@log_of_mean_weight.catches(
    "A small constant inside the logarithm hides an underflow and replaces your answer by its"
    " own logarithm."
)
def underflow_hidden(x, encoder, decoder, k):
    return (_log_weights(x, encoder, decoder, k).exp().mean(0) + 1e-6).log()


@bound_is_stable.catches(
    "One shift for the whole batch is not enough: other examples still underflow."
)
def shift_of_the_batch(x, encoder, decoder, k):
    log_w = _log_weights(x, encoder, decoder, k)
    return log_w.max() + (log_w - log_w.max()).exp().mean(0).log()


@bound_is_stable.catches(
    "Clipping the log weights changes them. Which identity moves their size out of the"
    " exponential instead?"
)
def clipped_weights(x, encoder, decoder, k):
    return log_mean_exp(_log_weights(x, encoder, decoder, k).clamp(min=-700))


@bound_is_stable.catches("Your logarithms are cut off at -100. Which of your functions does that?")
def likelihood_cut_off(x, encoder, decoder, k):
    mu, logvar, z = _drawn(x, encoder, decoder, k)
    logits = decoder(z)
    _, log_prior, log_q = _densities(x, mu, logvar, z, logits)
    log_px = -F.binary_cross_entropy(logits.sigmoid(), x.expand_as(logits), reduction="none").sum(
        -1
    )
    return log_mean_exp(log_px + log_prior - log_q)


@log_of_mean_weight.catches("Only the largest weight enters your value. What do the others do?")
def largest_weight(x, encoder, decoder, k):
    return _log_weights(x, encoder, decoder, k).max(0).values


@log_of_mean_weight.catches(
    "The closed form of the KL is an average over z already. A weight belongs to one sample."
)
def analytic_kl_inside(x, encoder, decoder, k):
    mu, logvar, z = _drawn(x, encoder, decoder, k)
    kl = 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(-1)
    return log_mean_exp(bernoulli_log_likelihood(x, decoder(z)) - kl)


@log_of_mean_weight.catches("Your weights lack p(z). Look at the joint density in the numerator.")
def prior_omitted(x, encoder, decoder, k):
    log_px, _, log_q = _terms(x, encoder, decoder, k)
    return log_mean_exp(log_px - log_q)


@log_of_mean_weight.catches(
    "Your weights lack their denominator. Which density were the samples drawn from?"
)
def proposal_omitted(x, encoder, decoder, k):
    log_px, log_prior, _ = _terms(x, encoder, decoder, k)
    return log_mean_exp(log_px + log_prior)


@log_of_mean_weight.catches(
    "Your weights are the likelihood alone. That would do if z came from the prior."
)
def likelihood_only(x, encoder, decoder, k):
    return log_mean_exp(_terms(x, encoder, decoder, k)[0])


@log_of_mean_weight.catches(
    "Numerator and denominator of the weight are exchanged where z is concerned."
)
def densities_exchanged(x, encoder, decoder, k):
    log_px, log_prior, log_q = _terms(x, encoder, decoder, k)
    return log_mean_exp(log_px - log_prior + log_q)


@log_of_mean_weight.catches(
    "The mean of a product is not the product of the means: the three densities belong to one"
    " and the same sample."
)
def each_term_averaged(x, encoder, decoder, k):
    log_px, log_prior, log_q = _terms(x, encoder, decoder, k)
    return log_mean_exp(log_px) + log_mean_exp(log_prior) - log_mean_exp(log_q)


@log_of_mean_weight.catches(
    "Only the likelihood is averaged inside the logarithm. Which other terms depend on the sample?"
)
def only_likelihood_inside(x, encoder, decoder, k):
    log_px, log_prior, log_q = _terms(x, encoder, decoder, k)
    return log_mean_exp(log_px) + (log_prior - log_q).mean(0)


@log_of_mean_weight.catches(
    "Weights of different examples are mixed: the axis of the samples is not where you take it"
    " to be."
)
def examples_mixed(x, encoder, decoder, k):
    log_w = _log_weights(x, encoder, decoder, k)
    return log_w.reshape(len(x), k).logsumexp(1) - math.log(k)


@log_of_mean_weight.catches(
    "You sum over the examples instead of over the samples. Which axis is which?"
)
def sum_over_examples(x, encoder, decoder, k):
    return _log_weights(x, encoder, decoder, k).logsumexp(1) - math.log(k)


@log_of_mean_weight.catches(
    "You return one number for the whole batch. Every example has a bound of its own."
)
def bound_of_batch(x, encoder, decoder, k):
    return log_mean_exp(_log_weights(x, encoder, decoder, k)).mean()


@log_of_mean_weight.catches("An axis of length 1 is left over.")
def bound_as_column(x, encoder, decoder, k):
    return log_mean_exp(_log_weights(x, encoder, decoder, k)).unsqueeze(-1)


@log_of_mean_weight.catches("Your values have the opposite sign. Is this a bound or a loss?")
def bound_negated(x, encoder, decoder, k):
    return -log_mean_exp(_log_weights(x, encoder, decoder, k))


@log_of_mean_weight.catches(
    "Normalised weights appear in the gradient of the bound. Its value is something else."
)
def weighted_log_weights(x, encoder, decoder, k):
    log_w = _log_weights(x, encoder, decoder, k)
    return (log_w.softmax(0) * log_w).sum(0)


@log_of_mean_weight.catches(
    "Independent pixels, and independent latent dimensions, add up. Where do you average instead?"
)
def likelihood_averaged_over_pixels(x, encoder, decoder, k):
    log_px, log_prior, log_q = _terms(x, encoder, decoder, k)
    return log_mean_exp(log_px / x.shape[-1] + log_prior - log_q)


@log_of_mean_weight.catches(
    "The two densities of z are summed over the latent dimensions, not averaged."
)
def densities_averaged_over_latents(x, encoder, decoder, k):
    log_px, log_prior, log_q = _terms(x, encoder, decoder, k)
    return log_mean_exp(log_px + (log_prior - log_q) / encoder(x)[0].shape[-1])


@log_of_mean_weight.catches(
    "In log q(z | x) the spread is not the standard deviation. How does sigma follow from logvar?"
)
def variance_in_log_q(x, encoder, decoder, k):
    mu, logvar, z = _drawn(x, encoder, decoder, k)
    log_px, log_prior, _ = _densities(x, mu, logvar, z, decoder(z))
    return log_mean_exp(
        log_px + log_prior - torch.distributions.Normal(mu, logvar.exp()).log_prob(z).sum(-1)
    )


@log_of_mean_weight.catches(
    "Your q(z | x) is not a density: what makes a Gaussian integrate to 1, whatever its width?"
)
def q_not_normalised(x, encoder, decoder, k):
    mu, logvar, z = _drawn(x, encoder, decoder, k)
    log_px, log_prior, log_q = _densities(x, mu, logvar, z, decoder(z))
    return log_mean_exp(log_px + log_prior - log_q - 0.5 * logvar.sum(-1))


@log_of_mean_weight.catches(
    "One of your two Gaussian log densities carries its constant and the other does not."
)
def constant_in_one_density(x, encoder, decoder, k):
    log_px, log_prior, log_q = _terms(x, encoder, decoder, k)
    return (
        log_mean_exp(log_px + log_prior - log_q)
        + 0.5 * math.log(2 * math.pi) * encoder(x)[0].shape[-1]
    )


@log_of_mean_weight.catches(
    "The decoder returns logits; its output is passed through a sigmoid once too often."
)
def sigmoid_too_often(x, encoder, decoder, k):
    mu, logvar, z = _drawn(x, encoder, decoder, k)
    log_px, log_prior, log_q = _densities(x, mu, logvar, z, decoder(z).sigmoid())
    return log_mean_exp(log_px + log_prior - log_q)


@log_of_mean_weight.catches("Pixels may be grey, and are not to be rounded.")
def pixels_rounded(x, encoder, decoder, k):
    mu, logvar, z = _drawn(x, encoder, decoder, k)
    log_px, log_prior, log_q = _densities(x.round(), mu, logvar, z, decoder(z))
    return log_mean_exp(log_px + log_prior - log_q)


@log_of_mean_weight.catches("You draw one sample, whatever k is.")
def only_one_sample(x, encoder, decoder, k):
    return _log_weights(x, encoder, decoder, 1)[0]


@codes_come_from_q.catches("All k samples of an example are the same one.")
def same_sample_k_times(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    z = reparameterize(mu[None], logvar[None]).expand(k, *mu.shape)
    return log_mean_exp(
        sum(_densities(x, mu, logvar, z, decoder(z))[:2])
        - torch.distributions.Normal(mu, (0.5 * logvar).exp()).log_prob(z).sum(-1)
    )


def _weighed(x, encoder, decoder, codes):
    """The bound of codes (k, N, K) that were drawn in some wrong way."""
    log_px, log_prior, log_q = _densities(x, *encoder(x), codes, decoder(codes))
    return log_mean_exp(log_px + log_prior - log_q)


@codes_come_from_q.catches("All examples share their noise.")
def noise_shared_by_examples(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    return _weighed(
        x,
        encoder,
        decoder,
        mu + (0.5 * logvar).exp() * torch.randn(k, 1, mu.shape[-1], dtype=mu.dtype),
    )


@codes_come_from_q.catches(
    "Your samples come from the prior. The bound weighs samples of q(z | x)."
)
def codes_from_prior(x, encoder, decoder, k):
    return _weighed(x, encoder, decoder, torch.randn(k, *encoder(x)[0].shape, dtype=x.dtype))


@bounds_are_fresh.catches("Every sample is the mean. Where is the noise?")
def codes_without_noise(x, encoder, decoder, k):
    mu = encoder(x)[0]
    return _weighed(x, encoder, decoder, mu.expand(k, *mu.shape))


@codes_come_from_q.catches(
    "The spread of your samples is not the standard deviation. How does sigma follow from logvar?"
)
def codes_spread_by_variance(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    return _weighed(
        x, encoder, decoder, mu + logvar.exp() * torch.randn(k, *mu.shape, dtype=mu.dtype)
    )


@codes_come_from_q.catches("Your noise is uniform. Which law should it have?")
def codes_with_uniform_noise(x, encoder, decoder, k):
    mu, logvar = encoder(x)
    return _weighed(
        x, encoder, decoder, mu + (0.5 * logvar).exp() * torch.rand(k, *mu.shape, dtype=mu.dtype)
    )


@bounds_are_fresh.catches("Seeding inside the function makes every call draw the same noise.")
def bound_seeds_itself(x, encoder, decoder, k):
    torch.manual_seed(0)
    return log_mean_exp(_log_weights(x, encoder, decoder, k))


@bound_gradients.catches(
    "The samples are cut out of the graph. How does the encoder learn where to put them?"
)
def codes_detached(x, encoder, decoder, k):
    mu, logvar, z = _drawn(x, encoder, decoder, k)
    z = z.detach()
    log_px, log_prior, log_q = _densities(x, mu, logvar, z, decoder(z))
    return log_mean_exp(log_px + log_prior - log_q)


@bound_gradients.catches(
    "In log q(z | x) the parameters are cut out of the graph. That is an estimator of its own,"
    " not the gradient of this bound."
)
def proposal_detached(x, encoder, decoder, k):
    mu, logvar, z = _drawn(x, encoder, decoder, k)
    log_px, log_prior, log_q = _densities(x, mu.detach(), logvar.detach(), z, decoder(z))
    return log_mean_exp(log_px + log_prior - log_q)


@bound_gradients.catches(
    "The values are right, but no gradient comes back: something cuts the graph."
)
def bound_detached(x, encoder, decoder, k):
    return log_mean_exp(_log_weights(x, encoder, decoder, k).detach())


@bound_gradients.catches("Your value is right, but its gradient treats all samples alike.")
def gradient_of_mean_of_logs(x, encoder, decoder, k):
    log_w = _log_weights(x, encoder, decoder, k)
    return log_mean_exp(log_w).detach() + log_w.mean(0) - log_w.mean(0).detach()


@bound_keeps_float32.catches("The result is always of one dtype. It should follow the input.")
def bound_always_float64(x, encoder, decoder, k):
    return log_mean_exp(_log_weights(x, encoder, decoder, k)).double()


@D.laws.law_state.catches(
    "An operation whose name ends in an underscore changes the caller's tensor."
)
def bound_changes_x(x, encoder, decoder, k):
    result = log_mean_exp(_log_weights(x.clone(), encoder, decoder, k))
    x.data.round_()
    return result
