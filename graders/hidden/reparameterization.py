"""Hidden checks and misconceptions of the topic `reparameterization`.

Under one seed a function draws the same noise whatever its other inputs are. Calling it with mu =
0, logvar = 0 recovers that noise; every other value and gradient then follows exactly. Only the law
of the noise is a statistical check.
"""

import math
from functools import partial

import torch
from scipy import special

from graders.core import expect
from graders.core.exercise import Law, check, misconception, wrong_answer
from graders.core.fixtures import as_samples, constant, network
from graders.hidden._noise import follows, noise_law, standard_normal, t_quantile, uncorrelated
from reference.reparameterization import reparameterize

SAMPLE = "reparameterize(mu, logvar)"
NOISE = noise_law(3 * 60 * 50)


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
    mu, logvar, seed = draw.normal(5, 4), draw.uniform(-2, 1.5, 5, 4), draw.seed()
    eps = student.reparameterize(torch.zeros_like(mu), torch.zeros_like(mu), seed=seed)
    got = student.reparameterize(mu, logvar, seed=seed)
    expect.close(got, (mu + (0.5 * logvar).exp() * eps).detach(), subject=SAMPLE)


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
    wanted = torch.ones_like(mu), (0.5 * (z - mu)).detach()
    expect.gradients(z, (mu, logvar), wanted, names=("mu", "logvar"), subject=SAMPLE)


@check(
    "reparameterize",
    "The noise is standard normal: fresh in every call, independent over examples and dimensions.",
    after=("shape_of_mu",),
    law=NOISE,
)
def noise_is_standard_normal(student, draw):
    zero = torch.zeros(60, 50, dtype=torch.float64)
    eps = torch.stack([student.reparameterize(zero, zero, seed=draw.seed()) for _ in range(3)])
    standard_normal(eps, NOISE, subject="the noise of reparameterize")


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
    mu, logvar, seed = (
        draw.normal(4, 3, dtype=torch.float32),
        draw.normal(4, 3, dtype=torch.float32),
        draw.seed(),
    )
    eps = student.reparameterize(torch.zeros_like(mu), torch.zeros_like(mu), seed=seed)
    got = student.reparameterize(mu, logvar, seed=seed)
    expect.close(
        got,
        (mu + (0.5 * logvar).exp() * eps).detach().float(),
        subject=f"{SAMPLE} in float32",
        atol=1e-5,
    )


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
    caught_by="noise_is_standard_normal",
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


# --- model_2 --------------------------------------------------------------------------------------

NOISE_2 = noise_law(3 * 60 * 50)


def autoencoder(draw, *, examples=5, inputs=6, latents=3, **options):
    """x (N, D), an encoder with one output (N, L) and a recording decoder back to (N, D)."""
    encoder = network(draw, (inputs, 7, latents), **options)
    return (
        draw.normal(examples, inputs),
        encoder,
        network(draw, (latents, 8, inputs), record=True, **options),
    )


def codes_of(decoder, count, latents, subject):
    """The codes that the decoder recorded; fails when it was not called on one code per example."""
    found = as_samples(decoder.calls, 1, count, latents)
    detail = (
        f"the decoder was called on {sum(c.shape[:-1].numel() for c in decoder.calls)} codes,"
        f" wanted one for each of {count} examples"
    )
    expect.true(
        bool(found),
        "the decoder is not called on one code per example",
        subject=subject,
        detail=detail,
    )
    return found[0][0]


@check("model_2", "It returns the decoder's output as it is.")
def model_2_returns_decoder_output(student, draw, right):
    x, encoder, decoder = autoencoder(draw)
    got = expect.tensor(
        student.model_2(x, encoder, decoder), shape=(5, 6), subject="model_2(x, encoder, decoder)"
    )
    z = codes_of(decoder, 5, 3, "model_2(x, encoder, decoder)")
    expect.close(
        got, right.given(z).model_2(x, encoder, decoder), subject="model_2(x, encoder, decoder)"
    )


@check(
    "model_2",
    "z - h is standard normal: fresh, independent over examples and dimensions.",
    after=("model_2_returns_decoder_output",),
    law=NOISE_2,
    stand_ins=False,
)
def model_2_noise(student, draw):
    x, encoder, decoder = autoencoder(draw, examples=60, latents=50)
    noise = []
    for _ in range(3):
        student.model_2(x, encoder, decoder, seed=draw.seed())
        noise.append(codes_of(decoder, 60, 50, "model_2") - encoder(x))
    standard_normal(torch.stack(noise), NOISE_2, subject="z - h in model_2")


