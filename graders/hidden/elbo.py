"""Hidden checks and misconceptions of the topic `elbo`.

The decoder records the codes it is called on, so that values and gradients follow exactly from the
submission's own samples. That these samples come from q(z | x) is a check of its own. What lives on
finite latent spaces is not random.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch.distributions import Normal

from graders.core import expect
from graders.core.exercise import check, misconception, wrong_answer
from graders.core.fixtures import as_samples, constant, network
from graders.hidden._hypothesis import for_every, matrices, shown
from graders.hidden._noise import noise_law, standard_normal
from reference.elbo import bayes_posterior
from reference.kl import kl_standard_normal
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize


def latent_model(draw, *, examples=5, inputs=6, latents=3, record=True, **options):
    """Grey x (N, D), an encoder, and a decoder that records its codes and has large weights, as a
    trained one.
    """
    x = draw.uniform(0, 1, examples, inputs, **options)
    encoder = network(draw, (inputs, 7, latents), heads=2, **options)
    return x, encoder, network(draw, (latents, 8, inputs), scale=1.5, record=record, **options)


def recorded_codes(model, samples, subject):
    """The codes that the decoder recorded, (S, N, K), in every layout that fits; fails when their
    number does not.
    """
    x, encoder, decoder = model
    found = as_samples(decoder.calls, samples, len(x), encoder.sizes[-1])
    calls = sum(code.shape[:-1].numel() for code in decoder.calls)
    detail = (
        f"the decoder was called on {calls} codes, wanted {samples} for each of {len(x)} examples"
    )
    expect.true(
        bool(found),
        "the decoder is not called on the wanted number of codes",
        subject=subject,
        detail=detail,
        got=calls,
    )
    return found


def agreeing(student, right, name, model, *n_samples, seed=None, **tolerance):
    """Checks a value against the reference at the submission's own codes; returns it, what it
    agrees with, and the codes.
    """
    subject = f"{name}({', '.join(('x', 'encoder', 'decoder', *map(str, n_samples)))})"
    got = getattr(student, name)(*model, *n_samples, seed=seed)
    codes = recorded_codes(model, *(n_samples or (1,)), subject)
    wanted = [getattr(right.given(z), name)(*model, *n_samples) for z in codes]
    layout = expect.close_to_any(got, wanted, subject=subject, **tolerance)
    return got, wanted[layout], codes[layout]


def same_gradients(student, right, name, model, *n_samples):
    """Checks the gradients of the squared value, so that every example counts differently, in every
    parameter.
    """
    got, wanted, _ = agreeing(student, right, name, model, *n_samples)
    compare_gradients(got.square(), wanted.square(), model, name)


def compare_gradients(got, wanted, model, name):
    """Checks the gradients in the decoder's parameters, then in the encoder's: a value without a
    graph fails at the first.
    """
    _, encoder, decoder = model
    for label, net in (("decoder", decoder), ("encoder", encoder)):
        parameters = list(net.parameters())
        names = [f"the {label}'s parameter {i}" for i in range(len(parameters))]
        expect.gradients(
            got,
            parameters,
            expect.gradient_of(wanted, parameters),
            names=names,
            subject=name,
            rtol=1e-7,
        )


def codes_follow_q(student, draw, right, name, law, model, *n_samples, calls=2):
    """Checks the law of the codes: those of q(z | x), or those of a stand-in, which draws nothing
    and is told by that.
    """
    x, encoder, _ = model
    with torch.no_grad():
        encoder.heads[1].bias.sub_(1)
    mu, logvar = encoder(x)
    subject = f"(z - mu) / sigma in {name}"
    codes = torch.stack(
        [
            agreeing(student, right, name, model, *n_samples, seed=draw.seed())[2]
            for _ in range(calls)
        ]
    )
    first, second = (_codes_of_reference(right, name, model, *n_samples) for _ in range(2))
    if torch.equal(first, second):
        expect.close(codes, first.expand_as(codes), subject=f"z in {name}")
    else:
        standard_normal((codes - mu) / (0.5 * logvar).exp(), law, subject=subject)


def _codes_of_reference(right, name, model, *n_samples):
    model[2].calls = []
    getattr(right, name)(*model, *n_samples)
    return recorded_codes(model, *(n_samples or (1,)), name)[0]


def blind(model, draw):
    """The same model with networks that ignore their inputs: then nothing depends on what is
    drawn.
    """
    x, encoder, decoder = model
    constant(
        constant(encoder, 0, draw.normal(encoder.sizes[-1])), 1, draw.normal(encoder.sizes[-1])
    )
    return x, encoder, constant(decoder, 0, draw.normal(decoder.sizes[-1]))


def without_variance(model):
    """The same model with a variance of exp(-60): then every code is the mean, up to 1e-13."""
    return model[0], constant(model[1], 1, -60.0), model[2]


def steep(model):
    """The same model with logits of about 1e4, of either sign."""
    with torch.no_grad():
        model[2].heads[0].weight.mul_(5000)
    return model


def terms(x, encoder, decoder, n_samples=1):
    """What a bound is made of, at S codes per example: what the misconceptions below put together
    in wrong ways.
    """
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    logits = decoder(z)
    return Terms(
        mu, logvar, z, logits, bernoulli_log_likelihood(x, logits), kl_standard_normal(mu, logvar)
    )


@dataclass(frozen=True)
class Terms:
    mu: torch.Tensor
    logvar: torch.Tensor
    z: torch.Tensor
    logits: torch.Tensor
    log_px: torch.Tensor
    kl: torch.Tensor


def at_codes(x, decoder, z):
    """The log likelihood at given codes."""
    return bernoulli_log_likelihood(x, decoder(z))


def many(value, n_samples):
    """One copy of a tensor for each sample."""
    return value.expand(n_samples, *value.shape)


def with_shared_noise(mu, logvar, n_samples):
    """Codes of all examples with the noise of the first."""
    sigma = (0.5 * logvar).exp()
    eps = (reparameterize(many(mu, n_samples), many(logvar, n_samples)) - mu) / sigma
    return mu + sigma * eps[:, :1]


MEAN_CODE = "Your codes are the means: nothing is drawn from q."
PRIOR_CODE = (
    "Your codes are drawn from the prior. Which distribution is the expectation in the bound taken"
    " under?"
)
VARIANCE = (
    "The noise of your codes is scaled by something other than the standard deviation. How does"
    " sigma follow from logvar?"
)
SHARED = "All examples share one noise vector."
CUT_CODE = (
    "The value is right, but nothing reaches the encoder through the codes. How do they depend"
    " on it?"
)
NO_GRADIENT = "The value is right, but no gradient comes back: something cuts the graph."
PIXEL_MEAN = (
    "The pixels are averaged while the latent dimensions are summed. How do the log probabilities"
    " of independent pixels combine?"
)
LATENT_MEAN = (
    "The divergence is averaged over the latent dimensions. How do the divergences of independent"
    " dimensions combine?"
)
TWO_SIGMOIDS = (
    "The logits pass through two sigmoids. Which of your functions applies one by itself?"
)
SQUARED = "A squared error belongs to another likelihood than the Bernoulli one."
LOG_OF_SIGMOID = "A sigmoid of a large number is exactly 0 or 1. What does its logarithm become?"
CUT_OFF = "Your logarithms are cut off at -100. Which of your functions does that?"
DTYPE = "The result is always of one dtype. It should follow the input."
IN_PLACE = "An operation whose name ends in an underscore changes the caller's tensor."
SIGN_OF_LOSS = "Your values have the sign of a loss; the bound itself is asked for."
SIGN_OF_BOUND = "Your value is to be maximised; a loss is minimised."
ONE_EACH = "A single number comes back for the whole batch. Every example has a bound of its own."
NO_AVERAGE = "Your value grows with the number of codes. What estimates an expectation?"


# --- elbo -----------------------------------------------------------------------------------------

# The number of values of one sample is a multiple of 16: then torch draws the same noise at once
# and in a loop, and a diagnosis fits both.
BOUND_CODES = noise_law(2 * 6 * 32 * 15)


@check(
    "elbo",
    "It returns one value per example, whatever the number of examples, dimensions and codes.",
)
def one_bound_per_example(student, draw):
    for examples, latents, inputs, samples in ((5, 3, 6, 4), (1, 1, 2, 1)):
        model = latent_model(draw, examples=examples, latents=latents, inputs=inputs)
        subject = f"elbo with N = {examples}, K = {latents}, D = {inputs}, n_samples = {samples}"
        expect.tensor(student.elbo(*model, samples), shape=(examples,), subject=subject)


@check(
    "elbo",
    "With networks that ignore their inputs it is the log likelihood minus the divergence, for"
    " every number of codes.",
    after=("one_bound_per_example",),
)
def bound_of_blind_networks(student, draw, right):
    for samples in (4, 1):
        model = blind(latent_model(draw), draw)
        expect.close(
            student.elbo(*model, samples),
            right.elbo(*model, samples),
            subject=f"elbo of blind networks with n_samples = {samples}",
        )


@check(
    "elbo",
    "It is the bound at the codes that it draws, for every number of codes.",
    after=("bound_of_blind_networks",),
)
def bound_at_codes(student, draw, right):
    for samples in (4, 1):
        agreeing(student, right, "elbo", latent_model(draw), samples)


@check(
    "elbo",
    "Where q has almost no variance, every code is the mean of its own example.",
    after=("one_bound_per_example",),
)
def bound_without_variance(student, draw, right):
    model = without_variance(latent_model(draw))
    expect.close(
        student.elbo(*model, 4), right.elbo(*model, 4), subject="elbo where logvar = -60", atol=1e-9
    )


@check(
    "elbo",
    "z comes from q(z | x): the noise is standard normal, fresh, and independent over samples,"
    " examples and dimensions.",
    after=("bound_at_codes",),
    law=BOUND_CODES,
)
def bound_codes_follow_q(student, draw, right):
    codes_follow_q(
        student, draw, right, "elbo", BOUND_CODES, latent_model(draw, examples=32, latents=15), 6
    )


@check("elbo", "Gradients reach both networks and are right.", after=("bound_at_codes",))
def bound_gradients(student, draw, right):
    same_gradients(student, right, "elbo", latent_model(draw), 4)


@check("elbo", "It is finite and right for logits of 1e4.", after=("bound_at_codes",))
def bound_of_steep_decoder(student, draw, right):
    # torch's softplus is linear above 20, and so off by 2e-9 a pixel.
    agreeing(student, right, "elbo", steep(latent_model(draw)), 4, atol=1e-7)


@check("elbo", "It keeps float32, and is accurate in it.", after=("bound_at_codes",))
def bound_keeps_float32(student, draw, right):
    # The noise is recovered from float32 codes, so it carries their rounding divided by sigma.
    agreeing(student, right, "elbo", latent_model(draw, dtype=torch.float32), 4, atol=1e-3)


@check("elbo", "It leaves its arguments as they are.", after=("one_bound_per_example",))
def bound_changes_nothing(student, draw):
    model = latent_model(draw)
    expect.unchanged(
        student.observe("elbo", *model, 2),
        model[:1],
        names=("x",),
        subject="elbo(x, encoder, decoder, 2)",
    )


@misconception(
    "elbo",
    hint="Does a posterior that is far from the prior make the bound larger or smaller?",
    caught_by="bound_of_blind_networks",
)
def elbo_plus_kl(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) + t.kl


@misconception("elbo", hint=NO_AVERAGE, caught_by="bound_of_blind_networks")
def elbo_not_averaged(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.sum(0) - t.kl


@misconception(
    "elbo",
    hint="The divergence is divided by the number of codes. On how many of them does it depend?",
    caught_by="bound_of_blind_networks",
)
def elbo_kl_averaged_too(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px.sum(0) - t.kl) / n_samples


@misconception(
    "elbo",
    hint="One of the two terms is missing: what keeps q near the prior?",
    caught_by="bound_of_blind_networks",
)
def elbo_without_kl(x, encoder, decoder, n_samples=1):
    return terms(x, encoder, decoder, n_samples).log_px.mean(0)


@misconception(
    "elbo",
    hint="One of the two terms is missing: what rewards a good reconstruction?",
    caught_by="bound_of_blind_networks",
)
def elbo_only_kl(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return 0 * t.log_px.mean(0) - t.kl


@misconception("elbo", hint=SIGN_OF_LOSS, caught_by="bound_of_blind_networks")
def elbo_negated(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.kl - t.log_px.mean(0)


@misconception(
    "elbo",
    hint="The divergence enters with a weight that is not its own.",
    caught_by="bound_of_blind_networks",
)
def elbo_twice_the_kl(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) - 2 * t.kl


@misconception("elbo", hint=LATENT_MEAN, caught_by="bound_of_blind_networks")
def elbo_kl_mean_over_latents(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) - t.kl / t.mu.shape[-1]


@misconception(
    "elbo",
    hint="The divergence is that of the whole batch; every example has its own.",
    caught_by="bound_of_blind_networks",
)
def elbo_kl_of_batch(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) - t.kl.sum()


@misconception(
    "elbo",
    hint="The divergence is averaged over the batch; every example has its own.",
    caught_by="bound_at_codes",
)
def elbo_kl_batch_mean(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) - t.kl.mean()


@misconception("elbo", hint=PIXEL_MEAN, caught_by="bound_of_blind_networks")
def elbo_mean_over_pixels(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) / x.shape[-1] - t.kl


@misconception(
    "elbo",
    hint="This divergence runs in the other direction: KL is not symmetric.",
    caught_by="bound_of_blind_networks",
)
def elbo_kl_reversed(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) - 0.5 * ((1 + t.mu.square()) / t.logvar.exp() - 1 + t.logvar).sum(-1)


@misconception("elbo", hint=TWO_SIGMOIDS, caught_by="bound_of_blind_networks")
def elbo_two_sigmoids(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return bernoulli_log_likelihood(x, t.logits.sigmoid()).mean(0) - t.kl


@misconception("elbo", hint=SQUARED, caught_by="bound_of_blind_networks")
def elbo_squared_error(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return -(x - t.logits.sigmoid()).square().sum(-1).mean(0) - t.kl


@misconception(
    "elbo",
    hint="A random estimate of the divergence changes with every call; here it has a closed form.",
    caught_by="bound_of_blind_networks",
)
def elbo_sampled_kl(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    log_ratio = 0.5 * (t.z.square() - t.logvar - (t.z - t.mu).square() / t.logvar.exp()).sum(-1)
    return (t.log_px - log_ratio).mean(0)


@misconception(
    "elbo",
    hint=(
        "You average the likelihoods and take the logarithm afterwards. What is the expectation in"
        " the bound taken of?"
    ),
    caught_by="bound_at_codes",
)
def elbo_log_of_mean(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (
        torch.logsumexp(t.log_px, 0)
        - torch.log(torch.tensor(float(n_samples), dtype=x.dtype))
        - t.kl
    )


@misconception(
    "elbo",
    hint=(
        "You average what the decoder returns and compare the image with that. What is averaged in"
        " the bound?"
    ),
    caught_by="bound_at_codes",
)
def elbo_of_mean_logits(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return bernoulli_log_likelihood(x, t.logits.mean(0)) - t.kl


@misconception(
    "elbo",
    hint="Only the best of the codes counts in your value. An expectation weighs all of them.",
    caught_by="bound_at_codes",
)
def elbo_best_code(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.max(0).values - t.kl


@misconception(
    "elbo",
    hint="One code is drawn for each example, however many are asked for.",
    caught_by="bound_at_codes",
)
def elbo_one_code(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder)
    return t.log_px.mean(0) - t.kl


@misconception(
    "elbo",
    hint="Grey pixels are rounded before they are compared.",
    caught_by="bound_of_blind_networks",
)
def elbo_rounds_pixels(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return bernoulli_log_likelihood(x.round(), t.logits).mean(0) - t.kl


@misconception(
    "elbo",
    hint=(
        "Codes of one image meet the pixels of another: in which order does each of your reshapes"
        " lay out images and samples?"
    ),
    caught_by="bound_without_variance",
)
def elbo_images_mixed(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    mixed = at_codes(x.repeat_interleave(n_samples, 0), decoder, t.z.flatten(0, 1))
    return mixed.reshape(len(x), n_samples).mean(1) - t.kl


@misconception("elbo", hint=PRIOR_CODE, caught_by="bound_without_variance")
def elbo_codes_from_prior(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    zero = torch.zeros_like(mu)
    z = reparameterize(many(zero, n_samples), many(zero, n_samples))
    return at_codes(x, decoder, z).mean(0) - kl_standard_normal(mu, logvar)


@misconception("elbo", hint=MEAN_CODE, caught_by="bound_codes_follow_q")
def elbo_codes_are_means(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    return at_codes(x, decoder, many(mu, n_samples)).mean(0) - kl_standard_normal(mu, logvar)


@misconception("elbo", hint=VARIANCE, caught_by="bound_codes_follow_q")
def elbo_variance_as_std(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(many(mu, n_samples), many(2 * logvar, n_samples))
    return at_codes(x, decoder, z).mean(0) - kl_standard_normal(mu, logvar)


@misconception(
    "elbo",
    hint="The noise of your codes has variance 1, whatever the encoder says.",
    caught_by="bound_without_variance",
)
def elbo_unit_variance(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(many(mu, n_samples), many(torch.zeros_like(logvar), n_samples))
    return at_codes(x, decoder, z).mean(0) - kl_standard_normal(mu, logvar)


@misconception("elbo", hint=SHARED, caught_by="bound_codes_follow_q")
def elbo_shared_noise(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    return at_codes(x, decoder, with_shared_noise(mu, logvar, n_samples)).mean(
        0
    ) - kl_standard_normal(mu, logvar)


@misconception(
    "elbo",
    hint="The same code is used again and again. What do more samples change then?",
    caught_by="bound_codes_follow_q",
)
def elbo_same_code_again(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(many(mu, n_samples), many(logvar, n_samples))[:1]
    return at_codes(x, decoder, z.expand(n_samples, *mu.shape)).mean(0) - kl_standard_normal(
        mu, logvar
    )


@misconception("elbo", hint=CUT_CODE, caught_by="bound_gradients")
def elbo_codes_detached(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(many(mu, n_samples), many(logvar, n_samples)).detach()
    return at_codes(x, decoder, z).mean(0) - kl_standard_normal(mu, logvar)


@misconception(
    "elbo",
    hint="The value is right, but the divergence is cut out of the graph.",
    caught_by="bound_gradients",
)
def elbo_kl_detached(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) - t.kl.detach()


@misconception("elbo", hint=NO_GRADIENT, caught_by="bound_gradients")
def elbo_without_graph(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px.mean(0) - t.kl).detach()


@misconception("elbo", hint=ONE_EACH, caught_by="one_bound_per_example")
def elbo_of_batch(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px.mean(0) - t.kl).mean()


@misconception(
    "elbo",
    hint="Every code's estimate comes back separately. What estimates an expectation?",
    caught_by="one_bound_per_example",
)
def elbo_per_code(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px - t.kl


@misconception("elbo", hint=LOG_OF_SIGMOID, caught_by="bound_of_steep_decoder")
def elbo_log_of_sigmoid(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    p = t.logits.sigmoid()
    return (x * p.log() + (1 - x) * (1 - p).log()).sum(-1).mean(0) - t.kl


@misconception("elbo", hint=CUT_OFF, caught_by="bound_of_steep_decoder")
def elbo_cut_off(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (
        -F.binary_cross_entropy(t.logits.sigmoid(), many(x, n_samples), reduction="none")
        .sum(-1)
        .mean(0)
        - t.kl
    )


@misconception("elbo", hint=DTYPE, caught_by="bound_keeps_float32")
def elbo_in_float64(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px.mean(0) - t.kl).double()


@misconception("elbo", hint=IN_PLACE, caught_by="bound_changes_nothing")
def elbo_rounds_in_place(x, encoder, decoder, n_samples=1):
    t = terms(x.clone(), encoder, decoder, n_samples)
    x.round_()
    return t.log_px.mean(0) - t.kl


# --- elbo_sampled ---------------------------------------------------------------------------------

SAMPLED_CODES = noise_law(2 * 6 * 32 * 15)


@check(
    "elbo_sampled",
    "It returns one value per example, whatever the number of examples, dimensions and codes.",
)
def one_sampled_bound_per_example(student, draw):
    for examples, latents, inputs, samples in ((5, 3, 6, 4), (1, 1, 2, 1)):
        model = latent_model(draw, examples=examples, latents=latents, inputs=inputs)
        subject = (
            f"elbo_sampled with N = {examples}, K = {latents}, D = {inputs}, n_samples = {samples}"
        )
        expect.tensor(student.elbo_sampled(*model, samples), shape=(examples,), subject=subject)


@check(
    "elbo_sampled",
    "Where q is the posterior it is log p(x), whatever is drawn.",
    after=("one_sampled_bound_per_example",),
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


@check(
    "elbo_sampled",
    "It is the mean of log p(x | z) + log p(z) - log q(z | x) at the codes that it draws.",
    after=("one_sampled_bound_per_example",),
)
def sampled_bound_at_codes(student, draw, right):
    for samples in (4, 1):
        agreeing(student, right, "elbo_sampled", latent_model(draw), samples)


@check(
    "elbo_sampled",
    "z comes from q(z | x): the noise is standard normal, fresh, and independent over samples,"
    " examples and dimensions.",
    after=("sampled_bound_at_codes",),
    law=SAMPLED_CODES,
)
def sampled_codes_follow_q(student, draw, right):
    codes_follow_q(
        student,
        draw,
        right,
        "elbo_sampled",
        SAMPLED_CODES,
        latent_model(draw, examples=32, latents=15),
        6,
    )


@check(
    "elbo_sampled",
    "Gradients flow to both networks through all three densities, and are right.",
    after=("sampled_bound_at_codes",),
)
def sampled_bound_gradients(student, draw, right):
    same_gradients(student, right, "elbo_sampled", latent_model(draw), 4)


@check(
    "elbo_sampled", "It is finite and right for logits of 1e4.", after=("sampled_bound_at_codes",)
)
def sampled_bound_of_steep_decoder(student, draw, right):
    # torch's softplus is linear above 20, and so off by 2e-9 a pixel.
    agreeing(student, right, "elbo_sampled", steep(latent_model(draw)), 4, atol=1e-7)


@check(
    "elbo_sampled", "It keeps float32, and is accurate in it.", after=("sampled_bound_at_codes",)
)
def sampled_bound_keeps_float32(student, draw, right):
    # The noise is recovered from float32 codes, so it carries their rounding divided by sigma.
    agreeing(student, right, "elbo_sampled", latent_model(draw, dtype=torch.float32), 4, atol=1e-3)


@check(
    "elbo_sampled", "It leaves its arguments as they are.", after=("one_sampled_bound_per_example",)
)
def sampled_bound_changes_nothing(student, draw):
    model = latent_model(draw)
    expect.unchanged(
        student.observe("elbo_sampled", *model, 2),
        model[:1],
        names=("x",),
        subject="elbo_sampled(x, encoder, decoder, 2)",
    )


def log_prior(z):
    return Normal(torch.zeros_like(z), torch.ones_like(z)).log_prob(z).sum(-1)


def log_q(z, mu, logvar):
    return Normal(mu, (0.5 * logvar).exp()).log_prob(z).sum(-1)


@misconception(
    "elbo_sampled",
    hint=(
        "The divergence is integrated by hand here; all three densities are to be estimated at the"
        " codes."
    ),
    caught_by="sampled_bound_at_codes",
)
def sampled_analytic_kl(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return t.log_px.mean(0) - t.kl


@misconception(
    "elbo_sampled",
    hint="The density of the prior is missing.",
    caught_by="sampled_bound_of_posterior",
)
def sampled_without_prior(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px - log_q(t.z, t.mu, t.logvar)).mean(0)


@misconception(
    "elbo_sampled",
    hint="The density of q is missing: what you have is the joint distribution of x and z.",
    caught_by="sampled_bound_of_posterior",
)
def sampled_without_q(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z)).mean(0)


@misconception(
    "elbo_sampled",
    hint="One of the three densities is in your value, two are missing.",
    caught_by="sampled_bound_at_codes",
)
def sampled_only_likelihood(x, encoder, decoder, n_samples=1):
    return terms(x, encoder, decoder, n_samples).log_px.mean(0)


@misconception(
    "elbo_sampled",
    hint="Prior and q enter with exchanged signs: which of them stands in the denominator?",
    caught_by="sampled_bound_at_codes",
)
def sampled_ratio_inverted(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px - log_prior(t.z) + log_q(t.z, t.mu, t.logvar)).mean(0)


@misconception("elbo_sampled", hint=SIGN_OF_LOSS, caught_by="sampled_bound_of_posterior")
def sampled_negated(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return -(t.log_px + log_prior(t.z) - log_q(t.z, t.mu, t.logvar)).mean(0)


@misconception("elbo_sampled", hint=NO_AVERAGE, caught_by="sampled_bound_of_posterior")
def sampled_not_averaged(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z) - log_q(t.z, t.mu, t.logvar)).sum(0)


@misconception(
    "elbo_sampled",
    hint="You average the weights before the logarithm: that is another bound.",
    caught_by="sampled_bound_at_codes",
)
def sampled_log_of_mean(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    weights = t.log_px + log_prior(t.z) - log_q(t.z, t.mu, t.logvar)
    return torch.logsumexp(weights, 0) - torch.log(torch.tensor(float(n_samples), dtype=x.dtype))


@misconception(
    "elbo_sampled",
    hint="The variance stands where a normal density wants the standard deviation.",
    caught_by="sampled_bound_at_codes",
)
def sampled_variance_in_q(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z) - log_q(t.z, t.mu, 2 * t.logvar)).mean(0)


@misconception(
    "elbo_sampled",
    hint="The normalising constant of q depends on its variance; something is missing.",
    caught_by="sampled_bound_at_codes",
)
def sampled_q_without_log_det(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z) - log_q(t.z, t.mu, t.logvar) - 0.5 * t.logvar.sum(-1)).mean(0)


@misconception(
    "elbo_sampled",
    hint=(
        "The constants of the two normal densities would cancel, but only one of the densities has"
        " its own."
    ),
    caught_by="sampled_bound_of_posterior",
)
def sampled_one_constant(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px - 0.5 * t.z.square().sum(-1) - log_q(t.z, t.mu, t.logvar)).mean(0)


@misconception(
    "elbo_sampled",
    hint=(
        "The log densities of the latent dimensions are averaged. How do those of independent"
        " dimensions combine?"
    ),
    caught_by="sampled_bound_at_codes",
)
def sampled_mean_over_latents(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + (log_prior(t.z) - log_q(t.z, t.mu, t.logvar)) / t.z.shape[-1]).mean(0)


@misconception("elbo_sampled", hint=PIXEL_MEAN, caught_by="sampled_bound_of_posterior")
def sampled_mean_over_pixels(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px / x.shape[-1] + log_prior(t.z) - log_q(t.z, t.mu, t.logvar)).mean(0)


@misconception("elbo_sampled", hint=TWO_SIGMOIDS, caught_by="sampled_bound_of_posterior")
def sampled_two_sigmoids(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (
        bernoulli_log_likelihood(x, t.logits.sigmoid())
        + log_prior(t.z)
        - log_q(t.z, t.mu, t.logvar)
    ).mean(0)


@misconception(
    "elbo_sampled",
    hint="The densities of q are taken around the wrong mean: around which one is each code drawn?",
    caught_by="sampled_bound_at_codes",
)
def sampled_q_around_zero(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z) - log_q(t.z, torch.zeros_like(t.mu), t.logvar)).mean(0)


@misconception(
    "elbo_sampled",
    hint="One code is drawn for each example, however many are asked for.",
    caught_by="sampled_bound_at_codes",
)
def sampled_one_code(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder)
    return (t.log_px + log_prior(t.z) - log_q(t.z, t.mu, t.logvar)).mean(0)


def _three_densities(x, decoder, z, mu, logvar):
    return (at_codes(x, decoder, z) + log_prior(z) - log_q(z, mu, logvar)).mean(0)


@misconception("elbo_sampled", hint=MEAN_CODE, caught_by="sampled_codes_follow_q")
def sampled_codes_are_means(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    return _three_densities(x, decoder, many(mu, n_samples), mu, logvar)


@misconception("elbo_sampled", hint=PRIOR_CODE, caught_by="sampled_codes_follow_q")
def sampled_codes_from_prior(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    zero = many(torch.zeros_like(mu), n_samples)
    return _three_densities(x, decoder, reparameterize(zero, zero), mu, logvar)


@misconception("elbo_sampled", hint=VARIANCE, caught_by="sampled_codes_follow_q")
def sampled_variance_as_std(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    return _three_densities(
        x, decoder, reparameterize(many(mu, n_samples), many(2 * logvar, n_samples)), mu, logvar
    )


@misconception("elbo_sampled", hint=SHARED, caught_by="sampled_codes_follow_q")
def sampled_shared_noise(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    return _three_densities(x, decoder, with_shared_noise(mu, logvar, n_samples), mu, logvar)


@misconception("elbo_sampled", hint=CUT_CODE, caught_by="sampled_bound_gradients")
def sampled_codes_detached(x, encoder, decoder, n_samples=1):
    mu, logvar = encoder(x)
    z = reparameterize(many(mu, n_samples), many(logvar, n_samples)).detach()
    return _three_densities(x, decoder, z, mu, logvar)


@misconception(
    "elbo_sampled",
    hint=(
        "The value is right, but no gradient reaches the parameters that stand in the density of q."
    ),
    caught_by="sampled_bound_gradients",
)
def sampled_q_detached(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z) - log_q(t.z, t.mu.detach(), t.logvar.detach())).mean(0)


@misconception(
    "elbo_sampled",
    hint=(
        "The value is right, but the codes are cut out of the graph where they enter the density"
        " of q."
    ),
    caught_by="sampled_bound_gradients",
)
def sampled_codes_detached_in_q(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z) - log_q(t.z.detach(), t.mu, t.logvar)).mean(0)


@misconception("elbo_sampled", hint=NO_GRADIENT, caught_by="sampled_bound_gradients")
def sampled_without_graph(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z) - log_q(t.z, t.mu, t.logvar)).mean(0).detach()


@misconception("elbo_sampled", hint=ONE_EACH, caught_by="one_sampled_bound_per_example")
def sampled_of_batch(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z) - log_q(t.z, t.mu, t.logvar)).mean()


@misconception("elbo_sampled", hint=LOG_OF_SIGMOID, caught_by="sampled_bound_of_steep_decoder")
def sampled_log_of_sigmoid(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    p = t.logits.sigmoid()
    return (
        (x * p.log() + (1 - x) * (1 - p).log()).sum(-1)
        + log_prior(t.z)
        - log_q(t.z, t.mu, t.logvar)
    ).mean(0)


@misconception("elbo_sampled", hint=CUT_OFF, caught_by="sampled_bound_of_steep_decoder")
def sampled_cut_off(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    log_px = -F.binary_cross_entropy(t.logits.sigmoid(), many(x, n_samples), reduction="none").sum(
        -1
    )
    return (log_px + log_prior(t.z) - log_q(t.z, t.mu, t.logvar)).mean(0)


@misconception("elbo_sampled", hint=DTYPE, caught_by="sampled_bound_keeps_float32")
def sampled_in_float64(x, encoder, decoder, n_samples=1):
    t = terms(x, encoder, decoder, n_samples)
    return (t.log_px + log_prior(t.z.double()) - log_q(t.z, t.mu, t.logvar)).mean(0)


# --- vae_loss -------------------------------------------------------------------------------------

LOSS_CODES = noise_law(4 * 64 * 25)


@check(
    "vae_loss",
    "It returns a tensor without dimensions, whatever the number of examples and dimensions.",
)
def vae_loss_is_scalar(student, draw):
    for examples, latents, inputs in ((5, 3, 6), (1, 1, 2)):
        model = latent_model(draw, examples=examples, latents=latents, inputs=inputs)
        expect.tensor(
            student.vae_loss(*model),
            shape=(),
            subject=f"vae_loss with N = {examples}, K = {latents}, D = {inputs}",
        )


@check(
    "vae_loss",
    "With networks that ignore their inputs it is minus the sum of the bounds.",
    after=("vae_loss_is_scalar",),
)
def vae_loss_of_blind_networks(student, draw, right):
    model = blind(latent_model(draw), draw)
    expect.close(
        student.vae_loss(*model), right.vae_loss(*model), subject="vae_loss of blind networks"
    )


@check(
    "vae_loss",
    "It is minus the sum of the bounds at the codes that it draws, one for each example.",
    after=("vae_loss_of_blind_networks",),
)
def vae_loss_at_codes(student, draw, right):
    for examples in (5, 4):
        agreeing(student, right, "vae_loss", latent_model(draw, examples=examples))


@check(
    "vae_loss",
    "Where q has almost no variance, every code is the mean of its own example.",
    after=("vae_loss_is_scalar",),
)
def vae_loss_without_variance(student, draw, right):
    model = without_variance(latent_model(draw))
    expect.close(
        student.vae_loss(*model),
        right.vae_loss(*model),
        subject="vae_loss where logvar = -60",
        atol=1e-9,
    )


@check(
    "vae_loss",
    "z comes from q(z | x): the noise is standard normal, fresh, and independent over examples and"
    " dimensions.",
    after=("vae_loss_at_codes",),
    law=LOSS_CODES,
)
def vae_loss_codes_follow_q(student, draw, right):
    codes_follow_q(
        student,
        draw,
        right,
        "vae_loss",
        LOSS_CODES,
        latent_model(draw, examples=64, latents=25),
        calls=4,
    )


@check("vae_loss", "Gradients reach both networks and are right.", after=("vae_loss_at_codes",))
def vae_loss_gradients(student, draw, right):
    same_gradients(student, right, "vae_loss", latent_model(draw))


@check("vae_loss", "It is finite and right for logits of 1e4.", after=("vae_loss_at_codes",))
def vae_loss_of_steep_decoder(student, draw, right):
    # torch's softplus is linear above 20, and so off by 2e-9 a pixel.
    agreeing(student, right, "vae_loss", steep(latent_model(draw)), atol=1e-7)


@check("vae_loss", "It keeps float32, and is accurate in it.", after=("vae_loss_at_codes",))
def vae_loss_keeps_float32(student, draw, right):
    # The noise is recovered from float32 codes, so it carries their rounding divided by sigma.
    agreeing(student, right, "vae_loss", latent_model(draw, dtype=torch.float32), atol=3e-3)


@check("vae_loss", "It leaves its arguments as they are.", after=("vae_loss_is_scalar",))
def vae_loss_changes_nothing(student, draw):
    model = latent_model(draw)
    expect.unchanged(
        student.observe("vae_loss", *model),
        model[:1],
        names=("x",),
        subject="vae_loss(x, encoder, decoder)",
    )


@misconception(
    "vae_loss",
    hint="Your loss is averaged over the examples; the program sums over the data.",
    caught_by="vae_loss_of_blind_networks",
)
def vae_loss_batch_mean(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.kl - t.log_px).mean()


@misconception("vae_loss", hint=SIGN_OF_BOUND, caught_by="vae_loss_of_blind_networks")
def vae_loss_is_the_bound(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.log_px - t.kl).sum()


@misconception(
    "vae_loss",
    hint="With which sign does the divergence enter something that is minimised?",
    caught_by="vae_loss_of_blind_networks",
)
def vae_loss_minus_kl(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return -(t.log_px + t.kl).sum()


@misconception(
    "vae_loss",
    hint=(
        "The likelihood enters with the sign of something that is maximised, the divergence with"
        " that of a loss."
    ),
    caught_by="vae_loss_of_blind_networks",
)
def vae_loss_plus_likelihood(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.log_px + t.kl).sum()


@misconception(
    "vae_loss",
    hint="One of the two terms is missing: what keeps q near the prior?",
    caught_by="vae_loss_of_blind_networks",
)
def vae_loss_without_kl(x, encoder, decoder):
    return -terms(x, encoder, decoder).log_px.sum()


@misconception(
    "vae_loss",
    hint="The divergence enters with a weight that is not its own.",
    caught_by="vae_loss_of_blind_networks",
)
def vae_loss_twice_the_kl(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (2 * t.kl - t.log_px).sum()


@misconception(
    "vae_loss",
    hint="The divergence is averaged over the examples while the reconstruction error is summed.",
    caught_by="vae_loss_of_blind_networks",
)
def vae_loss_kl_batch_mean(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return t.kl.mean() - t.log_px.sum()


@misconception(
    "vae_loss",
    hint="The reconstruction error is averaged over the examples while the divergence is summed.",
    caught_by="vae_loss_of_blind_networks",
)
def vae_loss_error_batch_mean(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return t.kl.sum() - t.log_px.mean()


@misconception("vae_loss", hint=PIXEL_MEAN, caught_by="vae_loss_of_blind_networks")
def vae_loss_mean_over_pixels(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.kl - t.log_px / x.shape[-1]).sum()


@misconception(
    "vae_loss",
    hint=(
        "The reconstruction error is averaged over examples and pixels, so the divergence"
        " outweighs it."
    ),
    caught_by="vae_loss_of_blind_networks",
)
def vae_loss_error_mean_of_everything(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return t.kl.sum() - t.log_px.mean() / x.shape[-1]


@misconception("vae_loss", hint=LATENT_MEAN, caught_by="vae_loss_of_blind_networks")
def vae_loss_kl_mean_over_latents(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.kl / t.mu.shape[-1] - t.log_px).sum()


@misconception("vae_loss", hint=TWO_SIGMOIDS, caught_by="vae_loss_of_blind_networks")
def vae_loss_two_sigmoids(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return t.kl.sum() - bernoulli_log_likelihood(x, t.logits.sigmoid()).sum()


@misconception("vae_loss", hint=SQUARED, caught_by="vae_loss_of_blind_networks")
def vae_loss_squared_error(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return t.kl.sum() + (x - t.logits.sigmoid()).square().sum()


@misconception(
    "vae_loss",
    hint="Each example's loss comes back separately; one number for the data is asked for.",
    caught_by="vae_loss_is_scalar",
)
def vae_loss_per_example(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.kl - t.log_px).mean(0)


@misconception("vae_loss", hint=MEAN_CODE, caught_by="vae_loss_codes_follow_q")
def vae_loss_codes_are_means(x, encoder, decoder):
    mu, logvar = encoder(x)
    return (kl_standard_normal(mu, logvar) - at_codes(x, decoder, mu)).sum()


@misconception("vae_loss", hint=PRIOR_CODE, caught_by="vae_loss_without_variance")
def vae_loss_codes_from_prior(x, encoder, decoder):
    mu, logvar = encoder(x)
    z = reparameterize(torch.zeros_like(mu), torch.zeros_like(mu))
    return (kl_standard_normal(mu, logvar) - at_codes(x, decoder, z)).sum()


@misconception("vae_loss", hint=VARIANCE, caught_by="vae_loss_codes_follow_q")
def vae_loss_variance_as_std(x, encoder, decoder):
    mu, logvar = encoder(x)
    return (
        kl_standard_normal(mu, logvar) - at_codes(x, decoder, reparameterize(mu, 2 * logvar))
    ).sum()


@misconception("vae_loss", hint=CUT_CODE, caught_by="vae_loss_gradients")
def vae_loss_codes_detached(x, encoder, decoder):
    mu, logvar = encoder(x)
    return (
        kl_standard_normal(mu, logvar) - at_codes(x, decoder, reparameterize(mu, logvar).detach())
    ).sum()


@misconception("vae_loss", hint=NO_GRADIENT, caught_by="vae_loss_gradients")
def vae_loss_without_graph(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.kl - t.log_px).sum().detach()


@misconception("vae_loss", hint=LOG_OF_SIGMOID, caught_by="vae_loss_of_steep_decoder")
def vae_loss_log_of_sigmoid(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    p = t.logits.sigmoid()
    return t.kl.sum() - (x * p.log() + (1 - x) * (1 - p).log()).sum()


@misconception("vae_loss", hint=CUT_OFF, caught_by="vae_loss_of_steep_decoder")
def vae_loss_cut_off(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return t.kl.sum() + F.binary_cross_entropy(t.logits.sigmoid(), many(x, 1), reduction="sum")


@misconception(
    "vae_loss",
    hint="A plain number has no gradient: what should an optimiser do with it?",
    caught_by="vae_loss_is_scalar",
)
def vae_loss_as_float(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.kl - t.log_px).sum().item()


# --- reconstruction_only_loss ---------------------------------------------------------------------

ERROR_CODES = noise_law(4 * 64 * 25)


@check(
    "reconstruction_only_loss",
    "It returns a tensor without dimensions, whatever the number of examples and dimensions.",
)
def reconstruction_loss_is_scalar(student, draw):
    for examples, latents, inputs in ((5, 3, 6), (1, 1, 2)):
        model = latent_model(draw, examples=examples, latents=latents, inputs=inputs)
        subject = f"reconstruction_only_loss with N = {examples}, K = {latents}, D = {inputs}"
        expect.tensor(student.reconstruction_only_loss(*model), shape=(), subject=subject)


@check(
    "reconstruction_only_loss",
    "With networks that ignore their inputs it is minus the sum of the log likelihoods.",
    after=("reconstruction_loss_is_scalar",),
)
def reconstruction_loss_of_blind_networks(student, draw, right):
    model = blind(latent_model(draw), draw)
    expect.close(
        student.reconstruction_only_loss(*model),
        right.reconstruction_only_loss(*model),
        subject="reconstruction_only_loss of blind networks",
    )


@check(
    "reconstruction_only_loss",
    "It is minus the sum of the log likelihoods at the codes that it draws.",
    after=("reconstruction_loss_of_blind_networks",),
)
def reconstruction_loss_at_codes(student, draw, right):
    for examples in (5, 4):
        agreeing(student, right, "reconstruction_only_loss", latent_model(draw, examples=examples))


@check(
    "reconstruction_only_loss",
    "Where q has almost no variance, every code is the mean of its own example.",
    after=("reconstruction_loss_is_scalar",),
)
def reconstruction_loss_without_variance(student, draw, right):
    model = without_variance(latent_model(draw))
    expect.close(
        student.reconstruction_only_loss(*model),
        right.reconstruction_only_loss(*model),
        subject="reconstruction_only_loss where logvar = -60",
        atol=1e-9,
    )


@check(
    "reconstruction_only_loss",
    "z comes from q(z | x): the noise is standard normal, fresh, and independent over examples and"
    " dimensions.",
    after=("reconstruction_loss_at_codes",),
    law=ERROR_CODES,
)
def reconstruction_loss_codes_follow_q(student, draw, right):
    codes_follow_q(
        student,
        draw,
        right,
        "reconstruction_only_loss",
        ERROR_CODES,
        latent_model(draw, examples=64, latents=25),
        calls=4,
    )


@check(
    "reconstruction_only_loss",
    "Gradients reach both networks and are right.",
    after=("reconstruction_loss_at_codes",),
)
def reconstruction_loss_gradients(student, draw, right):
    same_gradients(student, right, "reconstruction_only_loss", latent_model(draw))


@check(
    "reconstruction_only_loss",
    "It is finite and right for logits of 1e4.",
    after=("reconstruction_loss_at_codes",),
)
def reconstruction_loss_of_steep_decoder(student, draw, right):
    # torch's softplus is linear above 20, and so off by 2e-9 a pixel.
    agreeing(student, right, "reconstruction_only_loss", steep(latent_model(draw)), atol=1e-7)


@check(
    "reconstruction_only_loss",
    "It keeps float32, and is accurate in it.",
    after=("reconstruction_loss_at_codes",),
)
def reconstruction_loss_keeps_float32(student, draw, right):
    # The noise is recovered from float32 codes, so it carries their rounding divided by sigma.
    agreeing(
        student,
        right,
        "reconstruction_only_loss",
        latent_model(draw, dtype=torch.float32),
        atol=3e-3,
    )


@check(
    "reconstruction_only_loss",
    "It leaves its arguments as they are.",
    after=("reconstruction_loss_is_scalar",),
)
def reconstruction_loss_changes_nothing(student, draw):
    model = latent_model(draw)
    observed = student.observe("reconstruction_only_loss", *model)
    expect.unchanged(
        observed, model[:1], names=("x",), subject="reconstruction_only_loss(x, encoder, decoder)"
    )


@misconception(
    "reconstruction_only_loss",
    hint="The divergence is still in your loss.",
    caught_by="reconstruction_loss_of_blind_networks",
)
def reconstruction_with_kl(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return (t.kl - t.log_px).sum()


@misconception(
    "reconstruction_only_loss",
    hint="The wrong one of the two terms was dropped.",
    caught_by="reconstruction_loss_of_blind_networks",
)
def reconstruction_only_kl(x, encoder, decoder):
    t = terms(x, encoder, decoder)
    return t.kl.sum() + 0 * t.log_px.sum()


@misconception(
    "reconstruction_only_loss",
    hint=SIGN_OF_BOUND,
    caught_by="reconstruction_loss_of_blind_networks",
)
def reconstruction_likelihood(x, encoder, decoder):
    return terms(x, encoder, decoder).log_px.sum()


@misconception(
    "reconstruction_only_loss",
    hint="Your loss is averaged over the examples; `vae_loss` sums over the data.",
    caught_by="reconstruction_loss_of_blind_networks",
)
def reconstruction_batch_mean(x, encoder, decoder):
    return -terms(x, encoder, decoder).log_px.mean()


@misconception(
    "reconstruction_only_loss",
    hint=(
        "Your loss is averaged over examples and pixels; the log probabilities of independent"
        " pixels add up."
    ),
    caught_by="reconstruction_loss_of_blind_networks",
)
def reconstruction_mean_of_everything(x, encoder, decoder):
    return -terms(x, encoder, decoder).log_px.mean() / x.shape[-1]


@misconception(
    "reconstruction_only_loss",
    hint="The pixels are averaged. How do the log probabilities of independent pixels combine?",
    caught_by="reconstruction_loss_of_blind_networks",
)
def reconstruction_mean_over_pixels(x, encoder, decoder):
    return -terms(x, encoder, decoder).log_px.sum() / x.shape[-1]


@misconception(
    "reconstruction_only_loss", hint=SQUARED, caught_by="reconstruction_loss_of_blind_networks"
)
def reconstruction_squared_error(x, encoder, decoder):
    return (x - terms(x, encoder, decoder).logits.sigmoid()).square().sum()


@misconception(
    "reconstruction_only_loss", hint=TWO_SIGMOIDS, caught_by="reconstruction_loss_of_blind_networks"
)
def reconstruction_two_sigmoids(x, encoder, decoder):
    return -bernoulli_log_likelihood(x, terms(x, encoder, decoder).logits.sigmoid()).sum()


@misconception(
    "reconstruction_only_loss",
    hint="Each example's loss comes back separately; one number for the data is asked for.",
    caught_by="reconstruction_loss_is_scalar",
)
def reconstruction_per_example(x, encoder, decoder):
    return -terms(x, encoder, decoder).log_px.mean(0)


@misconception(
    "reconstruction_only_loss",
    hint="Only the divergence was to be dropped; your codes are not drawn any more either.",
    caught_by="reconstruction_loss_codes_follow_q",
)
def reconstruction_codes_are_means(x, encoder, decoder):
    return -at_codes(x, decoder, encoder(x)[0]).sum()


@misconception(
    "reconstruction_only_loss", hint=PRIOR_CODE, caught_by="reconstruction_loss_without_variance"
)
def reconstruction_codes_from_prior(x, encoder, decoder):
    zero = torch.zeros_like(encoder(x)[0])
    return -at_codes(x, decoder, reparameterize(zero, zero)).sum()


@misconception(
    "reconstruction_only_loss", hint=VARIANCE, caught_by="reconstruction_loss_codes_follow_q"
)
def reconstruction_variance_as_std(x, encoder, decoder):
    mu, logvar = encoder(x)
    return -at_codes(x, decoder, reparameterize(mu, 2 * logvar)).sum()


@misconception("reconstruction_only_loss", hint=CUT_CODE, caught_by="reconstruction_loss_gradients")
def reconstruction_codes_detached(x, encoder, decoder):
    return -at_codes(x, decoder, reparameterize(*encoder(x)).detach()).sum()


@misconception(
    "reconstruction_only_loss",
    hint=LOG_OF_SIGMOID,
    caught_by="reconstruction_loss_of_steep_decoder",
)
def reconstruction_log_of_sigmoid(x, encoder, decoder):
    p = terms(x, encoder, decoder).logits.sigmoid()
    return -(x * p.log() + (1 - x) * (1 - p).log()).sum()


@misconception(
    "reconstruction_only_loss", hint=CUT_OFF, caught_by="reconstruction_loss_of_steep_decoder"
)
def reconstruction_cut_off(x, encoder, decoder):
    return F.binary_cross_entropy(
        terms(x, encoder, decoder).logits.sigmoid(), many(x, 1), reduction="sum"
    )


# --- autoencoder_loss -----------------------------------------------------------------------------

# Nothing is recorded here: the exercise draws no codes, so a submission that does is compared under
# the same seed.


@check(
    "autoencoder_loss",
    "It returns a tensor without dimensions, whatever the number of examples and dimensions.",
)
def autoencoder_loss_is_scalar(student, draw):
    for examples, latents, inputs in ((5, 3, 6), (1, 1, 2)):
        model = latent_model(draw, examples=examples, latents=latents, inputs=inputs, record=False)
        expect.tensor(
            student.autoencoder_loss(*model),
            shape=(),
            subject=f"autoencoder_loss with N = {examples}, K = {latents}, D = {inputs}",
        )


@check(
    "autoencoder_loss",
    "It is the squared error of the reconstructions from the means.",
    after=("autoencoder_loss_is_scalar",),
)
def autoencoder_loss_value(student, draw, right):
    for examples in (5, 4):
        model = latent_model(draw, examples=examples, record=False)
        expect.close(
            student.autoencoder_loss(*model),
            right.autoencoder_loss(*model),
            subject=f"autoencoder_loss of {examples} examples",
        )


@check(
    "autoencoder_loss",
    "Its gradients reach both networks and are right.",
    after=("autoencoder_loss_value",),
)
def autoencoder_loss_gradients(student, draw, right):
    model = latent_model(draw, record=False)
    got = expect.tensor(student.autoencoder_loss(*model), shape=(), subject="autoencoder_loss")
    compare_gradients(got, right.autoencoder_loss(*model), model, "autoencoder_loss")


@check(
    "autoencoder_loss",
    "It keeps float32, and is accurate in it.",
    after=("autoencoder_loss_value",),
)
def autoencoder_loss_keeps_float32(student, draw, right):
    model = latent_model(draw, record=False, dtype=torch.float32)
    expect.close(
        student.autoencoder_loss(*model),
        right.autoencoder_loss(*model),
        subject="autoencoder_loss in float32",
        atol=1e-5,
    )


@check(
    "autoencoder_loss",
    "It leaves its arguments as they are.",
    after=("autoencoder_loss_is_scalar",),
)
def autoencoder_loss_changes_nothing(student, draw):
    model = latent_model(draw, record=False)
    expect.unchanged(
        student.observe("autoencoder_loss", *model),
        model[:1],
        names=("x",),
        subject="autoencoder_loss(x, encoder, decoder)",
    )


def deviations(x, encoder, decoder):
    """x minus its reconstruction from the mean."""
    return x - decoder(encoder(x)[0]).sigmoid()


@misconception(
    "autoencoder_loss",
    hint="You compare the image with the logits. What is the mean of a pixel?",
    caught_by="autoencoder_loss_value",
)
def autoencoder_of_logits(x, encoder, decoder):
    return (x - decoder(encoder(x)[0])).square().sum(-1).mean()


@misconception(
    "autoencoder_loss",
    hint="Your loss is summed over the examples; it is to be averaged.",
    caught_by="autoencoder_loss_value",
)
def autoencoder_batch_sum(x, encoder, decoder):
    return deviations(x, encoder, decoder).square().sum()


@misconception(
    "autoencoder_loss",
    hint="Your loss is averaged over the pixels too; they are to be summed.",
    caught_by="autoencoder_loss_value",
)
def autoencoder_mean_of_everything(x, encoder, decoder):
    return deviations(x, encoder, decoder).square().mean()


@misconception(
    "autoencoder_loss",
    hint=(
        "Your loss is averaged over the pixels and summed over the examples: it should be the other"
        " way round."
    ),
    caught_by="autoencoder_loss_value",
)
def autoencoder_axes_exchanged(x, encoder, decoder):
    return deviations(x, encoder, decoder).square().mean(-1).sum()


@misconception(
    "autoencoder_loss",
    hint="Your loss is a fixed multiple of the squared error. Where does the factor come from?",
    caught_by="autoencoder_loss_value",
)
def autoencoder_half(x, encoder, decoder):
    return 0.5 * deviations(x, encoder, decoder).square().sum(-1).mean()


@misconception(
    "autoencoder_loss",
    hint="The length of the deviation enters; its square is asked for.",
    caught_by="autoencoder_loss_value",
)
def autoencoder_norm(x, encoder, decoder):
    return torch.linalg.vector_norm(deviations(x, encoder, decoder), dim=-1).mean()


@misconception(
    "autoencoder_loss",
    hint="Absolute deviations enter; their squares are asked for.",
    caught_by="autoencoder_loss_value",
)
def autoencoder_absolute(x, encoder, decoder):
    return deviations(x, encoder, decoder).abs().sum(-1).mean()


@misconception(
    "autoencoder_loss",
    hint="A cross entropy is another error than the squared one.",
    caught_by="autoencoder_loss_value",
)
def autoencoder_cross_entropy(x, encoder, decoder):
    return -at_codes(x, decoder, encoder(x)[0]).mean()


@misconception(
    "autoencoder_loss",
    hint="A plain autoencoder draws nothing. What is its code?",
    caught_by="autoencoder_loss_value",
)
def autoencoder_drawn_codes(x, encoder, decoder):
    return (x - decoder(reparameterize(*encoder(x))).sigmoid()).square().sum(-1).mean()


@misconception(
    "autoencoder_loss",
    hint="A plain autoencoder has no prior, so nothing keeps its codes near one.",
    caught_by="autoencoder_loss_value",
)
def autoencoder_with_kl(x, encoder, decoder):
    return (
        deviations(x, encoder, decoder).square().sum(-1).mean()
        + kl_standard_normal(*encoder(x)).mean()
    )


@misconception(
    "autoencoder_loss",
    hint="The encoder's second output is used as the code. Which one is the mean?",
    caught_by="autoencoder_loss_value",
)
def autoencoder_code_is_logvar(x, encoder, decoder):
    return (x - decoder(encoder(x)[1]).sigmoid()).square().sum(-1).mean()


@misconception(
    "autoencoder_loss",
    hint="A loss is minimised: the better the reconstruction, the smaller.",
    caught_by="autoencoder_loss_value",
)
def autoencoder_negated(x, encoder, decoder):
    return -deviations(x, encoder, decoder).square().sum(-1).mean()


@misconception(
    "autoencoder_loss",
    hint="Each example's loss comes back separately; one number is asked for.",
    caught_by="autoencoder_loss_is_scalar",
)
def autoencoder_per_example(x, encoder, decoder):
    return deviations(x, encoder, decoder).square().sum(-1)


@misconception(
    "autoencoder_loss",
    hint="The value is right, but no gradient reaches the encoder.",
    caught_by="autoencoder_loss_gradients",
)
def autoencoder_code_detached(x, encoder, decoder):
    return (x - decoder(encoder(x)[0].detach()).sigmoid()).square().sum(-1).mean()


@misconception("autoencoder_loss", hint=NO_GRADIENT, caught_by="autoencoder_loss_gradients")
def autoencoder_without_graph(x, encoder, decoder):
    return deviations(x, encoder, decoder).square().sum(-1).mean().detach()


@misconception("autoencoder_loss", hint=DTYPE, caught_by="autoencoder_loss_keeps_float32")
def autoencoder_in_float64(x, encoder, decoder):
    return deviations(x, encoder, decoder).double().square().sum(-1).mean()


# --- elbo_decomposition ---------------------------------------------------------------------------

PARTS = ("log_evidence", "elbo", "kl_to_posterior")
DECOMPOSITION = "elbo_decomposition(prior, likelihood, q)"


def states(draw, size=6):
    """prior, likelihood and q for a latent variable with `size` states, no zeros."""
    return draw.probabilities(size), draw.uniform(0.02, 0.98, size), draw.probabilities(size)


def same_parts(got, wanted, *, inputs="", **tolerance):
    """Checks the three scalars one after another; a tensor has to keep the dtype."""
    expect.true(
        isinstance(got, (tuple, list)) and len(got) == 3,
        "not three values",
        subject=DECOMPOSITION,
        detail=f"wanted the three values {PARTS}",
        got="not three",
    )
    for name, value, want in zip(PARTS, got, wanted):
        if isinstance(value, float):
            value = torch.tensor(value, dtype=want.dtype)
        expect.close(value, want, subject=f"{name} of {DECOMPOSITION}", inputs=inputs, **tolerance)


@check(
    "elbo_decomposition",
    "The log evidence, the bound and the divergence from the posterior are right.",
)
def decomposition_parts(student, draw, right):
    example = states(draw)
    same_parts(student.elbo_decomposition(*example), right.elbo_decomposition(*example))


@check(
    "elbo_decomposition",
    "Where q is the posterior the bound is the log evidence, and nothing is left over.",
    after=("decomposition_parts",),
    stand_ins=False,
)
def decomposition_at_posterior(student, draw, right):
    prior, likelihood, _ = states(draw)
    example = prior, likelihood, right.bayes_posterior(prior, likelihood)
    log_evidence = (prior @ likelihood).log()
    same_parts(
        student.elbo_decomposition(*example),
        (log_evidence, log_evidence, torch.zeros_like(log_evidence)),
    )


@check(
    "elbo_decomposition",
    "States without probability contribute nothing, wherever the zero is.",
    after=("decomposition_parts",),
)
def decomposition_with_zeros(student, draw, right):
    prior, likelihood, q = states(draw, 7)
    q[0] = q[1] = q[2] = prior[1] = likelihood[2] = 0
    example = prior / prior.sum(), likelihood, q / q.sum()
    same_parts(student.elbo_decomposition(*example), right.elbo_decomposition(*example))


@check(
    "elbo_decomposition",
    "Where q gives probability to what the posterior rules out, the bound is -inf, the divergence"
    " inf, and the log evidence finite.",
    after=("decomposition_with_zeros",),
    stand_ins=False,
)
def decomposition_with_infinities(student, draw, right):
    for zero in (0, 1):
        example = states(draw)
        example[zero][3] = 0
        example[0].div_(example[0].sum())
        same_parts(student.elbo_decomposition(*example), right.elbo_decomposition(*example))


@check(
    "elbo_decomposition",
    "It is right on small examples, zeros included.",
    after=("decomposition_with_infinities",),
    stand_ins=False,
)
def decomposition_everywhere(student, draw, right):
    def law(example):
        weights = [row[0] for row in example]
        # A weight that keeps every vector normalisable and the evidence positive.
        prior, q = (
            (w + 0.25 * (w.sum() == 0)) / (w + 0.25 * (w.sum() == 0)).sum()
            for w in (weights[0], weights[2])
        )
        likelihood = weights[1] / 2 if (prior * weights[1]).sum() > 0 else weights[1] / 2 + 0.25
        got = student.elbo_decomposition(prior, likelihood, q)
        same_parts(
            got,
            right.elbo_decomposition(prior, likelihood, q),
            inputs=shown(prior=prior, likelihood=likelihood, q=q),
        )

    for_every(draw, matrices(low=0, high=1, rows=(1, 1), columns=(1, 5), count=3), law)


@check(
    "elbo_decomposition",
    "It is accurate for very small likelihoods.",
    after=("decomposition_parts",),
)
def decomposition_of_small_likelihoods(student, draw, right):
    prior, likelihood, q = states(draw)
    example = prior, 1e-200 * likelihood, q
    same_parts(student.elbo_decomposition(*example), right.elbo_decomposition(*example))


@check(
    "elbo_decomposition", "An x that the model cannot produce raises ValueError.", stand_ins=False
)
def decomposition_refuses_the_impossible(student, draw):
    prior, likelihood, q = states(draw)
    expect.raises(
        "ValueError",
        lambda: student.elbo_decomposition(prior, torch.zeros_like(prior), q),
        subject=f"{DECOMPOSITION} with likelihood 0",
    )
    prior[:3], likelihood[3:] = 0, 0
    expect.raises(
        "ValueError",
        lambda: student.elbo_decomposition(prior / prior.sum(), likelihood, q),
        subject=f"{DECOMPOSITION} where prior and likelihood exclude each other",
    )


@check(
    "elbo_decomposition", "It keeps float32, and is accurate in it.", after=("decomposition_parts",)
)
def decomposition_keeps_float32(student, draw, right):
    example = [part.float() for part in states(draw)]
    same_parts(student.elbo_decomposition(*example), right.elbo_decomposition(*example), atol=1e-5)


@check("elbo_decomposition", "It leaves its arguments as they are.", after=("decomposition_parts",))
def decomposition_changes_nothing(student, draw):
    example = states(draw)
    expect.unchanged(
        student.observe("elbo_decomposition", *example),
        example,
        names=("prior", "likelihood", "q"),
        subject=DECOMPOSITION,
    )


IMPOSSIBLE = "Nothing stops an x that the model cannot produce. What would its posterior be?"


def parts(prior, likelihood, q):
    """The right three values, and the terms from which the misconceptions below make wrong ones."""
    joint = prior * likelihood
    evidence = joint.sum()
    if evidence == 0:
        raise ValueError
    negative_entropy = torch.xlogy(q, q).sum()
    bound = torch.xlogy(q, joint).sum() - negative_entropy
    divergence = negative_entropy - torch.xlogy(q, bayes_posterior(prior, likelihood)).sum()
    return evidence.log(), bound, divergence


@misconception(
    "elbo_decomposition",
    hint="The evidence itself comes back where its logarithm is asked for.",
    caught_by="decomposition_parts",
)
def decomposition_evidence_not_log(prior, likelihood, q):
    log_evidence, bound, divergence = parts(prior, likelihood, q)
    return log_evidence.exp(), bound, divergence


@misconception(
    "elbo_decomposition",
    hint="The evidence weighs every state by its prior probability.",
    caught_by="decomposition_parts",
)
def decomposition_unweighted_evidence(prior, likelihood, q):
    _, bound, divergence = parts(prior, likelihood, q)
    return likelihood.sum().log(), bound, divergence


@misconception(
    "elbo_decomposition",
    hint="The evidence does not depend on q; yours does.",
    caught_by="decomposition_parts",
)
def decomposition_evidence_under_q(prior, likelihood, q):
    _, bound, divergence = parts(prior, likelihood, q)
    return (q * likelihood).sum().log(), bound, divergence


@misconception(
    "elbo_decomposition",
    hint="The logarithm of a mean is not the mean of the logarithms.",
    caught_by="decomposition_parts",
)
def decomposition_mean_of_logs(prior, likelihood, q):
    _, bound, divergence = parts(prior, likelihood, q)
    return torch.xlogy(prior, likelihood).sum(), bound, divergence


@misconception(
    "elbo_decomposition",
    hint="Only the expected log likelihood is in your bound. What keeps q near the prior?",
    caught_by="decomposition_parts",
)
def decomposition_bound_without_kl(prior, likelihood, q):
    log_evidence, _, divergence = parts(prior, likelihood, q)
    return log_evidence, torch.xlogy(q, likelihood).sum(), divergence


@misconception(
    "elbo_decomposition",
    hint="With which sign does the divergence from the prior enter the bound?",
    caught_by="decomposition_parts",
)
def decomposition_bound_plus_kl(prior, likelihood, q):
    log_evidence, bound, divergence = parts(prior, likelihood, q)
    return log_evidence, 2 * torch.xlogy(q, likelihood).sum() - bound, divergence


@misconception(
    "elbo_decomposition",
    hint="The entropy of q is missing from your bound.",
    caught_by="decomposition_parts",
)
def decomposition_bound_without_entropy(prior, likelihood, q):
    log_evidence, _, divergence = parts(prior, likelihood, q)
    return log_evidence, torch.xlogy(q, prior * likelihood).sum(), divergence


@misconception(
    "elbo_decomposition",
    hint="The expectation in the bound is taken under q, not under the prior.",
    caught_by="decomposition_parts",
)
def decomposition_bound_under_prior(prior, likelihood, q):
    log_evidence, bound, divergence = parts(prior, likelihood, q)
    return log_evidence, bound + torch.xlogy(prior - q, likelihood).sum(), divergence


@misconception(
    "elbo_decomposition",
    hint="This is the divergence in the other direction: KL is not symmetric.",
    caught_by="decomposition_parts",
)
def decomposition_kl_reversed(prior, likelihood, q):
    log_evidence, bound, _ = parts(prior, likelihood, q)
    posterior = bayes_posterior(prior, likelihood)
    return (
        log_evidence,
        bound,
        (torch.xlogy(posterior, posterior) - torch.xlogy(posterior, q)).sum(),
    )


@misconception(
    "elbo_decomposition",
    hint="This is the divergence from the prior. Which one closes the gap?",
    caught_by="decomposition_parts",
)
def decomposition_kl_to_prior(prior, likelihood, q):
    log_evidence, bound, _ = parts(prior, likelihood, q)
    return log_evidence, bound, (torch.xlogy(q, q) - torch.xlogy(q, prior)).sum()


@misconception(
    "elbo_decomposition",
    hint="Your posterior does not add up to 1.",
    caught_by="decomposition_parts",
)
def decomposition_kl_to_joint(prior, likelihood, q):
    log_evidence, bound, _ = parts(prior, likelihood, q)
    return log_evidence, bound, -bound


@misconception(
    "elbo_decomposition", hint="Is a divergence ever negative?", caught_by="decomposition_parts"
)
def decomposition_kl_negated(prior, likelihood, q):
    log_evidence, bound, divergence = parts(prior, likelihood, q)
    return log_evidence, bound, -divergence


@misconception(
    "elbo_decomposition",
    hint="The values come back in another order than the one asked for.",
    caught_by="decomposition_parts",
)
def decomposition_other_order(prior, likelihood, q):
    log_evidence, bound, divergence = parts(prior, likelihood, q)
    return bound, log_evidence, divergence


@misconception(
    "elbo_decomposition", hint="Three values are asked for.", caught_by="decomposition_parts"
)
def decomposition_two_values(prior, likelihood, q):
    return parts(prior, likelihood, q)[:2]


@misconception(
    "elbo_decomposition", hint="The logarithm is a natural one.", caught_by="decomposition_parts"
)
def decomposition_in_bits(prior, likelihood, q):
    return tuple(
        part / torch.log(torch.tensor(2.0, dtype=q.dtype)) for part in parts(prior, likelihood, q)
    )


@misconception(
    "elbo_decomposition",
    hint=(
        "A small constant inside the logarithms changes the values. Where would it be needed at"
        " all?"
    ),
    caught_by="decomposition_with_infinities",
)
def decomposition_epsilon(prior, likelihood, q):
    log_evidence, _, _ = parts(prior, likelihood, q)
    joint, posterior, small = prior * likelihood, bayes_posterior(prior, likelihood), 1e-8
    log_q = (q + small).log()
    return (
        log_evidence,
        (q * ((joint + small).log() - log_q)).sum(),
        (q * (log_q - (posterior + small).log())).sum(),
    )


@misconception(
    "elbo_decomposition",
    hint="0 times an infinite logarithm is not 0 for a computer. What should it be here?",
    caught_by="decomposition_with_zeros",
)
def decomposition_zero_times_log_zero(prior, likelihood, q):
    log_evidence, _, _ = parts(prior, likelihood, q)
    joint, posterior = prior * likelihood, bayes_posterior(prior, likelihood)
    return (
        log_evidence,
        (q * (joint.log() - q.log())).sum(),
        (q * (q.log() - posterior.log())).sum(),
    )


@misconception(
    "elbo_decomposition",
    hint=(
        "States that the posterior rules out are left out of your sums, although q gives them"
        " probability."
    ),
    caught_by="decomposition_with_infinities",
)
def decomposition_masks_impossible(prior, likelihood, q):
    log_evidence, _, _ = parts(prior, likelihood, q)
    keep = (prior * likelihood > 0) & (q > 0)
    q, joint, posterior = (
        q[keep],
        (prior * likelihood)[keep],
        bayes_posterior(prior, likelihood)[keep],
    )
    return log_evidence, (q * (joint / q).log()).sum(), (q * (q / posterior).log()).sum()


@misconception(
    "elbo_decomposition",
    hint="Two infinite values were subtracted from each other on the way.",
    caught_by="decomposition_with_infinities",
)
def decomposition_by_difference(prior, likelihood, q):
    _, bound, divergence = parts(prior, likelihood, q)
    return bound + divergence, bound, divergence


def unvalidated_parts(prior, likelihood, q):
    """Evidence, bound and divergence of whatever arrays these are."""
    joint = prior * likelihood
    negative_entropy = torch.xlogy(q, q).sum()
    divergence = negative_entropy - torch.xlogy(q, joint / joint.sum()).sum()
    return joint.sum().log(), torch.xlogy(q, joint).sum() - negative_entropy, divergence


@misconception(
    "elbo_decomposition", hint=IMPOSSIBLE, caught_by="decomposition_refuses_the_impossible"
)
def decomposition_unchecked(prior, likelihood, q):
    return unvalidated_parts(prior, likelihood, q)


@misconception(
    "elbo_decomposition",
    hint="Every likelihood may be positive somewhere, and the evidence still be 0. When is it?",
    caught_by="decomposition_refuses_the_impossible",
)
def decomposition_checks_likelihood_only(prior, likelihood, q):
    if not likelihood.any():
        raise ValueError
    return unvalidated_parts(prior, likelihood, q)


@misconception("elbo_decomposition", hint=DTYPE, caught_by="decomposition_keeps_float32")
def decomposition_in_float64(prior, likelihood, q):
    return parts(prior.double(), likelihood.double(), q.double())


# --- bayes_posterior ------------------------------------------------------------------------------

POSTERIOR = "bayes_posterior(prior, likelihood)"


def posterior_value(student, draw, right, name):
    """Checks a distribution over states of two sizes against the reference's."""
    for size in (6, 3):
        prior, likelihood, _ = states(draw, size)
        expect.close(
            getattr(student, name)(prior, likelihood),
            getattr(right, name)(prior, likelihood),
            subject=f"{name} of {size} states",
        )


