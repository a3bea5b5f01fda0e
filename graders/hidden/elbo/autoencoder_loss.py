"""Hidden checks of `autoencoder_loss`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.elbo._common import (
    DTYPE,
    NO_GRADIENT,
    at_codes,
    compare_gradients,
    latent_model,
)
from graders.public.elbo import autoencoder_loss
from reference.kl import kl_standard_normal
from reference.reparameterization import reparameterize

D = Words(autoencoder_loss)


# Nothing is recorded here: the exercise draws no codes, so a submission that does is compared under
# the same seed.


autoencoder_loss_value = D.equals_reference(
    "It is the squared error of the reconstructions from the means.",
    lambda draw: [latent_model(draw, examples=examples, record=False) for examples in (5, 4)],
)


@D.check("Its gradients reach both networks and are right.", after=autoencoder_loss_value)
def autoencoder_loss_gradients(student, draw, right):
    model = latent_model(draw, record=False)
    got = expect.tensor(student.autoencoder_loss(*model), shape=(), subject="autoencoder_loss")
    compare_gradients(got, right.autoencoder_loss(*model), model, "autoencoder_loss")


def deviations(x, encoder, decoder):
    """x minus its reconstruction from the mean."""
    return x - decoder(encoder(x)[0]).sigmoid()


@autoencoder_loss_value.catches(
    "You compare the image with the logits. What is the mean of a pixel?"
)
def autoencoder_of_logits(x, encoder, decoder):
    return (x - decoder(encoder(x)[0])).square().sum(-1).mean()


@autoencoder_loss_value.catches("Your loss is summed over the examples; it is to be averaged.")
def autoencoder_batch_sum(x, encoder, decoder):
    return deviations(x, encoder, decoder).square().sum()


@autoencoder_loss_value.catches("Your loss is averaged over the pixels too; they are to be summed.")
def autoencoder_mean_of_everything(x, encoder, decoder):
    return deviations(x, encoder, decoder).square().mean()


@autoencoder_loss_value.catches(
    "Your loss is averaged over the pixels and summed over the examples: it should be the other"
    " way round."
)
def autoencoder_axes_exchanged(x, encoder, decoder):
    return deviations(x, encoder, decoder).square().mean(-1).sum()


@autoencoder_loss_value.catches(
    "Your loss is a fixed multiple of the squared error. Where does the factor come from?"
)
def autoencoder_half(x, encoder, decoder):
    return 0.5 * deviations(x, encoder, decoder).square().sum(-1).mean()


@autoencoder_loss_value.catches("The length of the deviation enters; its square is asked for.")
def autoencoder_norm(x, encoder, decoder):
    return torch.linalg.vector_norm(deviations(x, encoder, decoder), dim=-1).mean()


@autoencoder_loss_value.catches("Absolute deviations enter; their squares are asked for.")
def autoencoder_absolute(x, encoder, decoder):
    return deviations(x, encoder, decoder).abs().sum(-1).mean()


@autoencoder_loss_value.catches("A cross entropy is another error than the squared one.")
def autoencoder_cross_entropy(x, encoder, decoder):
    return -at_codes(x, decoder, encoder(x)[0]).mean()


@autoencoder_loss_value.catches("A plain autoencoder draws nothing. What is its code?")
def autoencoder_drawn_codes(x, encoder, decoder):
    return (x - decoder(reparameterize(*encoder(x))).sigmoid()).square().sum(-1).mean()


@autoencoder_loss_value.catches(
    "A plain autoencoder has no prior, so nothing keeps its codes near one."
)
def autoencoder_with_kl(x, encoder, decoder):
    return (
        deviations(x, encoder, decoder).square().sum(-1).mean()
        + kl_standard_normal(*encoder(x)).mean()
    )


@autoencoder_loss_value.catches(
    "The encoder's second output is used as the code. Which one is the mean?"
)
def autoencoder_code_is_logvar(x, encoder, decoder):
    return (x - decoder(encoder(x)[1]).sigmoid()).square().sum(-1).mean()


@autoencoder_loss_value.catches("A loss is minimised: the better the reconstruction, the smaller.")
def autoencoder_negated(x, encoder, decoder):
    return -deviations(x, encoder, decoder).square().sum(-1).mean()


@autoencoder_loss_value.catches(
    "Each example's loss comes back separately; one number is asked for."
)
def autoencoder_per_example(x, encoder, decoder):
    return deviations(x, encoder, decoder).square().sum(-1)


@autoencoder_loss_gradients.catches("The value is right, but no gradient reaches the encoder.")
def autoencoder_code_detached(x, encoder, decoder):
    return (x - decoder(encoder(x)[0].detach()).sigmoid()).square().sum(-1).mean()


@autoencoder_loss_gradients.catches(NO_GRADIENT)
def autoencoder_without_graph(x, encoder, decoder):
    return deviations(x, encoder, decoder).square().sum(-1).mean().detach()


@D.laws.law_dtype.catches(DTYPE)
def autoencoder_in_float64(x, encoder, decoder):
    return deviations(x, encoder, decoder).double().square().sum(-1).mean()
