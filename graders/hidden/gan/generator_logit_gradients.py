"""Hidden checks of `generator_logit_gradients`, then the mistakes that they catch."""

import torch
from torch.nn import functional as F

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.divergences._common import vector
from graders.hidden.gan._common import EXTREMES, IN_PLACE, fake
from graders.public.gan import generator_logit_gradients, pair_of

D = Words(generator_logit_gradients)

GRADIENTS = "generator_logit_gradients(fake_logits)"


def both_parts(student, batch):
    """Both derivatives in one tensor, the saturating one first."""
    return torch.stack(pair_of(student.generator_logit_gradients(batch), batch, GRADIENTS))


@D.check("It returns two tensors of the shape of the logits.")
def logit_gradients_shape(student, draw):
    for shape in ((4,), (4, 1), (1,)):
        batch = fake(draw, *shape)
        pair_of(student.generator_logit_gradients(batch), batch, f"{GRADIENTS} of shape {shape}")


@D.check(
    "They are the derivatives of the two losses of single examples.", after=logit_gradients_shape
)
def logit_gradients_are_derivatives(student, draw, right):
    for shape in ((5,), (3, 1)):
        leaf = fake(draw, *shape)
        leaf[0] = 0
        leaf.requires_grad_()
        losses = right.generator_loss_saturating(leaf), right.generator_loss_nonsaturating(leaf)
        wanted = torch.stack([len(leaf) * expect.gradient_of(loss, [leaf])[0] for loss in losses])
        expect.close(
            both_parts(student, leaf.detach()),
            wanted,
            subject=f"(saturating, nonsaturating) of {GRADIENTS}",
        )


@D.check(
    "Both losses raise every logit, and where D rejects an example only one of them still does.",
    after=logit_gradients_are_derivatives,
)
def logit_gradients_where_rejected(student, draw):
    got = both_parts(student, torch.cat([fake(draw, 4), vector(-40)]))
    expect.at_most(got, torch.zeros(2, 5, dtype=torch.float64), subject=GRADIENTS)
    expect.close(
        got.sum(0),
        -torch.ones(5, dtype=torch.float64),
        subject=f"the sum of both parts of {GRADIENTS}",
    )
    expect.close(got[:, -1], vector(0, -1), subject=f"both parts at a logit of -40 of {GRADIENTS}")


logit_gradients_extremes = D.equals_reference(
    "They are exact for logits of 1e4 and -1e4.",
    lambda draw: [vector(*EXTREMES)],
    after=logit_gradients_are_derivatives,
)


@D.check("They are written out: they need no autograd.", after=logit_gradients_shape)
def logit_gradients_without_autograd(student, draw, right):
    batch = fake(draw, 5)
    with torch.no_grad():
        got = both_parts(student, batch)
    expect.close(
        got,
        torch.stack(right.generator_logit_gradients(batch)),
        subject=f"{GRADIENTS} under torch.no_grad()",
    )


@logit_gradients_are_derivatives.catches("The two have changed places.")
def logit_gradients_swapped(fake_logits):
    return -(-fake_logits).sigmoid(), -fake_logits.sigmoid()


@logit_gradients_are_derivatives.catches(
    "A step against these derivatives lowers the logit. Does the generator want that?"
)
def logit_gradients_negated(fake_logits):
    return fake_logits.sigmoid(), (-fake_logits).sigmoid()


@logit_gradients_are_derivatives.catches(
    "These are the derivatives with respect to the probability. What lies between it and the logit?"
)
def logit_gradients_of_probability(fake_logits):
    d = fake_logits.sigmoid()
    return -1 / (1 - d), -1 / d


@logit_gradients_are_derivatives.catches(
    "The derivative of each example's own loss is asked for; the batch does not enter."
)
def logit_gradients_averaged(fake_logits):
    return -fake_logits.sigmoid() / len(fake_logits), -(-fake_logits).sigmoid() / len(fake_logits)


@logit_gradients_are_derivatives.catches(
    "You multiply by the derivative of the sigmoid, but forget that of the logarithm."
)
def logit_gradients_without_log(fake_logits):
    d = fake_logits.sigmoid()
    return -d * (1 - d), -d * (1 - d)


@logit_gradients_are_derivatives.catches(
    "Check the sign of the non-saturating loss: what is minimised is minus a logarithm."
)
def logit_gradients_nonsaturating_sign(fake_logits):
    return -fake_logits.sigmoid(), (-fake_logits).sigmoid()


@logit_gradients_are_derivatives.catches(
    "Check the sign of the saturating loss: does it grow or fall when D is convinced more?"
)
def logit_gradients_saturating_sign(fake_logits):
    return fake_logits.sigmoid(), -(-fake_logits).sigmoid()


@logit_gradients_are_derivatives.catches(
    "Both parts are the same here. Where D rejects, the two losses differ most."
)
def logit_gradients_alike(fake_logits):
    return -fake_logits.sigmoid(), -fake_logits.sigmoid()


@logit_gradients_are_derivatives.catches(
    "These are the losses themselves. How do they change with a logit?"
)
def logit_gradients_are_losses(fake_logits):
    return F.logsigmoid(-fake_logits), -F.logsigmoid(fake_logits)


@logit_gradients_extremes.catches(
    "The ratio of two infinite exponentials is NaN, although the derivative is a number between"
    " -1 and 0."
)
def logit_gradients_overflow(fake_logits):
    up = fake_logits.exp()
    return -up / (1 + up), up / (1 + up) - 1


@logit_gradients_without_autograd.catches(
    "The derivatives are to be written out; here autograd computes them."
)
def logit_gradients_by_autograd(fake_logits):
    leaf = fake_logits.detach().clone().requires_grad_()
    losses = F.logsigmoid(-leaf).sum(), -F.logsigmoid(leaf).sum()
    return tuple(torch.autograd.grad(loss, leaf)[0] for loss in losses)


@logit_gradients_shape.catches(
    "You return one number for the batch; every example has a derivative of its own."
)
def logit_gradients_of_batch(fake_logits):
    return -fake_logits.sigmoid().mean(), -(-fake_logits).sigmoid().mean()


@D.laws.law_state.catches(IN_PLACE)
def logit_gradients_in_place(fake_logits):
    first = -fake_logits.clone().sigmoid()
    fake_logits.data.sigmoid_()
    return first, -1 - first
