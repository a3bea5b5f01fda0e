"""Hidden checks of `model_4`, then the mistakes that they catch."""

import math
from functools import partial

import torch
from scipy import special

from graders.core import expect
from graders.core.exercise import Law, check, misconception
from graders.core.fixtures import constant, network
from graders.hidden._noise import follows, t_quantile, uncorrelated
from graders.hidden.reparameterization._common import autoencoder, codes_of, keeps_float32

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
