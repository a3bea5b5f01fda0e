"""Hidden checks of `wake_loss`, then the mistakes that they catch."""

import math

import torch
import torch.nn.functional as F

from graders.core import expect
from graders.core.fixtures import network
from graders.hidden._noise import noise_law, spread, standard_normal
from graders.hidden._words import Words
from graders.hidden.wake_sleep._common import SPREAD, only_gradient, recorded, steep
from graders.public.wake_sleep import wake_loss
from reference.kl import kl_standard_normal
from reference.likelihood import bernoulli_log_likelihood
from reference.reparameterization import reparameterize
from reference.wake_sleep import gaussian_log_prob

D = Words(wake_loss)

WAKE = "wake_loss(x, encoder, decoder, n_samples)"


WAKE_CODES = noise_law(2 * 10 * 40 * 70)


def helmholtz_machine(draw, *, examples=5, inputs=6, latents=3, **options):
    """Grey x (N, D) and two recording networks."""
    x = draw.uniform(0, 1, examples, inputs, **options)
    encoder = network(draw, (inputs, 7, latents), heads=2, record=True, **options)
    return x, encoder, network(draw, (latents, 8, inputs), scale=1.5, record=True, **options)


def wake_given_codes(student, right, x, encoder, decoder, n_samples, seed=None):
    """The submission's loss, the right one for its own codes, and these codes."""
    got = student.wake_loss(x, encoder, decoder, n_samples, seed=seed)
    found = recorded(
        decoder.calls, n_samples, len(x), encoder.sizes[-1], WAKE, "codes given to the decoder"
    )
    wanted = [right.given(z).wake_loss(x, encoder, decoder, n_samples) for z in found]
    layout = expect.close_to_any(got, wanted, subject=f"{WAKE} with n_samples = {n_samples}")
    return got, wanted[layout], found[layout]


@D.check(
    "It is minus the mean log likelihood of the data, given codes of the encoder.",
)
def wake_of_own_codes(student, draw, right):
    for n_samples in (4, 1, 7):
        wake_given_codes(student, right, *helmholtz_machine(draw), n_samples)


@D.check(
    "Its gradient reaches the decoder and is right, and none reaches the encoder.",
    after=wake_of_own_codes,
)
def wake_gradients(student, draw, right):
    x, encoder, decoder = helmholtz_machine(draw)
    got, wanted, _ = wake_given_codes(student, right, x, encoder, decoder, 4)
    only_gradient(
        got,
        wanted,
        moved=decoder,
        fixed=encoder,
        names=("the decoder", "the encoder"),
        subject=WAKE,
    )


@D.check("Two calls draw different codes.", after=wake_of_own_codes)
def wake_is_fresh(student, draw):
    machine = helmholtz_machine(draw)
    first, second = (student.wake_loss(*machine, 4, seed=draw.seed()) for _ in range(2))
    expect.differs(first, second, subject=f"{WAKE} called twice")


@D.check(
    "z comes from q(z | x): the noise is standard normal, fresh, and independent over samples,"
    " examples and dimensions.",
    after=wake_of_own_codes,
    law=WAKE_CODES,
)
def wake_codes_come_from_q(student, draw, right):
    # 40 * 70 is a multiple of 16: then torch draws the same noise at once and in a loop, and a
    # diagnosis fits both.
    x, encoder, decoder = helmholtz_machine(draw, examples=40, latents=70)
    with torch.no_grad():
        encoder.heads[1].bias.sub_(1)
    mu, logvar = encoder(x)
    codes = [
        wake_given_codes(student, right, x, encoder, decoder, 10, seed=draw.seed())[2]
        for _ in range(2)
    ]
    sigma = (0.5 * logvar).exp() * spread(right)
    standard_normal(
        (torch.stack(codes) - mu) / sigma,
        WAKE_CODES,
        subject="(z - mu) / sigma in wake_loss",
        mean=mu,
        std=sigma,
    )


@D.check("It keeps float32, and is accurate in it.")
def wake_keeps_float32(student, draw, right):
    x, encoder, decoder = helmholtz_machine(draw, dtype=torch.float32)
    got = student.wake_loss(x, encoder, decoder, 4)
    found = recorded(decoder.calls, 4, 5, 3, f"{WAKE} in float32", "codes given to the decoder")
    # The noise is recovered from float32 codes, so it carries their rounding divided by sigma.
    expect.close_to_any(
        got,
        [right.given(z).wake_loss(x, encoder, decoder, 4) for z in found],
        subject=f"{WAKE} in float32",
        atol=1e-3,
    )


@D.check("It is finite and right for logits of 1e4.", after=wake_of_own_codes)
def wake_is_stable(student, draw, right):
    x, encoder, decoder = helmholtz_machine(draw)
    steep(decoder, 5000)
    wake_given_codes(student, right, x, encoder, decoder, 4)


