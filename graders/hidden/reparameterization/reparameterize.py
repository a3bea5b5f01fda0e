"""Hidden checks of `reparameterize`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._noise import noise_law, standard_normal
from graders.hidden._words import Words
from graders.public.reparameterization import reparameterize

D = Words(reparameterize)

SAMPLE = "reparameterize(mu, logvar)"


NOISE = noise_law(2 * 4 * 70 * 100)


@D.check("The noise is scaled by the standard deviation and shifted by the mean.")
def same_noise_other_parameters(student, draw):
    for shape in ((5, 4), (1, 4), (3, 1)):
        mu, logvar = draw.normal(*shape), draw.uniform(-2, 1.5, *shape)
        got, wanted = sample_and_wanted(student, mu, logvar, draw)
        expect.close(got, wanted, subject=f"{SAMPLE} of shape {shape}")


@D.check(
    "It is right to all digits of float64, for every logvar from -40 to 20 and mu up to 200.",
    after=same_noise_other_parameters,
)
def same_noise_to_all_digits(student, draw):
    logvar = draw.uniform(-40, 20, 6, 5)
    for mu in (torch.zeros_like(logvar), draw.uniform(-200, 200, 6, 5)):
        got, wanted = sample_and_wanted(student, mu, logvar, draw)
        expect.close(got, wanted, subject=SAMPLE, rtol=1e-9)


def sample_and_wanted(student, mu, logvar, draw):
    """A sample, and what it should be for its own noise.

    The noise is that of a call under the same seed with mean 0 and variance 1. Where no seed
    replays it, because it comes from a generator of the student's own, gradients give it back:
    d z / d logvar = sigma eps / 2.
    """
    seed, zero = draw.seed(), torch.zeros_like(mu)
    eps, again = (student.reparameterize(zero, zero, seed=seed) for _ in range(2))
    if not same_values(eps, again):
        logvar = logvar.clone().requires_grad_()
    got = student.reparameterize(mu, logvar, seed=seed)
    if logvar.requires_grad and isinstance(got, torch.Tensor):
        (slope,) = expect.gradient_of(got, [logvar])
        eps = 2 * (0 * mu if slope is None else slope) / (0.5 * logvar).exp()
    return got, (mu + (0.5 * logvar).exp() * moving(eps)).detach().to(mu.dtype)


def same_values(first, second):
    """Whether two results are equal tensors, or none at all."""
    tensors = isinstance(first, torch.Tensor) and isinstance(second, torch.Tensor)
    return not tensors or torch.equal(first.detach(), second.detach())


def moving(noise):
    """The noise of a sample; fails where there is none, since 0 is scaled by anything."""
    expect.true(
        bool((noise != 0).any()), "no noise", subject=SAMPLE, detail="the sample is its mean", got=0
    )
    return noise


@D.check(
    "Gradients flow back to mu and to logvar, and are right.", after=same_noise_other_parameters
)
def sample_gradients(student, draw):
    mu, logvar, seed = (
        draw.normal(5, 4).requires_grad_(),
        draw.uniform(-2, 1.5, 5, 4).requires_grad_(),
        draw.seed(),
    )
    z = student.reparameterize(mu, logvar, seed=seed)
    wanted = torch.ones_like(mu), (0.5 * moving(z - mu)).detach()
    expect.gradients(z, (mu, logvar), wanted, names=("mu", "logvar"), subject=SAMPLE)


@D.check(
    "The noise is standard normal: fresh in every call, independent over examples and dimensions.",
    law=NOISE,
)
def noise_is_standard_normal(student, draw):
    mu, logvar = draw.normal(4, 70, 100), draw.uniform(-2, 1.5, 4, 70, 100)
    z = torch.stack([student.reparameterize(mu, logvar, seed=draw.seed()) for _ in range(2)])
    sigma = (0.5 * logvar).exp()
    subject = "the noise of reparameterize"
    standard_normal((z - mu) / sigma, NOISE, subject=subject, mean=mu, std=sigma)


@D.check("Two calls after another, without a new seed, differ.")
def samples_are_fresh(student, draw):
    zero = torch.zeros(4, 3, dtype=torch.float64)
    expect.differs(
        student.reparameterize(zero, zero),
        student.reparameterize(zero, zero),
        subject=f"{SAMPLE} called twice",
    )


@D.check("It keeps float32.")
def sample_keeps_float32(student, draw):
    mu, logvar = (draw.normal(4, 3, dtype=torch.float32) for _ in range(2))
    got, wanted = sample_and_wanted(student, mu, logvar, draw)
    expect.close(got, wanted, subject=f"{SAMPLE} in float32", atol=1e-5)


SCALE = (
    "Your noise is scaled by something other than the standard deviation. How does sigma follow"
    " from logvar?"
)


@same_noise_other_parameters.catches(SCALE)
def variance_as_std(mu, logvar):
    return mu + logvar.exp() * torch.randn_like(mu)


@same_noise_other_parameters.catches(
    "Half of the variance is not its square root. Where does the factor belong?"
)
def half_outside_exp(mu, logvar):
    return mu + 0.5 * logvar.exp() * torch.randn_like(mu)


@same_noise_other_parameters.catches("You square the variance instead of taking its root.")
def variance_squared(mu, logvar):
    return mu + logvar.exp() ** 2 * torch.randn_like(mu)


@same_noise_other_parameters.catches("The logarithm is a natural one.")
def base_two(mu, logvar):
    return mu + 2 ** (0.5 * logvar) * torch.randn_like(mu)


@same_noise_other_parameters.catches(
    "You use logvar itself as the standard deviation. Can a standard deviation be negative?"
)
def logvar_as_std(mu, logvar):
    return mu + logvar * torch.randn_like(mu)


@same_noise_other_parameters.catches(
    "The root belongs to the variance, not to what is inside the exponential."
)
def exp_of_root(mu, logvar):
    return mu + logvar.exp().sqrt().exp() * torch.randn_like(mu)


@same_noise_other_parameters.catches(
    "A sigmoid bounds the scale; the standard deviation has no upper bound."
)
def exp_of_sigmoid(mu, logvar):
    return mu + logvar.sigmoid().exp() * torch.randn_like(mu)


@same_noise_other_parameters.catches(
    "Precision is the inverse of the variance: look at the sign inside the exponential."
)
def inverse_std(mu, logvar):
    return mu + (-0.5 * logvar).exp() * torch.randn_like(mu)


@noise_is_standard_normal.catches("One number is drawn and used for every entry.")
def one_scalar(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn((), dtype=mu.dtype)


@noise_is_standard_normal.catches("All dimensions of an example share one noise value.")
def shared_over_dimensions(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn(*mu.shape[:-1], 1, dtype=mu.dtype)


@noise_is_standard_normal.catches("All examples share one noise vector.")
def shared_over_batch(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn(mu.shape[-1], dtype=mu.dtype)


@sample_gradients.catches(
    "The sample has the right law, but no gradient: drawing is not a function of the parameters."
)
def drawn_not_reparameterized(mu, logvar):
    return torch.normal(mu.detach(), (0.5 * logvar).exp().detach())


@sample_gradients.catches("The mean is cut out of the graph.")
def mean_detached(mu, logvar):
    return mu.detach() + (0.5 * logvar).exp() * torch.randn_like(mu)


@sample_gradients.catches("The standard deviation is cut out of the graph.")
def std_detached(mu, logvar):
    return mu + (0.5 * logvar).exp().detach() * torch.randn_like(mu)


@same_noise_other_parameters.catches("Only the noise is to be scaled, not the mean.")
def mean_scaled_too(mu, logvar):
    return (mu + torch.randn_like(mu)) * (0.5 * logvar).exp()


@same_noise_other_parameters.catches("The mean is scaled and the noise is not.")
def mean_scaled_instead(mu, logvar):
    return mu * (0.5 * logvar).exp() + torch.randn_like(mu)


@noise_is_standard_normal.catches("Your result is the same in every call: where is the noise?")
def no_noise(mu, logvar):
    return mu + (0.5 * logvar).exp()


@same_noise_other_parameters.catches("Your result is the mean, whatever the variance is.")
def only_the_mean(mu, logvar):
    return mu + 0 * logvar


@noise_is_standard_normal.catches("Your noise is uniform on [0, 1). Which law should it have?")
def uniform_noise(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.rand_like(mu)


@noise_is_standard_normal.catches("Your noise has mean 0 and variance 1, but it is not normal.")
def centred_uniform_noise(mu, logvar):
    return mu + (0.5 * logvar).exp() * (torch.rand_like(mu) - 0.5) * 12**0.5


@noise_is_standard_normal.catches(
    "Seeding inside the function makes every call draw the same noise."
)
def seeds_itself(mu, logvar):
    torch.manual_seed(0)
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu)


@noise_is_standard_normal.catches("Your noise can only be positive.")
def absolute_noise(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu).abs()


@D.laws.law_state.catches(
    "An operation whose name ends in an underscore changes the caller's tensor."
)
def changes_logvar(mu, logvar):
    std = (0.5 * logvar).exp()
    logvar.data.exp_()
    return mu + std * torch.randn_like(mu)


@same_noise_other_parameters.catches(
    "The mean and the log variance are exchanged: the first argument is the mean."
)
def arguments_swapped(logvar, mu):
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu)


@noise_is_standard_normal.catches("The noise has a shape of its own instead of that of mu.")
def only_two_dimensions(mu, logvar):
    return (mu + (0.5 * logvar).exp() * torch.randn_like(mu)).reshape(-1, mu.shape[-1])


@sample_keeps_float32.catches(
    "The noise is always of one dtype; the sample should follow its inputs."
)
def always_float64(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn(mu.shape, dtype=torch.float64)