@check(
    "model_2",
    "Gradients reach both networks and are right.",
    after=("model_2_returns_decoder_output",),
)
def model_2_gradients(student, draw, right):
    x, encoder, decoder = autoencoder(draw)
    got = student.model_2(x, encoder, decoder)
    wanted = right.given(codes_of(decoder, 5, 3, "model_2")).model_2(x, encoder, decoder)
    both_gradients(got, wanted, encoder, decoder, "model_2(x, encoder, decoder)")


@check("model_2", "It keeps float32.", after=("model_2_returns_decoder_output",))
def model_2_keeps_float32(student, draw):
    keeps_float32(student.model_2, draw, "model_2(x, encoder, decoder) in float32")


def keeps_float32(function, draw, subject):
    """Checks that float32 data and networks give a float32 result."""
    x, encoder, decoder = autoencoder(draw, dtype=torch.float32)
    expect.tensor(
        function(x.float(), encoder, decoder), shape=(5, 6), dtype=torch.float32, subject=subject
    )


def both_gradients(got, wanted, encoder, decoder, subject):
    """Checks the gradients of a squared result, so that no symmetry hides a mistake, in every
    parameter.
    """
    for name, net in (("the encoder", encoder), ("the decoder", decoder)):
        parameters = list(net.parameters())
        names = [f"{name}'s parameter {i}" for i in range(len(parameters))]
        expect.gradients(
            got.square(),
            parameters,
            expect.gradient_of(wanted.square(), parameters),
            names=names,
            subject=subject,
            rtol=1e-7,
        )


@misconception(
    "model_2",
    hint=(
        "A draw from a distribution object is not differentiable unless it is written as a function"
        " of noise."
    ),
    caught_by="model_2_gradients",
)
def model_2_sampled(x, encoder, decoder):
    return decoder(reparameterize(encoder(x).detach(), torch.zeros(())))


@misconception(
    "model_2", hint="Without noise this is a plain autoencoder.", caught_by="model_2_noise"
)
def model_2_without_noise(x, encoder, decoder):
    return decoder(encoder(x))


@misconception(
    "model_2",
    hint="The model returns what the decoder returns; nothing comes after it.",
    caught_by="model_2_returns_decoder_output",
)
def model_2_sigmoid(x, encoder, decoder):
    h = encoder(x)
    return decoder(reparameterize(h, torch.zeros_like(h))).sigmoid()


@misconception(
    "model_2",
    hint="The noise is added to the input here; in this model it is added to the code.",
    caught_by="model_2_noise",
)
def model_2_denoising(x, encoder, decoder):
    return decoder(encoder(x + torch.randn_like(x)))


@misconception(
    "model_2",
    hint="The noise of this model has variance 1, whatever h is.",
    caught_by="model_2_noise",
)
def model_2_scaled_noise(x, encoder, decoder):
    h = encoder(x)
    return decoder(h + h * torch.randn_like(h))


@misconception("model_2", hint="The examples share one noise vector.", caught_by="model_2_noise")
def model_2_shared_noise(x, encoder, decoder):
    h = encoder(x)
    return decoder(h + torch.randn(h.shape[-1], dtype=h.dtype))


@misconception(
    "model_2", hint="The noise of this model is normal, not uniform.", caught_by="model_2_noise"
)
def model_2_uniform_noise(x, encoder, decoder):
    h = encoder(x)
    return decoder(h + torch.rand_like(h))


@misconception(
    "model_2",
    hint="The result is always of one dtype. It should follow the input.",
    caught_by="model_2_keeps_float32",
)
def model_2_always_float64(x, encoder, decoder):
    h = encoder(x)
    return decoder(h + torch.randn_like(h)).double()


# --- model_4 --------------------------------------------------------------------------------------

# Which positive map was chosen is free, so the scale of z is unknown. Ratios of codes with the same
# h do not depend on it: of four independent normals of one variance, the first over the root mean
# square of the others is t distributed.
RATIOS = Law(
    "t-test of the mean, Kolmogorov-Smirnov of ratios against Student's t with the DKW bound,"
    " t-test of every pairwise correlation",
    2 * 400 * 100,
    1e-9,
)


