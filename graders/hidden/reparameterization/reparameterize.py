"""Hidden checks of `reparameterize`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.core.exercise import check, misconception
from graders.hidden._noise import noise_law, standard_normal

SAMPLE = "reparameterize(mu, logvar)"


NOISE = noise_law(2 * 4 * 70 * 100)


@check("reparameterize", "A sample has the shape and dtype of mu.")
def shape_of_mu(student, draw):
    for shape in ((4, 3), (1, 1), (2, 3, 5)):
        expect.tensor(
            student.reparameterize(draw.normal(*shape), draw.normal(*shape)),
            shape=shape,
            subject=f"{SAMPLE} of shape {shape}",
        )


@check(
    "reparameterize",
    "The noise is scaled by the standard deviation and shifted by the mean.",
    after=("shape_of_mu",),
)
def same_noise_other_parameters(student, draw):
    got, wanted = sample_and_wanted(student, draw.normal(5, 4), draw.uniform(-2, 1.5, 5, 4), draw)
    expect.close(got, wanted, subject=SAMPLE)


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


@check(
    "reparameterize",
    "Gradients flow back to mu and to logvar, and are right.",
    after=("same_noise_other_parameters",),
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


@check(
    "reparameterize",
    "The noise is standard normal: fresh in every call, independent over examples and dimensions.",
    after=("shape_of_mu",),
    law=NOISE,
)
def noise_is_standard_normal(student, draw):
    mu, logvar = draw.normal(4, 70, 100), draw.uniform(-2, 1.5, 4, 70, 100)
    z = torch.stack([student.reparameterize(mu, logvar, seed=draw.seed()) for _ in range(2)])
    sigma = (0.5 * logvar).exp()
    subject = "the noise of reparameterize"
    standard_normal((z - mu) / sigma, NOISE, subject=subject, mean=mu, std=sigma)


@check(
    "reparameterize", "Two calls after another, without a new seed, differ.", after=("shape_of_mu",)
)
def samples_are_fresh(student, draw):
    zero = torch.zeros(4, 3, dtype=torch.float64)
    expect.differs(
        student.reparameterize(zero, zero),
        student.reparameterize(zero, zero),
        subject=f"{SAMPLE} called twice",
    )


@check("reparameterize", "It keeps float32.", after=("shape_of_mu",))
def sample_keeps_float32(student, draw):
    mu, logvar = (draw.normal(4, 3, dtype=torch.float32) for _ in range(2))
    got, wanted = sample_and_wanted(student, mu, logvar, draw)
    expect.close(got, wanted, subject=f"{SAMPLE} in float32", atol=1e-5)


@check("reparameterize", "It leaves its arguments as they are.", after=("shape_of_mu",))
def sample_changes_nothing(student, draw):
    mu, logvar = draw.normal(4, 3), draw.normal(4, 3)
    expect.unchanged(
        student.observe("reparameterize", mu, logvar),
        (mu, logvar),
        names=("mu", "logvar"),
        subject=SAMPLE,
    )


SCALE = (
    "Your noise is scaled by something other than the standard deviation. How does sigma follow"
    " from logvar?"
)


@misconception("reparameterize", hint=SCALE, caught_by="same_noise_other_parameters")
def variance_as_std(mu, logvar):
    return mu + logvar.exp() * torch.randn_like(mu)


@misconception(
    "reparameterize",
    hint="Half of the variance is not its square root. Where does the factor belong?",
    caught_by="same_noise_other_parameters",
)
def half_outside_exp(mu, logvar):
    return mu + 0.5 * logvar.exp() * torch.randn_like(mu)


@misconception(
    "reparameterize",
    hint="You square the variance instead of taking its root.",
    caught_by="same_noise_other_parameters",
)
def variance_squared(mu, logvar):
    return mu + logvar.exp() ** 2 * torch.randn_like(mu)


@misconception(
    "reparameterize",
    hint="The logarithm is a natural one.",
    caught_by="same_noise_other_parameters",
)
def base_two(mu, logvar):
    return mu + 2 ** (0.5 * logvar) * torch.randn_like(mu)


@misconception(
    "reparameterize",
    hint="You use logvar itself as the standard deviation. Can a standard deviation be negative?",
    caught_by="same_noise_other_parameters",
)
def logvar_as_std(mu, logvar):
    return mu + logvar * torch.randn_like(mu)


@misconception(
    "reparameterize",
    hint="The root belongs to the variance, not to what is inside the exponential.",
    caught_by="same_noise_other_parameters",
)
def exp_of_root(mu, logvar):
    return mu + logvar.exp().sqrt().exp() * torch.randn_like(mu)


@misconception(
    "reparameterize",
    hint="A sigmoid bounds the scale; the standard deviation has no upper bound.",
    caught_by="same_noise_other_parameters",
)
def exp_of_sigmoid(mu, logvar):
    return mu + logvar.sigmoid().exp() * torch.randn_like(mu)


@misconception(
    "reparameterize",
    hint="Precision is the inverse of the variance: look at the sign inside the exponential.",
    caught_by="same_noise_other_parameters",
)
def inverse_std(mu, logvar):
    return mu + (-0.5 * logvar).exp() * torch.randn_like(mu)


@misconception(
    "reparameterize",
    hint="One number is drawn and used for every entry.",
    caught_by="noise_is_standard_normal",
)
def one_scalar(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn((), dtype=mu.dtype)


@misconception(
    "reparameterize",
    hint="All dimensions of an example share one noise value.",
    caught_by="noise_is_standard_normal",
)
def shared_over_dimensions(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn(*mu.shape[:-1], 1, dtype=mu.dtype)


@misconception(
    "reparameterize",
    hint="All examples share one noise vector.",
    caught_by="noise_is_standard_normal",
)
def shared_over_batch(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn(mu.shape[-1], dtype=mu.dtype)


@misconception(
    "reparameterize",
    hint=(
        "The sample has the right law, but no gradient: drawing is not a function of the"
        " parameters."
    ),
    caught_by="sample_gradients",
)
def drawn_not_reparameterized(mu, logvar):
    return torch.normal(mu.detach(), (0.5 * logvar).exp().detach())


@misconception(
    "reparameterize", hint="The mean is cut out of the graph.", caught_by="sample_gradients"
)
def mean_detached(mu, logvar):
    return mu.detach() + (0.5 * logvar).exp() * torch.randn_like(mu)


@misconception(
    "reparameterize",
    hint="The standard deviation is cut out of the graph.",
    caught_by="sample_gradients",
)
def std_detached(mu, logvar):
    return mu + (0.5 * logvar).exp().detach() * torch.randn_like(mu)


@misconception(
    "reparameterize",
    hint="Only the noise is to be scaled, not the mean.",
    caught_by="same_noise_other_parameters",
)
def mean_scaled_too(mu, logvar):
    return (mu + torch.randn_like(mu)) * (0.5 * logvar).exp()


@misconception(
    "reparameterize",
    hint="The mean is scaled and the noise is not.",
    caught_by="same_noise_other_parameters",
)
def mean_scaled_instead(mu, logvar):
    return mu * (0.5 * logvar).exp() + torch.randn_like(mu)


@misconception(
    "reparameterize",
    hint="Your result is the same in every call: where is the noise?",
    caught_by="noise_is_standard_normal",
)
def no_noise(mu, logvar):
    return mu + (0.5 * logvar).exp()


@misconception(
    "reparameterize",
    hint="Your result is the mean, whatever the variance is.",
    caught_by="same_noise_other_parameters",
)
def only_the_mean(mu, logvar):
    return mu + 0 * logvar


@misconception(
    "reparameterize",
    hint="Your noise is uniform on [0, 1). Which law should it have?",
    caught_by="noise_is_standard_normal",
)
def uniform_noise(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.rand_like(mu)


@misconception(
    "reparameterize",
    hint="Your noise has mean 0 and variance 1, but it is not normal.",
    caught_by="noise_is_standard_normal",
)
def centred_uniform_noise(mu, logvar):
    return mu + (0.5 * logvar).exp() * (torch.rand_like(mu) - 0.5) * 12**0.5


@misconception(
    "reparameterize",
    hint="Seeding inside the function makes every call draw the same noise.",
    caught_by="noise_is_standard_normal",
)
def seeds_itself(mu, logvar):
    torch.manual_seed(0)
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu)


@misconception(
    "reparameterize", hint="Your noise can only be positive.", caught_by="noise_is_standard_normal"
)
def absolute_noise(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu).abs()


@misconception(
    "reparameterize",
    hint="An operation whose name ends in an underscore changes the caller's tensor.",
    caught_by="sample_changes_nothing",
)
def changes_logvar(mu, logvar):
    std = (0.5 * logvar).exp()
    logvar.data.exp_()
    return mu + std * torch.randn_like(mu)


@misconception(
    "reparameterize",
    hint="The mean and the log variance are exchanged: the first argument is the mean.",
    caught_by="same_noise_other_parameters",
)
def arguments_swapped(logvar, mu):
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu)


@misconception(
    "reparameterize",
    hint="The noise has a shape of its own instead of that of mu.",
    caught_by="shape_of_mu",
)
def only_two_dimensions(mu, logvar):
    return (mu + (0.5 * logvar).exp() * torch.randn_like(mu)).reshape(-1, mu.shape[-1])


@misconception(
    "reparameterize",
    hint="The noise is always of one dtype; the sample should follow its inputs.",
    caught_by="sample_keeps_float32",
)
def always_float64(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn(mu.shape, dtype=torch.float64)