def posterior_with_zeros(student, draw, right, name):
    """Checks states that the prior or the likelihood rules out."""
    prior, likelihood, _ = states(draw, 7)
    prior[1] = likelihood[4] = 0
    prior = prior / prior.sum()
    expect.close(
        getattr(student, name)(prior, likelihood),
        getattr(right, name)(prior, likelihood),
        subject=f"{name} with a zero in each argument",
    )


def posterior_of_other_scales(student, draw, right, name):
    """Checks likelihoods that are tiny, and densities above 1."""
    prior, likelihood, _ = states(draw)
    for scale in (1e-250, 1e4):
        got, wanted = (
            getattr(student, name)(prior, scale * likelihood),
            getattr(right, name)(prior, scale * likelihood),
        )
        expect.close(got, wanted, subject=f"{name} with likelihoods of about {scale}")


def posterior_refuses(student, draw, name):
    """Checks the two ways in which the evidence can be 0."""
    prior, likelihood, _ = states(draw)
    call = getattr(student, name)
    expect.raises(
        "ValueError",
        lambda: call(prior, torch.zeros_like(prior)),
        subject=f"{name} with likelihood 0",
    )
    prior[:3], likelihood[3:] = 0, 0
    expect.raises(
        "ValueError",
        lambda: call(prior / prior.sum(), likelihood),
        subject=f"{name} where prior and likelihood exclude each other",
    )