def model_4_codes(student, draw, h, seed=None, *, examples=4):
    """The codes that model_4 gives its decoder when the encoder returns h for every example."""
    latents = h.shape[-1]
    encoder = constant(network(draw, (6, latents)), 0, h)
    decoder = network(draw, (latents, 6), record=True)
    student.model_4(draw.normal(examples, 6), encoder, decoder, seed=seed)
    return codes_of(decoder, examples, latents, "model_4(x, encoder, decoder)")


@check("model_4", "It returns the decoder's output as it is.")
def model_4_returns_decoder_output(student, draw):
    x, encoder, decoder = autoencoder(draw)
    constant(encoder, 0, 0.5)
    got = expect.tensor(
        student.model_4(x, encoder, decoder), shape=(5, 6), subject="model_4(x, encoder, decoder)"
    )
    expect.close(
        got, decoder(codes_of(decoder, 5, 3, "model_4")), subject="model_4(x, encoder, decoder)"
    )


@check(
    "model_4",
    "The codes are finite and not all zero for every output of the encoder from -20 to 20.",
    after=("model_4_returns_decoder_output",),
)
def model_4_is_defined_everywhere(student, draw):
    for h in (-20.0, -3.0, 0.0, 3.0, 20.0):
        z = model_4_codes(student, draw, torch.full((3,), h, dtype=torch.float64))
        expect.finite(z, subject=f"z in model_4 with h = {h}")
        expect.true(
            bool((z != 0).all()),
            "a variance of 0",
            subject=f"z in model_4 with h = {h}",
            detail="z is exactly 0 somewhere, so its variance is not positive",
            got=z,
        )


@check(
    "model_4",
    "The spread of z depends on h, and on nothing else.",
    after=("model_4_is_defined_everywhere",),
)
def model_4_spread_follows_h(student, draw):
    seed = draw.seed()
    narrow, wide = (
        model_4_codes(student, draw, torch.full((3,), h, dtype=torch.float64), seed)
        for h in (-1.5, 1.5)
    )
    ratio = wide / narrow
    expect.close(
        ratio,
        ratio[:1, :1].expand_as(ratio).clone(),
        subject="the ratio of z for two values of h under one seed",
        rtol=1e-7,
    )
    expect.true(
        abs(ratio[0, 0].item() - 1) > 1e-3,
        "a variance that does not depend on h",
        subject="z in model_4",
        detail="z is the same for h = -1.5 and h = 1.5",
        got=ratio,
    )


@check(
    "model_4",
    "z is normal with mean 0: fresh, independent over examples and dimensions.",
    after=("model_4_is_defined_everywhere",),
    law=RATIOS,
    stand_ins=False,
)
def model_4_noise(student, draw):
    h = torch.full((100,), 0.7, dtype=torch.float64)
    z = torch.stack([model_4_codes(student, draw, h, draw.seed(), examples=400) for _ in range(2)])
    alpha = RATIOS.false_fail / 5
    t, limit = (
        math.sqrt(z.numel()) * (z.mean() / z.std().clamp_min(1e-300)),
        t_quantile(alpha / 2, z.numel() - 1),
    )
    detail = f"the mean of z is {t:.1f} standard errors from 0, wanted at most {limit:.1f}"
    expect.true(
        abs(t) <= limit, "z does not have mean 0", subject="z in model_4", detail=detail, got=t
    )
    for axis in range(3):
        uncorrelated(z.movedim(axis, 0).flatten(1), alpha, subject="z in model_4")
    groups = z.reshape(-1, 4)
    follows(
        groups[:, 0] / groups[:, 1:].square().mean(1).sqrt(),
        partial(special.stdtr, 3),
        alpha,
        subject="z in model_4",
    )


@check(
    "model_4",
    "Gradients reach both networks, and agree with finite differences.",
    after=("model_4_spread_follows_h",),
)
def model_4_gradients(student, draw):
    x, encoder, decoder = autoencoder(draw)
    seed, step = draw.seed(), 1e-5
    for name, net in (("encoder", encoder), ("decoder", decoder)):
        bias = net.heads[0].bias
        (got,) = expect.gradient_of(
            student.model_4(x, encoder, decoder, seed=seed).square(), [bias]
        )
        direction = draw.normal(*bias.shape)
        values = []
        for sign in (1, -1):
            with torch.no_grad():
                bias += sign * step * direction
                values.append(student.model_4(x, encoder, decoder, seed=seed).square().sum())
                bias -= sign * step * direction
        wanted = (values[0] - values[1]) / (2 * step)
        here = f"the gradient of model_4 with respect to the {name}"
        expect.true(
            got is not None, "no gradient", subject=here, detail="no gradient arrives", got="none"
        )
        expect.close((got * direction).sum(), wanted, subject=here, rtol=1e-5, atol=1e-6)


