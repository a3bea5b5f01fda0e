"""Hidden checks of `model_4`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.core.fixtures import constant, network
from graders.hidden._noise import noise_law, normal_of_some_scale
from graders.hidden._words import Words
from graders.hidden.reparameterization._common import autoencoder, codes_of, keeps_float32
from graders.public.reparameterization import model_4

D = Words(model_4)

# Which positive map was chosen is free, so the scale of z is unknown.
CODES = noise_law(4 * 140 * 100)


def model_4_codes(student, draw, h, seed=None, *, examples=4):
    """The codes that model_4 gives its decoder when the encoder returns h for every example."""
    latents, dtype = h.shape[-1], h.dtype
    encoder = constant(network(draw, (6, latents), dtype=dtype), 0, h)
    decoder = network(draw, (latents, 6), record=True, dtype=dtype)
    student.model_4(draw.normal(examples, 6, dtype=dtype), encoder, decoder, seed=seed)
    return codes_of(decoder, examples, latents, "model_4(x, encoder, decoder)")


@D.check("It returns the decoder's output as it is.")
def model_4_returns_decoder_output(student, draw):
    subject = "model_4(x, encoder, decoder)"
    for n, d in ((5, 6), (1, 6), (4, 1)):
        x, encoder, decoder = autoencoder(draw, examples=n, inputs=d)
        constant(encoder, 0, 0.5)
        encoder.record = True
        got = expect.tensor(student.model_4(x, encoder, decoder), shape=(n, d), subject=subject)
        expect.close(got, decoder(codes_of(decoder, n, 3, "model_4")), subject=subject)
        seen = torch.cat([call.reshape(-1, d) for call in encoder.calls] or [x[:0]])
        # It may look at an example as often as it likes, and in any order.
        known = (seen[:, None] == x).all(-1)
        expect.true(
            bool(known.any(0).all() and known.any(1).all()), "an encoder that sees other data",
            subject=subject, detail="the encoder is not called on the examples", got=seen,
        )  # fmt: skip


@D.check(
    "The codes are finite and not all zero for every output of the encoder from -20 to 20.",
    after=model_4_returns_decoder_output,
)
def model_4_is_defined_everywhere(student, draw):
    values = [(h, torch.float64) for h in (-20.0, -3.0, 0.0, 3.0, 20.0)]
    for h, dtype in [*values, (-20.0, torch.float32), (20.0, torch.float32)]:
        z = model_4_codes(student, draw, torch.full((3,), h, dtype=dtype))
        subject = f"z in model_4 with h = {h}"
        expect.finite(z, subject=subject)
        expect.true(
            bool((z != 0).all()),
            "a variance of 0",
            subject=subject,
            detail="z is exactly 0 somewhere, so its variance is not positive",
            got=z,
        )


@D.check("The spread of z depends on h, and on nothing else.", after=model_4_is_defined_everywhere)
def model_4_spread_follows_h(student, draw):
    # No map is symmetric about both 0.4 and another of these, so one that depends on h shows.
    places, seed = (0.4, 1.7, -1.3, -2.5), draw.seed()
    codes = [model_4_codes(student, draw, at(h), seed) for h in (*places, places[0])]
    if not torch.equal(codes[0], codes[-1]):
        ratios = [growth(student, draw, at(h)) for h in places]
    else:
        ratios = [(code / codes[0]) for code in codes[1:-1]]
    for ratio in ratios:
        expect.close(
            ratio,
            ratio.flatten()[:1].expand_as(ratio).clone(),
            subject="the change of z with h, relative to z",
            rtol=1e-7,
        )
    levels = [ratio.flatten()[0].item() for ratio in ratios]
    if torch.equal(codes[0], codes[-1]):
        levels = [after - before for before, after in zip([1.0, *levels], levels)]
    expect.true(
        all(abs(level) > 1e-5 for level in levels),
        "a variance that does not depend on h",
        subject="z in model_4",
        detail=f"z is the same for two of h = {places}",
        got=torch.tensor(levels, dtype=torch.float64),
    )


def at(h):
    """An encoder's output that is h in three dimensions."""
    return torch.full((3,), h, dtype=torch.float64)


def growth(student, draw, h):
    """d z / d h over z, for each dimension: for z = sqrt(v(h)) eps it is v' / (2 v), whatever eps
    is. The decoder is the identity, so that its output is z.
    """
    encoder, decoder = constant(network(draw, (6, 3)), 0, h), network(draw, (3, 3))
    with torch.no_grad():
        decoder.heads[0].weight.copy_(torch.eye(3))
        decoder.heads[0].bias.zero_()
    z = student.model_4(draw.normal(4, 6), encoder, decoder)
    (slope,) = expect.gradient_of(z, [encoder.heads[0].bias])
    return (0 * h if slope is None else slope) / z.detach().sum(0)


@D.check(
    "z is normal with mean 0: fresh, independent over examples and dimensions.",
    after=model_4_is_defined_everywhere,
    law=CODES,
)
def model_4_noise(student, draw):
    h = torch.full((100,), 0.7, dtype=torch.float64)
    z = [model_4_codes(student, draw, h, draw.seed(), examples=140) for _ in range(4)]
    normal_of_some_scale(torch.stack(z), CODES, subject="z in model_4")