def posterior_in_float32(student, draw, right, name):
    """Checks the dtype, and the values to its rounding."""
    prior, likelihood = (part.float() for part in states(draw)[:2])
    expect.close(
        getattr(student, name)(prior, likelihood),
        getattr(right, name)(prior, likelihood),
        subject=f"{name} in float32",
        atol=1e-6,
    )


@check("bayes_posterior", "It is the prior times the likelihood of each state, normalised.")
def posterior_is_right(student, draw, right):
    posterior_value(student, draw, right, "bayes_posterior")


@check(
    "bayes_posterior",
    "A state that the prior or the likelihood rules out has probability 0.",
    after=("posterior_is_right",),
)
def posterior_rules_out(student, draw, right):
    posterior_with_zeros(student, draw, right, "bayes_posterior")


@check(
    "bayes_posterior",
    "The scale of the likelihood does not matter, however small or large.",
    after=("posterior_is_right",),
)
def posterior_is_scale_free(student, draw, right):
    posterior_of_other_scales(student, draw, right, "bayes_posterior")


@check("bayes_posterior", "An x that the model cannot produce raises ValueError.")
def posterior_refuses_the_impossible(student, draw):
    posterior_refuses(student, draw, "bayes_posterior")


@check("bayes_posterior", "It keeps float32.", after=("posterior_is_right",))
def posterior_keeps_float32(student, draw, right):
    posterior_in_float32(student, draw, right, "bayes_posterior")