def _posterior(x, encoder, n_samples):
    """mu, logvar and codes without a graph, each `(n_samples, N, K)`."""
    with torch.no_grad():
        mu, logvar = encoder(x)
        mu, logvar = mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape)
        return mu, logvar, reparameterize(mu, logvar)


@wake_of_own_codes.catches("Your value has the opposite sign: a loss is to be minimised.")
def wake_negated(x, encoder, decoder, n_samples):
    return bernoulli_log_likelihood(x, decoder(_posterior(x, encoder, n_samples)[2])).mean()


@wake_of_own_codes.catches(
    "Your value is summed over the examples. What does the contract divide by?"
)
def wake_summed_over_examples(x, encoder, decoder, n_samples):
    return (
        -bernoulli_log_likelihood(x, decoder(_posterior(x, encoder, n_samples)[2])).sum(-1).mean()
    )


@wake_of_own_codes.catches(
    "Your value grows with the number of samples. What does a Monte Carlo estimate do with them?"
)
def wake_summed_over_samples(x, encoder, decoder, n_samples):
    return (
        -bernoulli_log_likelihood(x, decoder(_posterior(x, encoder, n_samples)[2])).mean(-1).sum()
    )


@wake_of_own_codes.catches("Independent pixels add up. Where do you average over them?")
def wake_averaged_over_pixels(x, encoder, decoder, n_samples):
    return (
        -bernoulli_log_likelihood(x, decoder(_posterior(x, encoder, n_samples)[2])).mean()
        / x.shape[-1]
    )


@wake_of_own_codes.catches(
    "Every example and every sample comes back separately. What is to be minimised is one number."
)
def wake_not_reduced(x, encoder, decoder, n_samples):
    return -bernoulli_log_likelihood(x, decoder(_posterior(x, encoder, n_samples)[2]))


@wake_of_own_codes.catches(
    "You add the divergence from the prior. Which of its arguments do the decoder's parameters"
    " change?"
)
def wake_plus_kl(x, encoder, decoder, n_samples):
    mu, logvar, z = _posterior(x, encoder, n_samples)
    return (kl_standard_normal(mu, logvar) - bernoulli_log_likelihood(x, decoder(z))).mean()


@wake_of_own_codes.catches(
    "All three densities of the bound are in your value. Which one does the wake phase change?"
)
def wake_of_whole_bound(x, encoder, decoder, n_samples):
    mu, logvar, z = _posterior(x, encoder, n_samples)
    prior = gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
    return -(
        bernoulli_log_likelihood(x, decoder(z)) + prior - gaussian_log_prob(z, mu, logvar)
    ).mean()


@wake_of_own_codes.catches(
    "This is the reweighted form of the algorithm, whose wake phase uses the bound with k"
    " samples. The prompt's estimate is simpler."
)
def wake_reweighted(x, encoder, decoder, n_samples):
    mu, logvar, z = _posterior(x, encoder, n_samples)
    prior = gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
    log_w = bernoulli_log_likelihood(x, decoder(z)) + prior - gaussian_log_prob(z, mu, logvar)
    return (math.log(n_samples) - log_w.logsumexp(0)).mean()


@wake_of_own_codes.catches(
    "The average over the samples is inside your logarithm. Where does the prompt have it?"
)
def wake_log_of_mean(x, encoder, decoder, n_samples):
    log_px = bernoulli_log_likelihood(x, decoder(_posterior(x, encoder, n_samples)[2]))
    return (math.log(n_samples) - log_px.logsumexp(0)).mean()


@wake_of_own_codes.catches("Pixels may be grey, and are not to be rounded.")
def wake_of_rounded_pixels(x, encoder, decoder, n_samples):
    return -bernoulli_log_likelihood(
        x.round(), decoder(_posterior(x, encoder, n_samples)[2])
    ).mean()


@wake_of_own_codes.catches(
    "The decoder returns logits; its output is passed through a sigmoid once too often."
)
def wake_sigmoid_too_often(x, encoder, decoder, n_samples):
    return -bernoulli_log_likelihood(
        x, decoder(_posterior(x, encoder, n_samples)[2]).sigmoid()
    ).mean()


@wake_of_own_codes.catches(
    "You measure a squared distance. Which distribution does the decoder give the pixels?"
)
def wake_squared_error(x, encoder, decoder, n_samples):
    return (x - decoder(_posterior(x, encoder, n_samples)[2]).sigmoid()).square().sum(-1).mean()


@wake_is_stable.catches(
    "Probabilities that round to 0 or 1 have no finite logarithm. Can the loss be had from the"
    " logits?"
)
def wake_from_probabilities(x, encoder, decoder, n_samples):
    p = decoder(_posterior(x, encoder, n_samples)[2]).sigmoid()
    return -(x * p.log() + (1 - x) * (1 - p).log()).sum(-1).mean()


