"""Hidden checks of `sleep_loss`, then the mistakes that they catch."""

import math

import torch

from graders.core import expect
from graders.core.fixtures import network
from graders.hidden._noise import noise_law, spread, standard_normal
from graders.hidden._words import Words
from graders.hidden.wake_sleep._common import SPREAD, _dream, only_gradient, recorded, steep
from graders.public.wake_sleep import sleep_loss
from reference.kl import kl_standard_normal
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize
from reference.wake_sleep import gaussian_log_prob

D = Words(sleep_loss)

SLEEP = "sleep_loss(encoder, decoder, n_samples, latent_dim)"


SLEEP_CODES = noise_law(4 * 140 * 100)


DREAMS = noise_law(4 * 140 * 100)


def dreamer(draw, *, inputs=6, latents=3, sure=False):
    """Two recording networks in float32; `sure` makes every pixel certain, so that a dream is a
    function of its code.
    """
    encoder = network(draw, (inputs, 7, latents), heads=2, record=True, dtype=torch.float32)
    decoder = network(draw, (latents, 8, inputs), scale=1.5, record=True, dtype=torch.float32)
    if sure:
        steep(decoder, 1e6)
    return encoder, decoder


def dream(student, encoder, decoder, n_samples, seed=None):
    """The submission's loss, its codes `(n_samples, K)` and its dreams `(n_samples, D)`."""
    latents, inputs = decoder.sizes[0], decoder.sizes[-1]
    got = student.sleep_loss(encoder, decoder, n_samples, latents, seed=seed)
    z = recorded(decoder.calls, 1, n_samples, latents, SLEEP, "codes given to the decoder")[0][0]
    return (
        got,
        z,
        recorded(encoder.calls, 1, n_samples, inputs, SLEEP, "images given to the encoder")[0][0],
    )


def sleep_given_dreams(student, right, encoder, decoder, n_samples):
    """The submission's loss and the right one for its own codes and dreams."""
    got, z, x = dream(student, encoder, decoder, n_samples)
    wanted = -right.gaussian_log_prob(z, *encoder(x)).mean()
    expect.close(got, wanted.detach(), subject=f"{SLEEP} with n_samples = {n_samples}", atol=1e-4)
    return got, wanted


@D.check(
    "It is minus the mean log q(z | x) over the dreams of a decoder that is sure of every pixel.",
)
def sleep_of_sure_decoder(student, draw, right):
    for n_samples, latents in ((8, 3), (5, 1), (1, 3)):
        machine = dreamer(draw, latents=latents, sure=True)
        sleep_given_dreams(student, right, *machine, n_samples)


@D.check(
    "Its gradient reaches the encoder and is right, and none reaches the decoder.",
    after=sleep_of_sure_decoder,
)
def sleep_gradients(student, draw, right):
    # A decoder that is sure of its pixels hides what leaks into it.
    for sure in (True, False):
        encoder, decoder = dreamer(draw, sure=sure)
        got, wanted = sleep_given_dreams(student, right, encoder, decoder, 5)
        only_gradient(
            got, wanted, moved=encoder, fixed=decoder, names=("the encoder", "the decoder"),
            subject=SLEEP, rtol=1e-3, atol=1e-4,
        )  # fmt: skip


@D.check(
    "The codes come from the prior: standard normal, fresh, independent.",
    after=sleep_of_sure_decoder,
    law=SLEEP_CODES,
)
def sleep_codes_come_from_prior(student, draw, right):
    machine = dreamer(draw, inputs=20, latents=100)
    codes = [dream(student, *machine, 140, seed=draw.seed())[1] for _ in range(4)]
    standard_normal(torch.stack(codes) / spread(right), SLEEP_CODES, subject="z in sleep_loss")


@D.check("The dreams are binary.", after=sleep_of_sure_decoder)
def dreams_are_binary(student, draw):
    _, _, x = dream(student, *dreamer(draw), 8)
    binary = bool(((x.abs() < 1e-5) | ((x - 1).abs() < 1e-5)).all())
    expect.true(
        binary,
        "images that are not binary",
        subject="x in sleep_loss",
        detail=f"got {x[0].tolist()}",
        got=x,
    )


def quantiles(student, draw, scale):
    """Normal quantiles of the pixels of four times 140 dreams, and the probabilities that the
    decoder gives them.

    A coin that shows 1 with probability p, with a uniform number added inside its part of the unit
    interval, is exactly uniform, whatever p is; so its normal quantile is exactly standard normal.
    """
    encoder, decoder = dreamer(draw, inputs=100, latents=15)
    steep(decoder, scale)
    values, probabilities = [], []
    for _ in range(4):
        _, z, x = dream(student, encoder, decoder, 140, seed=draw.seed())
        p = decoder(z).detach().double().sigmoid()
        uniform = torch.where(
            x > 0.5,
            1 - p + p * draw.uniform(0, 1, *x.shape),
            (1 - p) * draw.uniform(0, 1, *x.shape),
        )
        values.append(torch.special.ndtri(uniform.clamp(1e-12, 1 - 1e-12)))
        probabilities.append(p)
    return torch.stack(values), torch.stack(probabilities)