@check("bayes_posterior", "It leaves its arguments as they are.", after=("posterior_is_right",))
def posterior_changes_nothing(student, draw):
    prior, likelihood, _ = states(draw)
    expect.unchanged(
        student.observe("bayes_posterior", prior, likelihood),
        (prior, likelihood),
        names=("prior", "likelihood"),
        subject=POSTERIOR,
    )


def possible(prior, likelihood):
    """The joint probabilities; raises ValueError when all are 0."""
    joint = prior * likelihood
    if joint.sum() == 0:
        raise ValueError
    return joint


@misconception(
    "bayes_posterior",
    hint="Your values are joint probabilities: they do not add up to 1.",
    caught_by="posterior_is_right",
)
def posterior_unnormalised(prior, likelihood):
    return possible(prior, likelihood)


@misconception(
    "bayes_posterior",
    hint="The prior does not enter your posterior.",
    caught_by="posterior_is_right",
)
def posterior_without_prior(prior, likelihood):
    possible(prior, likelihood)
    return likelihood / likelihood.sum()


@misconception(
    "bayes_posterior", hint="The data do not enter your posterior.", caught_by="posterior_is_right"
)
def posterior_is_prior(prior, likelihood):
    possible(prior, likelihood)
    return prior.clone()


@misconception(
    "bayes_posterior",
    hint=(
        "The denominator is not the sum of the likelihoods: how is the evidence an average over"
        " states?"
    ),
    caught_by="posterior_is_right",
)
def posterior_wrong_evidence(prior, likelihood):
    return possible(prior, likelihood) / likelihood.sum()