@D.check(
    "Gradients reach both networks, and agree with finite differences.",
    after=model_4_spread_follows_h,
)
def model_4_gradients(student, draw):
    x, encoder, decoder = autoencoder(draw)
    seed, step = draw.seed(), 1e-5
    first, again = (student.model_4(x, encoder, decoder, seed=seed) for _ in range(2))
    if not torch.equal(first.detach().nan_to_num(), again.detach().nan_to_num()):
        gradients_without_replay(student, draw)
        return
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


@D.check(
    "The code of an example depends on that example alone.",
    after=model_4_gradients,
)
def model_4_keeps_examples_apart(student, draw):
    encoder, decoder = network(draw, (6, 3)), network(draw, (3, 3))
    with torch.no_grad():
        decoder.heads[0].weight.copy_(torch.eye(3))
        decoder.heads[0].bias.zero_()
    # The encoder is linear, and each example has an entry of its own: its column of the weight.
    z = student.model_4(torch.eye(4, 6, dtype=torch.float64), encoder, decoder)
    for i, code in enumerate(expect.tensor(z, shape=(4, 3), subject="z in model_4")):
        (slope,) = expect.gradient_of(code.sum(), [encoder.heads[0].weight])
        seen = [] if slope is None else slope[:, :4].abs().sum(0).nonzero().flatten().tolist()
        expect.true(
            seen == [i], "a code of other examples", subject="z in model_4",
            detail="the code of an example changes with other examples, or not with its own",
            got=seen,
        )  # fmt: skip


def gradients_without_replay(student, draw):
    """Checks the gradients where no seed replays the noise, by the codes that were recorded."""
    h = torch.full((3,), 0.7, dtype=torch.float64)
    encoder, decoder = constant(network(draw, (6, 3)), 0, h), network(draw, (3, 8, 6), record=True)
    got = student.model_4(draw.normal(5, 6), encoder, decoder)
    z = codes_of(decoder, 5, 3, "model_4").requires_grad_()
    decoder.record = False
    wanted = decoder(z).square()
    parameters = list(decoder.parameters())
    expect.gradients(
        got.square(), parameters, expect.gradient_of(wanted, parameters),
        names=[f"the decoder's parameter {i}" for i, _ in enumerate(parameters)],
        subject="model_4", rtol=1e-7,
    )  # fmt: skip
    (slope,) = expect.gradient_of(got.square(), [encoder.heads[0].bias])
    (through,) = expect.gradient_of(wanted, [z])
    expect.true(
        slope is not None and bool(slope.any()), "no gradient",
        subject="the gradient of model_4 with respect to the encoder",
        detail="no gradient arrives", got="none",
    )  # fmt: skip
    ratio = slope / (through * z.detach()).sum(0)
    expect.close(
        ratio, ratio[:1].expand_as(ratio).clone(),
        subject="the gradient of model_4 with respect to the encoder", rtol=1e-6,
    )  # fmt: skip


@D.check("It keeps float32.", after=model_4_returns_decoder_output)
def model_4_keeps_float32(student, draw):
    keeps_float32(student.model_4, draw, "model_4(x, encoder, decoder) in float32")


@model_4_is_defined_everywhere.catches(
    "An output of a linear layer can be negative. What has to hold for a variance?"
)
def model_4_unrepaired(x, encoder, decoder):
    h = encoder(x)
    return decoder(h.sqrt() * torch.randn_like(h))


@model_4_is_defined_everywhere.catches(
    "Clipping makes the variance 0 for every negative output, where no gradient comes back either."
)
def model_4_relu(x, encoder, decoder):
    h = encoder(x)
    return decoder(h.relu().sqrt() * torch.randn_like(h))


@model_4_spread_follows_h.catches(
    "The code is centred at 0 in this model; here it is centred at h."
)
def model_4_mean_h(x, encoder, decoder):
    h = encoder(x)
    return decoder(h + torch.randn_like(h))


@model_4_spread_follows_h.catches("The variance has to come from the encoder; here it is constant.")
def model_4_constant_variance(x, encoder, decoder):
    h = encoder(x)
    return decoder(torch.randn_like(h) + 0 * h)


@model_4_gradients.catches("The variance is right, but the encoder is cut out of the graph.")
def model_4_detached(x, encoder, decoder):
    h = encoder(x)
    return decoder((0.5 * h).exp().detach() * torch.randn_like(h))


@model_4_noise.catches("The noise of this model is normal, not uniform.")
def model_4_uniform(x, encoder, decoder):
    h = encoder(x)
    return decoder((0.5 * h).exp() * (2 * torch.rand_like(h) - 1))


@model_4_noise.catches("All examples share one noise vector.")
def model_4_shared_noise(x, encoder, decoder):
    h = encoder(x)
    return decoder((0.5 * h).exp() * torch.randn(h.shape[-1], dtype=h.dtype))


@model_4_noise.catches("Without noise the code is a deterministic function of x.")
def model_4_no_noise(x, encoder, decoder):
    return decoder((0.5 * encoder(x)).exp())


@model_4_returns_decoder_output.catches(
    "The model returns what the decoder returns; nothing comes after it."
)
def model_4_sigmoid(x, encoder, decoder):
    h = encoder(x)
    return decoder((0.5 * h).exp() * torch.randn_like(h)).sigmoid()


@model_4_keeps_float32.catches("The result is always of one dtype. It should follow the input.")
def model_4_always_float64(x, encoder, decoder):
    h = encoder(x)
    return decoder((0.5 * h).exp() * torch.randn_like(h)).double()
