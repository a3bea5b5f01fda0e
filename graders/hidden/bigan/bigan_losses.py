"""Hidden checks of `bigan_losses`, then the mistakes that they catch."""

import torch
from torch.nn import functional as F

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.divergences._common import vector
from graders.hidden.gan._common import (
    CLAMPED,
    EPSILON,
    EXTREMES,
    IN_PLACE,
    TWICE,
    TWO_MEANS,
    UNDERFLOW,
    logits,
)
from graders.public.bigan import bigan_losses
from reference.gan import discriminator_loss

D = Words(bigan_losses)

LOSSES = "bigan_losses(real_pair_logits, fake_pair_logits)"


NAMES = ("real_pair_logits", "fake_pair_logits")


def both_losses(student, pair, what=""):
    """Both losses in one tensor, the discriminator's first; fails when they are not two scalars."""
    names = ("discriminator_loss", "generator_and_inference_loss")
    got = expect.parts(student.bigan_losses(*pair), names, subject=f"{LOSSES}{what}")
    return torch.stack(
        [
            expect.tensor(
                part, shape=(), dtype=pair[0].dtype, subject=f"part {i} of {LOSSES}{what}"
            )
            for i, part in enumerate(got)
        ]
    )


def losses_agree(student, right, pair, what="", **tolerance):
    """Checks both losses on one pair of batches."""
    expect.close(
        both_losses(student, pair, what),
        torch.stack(right.bigan_losses(*pair)),
        subject=f"{LOSSES}{what}",
        **tolerance,
    )


@D.check("It returns two scalar tensors.")
def losses_are_scalars(student, draw):
    both_losses(student, logits(draw, 4, 4), " of shape (4,)")


@D.check("Both are right for as many real pairs as fake ones.", after=losses_are_scalars)
def losses_value(student, draw, right):
    losses_agree(student, right, logits(draw, 4, 4))


@D.check(
    "Both are right for batches of different sizes, of shape (N,) and (N, 1).",
    after=losses_are_scalars,
)
def losses_of_unequal_batches(student, draw, right):
    for sizes in ((5, 3), (2, 7, 1), (4, 4, 1)):
        losses_agree(student, right, logits(draw, *sizes), f" of sizes {sizes[:2]}")


@D.check("The gradients of both with respect to the logits are right.", after=losses_value)
def losses_gradients(student, draw, right):
    pair = [part.requires_grad_() for part in logits(draw, 5, 3)]
    got, wanted = both_losses(student, pair), right.bigan_losses(*pair)
    for i, name in enumerate(("discriminator_loss", "generator_and_inference_loss")):
        expect.gradients(
            got[i],
            pair,
            expect.gradient_of(wanted[i], pair),
            names=NAMES,
            subject=f"the {name} of {LOSSES}",
        )


@D.check(
    "Where the discriminator is certain, the second loss still teaches both the generator and the"
    " inference network.",
    after=losses_value,
    stand_ins=False,
)
def losses_do_not_saturate(student):
    pair = [vector(50).requires_grad_(), vector(-50).requires_grad_()]
    wanted = (vector(1), vector(-1))
    expect.gradients(
        both_losses(student, pair)[1],
        pair,
        wanted,
        names=NAMES,
        subject=f"the second loss of {LOSSES} at logits of 50 and -50",
    )


@D.check("Both are exact for logits of 1e4 and -1e4.", after=losses_value)
def losses_extremes(student, right):
    for logit in EXTREMES:
        for pair in ((vector(logit), vector(0.5)), (vector(-0.5), vector(logit))):
            losses_agree(
                student, right, pair, f" for logits {pair[0].item():.6g} and {pair[1].item():.6g}"
            )


def _losses(real, fake):
    """The right pair, for misconceptions that get one of the two wrong."""
    return (
        F.softplus(-real).mean() + F.softplus(fake).mean(),
        F.softplus(real).mean() + F.softplus(-fake).mean(),
    )


@losses_value.catches(
    "This is the saturating form: look at its gradient where the discriminator is certain."
)
def losses_saturating(real_pair_logits, fake_pair_logits):
    first, _ = _losses(real_pair_logits, fake_pair_logits)
    return first, -first


@losses_value.catches(
    "One half of your second loss is the non-saturating form, the other still saturates."
)
def losses_half_saturating(real_pair_logits, fake_pair_logits):
    first, _ = _losses(real_pair_logits, fake_pair_logits)
    return first, F.softplus(-fake_pair_logits).mean() + F.logsigmoid(real_pair_logits).mean()


@losses_value.catches(
    "Only the generator's part is in your second loss. What does the inference network want D"
    " to say?"
)
def losses_generator_only(real_pair_logits, fake_pair_logits):
    first, _ = _losses(real_pair_logits, fake_pair_logits)
    return first, F.softplus(-fake_pair_logits).mean()