@misconception(
    "bayes_posterior",
    hint="The likelihood stands in the denominator.",
    caught_by="posterior_is_right",
)
def posterior_divides(prior, likelihood):
    possible(prior, likelihood)
    ratio = prior / likelihood
    return ratio / ratio.sum()


@misconception(
    "bayes_posterior",
    hint="A softmax exponentiates what are probabilities already.",
    caught_by="posterior_is_right",
)
def posterior_softmax(prior, likelihood):
    return possible(prior, likelihood).softmax(-1)


@misconception(
    "bayes_posterior",
    hint="The logarithms come back; probabilities are asked for.",
    caught_by="posterior_is_right",
)
def posterior_in_logs(prior, likelihood):
    joint = possible(prior, likelihood)
    return (joint / joint.sum()).log()


@misconception(
    "bayes_posterior",
    hint="You divide by the largest value. What makes probabilities of probabilities?",
    caught_by="posterior_is_right",
)
def posterior_divided_by_maximum(prior, likelihood):
    joint = possible(prior, likelihood)
    return joint / joint.max()


@misconception(
    "bayes_posterior",
    hint="One state gets everything; how likely are the others?",
    caught_by="posterior_is_right",
)
def posterior_mode(prior, likelihood):
    return F.one_hot(possible(prior, likelihood).argmax(), len(prior)).to(prior.dtype)


