"""Hidden checks of `model_2`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._noise import noise_law, spread, standard_normal
from graders.hidden._words import Words
from graders.hidden.reparameterization._common import autoencoder, codes_of, keeps_float32
from graders.public.reparameterization import model_2
from reference.reparameterization import reparameterize

D = Words(model_2)

NOISE_2 = noise_law(4 * 140 * 100)


@D.check("It returns the decoder's output as it is.")
def model_2_returns_decoder_output(student, draw, right):
    x, encoder, decoder = autoencoder(draw)
    got = expect.tensor(
        student.model_2(x, encoder, decoder), shape=(5, 6), subject="model_2(x, encoder, decoder)"
    )
    z = codes_of(decoder, 5, 3, "model_2(x, encoder, decoder)")
    expect.close(
        got, right.given(z).model_2(x, encoder, decoder), subject="model_2(x, encoder, decoder)"
    )


@D.check(
    "z - h is standard normal: fresh, independent over examples and dimensions.",
    after=model_2_returns_decoder_output,
    law=NOISE_2,
)
def model_2_noise(student, draw, right):
    x, encoder, decoder = autoencoder(draw, examples=140, latents=100)
    noise, h = [], encoder(x).detach()
    for _ in range(4):
        student.model_2(x, encoder, decoder, seed=draw.seed())
        noise.append(codes_of(decoder, 140, 100, "model_2") - h)
    noise = torch.stack(noise) / spread(right)
    standard_normal(noise, NOISE_2, subject="z - h in model_2", mean=h, std=torch.ones_like(h))


@D.check("Gradients reach both networks and are right.", after=model_2_returns_decoder_output)
def model_2_gradients(student, draw, right):
    x, encoder, decoder = autoencoder(draw)
    got = student.model_2(x, encoder, decoder)
    wanted = right.given(codes_of(decoder, 5, 3, "model_2")).model_2(x, encoder, decoder)
    both_gradients(got, wanted, encoder, decoder, "model_2(x, encoder, decoder)")


@D.check("It keeps float32.", after=model_2_returns_decoder_output)
def model_2_keeps_float32(student, draw):
    keeps_float32(student.model_2, draw, "model_2(x, encoder, decoder) in float32")


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


@model_2_gradients.catches(
    "No gradient reaches the encoder. A draw is differentiable only where it is a function of h"
    " and of noise."
)
def model_2_sampled(x, encoder, decoder):
    return decoder(reparameterize(encoder(x).detach(), torch.zeros(())))


@model_2_noise.catches("Without noise this is a plain autoencoder.")
def model_2_without_noise(x, encoder, decoder):
    return decoder(encoder(x))


@model_2_returns_decoder_output.catches(
    "The model returns what the decoder returns; nothing comes after it."
)
def model_2_sigmoid(x, encoder, decoder):
    h = encoder(x)
    return decoder(reparameterize(h, torch.zeros_like(h))).sigmoid()


@model_2_noise.catches(
    "The noise is added to the input here; in this model it is added to the code."
)
def model_2_denoising(x, encoder, decoder):
    return decoder(encoder(x + torch.randn_like(x)))


@model_2_noise.catches("The noise of this model has variance 1, whatever h is.")
def model_2_scaled_noise(x, encoder, decoder):
    h = encoder(x)
    return decoder(h + h * torch.randn_like(h))


@model_2_noise.catches("The examples share one noise vector.")
def model_2_shared_noise(x, encoder, decoder):
    h = encoder(x)
    return decoder(h + torch.randn(h.shape[-1], dtype=h.dtype))


@model_2_noise.catches("The noise of this model is normal, not uniform.")
def model_2_uniform_noise(x, encoder, decoder):
    h = encoder(x)
    return decoder(h + torch.rand_like(h))


@model_2_keeps_float32.catches("The result is always of one dtype. It should follow the input.")
def model_2_always_float64(x, encoder, decoder):
    h = encoder(x)
    return decoder(h + torch.randn_like(h)).double()