@losses_value.catches(
    "Only the inference network's part is in your second loss. What does the generator want D"
    " to say?"
)
def losses_inference_only(real_pair_logits, fake_pair_logits):
    first, _ = _losses(real_pair_logits, fake_pair_logits)
    return first, F.softplus(real_pair_logits).mean()


@losses_value.catches(
    "All three players minimise the same loss here; two of them play against the third."
)
def losses_alike(real_pair_logits, fake_pair_logits):
    first, _ = _losses(real_pair_logits, fake_pair_logits)
    return first, first


@losses_value.catches("The two losses have changed places, or the labels have.")
def losses_swapped(real_pair_logits, fake_pair_logits):
    return _losses(fake_pair_logits, real_pair_logits)


@losses_value.catches(
    "G and Q want D to be wrong about both kinds of pairs. In your second loss they want it to"
    " say real of both."
)
def losses_real_of_both(real_pair_logits, fake_pair_logits):
    first, _ = _losses(real_pair_logits, fake_pair_logits)
    return first, F.softplus(-fake_pair_logits).mean() + F.softplus(-real_pair_logits).mean()


@losses_value.catches("Both have the opposite sign: what is maximised is not a loss.")
def losses_negated(real_pair_logits, fake_pair_logits):
    first, second = _losses(real_pair_logits, fake_pair_logits)
    return -first, -second


@losses_value.catches(
    "Your losses are half of the right ones: how are their two parts put together?"
)
def losses_halved(real_pair_logits, fake_pair_logits):
    first, second = _losses(real_pair_logits, fake_pair_logits)
    return 0.5 * first, 0.5 * second


@losses_value.catches("You add up the batches. The losses are means over each.")
def losses_summed(real_pair_logits, fake_pair_logits):
    real, fake = real_pair_logits, fake_pair_logits
    return (
        F.softplus(-real).sum() + F.softplus(fake).sum(),
        F.softplus(real).sum() + F.softplus(-fake).sum(),
    )


@losses_of_unequal_batches.catches(TWO_MEANS)
def losses_pooled(real_pair_logits, fake_pair_logits):
    real, fake = real_pair_logits, fake_pair_logits
    return (
        2 * torch.cat([F.softplus(-real), F.softplus(fake)]).mean(),
        2 * torch.cat([F.softplus(real), F.softplus(-fake)]).mean(),
    )


@losses_value.catches(TWICE)
def losses_sigmoid_twice(real_pair_logits, fake_pair_logits):
    return _losses(real_pair_logits.sigmoid(), fake_pair_logits.sigmoid())


@losses_do_not_saturate.catches(EPSILON)
def losses_with_epsilon(real_pair_logits, fake_pair_logits):
    real, fake = real_pair_logits.sigmoid(), fake_pair_logits.sigmoid()
    first = -(real + 1e-8).log().mean() - (1 - fake + 1e-8).log().mean()
    return first, -(fake + 1e-8).log().mean() - (1 - real + 1e-8).log().mean()


@losses_do_not_saturate.catches(UNDERFLOW)
def losses_log_of_sigmoid(real_pair_logits, fake_pair_logits):
    real, fake = real_pair_logits.sigmoid(), fake_pair_logits.sigmoid()
    return (
        -real.log().mean() - (1 - fake).log().mean(),
        -fake.log().mean() - (1 - real).log().mean(),
    )


@losses_do_not_saturate.catches(CLAMPED)
def losses_by_cross_entropy(real_pair_logits, fake_pair_logits):
    real, fake = real_pair_logits.sigmoid(), fake_pair_logits.sigmoid()
    one, zero = torch.ones_like, torch.zeros_like
    first = F.binary_cross_entropy(real, one(real)) + F.binary_cross_entropy(fake, zero(fake))
    return first, F.binary_cross_entropy(fake, one(fake)) + F.binary_cross_entropy(real, zero(real))


@losses_gradients.catches(
    "The values are right, but no gradient comes back to the generator and the inference network."
)
def losses_detached(real_pair_logits, fake_pair_logits):
    first, _ = _losses(real_pair_logits, fake_pair_logits)
    return first, _losses(real_pair_logits.detach(), fake_pair_logits.detach())[1]


@losses_are_scalars.catches(
    "The two players' losses are added up; they are two losses of two opposing sides."
)
def losses_added(real_pair_logits, fake_pair_logits):
    return sum(_losses(real_pair_logits, fake_pair_logits))


@D.laws.law_state.catches(IN_PLACE)
def losses_in_place(real_pair_logits, fake_pair_logits):
    real, fake = real_pair_logits.clone(), fake_pair_logits.clone()
    fake_pair_logits.data.neg_()
    return discriminator_loss(real, fake), discriminator_loss(fake, real)