@D.check(
    "A pixel of a dream is 1 with the decoder's probability.", after=dreams_are_binary, law=DREAMS
)
def pixels_follow_decoder(student, draw):
    values, p = quantiles(student, draw, 1.0)
    # Seen from the more probable side, so that errors in opposite directions do not cancel.
    standard_normal(
        torch.where(p > 0.5, values, -values),
        DREAMS,
        subject="the quantiles of x in sleep_loss",
        axes=(),
    )


@D.check(
    "The pixels are drawn independently, for every image and every pixel, in every call.",
    after=pixels_follow_decoder,
    law=DREAMS,
)
def pixels_are_independent(student, draw):
    standard_normal(
        quantiles(student, draw, 0.2)[0],
        DREAMS,
        subject="the quantiles of x in sleep_loss where p is about 1/2",
        axes=(),
    )


@D.check(
    "It is minus the mean log q(z | x) for every decoder.",
    after=(sleep_of_sure_decoder, dreams_are_binary),
)
def sleep_of_unsure_decoder(student, draw, right):
    sleep_given_dreams(student, right, *dreamer(draw), 5)


@sleep_of_sure_decoder.catches("Your value has the opposite sign: a loss is to be minimised.")
def sleep_negated(encoder, decoder, n_samples, latent_dim):
    z, x = _dream(decoder, n_samples, latent_dim)
    return gaussian_log_prob(z, *encoder(x)).mean()


@sleep_of_sure_decoder.catches(
    "Your value grows with the number of dreams. What does a Monte Carlo estimate do with them?"
)
def sleep_summed(encoder, decoder, n_samples, latent_dim):
    z, x = _dream(decoder, n_samples, latent_dim)
    return -gaussian_log_prob(z, *encoder(x)).sum()


@sleep_of_sure_decoder.catches("Independent dimensions add up. Where do you average over them?")
def sleep_averaged_over_latents(encoder, decoder, n_samples, latent_dim):
    z, x = _dream(decoder, n_samples, latent_dim)
    return -gaussian_log_prob(z, *encoder(x)).mean() / latent_dim


@sleep_of_sure_decoder.catches(
    "Every dream comes back separately. What is to be minimised is one number."
)
def sleep_not_reduced(encoder, decoder, n_samples, latent_dim):
    z, x = _dream(decoder, n_samples, latent_dim)
    return -gaussian_log_prob(z, *encoder(x))


@sleep_of_sure_decoder.catches("A constant of the density is missing from your value.")
def sleep_without_constant(encoder, decoder, n_samples, latent_dim):
    z, x = _dream(decoder, n_samples, latent_dim)
    return -gaussian_log_prob(z, *encoder(x)).mean() - 0.5 * latent_dim * math.log(2 * math.pi)


@sleep_of_sure_decoder.catches("A wide Gaussian is also a low one. Which term of log q says so?")
def sleep_without_log_variance(encoder, decoder, n_samples, latent_dim):
    z, x = _dream(decoder, n_samples, latent_dim)
    mu, logvar = encoder(x)
    return -(gaussian_log_prob(z, mu, logvar) + 0.5 * logvar.sum(-1)).mean()


@sleep_of_sure_decoder.catches(SPREAD)
def sleep_variance_for_std(encoder, decoder, n_samples, latent_dim):
    z, x = _dream(decoder, n_samples, latent_dim)
    mu, logvar = encoder(x)
    return -gaussian_log_prob(z, mu, 2 * logvar).mean()


@sleep_of_sure_decoder.catches(
    "You measure how far the mean is from the code. The width of q(z | x) is to be learned too."
)
def sleep_squared_error(encoder, decoder, n_samples, latent_dim):
    z, x = _dream(decoder, n_samples, latent_dim)
    return (z - encoder(x)[0]).square().sum(-1).mean()


@sleep_of_sure_decoder.catches(
    "This is the divergence of q(z | x) from the prior. Which code does the encoder have to"
    " find again?"
)
def sleep_kl(encoder, decoder, n_samples, latent_dim):
    _, x = _dream(decoder, n_samples, latent_dim)
    return kl_standard_normal(*encoder(x)).mean()


@sleep_of_sure_decoder.catches(
    "The prior is in your value too. Whose parameters does it depend on?"
)
def sleep_minus_prior(encoder, decoder, n_samples, latent_dim):
    z, x = _dream(decoder, n_samples, latent_dim)
    return (
        gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
        - gaussian_log_prob(z, *encoder(x))
    ).mean()


