"""Hidden checks of `autoencoder_loss`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.core.exercise import check, misconception
from graders.hidden.elbo._common import (
    DTYPE,
    NO_GRADIENT,
    at_codes,
    compare_gradients,
    latent_model,
)
from reference.kl import kl_standard_normal
from reference.reparameterization import reparameterize


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