@misconception(
    "bayes_posterior",
    hint=(
        "A small constant in the denominator changes the values, and everything when the evidence"
        " is small."
    ),
    caught_by="posterior_is_scale_free",
)
def posterior_epsilon(prior, likelihood):
    joint = possible(prior, likelihood)
    return joint / (joint.sum() + 1e-8)


@misconception("bayes_posterior", hint=IMPOSSIBLE, caught_by="posterior_refuses_the_impossible")
def posterior_unchecked(prior, likelihood):
    joint = prior * likelihood
    return joint / joint.sum()


@misconception(
    "bayes_posterior",
    hint="An evidence that is small is not 0.",
    caught_by="posterior_is_scale_free",
)
def posterior_threshold(prior, likelihood):
    joint = prior * likelihood
    if joint.sum() < 1e-12:
        raise ValueError
    return joint / joint.sum()


@misconception("bayes_posterior", hint=DTYPE, caught_by="posterior_keeps_float32")
def posterior_in_float64(prior, likelihood):
    joint = possible(prior.double(), likelihood.double())
    return joint / joint.sum()


# --- optimal_q ------------------------------------------------------------------------------------

OPTIMUM = "optimal_q(prior, likelihood)"


@check("optimal_q", "It is the stationary point of the Lagrangian.")
def optimum_is_right(student, draw, right):
    posterior_value(student, draw, right, "optimal_q")