@check("model_4", "It keeps float32.", after=("model_4_returns_decoder_output",))
def model_4_keeps_float32(student, draw):
    keeps_float32(student.model_4, draw, "model_4(x, encoder, decoder) in float32")


@misconception(
    "model_4",
    hint="An output of a linear layer can be negative. What has to hold for a variance?",
    caught_by="model_4_is_defined_everywhere",
)
def model_4_unrepaired(x, encoder, decoder):
    h = encoder(x)
    return decoder(h.sqrt() * torch.randn_like(h))


@misconception(
    "model_4",
    hint=(
        "Clipping makes the variance 0 for every negative output, where no gradient comes back"
        " either."
    ),
    caught_by="model_4_is_defined_everywhere",
)
def model_4_relu(x, encoder, decoder):
    h = encoder(x)
    return decoder(h.relu().sqrt() * torch.randn_like(h))


@misconception(
    "model_4",
    hint="The code is centred at 0 in this model; here it is centred at h.",
    caught_by="model_4_spread_follows_h",
)
def model_4_mean_h(x, encoder, decoder):
    h = encoder(x)
    return decoder(h + torch.randn_like(h))


@misconception(
    "model_4",
    hint="The variance has to come from the encoder; here it is constant.",
    caught_by="model_4_spread_follows_h",
)
def model_4_constant_variance(x, encoder, decoder):
    h = encoder(x)
    return decoder(torch.randn_like(h) + 0 * h)


@misconception(
    "model_4",
    hint="The variance is right, but the encoder is cut out of the graph.",
    caught_by="model_4_gradients",
)
def model_4_detached(x, encoder, decoder):
    h = encoder(x)
    return decoder((0.5 * h).exp().detach() * torch.randn_like(h))


@misconception(
    "model_4", hint="The noise of this model is normal, not uniform.", caught_by="model_4_noise"
)
def model_4_uniform(x, encoder, decoder):
    h = encoder(x)
    return decoder((0.5 * h).exp() * (2 * torch.rand_like(h) - 1))


@misconception("model_4", hint="All examples share one noise vector.", caught_by="model_4_noise")
def model_4_shared_noise(x, encoder, decoder):
    h = encoder(x)
    return decoder((0.5 * h).exp() * torch.randn(h.shape[-1], dtype=h.dtype))


@misconception(
    "model_4",
    hint="Without noise the code is a deterministic function of x.",
    caught_by="model_4_noise",
)
def model_4_no_noise(x, encoder, decoder):
    return decoder((0.5 * encoder(x)).exp())


@misconception(
    "model_4",
    hint="The model returns what the decoder returns; nothing comes after it.",
    caught_by="model_4_returns_decoder_output",
)
def model_4_sigmoid(x, encoder, decoder):
    h = encoder(x)
    return decoder((0.5 * h).exp() * torch.randn_like(h)).sigmoid()


@misconception(
    "model_4",
    hint="The result is always of one dtype. It should follow the input.",
    caught_by="model_4_keeps_float32",
)
def model_4_always_float64(x, encoder, decoder):
    h = encoder(x)
    return decoder((0.5 * h).exp() * torch.randn_like(h)).double()


# --- answers --------------------------------------------------------------------------------------


def models(first, second, third):
    return {"model_1": first, "model_2": second, "model_3": third}


always = wrong_answer(
    "needs_reparameterization",
    models(True, True, True),
    hint=(
        "Noise alone is no reason. Ask which parameters the distribution that is sampled"
        " depends on."
    ),
)
wherever_latent = wrong_answer(
    "needs_reparameterization",
    models(False, True, True),
    hint="Compare models 2 and 3: what is random in each, and on what does its law depend?",
)
denoising_too = wrong_answer(
    "needs_reparameterization",
    models(True, True, False),
    hint="In model 1, which of the two parameters enters before the sample is drawn?",
)
never = wrong_answer(
    "needs_reparameterization",
    models(False, False, False),
    hint="Try to differentiate a sample with respect to the mean it is drawn around.",
)
