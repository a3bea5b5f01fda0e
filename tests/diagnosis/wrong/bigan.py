"""Wrong solutions of `bigan`, by somebody who has not read the hidden checks."""

import torch
import torch.nn.functional as F

from graders.audit.wrong import wrong
from reference.gan import discriminator_loss, optimal_discriminator

WRONG = []


def _dl_labels(real_logits, fake_logits):
    return F.softplus(real_logits).mean() + F.softplus(-fake_logits).mean()


def _dl_half(real_logits, fake_logits):
    return (F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()) / 2


@wrong(
    WRONG,
    "bigan_value",
    "formula",
    "this is the discriminator's loss; the value has the other sign",
)
def bv_loss(discriminator, generator, inference, x, z):
    return discriminator_loss(discriminator(x, inference(x)), discriminator(generator(z), z))


@wrong(
    WRONG,
    "bigan_value",
    "network",
    (
        "the pairs are mixed: you show (x, z) and (G(z), Q(G(z))), where (x, Q(x)) and (G(z), "
        "z) belong together"
    ),
)
def bv_pairs_mixed(discriminator, generator, inference, x, z):
    g = generator(z)
    real = discriminator(x, z[:1].expand(len(x), -1))
    fake = discriminator(g, inference(g))
    return F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean()


@wrong(WRONG, "bigan_value", "formula", "the pairs (x, Q(x)) count as real; you label them fake")
def bv_labels(discriminator, generator, inference, x, z):
    return -discriminator_loss(discriminator(generator(z), z), discriminator(x, inference(x)))


@wrong(
    WRONG,
    "bigan_value",
    "gradient",
    "inference and generator are detached: the value is to be differentiable in all three networks",
)
def bv_detached(discriminator, generator, inference, x, z):
    real = discriminator(x, inference(x).detach())
    fake = discriminator(generator(z).detach(), z)
    return F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean()


@wrong(
    WRONG,
    "bigan_value",
    "numerics",
    "log(1 - sigmoid) of a large logit is -inf: stay with the logits",
)
def bv_naive(discriminator, generator, inference, x, z):
    d_real = torch.sigmoid(discriminator(x, inference(x)))
    d_fake = torch.sigmoid(discriminator(generator(z), z))
    return torch.log(d_real).mean() + torch.log(1 - d_fake).mean()


@wrong(
    WRONG,
    "bigan_value",
    "noise",
    "z is an argument, and you draw another one for the generator's pair",
)
def bv_second_noise(discriminator, generator, inference, x, z):
    fake = discriminator(generator(torch.randn_like(z)), z)
    return F.logsigmoid(discriminator(x, inference(x))).mean() + F.logsigmoid(-fake).mean()


@wrong(
    WRONG,
    "bigan_value",
    "inline",
    "the value is halved, as discriminator_loss is",
    also={"discriminator_loss": _dl_half},
)
def bv_inline_half(discriminator, generator, inference, x, z):
    real, fake = discriminator(x, inference(x)), discriminator(generator(z), z)
    return 0.5 * F.logsigmoid(real).mean() + 0.5 * F.logsigmoid(-fake).mean()


@wrong(
    WRONG,
    "bigan_value",
    "two_mistakes",
    "minus the value, and the labels of the pairs are exchanged",
)
def bv_two(discriminator, generator, inference, x, z):
    real, fake = discriminator(x, inference(x)), discriminator(generator(z), z)
    return F.softplus(real).mean() + F.softplus(-fake).mean()


@wrong(WRONG, "bigan_optimal_discriminator", "formula", "this is the probability of a fake pair")
def bod_exchanged(p_r, p_f):
    return optimal_discriminator(p_f, p_r)


@wrong(
    WRONG,
    "bigan_optimal_discriminator",
    "axis",
    "the tables are summed over z: the discriminator sees the pair, not x alone",
)
def bod_marginals(p_r, p_f):
    a, b = p_r.sum(-1, keepdim=True), p_f.sum(-1, keepdim=True)
    return optimal_discriminator(a, b).expand_as(p_r)


