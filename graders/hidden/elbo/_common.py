"""What the exercises of `elbo` share: inputs, words and hints."""

from dataclasses import dataclass

import torch
from torch.distributions import Normal

from graders.core import expect
from graders.core.fixtures import as_samples, constant, network
from graders.hidden._noise import spread, standard_normal
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
    mean = encoder(x)[0].detach()
    drawn = not any(
        code.numel() == mean.numel() and torch.allclose(code.reshape(mean.shape), mean)
        for code in decoder.calls
    )
    expect.true(
        bool(found),
        "the decoder is not called on the wanted number of codes",
        subject=subject,
        detail=detail,
        got=(calls, drawn),
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
    """Checks the law of the codes: those of q(z | x), or those of a stand-in, with its own spread
    or, where it is a whole bound, without noise.
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
        sigma = (0.5 * logvar).exp() * spread(right)
        standard_normal((codes - mu) / sigma, law, subject=subject, mean=mu, std=sigma)


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


def log_q(z, mu, logvar):
    return Normal(mu, (0.5 * logvar).exp()).log_prob(z).sum(-1)


def states(draw, size=6):
    """prior, likelihood and q for a latent variable with `size` states, no zeros."""
    return draw.probabilities(size), draw.uniform(0.02, 0.98, size), draw.probabilities(size)


IMPOSSIBLE = "Nothing stops an x that the model cannot produce. What would its posterior be?"


def models(draw):
    """Priors and likelihoods of several sizes, without zeros; in the first, what the prior
    prefers is what the likelihood does not.
    """
    prior, likelihood, _ = states(draw)
    first = (prior.sort().values, likelihood.sort(descending=True).values)
    return [first, *(states(draw, size)[:2] for size in (3, 5, 4))]


def with_zeros(draw):
    """A prior and a likelihood that rule out a state each."""
    prior, likelihood, _ = states(draw, 7)
    prior[1] = likelihood[4] = 0
    return prior / prior.sum(), likelihood


def other_scales(draw):
    """Likelihoods that are tiny, and densities above 1."""
    prior, likelihood, _ = states(draw)
    return [(prior, scale * likelihood) for scale in (1e-250, 1e4)]


def impossible(draw):
    """The two ways in which the evidence can be 0."""
    prior, likelihood, _ = states(draw)
    first = (prior.clone(), torch.zeros_like(prior))
    prior[:3], likelihood[3:] = 0, 0
    return [first, (prior / prior.sum(), likelihood)]


def possible(prior, likelihood):
    """The joint probabilities; raises ValueError when all are 0."""
    joint = prior * likelihood
    if joint.sum() == 0:
        raise ValueError
    return joint
