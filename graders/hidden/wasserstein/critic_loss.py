"""Hidden checks of `critic_loss`, then the mistakes that they catch."""

import torch
from torch.nn.functional import softplus

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.wasserstein._common import PAPER, batches, critics, opposed
from graders.public.wasserstein import critic_loss
from reference.wasserstein import wgan_value

D = Words(critic_loss)

CRITIC = "critic_loss(critic, real, fake)"


critic_loss_value = D.equals_reference(
    "It is the loss whose minimum makes the critic's difference largest, signs as in the topic.",
    opposed,
)


critic_loss_gradients = D.gradients(
    "The gradients in the critic's parameters are right.",
    lambda draw: (critics(draw)[1], *batches(draw)),
    of=(0,),
    after=critic_loss_value,
)


@D.check("No gradient reaches the generated examples.")
def critic_loss_spares_fake(student, draw):
    real, fake = batches(draw)
    expect.gradients(
        student.critic_loss(critics(draw)[0], real, fake.requires_grad_()),
        [fake],
        [None],
        names=("fake",),
        subject=CRITIC,
    )


@critic_loss_value.catches(
    f"{PAPER} Or did you return the difference itself, which the critic makes large?"
)
def paper_critic_loss(critic, real, fake):
    return wgan_value(critic(fake.detach()), critic(real))


@critic_loss_value.catches(
    "This is the discriminator's loss of the original GAN. A critic's scores are no logits."
)
def logistic_critic_loss(critic, real, fake):
    return softplus(critic(real)).mean() + softplus(-critic(fake.detach())).mean()


@critic_loss_value.catches("A critic's scores are no logits: what does a sigmoid do to a score?")
def sigmoid_critic_loss(critic, real, fake):
    return critic(real).sigmoid().mean() - critic(fake.detach()).sigmoid().mean()


@critic_loss_value.catches(
    "A loss that cannot be negative does not tell the critic which side to raise."
)
def absolute_critic_loss(critic, real, fake):
    return wgan_value(critic(fake.detach()), critic(real)).abs()


@critic_loss_value.catches("Expectations are estimated by means: your value grows with the batch.")
def critic_loss_of_sums(critic, real, fake):
    return critic(real).sum() - critic(fake.detach()).sum()


@critic_loss_value.catches("One half of the critic's objective is missing: what about real data?")
def critic_loss_of_fake_only(critic, real, fake):
    return -critic(fake.detach()).mean()


@critic_loss_value.catches("The two expectations have opposite signs in the dual formula.")
def critic_loss_of_both_signs(critic, real, fake):
    return -critic(real).mean() - critic(fake.detach()).mean()


@critic_loss_value.catches(
    "You pair generated with real examples, but the two batches are independent and may have"
    " different sizes."
)
def paired_critic_loss(critic, real, fake):
    return (critic(real).flatten() - critic(fake.detach()).flatten()).mean()


@critic_loss_spares_fake.catches(
    "This step trains the critic only. Where could a gradient still go?"
)
def fake_attached(critic, real, fake):
    return critic(real).mean() - critic(fake).mean()


@critic_loss_gradients.catches(
    "The generated examples are to be constants, but the critic's parameters are not."
)
def critic_cut_off_on_fake(critic, real, fake):
    with torch.no_grad():
        on_fake = critic(fake).mean()
    return critic(real).mean() - on_fake


@critic_loss_gradients.catches(
    "Computing a loss and changing the weights are two steps of training."
)
def clips_on_the_way(critic, real, fake):
    loss = critic(real).mean() - critic(fake.detach()).mean()
    for parameter in critic.parameters():
        parameter.data.clamp_(-0.01, 0.01)
    return loss


@D.laws.law_state.catches("Computing a loss and propagating it back are two steps of training.")
def backward_on_the_way(critic, real, fake):
    loss = critic(real).mean() - critic(fake.detach()).mean()
    loss.backward(retain_graph=True)
    return loss


@D.sum_of("The mean over the real examples", "The mean over the generated examples")
def critic_terms(critic, real, fake):
    return critic(real).mean(), -critic(fake).mean()