@check(
    "optimal_q",
    "No probability vector nearby has a larger bound.",
    after=("optimum_is_right",),
    stand_ins=False,
)
def optimum_is_largest(student, draw):
    prior, likelihood, _ = states(draw)
    q = expect.tensor(student.optimal_q(prior, likelihood), shape=(6,), subject=OPTIMUM)
    for step in (0.3, 0.01):
        # A step towards each state in turn: from any other q, one of them leads uphill.
        others = (1 - step) * q + step * torch.eye(6, dtype=torch.float64)
        bounds = [
            (torch.xlogy(p, prior * likelihood) - torch.xlogy(p, p)).sum(-1) for p in (others, q)
        ]
        expect.at_most(
            bounds[0],
            bounds[1].expand(6),
            subject="the bound of another q, compared with that of optimal_q",
        )


@check(
    "optimal_q",
    "A state that the prior or the likelihood rules out gets nothing.",
    after=("optimum_is_right",),
)
def optimum_rules_out(student, draw, right):
    posterior_with_zeros(student, draw, right, "optimal_q")


@check(
    "optimal_q",
    "The scale of the likelihood does not matter, however small or large.",
    after=("optimum_is_right",),
)
def optimum_is_scale_free(student, draw, right):
    posterior_of_other_scales(student, draw, right, "optimal_q")


@check("optimal_q", "An x that the model cannot produce raises ValueError.", stand_ins=False)
def optimum_refuses_the_impossible(student, draw):
    posterior_refuses(student, draw, "optimal_q")


@check("optimal_q", "It keeps float32.", after=("optimum_is_right",))
def optimum_keeps_float32(student, draw, right):
    posterior_in_float32(student, draw, right, "optimal_q")


@check("optimal_q", "It leaves its arguments as they are.", after=("optimum_is_right",))
def optimum_changes_nothing(student, draw):
    prior, likelihood, _ = states(draw)
    expect.unchanged(
        student.observe("optimal_q", prior, likelihood),
        (prior, likelihood),
        names=("prior", "likelihood"),
        subject=OPTIMUM,
    )


@misconception(
    "optimal_q",
    hint="You maximise the expected log likelihood alone: there the best state takes everything.",
    caught_by="optimum_is_right",
)
def optimum_of_likelihood(prior, likelihood):
    possible(prior, likelihood)
    return F.one_hot(likelihood.argmax(), len(prior)).to(prior.dtype)


@misconception(
    "optimal_q",
    hint="You minimise the divergence alone. What does the other term reward?",
    caught_by="optimum_is_right",
)
def optimum_is_prior(prior, likelihood):
    possible(prior, likelihood)
    return prior.clone()


@misconception(
    "optimal_q",
    hint="The prior does not enter your result. What does the divergence compare q with?",
    caught_by="optimum_is_right",
)
def optimum_without_prior(prior, likelihood):
    possible(prior, likelihood)
    return likelihood / likelihood.sum()


@misconception(
    "optimal_q",
    hint="The multiplier is still to be found: your values do not add up to 1.",
    caught_by="optimum_is_right",
)
def optimum_unnormalised(prior, likelihood):
    return possible(prior, likelihood)


@misconception(
    "optimal_q",
    hint="A multiplier was set to a number instead of being found from the constraint.",
    caught_by="optimum_is_right",
)
def optimum_multiplier_forgotten(prior, likelihood):
    return possible(prior, likelihood) * torch.exp(torch.tensor(-1.0, dtype=prior.dtype))


@misconception(
    "optimal_q",
    hint="Your multiplier has the sign that makes the likelihood count against a state.",
    caught_by="optimum_is_right",
)
def optimum_divides(prior, likelihood):
    possible(prior, likelihood)
    ratio = prior / likelihood
    return ratio / ratio.sum()


@misconception(
    "optimal_q",
    hint="You exponentiate the likelihood where its logarithm stood in the exponent.",
    caught_by="optimum_is_right",
)
def optimum_exponentiates(prior, likelihood):
    possible(prior, likelihood)
    weights = prior * likelihood.exp()
    return weights / weights.sum()


@misconception(
    "optimal_q",
    hint="A factor of two is lost: what is the derivative of q log q?",
    caught_by="optimum_is_right",
)
def optimum_square_root(prior, likelihood):
    root = possible(prior, likelihood).sqrt()
    return root / root.sum()


