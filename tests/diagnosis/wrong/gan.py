"""Wrong solutions of `gan`, by somebody who has not read the hidden checks."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from graders.audit.wrong import wrong
from reference.divergences import jensen_shannon
from reference.gan import discriminator_loss, generator_loss_nonsaturating

WRONG = []


# gan_value


@wrong(WRONG, "gan_value", "formula", "this is the discriminator's loss, minus V")
def gv_sign(d_real, d_fake):
    return -(torch.log(d_real).mean() + torch.log(1 - d_fake).mean())


@wrong(
    WRONG, "gan_value", "formula", "the generated examples enter with log(1 - D), not with log D"
)
def gv_log_d_fake(d_real, d_fake):
    return d_real.log().mean() + d_fake.log().mean()


@wrong(WRONG, "gan_value", "axis", "the batches are summed; an expectation is estimated by a mean")
def gv_sums(d_real, d_fake):
    return d_real.log().sum() + (1 - d_fake).log().sum()


@wrong(
    WRONG,
    "gan_value",
    "numerics",
    "1e-8 inside the logarithm makes the value of a certain and wrong D finite",
)
def gv_epsilon(d_real, d_fake):
    eps = 1e-8
    return torch.mean(torch.log(d_real + eps)) + torch.mean(torch.log(1 - d_fake + eps))


@wrong(WRONG, "gan_value", "numerics", "BCELoss cuts the logarithms off at -100")
def gv_bce(d_real, d_fake):
    bce = nn.BCELoss()
    return -bce(d_real, torch.ones_like(d_real)) - bce(d_fake, torch.zeros_like(d_fake))


@wrong(
    WRONG,
    "gan_value",
    "formula",
    "one mean over both batches at once gives half of V, and weighs the batches by their sizes",
)
def gv_one_mean(d_real, d_fake):
    return torch.cat([d_real.flatten().log(), (1 - d_fake.flatten()).log()]).mean()


@wrong(
    WRONG,
    "gan_value",
    "shape",
    "the two batches are added example by example, which needs batches of one size",
)
def gv_pairs(d_real, d_fake):
    return (d_real.log() + (1 - d_fake).log()).mean()


# discriminator_loss


@wrong(
    WRONG,
    "discriminator_loss",
    "formula",
    "the labels are exchanged: real examples have the label 1",
)
def dl_labels(real_logits, fake_logits):
    return F.softplus(real_logits).mean() + F.softplus(-fake_logits).mean()


@wrong(
    WRONG, "discriminator_loss", "formula", "the two parts are averaged, so the loss is half of -V"
)
def dl_half(real_logits, fake_logits):
    bce = F.binary_cross_entropy_with_logits
    real = bce(real_logits, torch.ones_like(real_logits))
    fake = bce(fake_logits, torch.zeros_like(fake_logits))
    return (real + fake) / 2


@wrong(WRONG, "discriminator_loss", "formula", "1 - logit is not the logit of 1 - D")
def dl_one_minus_logit(real_logits, fake_logits):
    return -(F.logsigmoid(real_logits).mean() + F.logsigmoid(1 - fake_logits).mean())


@wrong(
    WRONG,
    "discriminator_loss",
    "numerics",
    "the sigmoid of a large logit is exactly 1 and log(1 - D) overflows: work with the logits",
)
def dl_log_of_sigmoid(real_logits, fake_logits):
    d_real, d_fake = torch.sigmoid(real_logits), torch.sigmoid(fake_logits)
    return -torch.log(d_real).mean() - torch.log(1 - d_fake).mean()


@wrong(
    WRONG,
    "discriminator_loss",
    "numerics",
    "the probabilities are clamped, so certain mistakes cost at most 16",
)
def dl_clamped(real_logits, fake_logits):
    d_real = real_logits.sigmoid().clamp(1e-7, 1 - 1e-7)
    d_fake = fake_logits.sigmoid().clamp(1e-7, 1 - 1e-7)
    return -(d_real.log().mean() + (1 - d_fake).log().mean())


@wrong(
    WRONG, "discriminator_loss", "formula", "a sigmoid before the with_logits loss is one too many"
)
def dl_sigmoid_twice(real_logits, fake_logits):
    loss = nn.BCEWithLogitsLoss()
    pr, pf = torch.sigmoid(real_logits), torch.sigmoid(fake_logits)
    return loss(pr, torch.ones_like(pr)) + loss(pf, torch.zeros_like(pf))


@wrong(
    WRONG,
    "discriminator_loss",
    "shape",
    "the labels of the generated batch have the size of the real one",
)
def dl_labels_of_other_batch(real_logits, fake_logits):
    ones = torch.ones_like(real_logits)
    return F.binary_cross_entropy_with_logits(
        real_logits, ones
    ) + F.binary_cross_entropy_with_logits(fake_logits, 1 - ones)


@wrong(
    WRONG,
    "discriminator_loss",
    "formula",
    "one-sided label smoothing changes the game: the label of real examples is 1, not 0.9",
)
def dl_label_smoothing(real_logits, fake_logits):
    real = F.binary_cross_entropy_with_logits(real_logits, torch.full_like(real_logits, 0.9))
    return real + F.softplus(fake_logits).mean()


@wrong(
    WRONG,
    "discriminator_loss",
    "two_mistakes",
    "the labels are exchanged, and the two parts are averaged",
)
def dl_labels_and_half(real_logits, fake_logits):
    logits = (real_logits, fake_logits)
    targets = (torch.zeros_like(real_logits), torch.ones_like(fake_logits))
    return sum(F.binary_cross_entropy_with_logits(l, t) for l, t in zip(logits, targets)) / 2


# generator losses


@wrong(
    WRONG,
    "generator_loss_saturating",
    "formula",
    "the sign: the generator minimises log(1 - D), and you return minus that",
)
def gs_sign(fake_logits):
    return F.softplus(fake_logits).mean()


@wrong(WRONG, "generator_loss_saturating", "formula", "this is the non-saturating loss")
def gs_nonsaturating(fake_logits):
    return F.binary_cross_entropy_with_logits(fake_logits, torch.ones_like(fake_logits))


@wrong(
    WRONG,
    "generator_loss_saturating",
    "numerics",
    "log(1 - sigmoid) is -inf for a large logit; use logsigmoid of minus the logit",
)
def gs_naive(fake_logits):
    return torch.mean(torch.log(1 - torch.sigmoid(fake_logits)))


@wrong(WRONG, "generator_loss_saturating", "axis", "the batch is summed instead of averaged")
def gs_sum(fake_logits):
    return -torch.logaddexp(torch.zeros_like(fake_logits), fake_logits).sum()


@wrong(
    WRONG,
    "generator_loss_saturating",
    "gradient",
    "the logits are detached, as they are for the discriminator",
)
def gs_detached(fake_logits):
    return F.logsigmoid(-fake_logits.detach()).mean()


@wrong(
    WRONG,
    "generator_loss_saturating",
    "shape",
    "the losses of the examples are returned instead of their mean",
)
def gs_per_example(fake_logits):
    return F.logsigmoid(-fake_logits)


@wrong(
    WRONG,
    "generator_loss_nonsaturating",
    "formula",
    "the sign: log D is maximised, so minus log D is the loss",
)
def gn_sign(fake_logits):
    return F.logsigmoid(fake_logits).mean()


@wrong(
    WRONG,
    "generator_loss_nonsaturating",
    "formula",
    "-log(1 - D) is minimised where the discriminator says fake: the wrong direction",
)
def gn_wrong_direction(fake_logits):
    return F.binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))


@wrong(
    WRONG,
    "generator_loss_nonsaturating",
    "numerics",
    "the sigmoid of -1000 is 0 and its logarithm -inf",
)
def gn_naive(fake_logits):
    return -torch.log(torch.sigmoid(fake_logits)).mean()


@wrong(
    WRONG,
    "generator_loss_nonsaturating",
    "formula",
    "a least-squares loss belongs to another kind of GAN",
)
def gn_least_squares(fake_logits):
    return ((torch.sigmoid(fake_logits) - 1) ** 2).mean()


@wrong(
    WRONG,
    "generator_loss_nonsaturating",
    "numerics",
    "1e-8 inside the logarithm stops the loss at 18.4",
)
def gn_epsilon(fake_logits):
    return -torch.log(fake_logits.sigmoid() + 1e-8).mean()


@wrong(WRONG, "generator_loss_nonsaturating", "dtype", "the result is always float32")
def gn_float32(fake_logits):
    target = torch.ones(fake_logits.shape)
    return F.binary_cross_entropy_with_logits(fake_logits.float(), target)


# generator_logit_gradients


@wrong(WRONG, "generator_logit_gradients", "formula", "the signs: both derivatives are negative")
def gg_signs(fake_logits):
    d = torch.sigmoid(fake_logits)
    return d, 1 - d


@wrong(
    WRONG,
    "generator_logit_gradients",
    "formula",
    "the derivatives are with respect to D; the logit's chain rule factor D (1 - D) is missing",
)
def gg_wrt_probability(fake_logits):
    d = torch.sigmoid(fake_logits)
    return -1 / (1 - d), -1 / d


@wrong(WRONG, "generator_logit_gradients", "formula", "the two are exchanged")
def gg_exchanged(fake_logits):
    d = fake_logits.sigmoid()
    return d - 1, -d


@wrong(
    WRONG,
    "generator_logit_gradients",
    "axis",
    "these are the derivatives of the batch mean; those of the single losses are asked for",
)
def gg_of_the_mean(fake_logits):
    n = len(fake_logits)
    d = torch.sigmoid(fake_logits)
    return -d / n, (d - 1) / n


@wrong(
    WRONG,
    "generator_logit_gradients",
    "formula",
    "you return the losses themselves, not their derivatives",
)
def gg_losses(fake_logits):
    return F.logsigmoid(-fake_logits), -F.logsigmoid(fake_logits)


@wrong(WRONG, "generator_logit_gradients", "shape", "flatten loses the column shape (N, 1)")
def gg_flattened(fake_logits):
    l = fake_logits.flatten()
    return -torch.sigmoid(l), -torch.sigmoid(-l)


# steps


@wrong(
    WRONG,
    "discriminator_step_loss",
    "gradient",
    "the generated examples are not detached, so the generator gets a gradient too",
)
def ds_not_detached(discriminator, generator, real, z):
    return discriminator_loss(discriminator(real), discriminator(generator(z)))


@wrong(
    WRONG,
    "discriminator_step_loss",
    "gradient",
    "the discriminator's answer is detached instead of the generated examples",
)
def ds_detaches_the_answer(discriminator, generator, real, z):
    with torch.no_grad():
        fake_logits = discriminator(generator(z))
    return discriminator_loss(discriminator(real), fake_logits)


@wrong(WRONG, "discriminator_step_loss", "noise", "the noise is an argument, and you draw your own")
def ds_own_noise(discriminator, generator, real, z):
    fake = generator(torch.randn_like(z)).detach()
    return discriminator_loss(discriminator(real), discriminator(fake))


@wrong(WRONG, "discriminator_step_loss", "state", "the generator is frozen and stays frozen")
def ds_freezes_generator(discriminator, generator, real, z):
    for p in generator.parameters():
        p.requires_grad_(False)
    return discriminator_loss(discriminator(real), discriminator(generator(z)))


@wrong(
    WRONG,
    "discriminator_step_loss",
    "state",
    "backward is called inside, which fills the discriminator's .grad",
)
def ds_backward_inside(discriminator, generator, real, z):
    loss = discriminator_loss(discriminator(real), discriminator(generator(z).detach()))
    loss.backward(retain_graph=True)
    return loss


@wrong(
    WRONG,
    "discriminator_step_loss",
    "inline",
    "the labels are exchanged, here and in discriminator_loss",
    also={"discriminator_loss": dl_labels},
)
def ds_inline_labels(discriminator, generator, real, z):
    fake = generator(z).detach()
    d_real, d_fake = discriminator(real), discriminator(fake)
    return F.binary_cross_entropy_with_logits(
        d_real, torch.zeros_like(d_real)
    ) + F.binary_cross_entropy_with_logits(d_fake, torch.ones_like(d_fake))


@wrong(
    WRONG,
    "discriminator_step_loss",
    "inline",
    "the two parts are halved here; discriminator_loss has its sigmoid twice",
    also={"discriminator_loss": dl_sigmoid_twice},
)
def ds_inline_half(discriminator, generator, real, z):
    with torch.no_grad():
        fake = generator(z)
    return 0.5 * (F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(fake)).mean())


@wrong(
    WRONG,
    "generator_step_loss",
    "gradient",
    "the generated examples are detached, so the generator learns nothing",
)
def gst_detached(discriminator, generator, z):
    return generator_loss_nonsaturating(discriminator(generator(z).detach()))


@wrong(WRONG, "generator_step_loss", "formula", "this is the saturating loss")
def gst_saturating(discriminator, generator, z):
    return -F.softplus(discriminator(generator(z))).mean()


@wrong(
    WRONG,
    "generator_step_loss",
    "state",
    "the discriminator's gradients are switched off and not on again",
)
def gst_freezes_discriminator(discriminator, generator, z):
    discriminator.requires_grad_(False)
    return generator_loss_nonsaturating(discriminator(generator(z)))


@wrong(
    WRONG,
    "generator_step_loss",
    "state",
    (
        "you switch requires_grad on for every parameter, also for those that came frozen, and "
        "zero their .grad"
    ),
)
def gst_clears_discriminator(discriminator, generator, z):
    loss = generator_loss_nonsaturating(discriminator(generator(z)))
    for p in discriminator.parameters():
        p.requires_grad_(True)
        p.grad = torch.zeros_like(p)
    return loss


@wrong(WRONG, "generator_step_loss", "noise", "fresh noise is drawn although z is an argument")
def gst_own_noise(discriminator, generator, z):
    noise = torch.randn(z.size(), dtype=z.dtype)
    return -F.logsigmoid(discriminator(generator(noise))).mean()


@wrong(
    WRONG,
    "generator_step_loss",
    "inline",
    "-log(1 - D) is the wrong direction, here and in generator_loss_nonsaturating",
    also={"generator_loss_nonsaturating": gn_wrong_direction},
)
def gst_inline_direction(discriminator, generator, z):
    logits = discriminator(generator(z))
    return F.binary_cross_entropy_with_logits(logits, torch.zeros_like(logits))


@wrong(
    WRONG,
    "generator_step_loss",
    "two_mistakes",
    "this is the saturating loss, and it is taken on examples that are cut off from the generator",
)
def gst_two(discriminator, generator, z):
    with torch.no_grad():
        fake = generator(z)
    return F.logsigmoid(-discriminator(fake)).mean()


# optimal_discriminator


@wrong(WRONG, "optimal_discriminator", "formula", "this is the probability of being generated")
def od_exchanged(p_data, p_g):
    total = p_data + p_g
    return torch.where(total == 0, torch.full_like(total, 0.5), p_g / total)


@wrong(
    WRONG,
    "optimal_discriminator",
    "numerics",
    "1e-10 in the denominator makes 0 where both are 0, and is wrong where both are small",
)
def od_epsilon(p_data, p_g):
    return p_data / (p_data + p_g + 1e-10)


@wrong(WRONG, "optimal_discriminator", "numerics", "0 / 0 is NaN; the convention is 1/2")
def od_nan(p_data, p_g):
    return p_data.div(p_data + p_g)


@wrong(WRONG, "optimal_discriminator", "numerics", "D* may be exactly 0 or 1, and you clamp it")
def od_clamped(p_data, p_g):
    d = torch.nan_to_num(p_data / (p_data + p_g), nan=0.5)
    return d.clamp(0.01, 0.99)


@wrong(
    WRONG,
    "optimal_discriminator",
    "formula",
    "the ratio of the densities is not a probability: it belongs over 1 plus itself",
)
def od_ratio(p_data, p_g):
    return torch.where((p_data + p_g) > 0, p_data / p_g, torch.tensor(0.5, dtype=p_data.dtype))


@wrong(
    WRONG,
    "optimal_discriminator",
    "formula",
    "a sigmoid of the difference of the densities; it is one of the difference of their logarithms",
)
def od_sigmoid_difference(p_data, p_g):
    return torch.sigmoid(p_data - p_g)


@wrong(
    WRONG,
    "optimal_discriminator",
    "axis",
    "the densities are normalised first, although they are values at single points",
)
def od_normalised(p_data, p_g):
    a, b = p_data / p_data.sum(), p_g / p_g.sum()
    return torch.where(a + b > 0, a / (a + b), torch.full_like(a, 0.5))


# value_of and generator_criterion


@wrong(
    WRONG,
    "value_of",
    "formula",
    "the second term is missing p_g: both terms are averaged over the data",
)
def vo_one_measure(p_data, p_g, d):
    return (torch.xlogy(p_data, d) + torch.xlogy(p_data, 1 - d)).sum()


@wrong(WRONG, "value_of", "numerics", "0 * log 0 is NaN on a computer, and means 0")
def vo_nan(p_data, p_g, d):
    return torch.dot(p_data, d.log()) + torch.dot(p_g, (1 - d).log())


@wrong(WRONG, "value_of", "numerics", "d is clamped away from 0 and 1, so -inf never comes out")
def vo_clamped(p_data, p_g, d):
    d = d.clamp(1e-6, 1 - 1e-6)
    return (p_data * d.log() + p_g * torch.log1p(-d)).sum()


@wrong(
    WRONG,
    "value_of",
    "axis",
    "the states are averaged; the probabilities are their weights already",
)
def vo_mean(p_data, p_g, d):
    return (torch.xlogy(p_data, d) + torch.xlogy(p_g, 1 - d)).mean()


@wrong(
    WRONG,
    "value_of",
    "formula",
    "the distributions are exchanged: D is the probability that an example is real",
)
def vo_exchanged(p_data, p_g, d):
    return torch.xlogy(p_g, d).sum() + torch.xlogy(p_data, 1 - d).sum()


@wrong(WRONG, "generator_criterion", "formula", "the divergence enters twice: C(G) = 2 JSD - log 4")
def gc_one_jsd(p_data, p_g):
    return jensen_shannon(p_data, p_g) - math.log(4)


@wrong(WRONG, "generator_criterion", "formula", "the constant is -log 4, not -log 2")
def gc_log_two(p_data, p_g):
    return 2 * jensen_shannon(p_data, p_g) - math.log(2)


@wrong(
    WRONG, "generator_criterion", "formula", "this is the divergence alone, without the constant"
)
def gc_no_constant(p_data, p_g):
    return 2 * jensen_shannon(p_data, p_g)


@wrong(
    WRONG, "generator_criterion", "numerics", "an outcome of probability 0 gives 0 * log 0 = NaN"
)
def gc_nan(p_data, p_g):
    d = p_data / (p_data + p_g)
    return (p_data * d.log() + p_g * (1 - d).log()).sum()


@wrong(
    WRONG, "generator_criterion", "numerics", "1e-6 in denominators and logarithms shifts the value"
)
def gc_epsilon(p_data, p_g):
    d = p_data / (p_data + p_g + 1e-6)
    return torch.sum(p_data * torch.log(d + 1e-6) + p_g * torch.log(1 - d + 1e-6))


def _jsd_bits(p, q):
    m = (p + q) / 2
    return (
        (torch.xlogy(p, p) - torch.xlogy(p, m)) + (torch.xlogy(q, q) - torch.xlogy(q, m))
    ).sum() / (2 * math.log(2))


def _jsd_no_half(p, q):
    m = (p + q) / 2
    return (torch.xlogy(p, p) - torch.xlogy(p, m) + torch.xlogy(q, q) - torch.xlogy(q, m)).sum()


@wrong(
    WRONG,
    "generator_criterion",
    "inline",
    "the logarithms are in bits, here and in jensen_shannon",
    also={"jensen_shannon": _jsd_bits},
)
def gc_inline_bits(p_data, p_g):
    total = p_data + p_g
    a = torch.xlogy(p_data, p_data) - torch.xlogy(p_data, total)
    b = torch.xlogy(p_g, p_g) - torch.xlogy(p_g, total)
    return (a + b).sum() / math.log(2)


@wrong(
    WRONG,
    "generator_criterion",
    "inline",
    (
        "you compare with the mixture (p + q) / 2 where D* has the sum p + q, so -log 4 is "
        "missing; jensen_shannon lacks its 1/2"
    ),
    also={"jensen_shannon": _jsd_no_half},
)
def gc_inline_mixture(p_data, p_g):
    m = (p_data + p_g) / 2
    return sum((torch.xlogy(p, p) - torch.xlogy(p, m)).sum() for p in (p_data, p_g))


@wrong(
    WRONG,
    "generator_criterion",
    "two_mistakes",
    "only one divergence, and the constant log 2 with a plus",
)
def gc_two(p_data, p_g):
    return jensen_shannon(p_data, p_g) + math.log(2)