@wake_is_stable.catches("Your logarithms are cut off at -100. Which of your functions does that?")
def wake_cut_off(x, encoder, decoder, n_samples):
    p = decoder(_posterior(x, encoder, n_samples)[2]).sigmoid()
    return F.binary_cross_entropy(p, x.expand_as(p), reduction="none").sum(-1).mean()


@wake_gradients.catches("The encoder gets a gradient. Which network does this phase leave alone?")
def wake_moves_encoder(x, encoder, decoder, n_samples):
    mu, logvar = encoder(x)
    z = reparameterize(mu.expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape))
    return -bernoulli_log_likelihood(x, decoder(z)).mean()


@wake_gradients.catches("Only the mean is cut out of the graph; the encoder has a second output.")
def wake_moves_logvar(x, encoder, decoder, n_samples):
    mu, logvar = encoder(x)
    z = reparameterize(
        mu.detach().expand(n_samples, *mu.shape), logvar.expand(n_samples, *logvar.shape)
    )
    return -bernoulli_log_likelihood(x, decoder(z)).mean()


@wake_gradients.catches("The decoder gets no gradient. Which network is this phase about?")
def wake_without_graph(x, encoder, decoder, n_samples):
    with torch.no_grad():
        return -bernoulli_log_likelihood(x, decoder(_posterior(x, encoder, n_samples)[2])).mean()


@wake_of_own_codes.catches("The decoder sees fewer codes than were asked for.")
def wake_one_sample(x, encoder, decoder, n_samples):
    return -bernoulli_log_likelihood(x, decoder(_posterior(x, encoder, 1)[2])).mean()


def _wake_of(x, decoder, codes):
    return -bernoulli_log_likelihood(x, decoder(codes.detach())).mean()


@wake_is_fresh.catches("You decode the mean of q(z | x). Where is the noise?")
def wake_of_mean_code(x, encoder, decoder, n_samples):
    mu, _ = encoder(x)
    return _wake_of(x, decoder, mu.expand(n_samples, *mu.shape))


@wake_is_fresh.catches("Seeding inside the function makes every call draw the same noise.")
def wake_seeds_itself(x, encoder, decoder, n_samples):
    torch.manual_seed(0)
    return _wake_of(x, decoder, _posterior(x, encoder, n_samples)[2])


@wake_codes_come_from_q.catches(
    "Your codes come from the prior. In which phase does the machine dream?"
)
def wake_of_prior_codes(x, encoder, decoder, n_samples):
    mu, _ = encoder(x)
    return _wake_of(x, decoder, torch.randn(n_samples, *mu.shape, dtype=mu.dtype))


@wake_codes_come_from_q.catches(SPREAD)
def wake_spread_by_variance(x, encoder, decoder, n_samples):
    mu, logvar = encoder(x)
    return _wake_of(
        x, decoder, mu + logvar.exp() * torch.randn(n_samples, *mu.shape, dtype=mu.dtype)
    )


@wake_codes_come_from_q.catches("All samples of an example are the same one.")
def wake_same_sample(x, encoder, decoder, n_samples):
    mu, logvar = encoder(x)
    return _wake_of(
        x, decoder, (mu + (0.5 * logvar).exp() * torch.randn_like(mu)).expand(n_samples, *mu.shape)
    )


@wake_codes_come_from_q.catches("All examples share their noise.")
def wake_shared_noise(x, encoder, decoder, n_samples):
    mu, logvar = encoder(x)
    return _wake_of(
        x,
        decoder,
        mu + (0.5 * logvar).exp() * torch.randn(n_samples, 1, mu.shape[-1], dtype=mu.dtype),
    )


@wake_codes_come_from_q.catches("Your noise is uniform. Which law should it have?")
def wake_uniform_noise(x, encoder, decoder, n_samples):
    mu, logvar = encoder(x)
    return _wake_of(
        x, decoder, mu + (0.5 * logvar).exp() * torch.rand(n_samples, *mu.shape, dtype=mu.dtype)
    )


@wake_keeps_float32.catches("The result is always of one dtype. It should follow the input.")
def wake_always_float64(x, encoder, decoder, n_samples):
    return (
        -bernoulli_log_likelihood(x, decoder(_posterior(x, encoder, n_samples)[2])).mean().double()
    )


@D.laws.law_state.catches(
    "An operation whose name ends in an underscore changes the caller's tensor."
)
def wake_changes_x(x, encoder, decoder, n_samples):
    result = -bernoulli_log_likelihood(
        x.clone(), decoder(_posterior(x.clone(), encoder, n_samples)[2])
    ).mean()
    x.data.round_()
    return result
