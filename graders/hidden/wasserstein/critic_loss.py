"""Hidden checks of `critic_loss`, then the mistakes that they catch."""

import torch
from torch.nn.functional import softplus

from graders.core import expect
from graders.core.exercise import check, misconception
from graders.hidden.wasserstein._common import PAPER, batches, critics, same_critic, same_examples
from reference.wasserstein import wgan_value

CRITIC = "critic_loss(critic, real, fake)"


@check(
    "critic_loss",
    "It returns one number for critics that return (N,) and (N, 1), also of batches of different"
    " sizes.",
)
def critic_loss_is_a_scalar(student, draw):
    for critic in critics(draw):
        for n, m in ((5, 5), (5, 4)):
            expect.tensor(
                student.critic_loss(critic, *batches(draw, n, m)),
                shape=(),
                subject=f"{CRITIC} with {n} real and {m} generated examples",
            )


@check(
    "critic_loss",
    "It is the loss whose minimum makes the critic's difference largest, signs as in the topic.",
    after=("critic_loss_is_a_scalar",),
)
def critic_loss_value(student, draw, right):
    pair = batches(draw)
    for critic in critics(draw):
        expect.close(
            student.critic_loss(critic, *pair), right.critic_loss(critic, *pair), subject=CRITIC
        )


@check(
    "critic_loss",
    "It leaves the critic and the examples as they are.",
    after=("critic_loss_is_a_scalar",),
)
def critic_loss_changes_nothing(student, draw):
    critic, pair = critics(draw)[0], batches(draw)
    observed = student.observe("critic_loss", critic, *pair)
    same_critic(observed, critic, CRITIC)
    same_examples(observed, pair, ("real", "fake"), CRITIC)


@check(
    "critic_loss",
    "The gradients in the critic's parameters are right.",
    after=("critic_loss_value",),
)
def critic_loss_gradients(student, draw, right):
    critic, pair = critics(draw)[1], batches(draw)
    parameters = list(critic.parameters())
    wanted = expect.gradient_of(right.critic_loss(critic, *pair), parameters)
    expect.gradients(
        student.critic_loss(critic, *pair),
        parameters,
        wanted,
        names=[f"the critic's parameter {i}" for i in range(len(parameters))],
        subject=CRITIC,
    )


@check(
    "critic_loss", "No gradient reaches the generated examples.", after=("critic_loss_is_a_scalar",)
)
def critic_loss_spares_fake(student, draw):
    real, fake = batches(draw)
    expect.gradients(
        student.critic_loss(critics(draw)[0], real, fake.requires_grad_()),
        [fake],
        [None],
        names=("fake",),
        subject=CRITIC,
    )


@check("critic_loss", "It keeps float32.", after=("critic_loss_value",))
def critic_loss_keeps_float32(student, draw, right):
    critic, pair = critics(draw, dtype=torch.float32)[0], batches(draw, dtype=torch.float32)
    expect.close(
        student.critic_loss(critic, *pair),
        right.critic_loss(critic, *pair),
        subject=f"{CRITIC} in float32",
        atol=1e-5,
    )


@misconception(
    "critic_loss",
    hint=f"{PAPER} Or did you return the difference itself, which the critic makes large?",
    caught_by="critic_loss_value",
)
def paper_critic_loss(critic, real, fake):
    return wgan_value(critic(fake.detach()), critic(real))


@misconception(
    "critic_loss",
    hint="This is the discriminator's loss of the original GAN. A critic's scores are no logits.",
    caught_by="critic_loss_value",
)
def logistic_critic_loss(critic, real, fake):
    return softplus(critic(real)).mean() + softplus(-critic(fake.detach())).mean()


@misconception(
    "critic_loss",
    hint="A critic's scores are no logits: what does a sigmoid do to a score?",
    caught_by="critic_loss_value",
)
def sigmoid_critic_loss(critic, real, fake):
    return critic(real).sigmoid().mean() - critic(fake.detach()).sigmoid().mean()


@misconception(
    "critic_loss",
    hint="A loss that cannot be negative does not tell the critic which side to raise.",
    caught_by="critic_loss_value",
)
def absolute_critic_loss(critic, real, fake):
    return wgan_value(critic(fake.detach()), critic(real)).abs()


@misconception(
    "critic_loss",
    hint="Expectations are estimated by means: your value grows with the batch.",
    caught_by="critic_loss_value",
)
def critic_loss_of_sums(critic, real, fake):
    return critic(real).sum() - critic(fake.detach()).sum()


@misconception(
    "critic_loss",
    hint="One half of the critic's objective is missing: what about real data?",
    caught_by="critic_loss_value",
)
def critic_loss_of_fake_only(critic, real, fake):
    return -critic(fake.detach()).mean()


@misconception(
    "critic_loss",
    hint="The two expectations have opposite signs in the dual formula.",
    caught_by="critic_loss_value",
)
def critic_loss_of_both_signs(critic, real, fake):
    return -critic(real).mean() - critic(fake.detach()).mean()


@misconception(
    "critic_loss",
    hint=(
        "You pair generated with real examples, but the two batches are independent and may have"
        " different sizes."
    ),
    caught_by="critic_loss_is_a_scalar",
)
def paired_critic_loss(critic, real, fake):
    return (critic(real).flatten() - critic(fake.detach()).flatten()).mean()


@misconception(
    "critic_loss",
    hint="This step trains the critic only. Where could a gradient still go?",
    caught_by="critic_loss_spares_fake",
)
def fake_attached(critic, real, fake):
    return critic(real).mean() - critic(fake).mean()


@misconception(
    "critic_loss",
    hint="The generated examples are to be constants, but the critic's parameters are not.",
    caught_by="critic_loss_gradients",
)
def critic_cut_off_on_fake(critic, real, fake):
    with torch.no_grad():
        on_fake = critic(fake).mean()
    return critic(real).mean() - on_fake


@misconception(
    "critic_loss",
    hint="Computing a loss and changing the weights are two steps of training.",
    caught_by="critic_loss_changes_nothing",
)
def clips_on_the_way(critic, real, fake):
    loss = critic(real).mean() - critic(fake.detach()).mean()
    for parameter in critic.parameters():
        parameter.data.clamp_(-0.01, 0.01)
    return loss


@misconception(
    "critic_loss",
    hint="Computing a loss and propagating it back are two steps of training.",
    caught_by="critic_loss_changes_nothing",
)
def backward_on_the_way(critic, real, fake):
    loss = critic(real).mean() - critic(fake.detach()).mean()
    loss.backward(retain_graph=True)
    return loss