@wrong(WRONG, "bigan_optimal_discriminator", "numerics", "0 / 0 is NaN, and 1/2 is the convention")
def bod_nan(p_r, p_f):
    return p_r / (p_r + p_f)


@wrong(
    WRONG,
    "bigan_optimal_discriminator",
    "numerics",
    "nan_to_num replaces 0 / 0 by 0 instead of 1/2",
)
def bod_zero(p_r, p_f):
    return torch.nan_to_num(p_r / torch.add(p_r, p_f))


@wrong(
    WRONG,
    "optimal_inference",
    "formula",
    "you return the generator's map itself; the inference map is its inverse",
)
def oi_generator(generator_map):
    if len(set(generator_map.tolist())) < len(generator_map):
        raise ValueError("not one to one")
    return generator_map.clone()


@wrong(
    WRONG,
    "optimal_inference",
    "state",
    "a generator that maps two codes to one point is not refused",
)
def oi_no_refusal(generator_map):
    inverse = torch.zeros_like(generator_map)
    for code, point in enumerate(generator_map.tolist()):
        inverse[point] = code
    return inverse


@wrong(
    WRONG,
    "optimal_inference",
    "formula",
    "sorting gives the points in order, not the codes that lead to them",
)
def oi_sorts(generator_map):
    if generator_map.unique().numel() != generator_map.numel():
        raise ValueError("not one to one")
    return generator_map.sort().values


@wrong(WRONG, "optimal_inference", "formula", "reversing the list is not inverting the map")
def oi_flips(generator_map):
    if len(generator_map.unique()) != len(generator_map):
        raise ValueError("not one to one")
    return generator_map.flip(0)


@wrong(WRONG, "bigan_losses", "formula", "the second loss is the saturating one, minus the first")
def bl_saturating(real_pair_logits, fake_pair_logits):
    d = F.softplus(-real_pair_logits).mean() + F.softplus(fake_pair_logits).mean()
    return d, -d


@wrong(
    WRONG,
    "bigan_losses",
    "formula",
    "only the generator's part: the inference network wants D(x, Q(x)) small",
)
def bl_generator_only(real_pair_logits, fake_pair_logits):
    d = F.softplus(-real_pair_logits).mean() + F.softplus(fake_pair_logits).mean()
    return d, F.softplus(-fake_pair_logits).mean()


@wrong(WRONG, "bigan_losses", "formula", "the two losses come in the other order")
def bl_order(real_pair_logits, fake_pair_logits):
    a = F.softplus(-real_pair_logits).mean() + F.softplus(fake_pair_logits).mean()
    b = F.softplus(real_pair_logits).mean() + F.softplus(-fake_pair_logits).mean()
    return b, a


@wrong(WRONG, "bigan_losses", "numerics", "logarithms of sigmoids overflow for certain logits")
def bl_naive(real_pair_logits, fake_pair_logits):
    r, f = real_pair_logits.sigmoid(), fake_pair_logits.sigmoid()
    return -(r.log().mean() + (1 - f).log().mean()), -(f.log().mean() + (1 - r).log().mean())


@wrong(WRONG, "bigan_losses", "axis", "the batches are summed instead of averaged")
def bl_sums(real_pair_logits, fake_pair_logits):
    r, f = real_pair_logits, fake_pair_logits
    return F.softplus(-r).sum() + F.softplus(f).sum(), F.softplus(r).sum() + F.softplus(-f).sum()


@wrong(
    WRONG,
    "bigan_losses",
    "inline",
    "the labels are exchanged, here and in discriminator_loss",
    also={"discriminator_loss": _dl_labels},
)
def bl_inline_labels(real_pair_logits, fake_pair_logits):
    bce = F.binary_cross_entropy_with_logits
    r, f = real_pair_logits, fake_pair_logits
    d = bce(r, torch.zeros_like(r)) + bce(f, torch.ones_like(f))
    g = bce(r, torch.ones_like(r)) + bce(f, torch.zeros_like(f))
    return d, g