@misconception(
    "optimal_q",
    hint="The posterior mode maximises something else than the bound: the entropy of q counts too.",
    caught_by="optimum_is_right",
)
def optimum_mode(prior, likelihood):
    return F.one_hot(possible(prior, likelihood).argmax(), len(prior)).to(prior.dtype)


@misconception("optimal_q", hint=IMPOSSIBLE, caught_by="optimum_refuses_the_impossible")
def optimum_unchecked(prior, likelihood):
    joint = prior * likelihood
    return joint / joint.sum()


@misconception("optimal_q", hint=DTYPE, caught_by="optimum_keeps_float32")
def optimum_in_float64(prior, likelihood):
    joint = possible(prior.double(), likelihood.double())
    return joint / joint.sum()


@misconception("optimal_q", hint=IN_PLACE, caught_by="optimum_changes_nothing")
def optimum_in_place(prior, likelihood):
    q = bayes_posterior(prior.clone(), likelihood)
    prior.data.mul_(likelihood.data)
    return q


# --- aevb_gradients -------------------------------------------------------------------------------

GRADIENTS = "aevb_gradients(mu, sigma, eps, score)"


def gradient_inputs(draw, codes=5, dimensions=3, dtype=torch.float64):
    """mu, sigma (J,), eps and score (L, J)."""
    mu, sigma = (
        draw.normal(dimensions, dtype=dtype),
        draw.uniform(0.4, 2.5, dimensions, dtype=dtype),
    )
    return (
        mu,
        sigma,
        draw.normal(codes, dimensions, dtype=dtype),
        2 * draw.normal(codes, dimensions, dtype=dtype) + 1,
    )


def same_pair(got, wanted, *, inputs="", **tolerance):
    """Checks the two gradients one after another."""
    names = ("grad_mu", "grad_sigma")
    expect.true(
        isinstance(got, (tuple, list)) and len(got) == 2,
        "not two values",
        subject=GRADIENTS,
        detail=f"wanted the two values {names}",
        got="not two",
    )
    for name, value, want in zip(names, got, wanted):
        expect.close(value, want, subject=f"{name} of {GRADIENTS}", inputs=inputs, **tolerance)


@check("aevb_gradients", "Both gradients are right, whatever the number of dimensions and codes.")
def gradients_are_right(student, draw, right):
    for codes, dimensions in ((5, 3), (2, 4), (1, 2)):
        inputs = gradient_inputs(draw, codes, dimensions)
        same_pair(student.aevb_gradients(*inputs), right.aevb_gradients(*inputs))


@check(
    "aevb_gradients",
    "They are those of the estimated bound for a Gaussian likelihood, where automatic"
    " differentiation gives them too.",
    after=("gradients_are_right",),
)
def gradients_of_a_model(student, draw):
    mu, sigma, eps, _ = gradient_inputs(draw)
    mu.requires_grad_(), sigma.requires_grad_()
    z = mu + sigma * eps
    bound = (
        0.5 * (1 + sigma.square().log() - mu.square() - sigma.square()).sum()
        - (z - 2).square().sum(-1).mean()
    )
    wanted = torch.autograd.grad(bound, (mu, sigma))
    same_pair(
        student.aevb_gradients(mu.detach(), sigma.detach(), eps, (4 - 2 * z).detach()), wanted
    )


@check("aevb_gradients", "They are right on small inputs.", after=("gradients_are_right",))
def gradients_everywhere(student, draw, right):
    def law(example):
        eps, score, other = example
        mu, sigma = other[0], 0.5 + other[-1].abs()
        got = student.aevb_gradients(mu, sigma, eps, score)
        same_pair(
            got,
            right.aevb_gradients(mu, sigma, eps, score),
            inputs=shown(mu=mu, sigma=sigma, eps=eps, score=score),
        )

    for_every(draw, matrices(low=-3, high=3, count=3), law)


@check("aevb_gradients", "They keep float32.", after=("gradients_are_right",))
def gradients_keep_float32(student, draw, right):
    inputs = gradient_inputs(draw, dtype=torch.float32)
    same_pair(student.aevb_gradients(*inputs), right.aevb_gradients(*inputs), atol=1e-5)


@check("aevb_gradients", "It leaves its arguments as they are.", after=("gradients_are_right",))
def gradients_change_nothing(student, draw):
    inputs = gradient_inputs(draw)
    expect.unchanged(
        student.observe("aevb_gradients", *inputs),
        inputs,
        names=("mu", "sigma", "eps", "score"),
        subject=GRADIENTS,
    )


@misconception(
    "aevb_gradients",
    hint="With which sign does the divergence enter the bound?",
    caught_by="gradients_are_right",
)
def gradients_divergence_added(mu, sigma, eps, score):
    return mu + score.mean(0), sigma - 1 / sigma + (eps * score).mean(0)


@misconception(
    "aevb_gradients",
    hint="These are the gradients of a loss; those of the bound are asked for.",
    caught_by="gradients_are_right",
)
def gradients_of_loss(mu, sigma, eps, score):
    return mu - score.mean(0), sigma - 1 / sigma - (eps * score).mean(0)


@misconception(
    "aevb_gradients",
    hint="Your gradients grow with the number of codes.",
    caught_by="gradients_are_right",
)
def gradients_summed(mu, sigma, eps, score):
    return -mu + score.sum(0), 1 / sigma - sigma + (eps * score).sum(0)


@misconception(
    "aevb_gradients", hint="How does z change when sigma does?", caught_by="gradients_are_right"
)
def gradients_without_noise(mu, sigma, eps, score):
    return -mu + score.mean(0), 1 / sigma - sigma + score.mean(0)


@misconception(
    "aevb_gradients", hint="How does z change when mu does?", caught_by="gradients_are_right"
)
def gradients_noise_in_both(mu, sigma, eps, score):
    return -mu + (eps * score).mean(0), 1 / sigma - sigma + (eps * score).mean(0)


@misconception(
    "aevb_gradients",
    hint="The mean of a product is not the product of the means.",
    caught_by="gradients_are_right",
)
def gradients_product_of_means(mu, sigma, eps, score):
    return -mu + score.mean(0), 1 / sigma - sigma + eps.mean(0) * score.mean(0)


@misconception(
    "aevb_gradients",
    hint="A term of the divergence depends on sigma through a logarithm. What is its derivative?",
    caught_by="gradients_are_right",
)
def gradients_without_log_term(mu, sigma, eps, score):
    return -mu + score.mean(0), -sigma + (eps * score).mean(0)


@misconception(
    "aevb_gradients",
    hint=(
        "The logarithm in the divergence is that of the variance, and there is a half in front."
        " What is left of both?"
    ),
    caught_by="gradients_are_right",
)
def gradients_half_log_term(mu, sigma, eps, score):
    return -mu + score.mean(0), 0.5 / sigma - sigma + (eps * score).mean(0)


@misconception(
    "aevb_gradients",
    hint="You read sigma as the variance; it is the standard deviation.",
    caught_by="gradients_are_right",
)
def gradients_of_variance(mu, sigma, eps, score):
    return -mu + score.mean(0), 0.5 * (1 / sigma - 1 + (eps * score).mean(0) / sigma.sqrt())


@misconception(
    "aevb_gradients",
    hint="This is the derivative with respect to the log variance; sigma itself is the variable.",
    caught_by="gradients_are_right",
)
def gradients_of_logvar(mu, sigma, eps, score):
    return -mu + score.mean(0), 0.5 * (1 - sigma.square() + sigma * (eps * score).mean(0))


@misconception(
    "aevb_gradients",
    hint="Sigma is a factor too many in the term of the likelihood.",
    caught_by="gradients_are_right",
)
def gradients_of_log_sigma_likelihood(mu, sigma, eps, score):
    return -mu + score.mean(0), 1 / sigma - sigma + sigma * (eps * score).mean(0)


@misconception(
    "aevb_gradients",
    hint="A factor of the derivative of a square is missing, or one of the half in front is.",
    caught_by="gradients_are_right",
)
def gradients_half_mean(mu, sigma, eps, score):
    return -0.5 * mu + score.mean(0), 1 / sigma - 0.5 * sigma + (eps * score).mean(0)


@misconception(
    "aevb_gradients",
    hint="Only the divergence is in your gradients. Where does the image enter?",
    caught_by="gradients_are_right",
)
def gradients_without_score(mu, sigma, eps, score):
    return -mu, 1 / sigma - sigma


@misconception(
    "aevb_gradients",
    hint="Only the reconstruction is in your gradients. Which term does not depend on the image?",
    caught_by="gradients_are_right",
)
def gradients_only_score(mu, sigma, eps, score):
    return score.mean(0), (eps * score).mean(0)


@misconception(
    "aevb_gradients",
    hint="The two gradients come back in the other order.",
    caught_by="gradients_are_right",
)
def gradients_exchanged(mu, sigma, eps, score):
    return 1 / sigma - sigma + (eps * score).mean(0), -mu + score.mean(0)


@misconception(
    "aevb_gradients",
    hint="Every code's gradient comes back separately. What estimates an expectation?",
    caught_by="gradients_are_right",
)
def gradients_per_code(mu, sigma, eps, score):
    return -mu + score, 1 / sigma - sigma + eps * score


@misconception(
    "aevb_gradients",
    hint="The dimensions are averaged; every dimension has a gradient of its own.",
    caught_by="gradients_are_right",
)
def gradients_mean_of_everything(mu, sigma, eps, score):
    return -mu + score.mean(), 1 / sigma - sigma + (eps * score).mean()


@misconception("aevb_gradients", hint=DTYPE, caught_by="gradients_keep_float32")
def gradients_in_float64(mu, sigma, eps, score):
    return -mu + score.double().mean(0), 1 / sigma - sigma + (eps * score).double().mean(0)


# --- answers --------------------------------------------------------------------------------------

optimum_named_prior = wrong_answer(
    "optimal_q_equals",
    "1",
    hint="The prior knows nothing of x. Does the first term of the objective reward that?",
)
optimum_named_likelihood = wrong_answer(
    "optimal_q_equals",
    "2",
    hint="As a function of z, does this add up to 1? And where is the prior?",
)
optimum_named_joint = wrong_answer(
    "optimal_q_equals", "4", hint="Up to a factor, yes. Which constraint fixes the factor?"
)
terms_exchanged = wrong_answer(
    "elbo_terms",
    {"expected_log_likelihood": "regularizer", "kl": "reconstruction"},
    hint="Which of the two terms looks at the image at all?",
)
both_reconstruct = wrong_answer(
    "elbo_terms",
    {"expected_log_likelihood": "reconstruction", "kl": "reconstruction"},
    hint="Does the divergence from the prior depend on the decoder?",
)
both_regularize = wrong_answer(
    "elbo_terms",
    {"expected_log_likelihood": "regularizer", "kl": "regularizer"},
    hint="Which term would a plain autoencoder keep?",
)


def generative(autoencoder, vae, vae_without_kl):
    return {"autoencoder": autoencoder, "vae": vae, "vae_without_kl": vae_without_kl}


all_generative = wrong_answer(
    "generative_models",
    generative(True, True, True),
    hint="Every decoder accepts z ~ N(0, I). Was it ever trained there?",
)
noise_is_enough = wrong_answer(
    "generative_models",
    generative(False, True, True),
    hint=(
        "Nothing but the divergence ties the codes to the prior. What happens to them, and to their"
        " variance, without it?"
    ),
)
none_generative = wrong_answer(
    "generative_models",
    generative(False, False, False),
    hint=(
        "For one of the three, the codes of the data lie where the prior samples. What in its"
        " objective sees to that?"
    ),
)
autoencoder_generative = wrong_answer(
    "generative_models",
    generative(True, True, False),
    hint="What is known about the distribution of a plain autoencoder's codes?",
)
