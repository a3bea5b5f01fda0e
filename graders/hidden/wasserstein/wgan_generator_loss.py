"""Hidden checks of `wgan_generator_loss`, then the mistakes that they catch."""

from torch.nn.functional import softplus

from graders.hidden._words import Words
from graders.hidden.wasserstein._common import PAPER, batches, critics
from graders.public.wasserstein import wgan_generator_loss

D = Words(wgan_generator_loss)


def both_signs(draw):
    """Both critics on the same examples: first the one with positive scores."""
    (critic, negative), (_, fake) = critics(draw), batches(draw)
    both = (critic, negative) if critic(fake).mean() > 0 else (negative, critic)
    return [(one, fake) for one in both]


generator_loss_value = D.equals_reference(
    "It is the generator's part of the objective, with the sign of this topic.", both_signs
)


generator_loss_gradient = D.gradients(
    "The gradient that reaches the generated examples is right.",
    lambda draw: (critics(draw)[1], batches(draw)[1]),
    of=(1,),
    after=generator_loss_value,
)


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


@generator_loss_value.catches("The scores come back separately. What is minimised is their mean.")
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


@D.laws.law_state.catches(
    "The critic may stay out of this step, but it is to be trained again in the next one."
)
def critic_left_frozen(critic, fake):
    for parameter in critic.parameters():
        parameter.requires_grad_(False)
    return critic(fake).mean()
