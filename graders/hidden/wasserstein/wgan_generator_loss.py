"""Hidden checks of `wgan_generator_loss`, then the mistakes that they catch."""

import torch
from torch.nn.functional import softplus

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.wasserstein._common import PAPER, batches, critics, same_critic
from graders.public.wasserstein import wgan_generator_loss

D = Words(wgan_generator_loss)

GENERATOR = "wgan_generator_loss(critic, fake)"


@D.check("It returns one number for critics that return (N,) and (N, 1).")
def generator_loss_is_a_scalar(student, draw):
    for critic in critics(draw):
        expect.tensor(
            student.wgan_generator_loss(critic, batches(draw)[1]), shape=(), subject=GENERATOR
        )


@D.check(
    "It is the generator's part of the objective, with the sign of this topic.",
    after=generator_loss_is_a_scalar,
)
def generator_loss_value(student, draw, right):
    fake = batches(draw)[1]
    for critic in critics(draw):
        expect.close(
            student.wgan_generator_loss(critic, fake),
            right.wgan_generator_loss(critic, fake),
            subject=GENERATOR,
        )


@D.check("The gradient that reaches the generated examples is right.", after=generator_loss_value)
def generator_loss_gradient(student, draw, right):
    critic, fake = critics(draw)[1], batches(draw)[1].requires_grad_()
    wanted = expect.gradient_of(right.wgan_generator_loss(critic, fake), [fake])
    expect.gradients(
        student.wgan_generator_loss(critic, fake),
        [fake],
        wanted,
        names=("fake",),
        subject=GENERATOR,
    )


@D.check("It keeps float32.", after=generator_loss_value)
def generator_loss_keeps_float32(student, draw, right):
    critic, fake = critics(draw, dtype=torch.float32)[0], batches(draw, dtype=torch.float32)[1]
    expect.close(
        student.wgan_generator_loss(critic, fake),
        right.wgan_generator_loss(critic, fake),
        subject=f"{GENERATOR} in float32",
        atol=1e-5,
    )


@D.check("It leaves the critic as it is.", after=generator_loss_is_a_scalar)
def generator_loss_changes_nothing(student, draw):
    critic = critics(draw)[0]
    same_critic(student.observe("wgan_generator_loss", critic, batches(draw)[1]), critic, GENERATOR)


@generator_loss_value.catches(
    f"{PAPER} A generator that minimises this seeks what the critic calls generated."
)
def paper_generator_loss(critic, fake):
    return -critic(fake).mean()


@generator_loss_value.catches(
    "Expectations are estimated by means: your value grows with the batch."
)
def generator_loss_of_sums(critic, fake):
    return critic(fake).sum()


@generator_loss_value.catches(
    "This is a loss of the original GAN. A critic's scores are no logits."
)
def nonsaturating_generator_loss(critic, fake):
    return softplus(-critic(fake)).mean()


@generator_loss_value.catches(
    "This is the minimax loss of the original GAN, with the scores read as logits."
)
def saturating_generator_loss(critic, fake):
    return -softplus(critic(fake)).mean()


@generator_loss_value.catches("A critic's scores are no logits: what does a sigmoid do to a score?")
def sigmoid_generator_loss(critic, fake):
    return critic(fake).sigmoid().mean()


@generator_loss_is_a_scalar.catches(
    "The scores come back separately. What is minimised is their mean."
)
def generator_loss_per_example(critic, fake):
    return critic(fake)


@generator_loss_value.catches(
    "A score below 0 is good news for the generator here; its size alone does not say so."
)
def absolute_generator_loss(critic, fake):
    return critic(fake).mean().abs()


@generator_loss_gradient.catches(
    "The value is right, but the generator gets no gradient: something cuts the graph."
)
def generator_loss_detached(critic, fake):
    return critic(fake.detach()).mean()


@generator_loss_changes_nothing.catches(
    "The critic may stay out of this step, but it is to be trained again in the next one."
)
def critic_left_frozen(critic, fake):
    for parameter in critic.parameters():
        parameter.requires_grad_(False)
    return critic(fake).mean()