@sleep_gradients.catches(
    "The likelihood of the dream is in your value too. Which network does this phase leave alone?"
)
def sleep_plus_likelihood(encoder, decoder, n_samples, latent_dim):
    z, x = _dream(decoder, n_samples, latent_dim)
    with torch.no_grad():
        log_px = bernoulli_log_likelihood(x, decoder(z))
    return (log_px - gaussian_log_prob(z, *encoder(x))).mean()


@sleep_of_sure_decoder.catches(
    "You ask q for the probability of a code of its own. Which code produced the dream?"
)
def sleep_of_own_code(encoder, decoder, n_samples, latent_dim):
    _, x = _dream(decoder, n_samples, latent_dim)
    mu, logvar = encoder(x)
    return -gaussian_log_prob(reparameterize(mu, logvar).detach(), mu, logvar).mean()


@sleep_of_sure_decoder.catches("The number of dreams is not the one asked for.")
def sleep_one_dream(encoder, decoder, n_samples, latent_dim):
    z, x = _dream(decoder, 1, latent_dim)
    return -gaussian_log_prob(z, *encoder(x)).mean()


@sleep_gradients.catches("The encoder gets no gradient. Which network is this phase about?")
def sleep_without_graph(encoder, decoder, n_samples, latent_dim):
    z, x = _dream(decoder, n_samples, latent_dim)
    with torch.no_grad():
        return -gaussian_log_prob(z, *encoder(x)).mean()


@sleep_gradients.catches(
    "The decoder gets a gradient through its dream. Which network does this phase leave alone?"
)
def sleep_moves_decoder(encoder, decoder, n_samples, latent_dim):
    z = torch.randn(n_samples, latent_dim)
    logits = decoder(z)
    # A straight-through estimator: the value of a sample, the gradient of the logits.
    x = torch.bernoulli(logits.sigmoid()).detach() + logits - logits.detach()
    return -gaussian_log_prob(z, *encoder(x)).mean()


@dreams_are_binary.catches(
    "The encoder sees grey images. Data are binary: what does the decoder's output say about a"
    " pixel?"
)
def sleep_of_mean_images(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.randn(n_samples, latent_dim)
        x = decoder(z).sigmoid()
    return -gaussian_log_prob(z, *encoder(x)).mean()


@pixels_follow_decoder.catches(
    "The encoder sees the most probable image, always the same for one code. A dream is a sample."
)
def sleep_of_rounded_images(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.randn(n_samples, latent_dim)
        x = (decoder(z) > 0).float()
    return -gaussian_log_prob(z, *encoder(x)).mean()


@pixels_follow_decoder.catches(
    "Your dreams are negatives: which value of a pixel is probable where the logit is large?"
)
def sleep_of_negatives(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.randn(n_samples, latent_dim)
        x = torch.bernoulli((-decoder(z)).sigmoid())
    return -gaussian_log_prob(z, *encoder(x)).mean()


@pixels_follow_decoder.catches("All pixels of a dream share one random number.")
def sleep_one_coin_per_image(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.randn(n_samples, latent_dim)
        x = (torch.rand(n_samples, 1) < decoder(z).sigmoid()).float()
    return -gaussian_log_prob(z, *encoder(x)).mean()


@pixels_follow_decoder.catches("All dreams share the random numbers of their pixels.")
def sleep_shared_coins(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.randn(n_samples, latent_dim)
        p = decoder(z).sigmoid()
        x = (torch.rand(p.shape[-1]) < p).float()
    return -gaussian_log_prob(z, *encoder(x)).mean()


@sleep_codes_come_from_prior.catches("One code is dreamt over and over.")
def sleep_of_one_code(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.randn(1, latent_dim).expand(n_samples, latent_dim)
        x = torch.bernoulli(decoder(z).sigmoid())
    return -gaussian_log_prob(z, *encoder(x)).mean()


@sleep_codes_come_from_prior.catches("Your codes are uniform. Which law does the prior have?")
def sleep_of_uniform_codes(encoder, decoder, n_samples, latent_dim):
    with torch.no_grad():
        z = torch.rand(n_samples, latent_dim)
        x = torch.bernoulli(decoder(z).sigmoid())
    return -gaussian_log_prob(z, *encoder(x)).mean()


@sleep_codes_come_from_prior.catches("Seeding inside the function makes every call dream the same.")
def sleep_seeds_itself(encoder, decoder, n_samples, latent_dim):
    torch.manual_seed(0)
    z, x = _dream(decoder, n_samples, latent_dim)
    return -gaussian_log_prob(z, *encoder(x)).mean()
