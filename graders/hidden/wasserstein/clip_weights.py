"""Hidden checks of `clip_weights`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.core.fixtures import network
from graders.hidden._words import Words
from graders.public.wasserstein import clip_weights

D = Words(clip_weights)

CLIP = "clip_weights(critic, c)"


def clipped(observed):
    """The critic's parameters after the call, as one vector."""
    return torch.cat([p.detach().flatten() for p in observed.arguments[0].parameters()])


def flat(critic):
    return torch.cat([p.detach().flatten() for p in critic.parameters()])


@D.check(
    "Afterwards every parameter, weight or bias, is in [-c, c], and what was inside is as it was."
)
def clips_every_parameter(student, draw):
    for sizes, c in (((3, 6, 5, 1), 0.3), ((4, 1), 0.1), ((2, 3, 1), 1.5)):
        critic = network(draw, sizes, scale=2.0)
        got = clipped(student.observe("clip_weights", critic, c))
        expect.close(
            got,
            flat(critic).clamp(-c, c),
            subject=f"the critic's parameters after {CLIP} with c = {c}",
            rtol=1e-12,
        )


@D.check("Parameters outside linear layers are clipped too.", after=clips_every_parameter)
def clips_outside_linear_layers(student, draw):
    contract = clip_weights.contract
    critic, _ = contract.draw(draw, contract.usual)
    for c in (0.05, 0.3):
        got = clipped(student.observe("clip_weights", critic, c))
        expect.close(
            got, flat(critic).clamp(-c, c), rtol=1e-12,
            subject=f"the parameters of a critic with a scale after {CLIP} with c = {c}",
        )  # fmt: skip


@D.check(
    "Autograd recorded nothing: every parameter is a leaf that can be trained, with the gradient it"
    " had.",
    after=clips_every_parameter,
)
def clips_unseen(student, draw):
    critic = network(draw, (3, 6, 1), scale=2.0)
    for parameter in list(critic.parameters())[:3]:
        parameter.grad = draw.normal(*parameter.shape)
    after = student.observe("clip_weights", critic, 0.3).states[0]
    expect.true(
        all(after.leaf),
        "autograd recorded the clipping",
        subject=CLIP,
        detail="a parameter of the critic is the result of an operation afterwards",
        got=list(after.leaf),
    )
    expect.true(
        all(after.requires_grad),
        "the critic was frozen",
        subject=CLIP,
        detail="a parameter of the critic does not require gradients any more",
        got=list(after.requires_grad),
    )
    kept = all(
        (a is None) == (p.grad is None) and (a is None or torch.equal(a, p.grad))
        for a, p in zip(after.gradients, critic.parameters())
    )
    expect.true(
        kept,
        "the gradients were changed",
        subject=CLIP,
        detail="`.grad` of a parameter is not as it was",
        got="other gradients",
    )


@D.check("Parameters that do not require gradients are clipped too.", after=clips_every_parameter)
def clips_frozen_parameters(student, draw):
    critic = network(draw, (3, 6, 1), scale=2.0)
    critic.hidden[0].weight.requires_grad_(False)
    got = clipped(student.observe("clip_weights", critic, 0.3))
    expect.close(
        got,
        flat(critic).clamp(-0.3, 0.3),
        subject=f"the parameters of a critic with a frozen layer after {CLIP}",
        rtol=1e-12,
    )


@D.check("It works in float32.", after=clips_every_parameter)
def clips_float32(student, draw):
    critic = network(draw, (3, 6, 1), scale=2.0, dtype=torch.float32)
    got = clipped(student.observe("clip_weights", critic, 0.25))
    expect.close(got, flat(critic).clamp(-0.25, 0.25), subject=f"{CLIP} in float32", rtol=1e-6)


@clips_every_parameter.catches("Afterwards the critic is as it was: what is it that you clip?")
def clips_a_copy(critic, c):
    for parameter in critic.parameters():
        parameter.data.clamp(-c, c)


@clips_every_parameter.catches("This clips the gradients of the parameters, not the parameters.")
def clips_gradients(critic, c):
    torch.nn.utils.clip_grad_value_(critic.parameters(), c)


@clips_every_parameter.catches("Half of the parameters are negative: what happens to those?")
def clips_to_positive(critic, c):
    for parameter in critic.parameters():
        parameter.data.clamp_(0, c)


@clips_every_parameter.catches("Only one end of the interval is enforced.")
def clips_from_above(critic, c):
    for parameter in critic.parameters():
        parameter.data.clamp_(max=c)


@clips_every_parameter.catches("A critic has parameters that are not weight matrices.")
def clips_matrices_only(critic, c):
    for parameter in critic.parameters():
        if parameter.ndim > 1:
            parameter.data.clamp_(-c, c)


@clips_every_parameter.catches("A critic has more than one layer.")
def clips_last_layer(critic, c):
    for parameter in list(critic.parameters())[-2:]:
        parameter.data.clamp_(-c, c)


@clips_outside_linear_layers.catches("A critic has parameters that are in no linear layer.")
def clips_linear_layers_only(critic, c):
    for layer in critic.modules():
        if isinstance(layer, torch.nn.Linear):
            layer.weight.data.clamp_(-c, c)
            layer.bias.data.clamp_(-c, c)


@clips_every_parameter.catches(
    "The bound is an argument of the function; it is not always the same."
)
def clips_to_unit_interval(critic, c):
    for parameter in critic.parameters():
        parameter.data.clamp_(-1, 1)


@clips_every_parameter.catches("The bound is c itself.")
def clips_to_square(critic, c):
    for parameter in critic.parameters():
        parameter.data.clamp_(-(c**2), c**2)


@clips_every_parameter.catches(
    "You shrink a whole tensor until it fits. What happens to its entries that were inside already?"
)
def rescales_parameters(critic, c):
    for parameter in critic.parameters():
        parameter.data.mul_((c / parameter.data.abs().max()).clamp_max(1))


@clips_every_parameter.catches(
    "A parameter that is too large goes to the end of the interval, not to its middle."
)
def zeroes_large_parameters(critic, c):
    for parameter in critic.parameters():
        parameter.data[parameter.data.abs() > c] = 0


@clips_every_parameter.catches(
    "A smooth map into the interval moves the parameters that are inside already."
)
def squashes_parameters(critic, c):
    for parameter in critic.parameters():
        parameter.data.copy_(c * (parameter.data / c).tanh())


@clips_every_parameter.catches(
    "A parameter that requires gradients cannot be changed in place while autograd is watching."
)
def clips_watched(critic, c):
    for parameter in critic.parameters():
        parameter.clamp_(-c, c)


@clips_unseen.catches(
    "A name in a loop is not the parameter: giving it a new value leaves the critic alone. And"
    " is what you compute seen by autograd?"
)
def replaces_parameters(critic, c):
    for module in critic.modules():
        for name in module._parameters:
            module._parameters[name] = module._parameters[name].clamp(-c, c)


@clips_unseen.catches("The critic is clipped, and cannot be trained any more.")
def leaves_critic_frozen(critic, c):
    for parameter in critic.parameters():
        parameter.requires_grad_(False).clamp_(-c, c)


@clips_unseen.catches("The gradients were wiped on the way; clipping concerns the parameters only.")
def wipes_gradients(critic, c):
    for parameter in critic.parameters():
        parameter.data.clamp_(-c, c)
        parameter.grad = None


@clips_frozen_parameters.catches(
    "Whether a parameter is trained at the moment does not matter for the slope of the critic."
)
def skips_frozen(critic, c):
    for parameter in critic.parameters():
        if parameter.requires_grad:
            parameter.data.clamp_(-c, c)
