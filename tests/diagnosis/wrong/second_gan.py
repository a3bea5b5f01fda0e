"""A second set of wrong solutions of the topics around GANs, duality and Wasserstein distances, by
somebody who has not read the hidden checks.
"""

import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from scipy import stats
from scipy.spatial.distance import jensenshannon
from torch.autograd import grad

from graders.audit.wrong import wrong
from reference.divergences import kl_divergence
from reference.duality import softplus_minimum
from reference.gan import discriminator_loss, generator_loss_nonsaturating

WRONG = []


def _exchanged_labels(real_logits, fake_logits):
    return F.softplus(real_logits).mean() + F.softplus(-fake_logits).mean()


def _right_direction_wrong_player(fake_logits):
    return F.softplus(fake_logits).mean()


def _reversed_kl(p, q):
    return (torch.xlogy(q, q) - torch.xlogy(q, p)).sum()


# divergences


@wrong(WRONG, "kl_divergence", "formula", "the terms are squared differences of probabilities")
def s2_kld_squared(p, q):
    return ((p - q) ** 2).sum()


@wrong(WRONG, "kl_divergence", "formula", "the cross entropy: the entropy of p is not taken off")
def s2_kld_cross_entropy(p, q):
    return -torch.xlogy(p, q).sum()


@wrong(WRONG, "kl_divergence", "numerics", "states where either is 0 are left out")
def s2_kld_support(p, q):
    value = 0.0
    for a, b in zip(p.tolist(), q.tolist(), strict=True):
        if a > 0 and b > 0:
            value += a * math.log(a / b)
    return torch.tensor(value, dtype=p.dtype)


@wrong(WRONG, "jensen_shannon", "two_mistakes", "scipy's root of the divergence, and in bits")
def s2_jsd_root_bits(p, q):
    return torch.tensor(jensenshannon(p.numpy(), q.numpy(), base=2), dtype=p.dtype)


@wrong(
    WRONG,
    "jensen_shannon",
    "inline",
    "the mixture comes first in both divergences, as kl_divergence is reversed too",
    also={"kl_divergence": _reversed_kl},
)
def s2_jsd_inline_mixture_first(p, q):
    m = 0.5 * (p + q)
    first = (torch.xlogy(m, m) - torch.xlogy(m, p)).sum()
    second = (torch.xlogy(m, m) - torch.xlogy(m, q)).sum()
    return 0.5 * (first + second)


@wrong(WRONG, "jensen_shannon", "formula", "the total variation distance stands for the JSD")
def s2_jsd_total_variation(p, q):
    return 0.5 * (p - q).abs().sum()


@wrong(WRONG, "parallel_lines", "formula", "the JSD of two lines that do not meet is said to be 0")
def s2_pl_jsd_zero(theta):
    if theta == 0:
        return 0.0, 0.0, 0.0, 0.0
    return float("inf"), float("inf"), 0.0, float(theta)


@wrong(WRONG, "parallel_lines", "formula", "only one of the divergences is infinite")
def s2_pl_one_infinite(theta):
    if theta == 0:
        return 0.0, 0.0, 0.0, 0.0
    return math.inf, 0.0, math.log(2), theta


@wrong(WRONG, "nondifferentiable_jsd", "formula", "q does not sum to one")
def s2_nd_not_normalised(theta):
    return torch.tensor([1.0, 0.0]), torch.tensor([1.0, abs(theta)])


# gan


@wrong(
    WRONG, "gan_value", "axis", "the sums of both logarithms are divided by the real batch's size"
)
def s2_gv_one_size(d_real, d_fake):
    n = d_real.shape[0]
    return (torch.log(d_real).sum() + torch.log(1 - d_fake).sum()) / n


@wrong(WRONG, "gan_value", "two_mistakes", "of the wrong sign, and with a small number in the logs")
def s2_gv_loss_epsilon(d_real, d_fake):
    eps = 1e-8
    return -torch.mean(torch.log(d_real + eps)) - torch.mean(torch.log(1 - d_fake + eps))


@wrong(WRONG, "discriminator_loss", "formula", "hinge loss instead of the cross entropy")
def s2_dl_hinge(real_logits, fake_logits):
    return F.relu(1 - real_logits).mean() + F.relu(1 + fake_logits).mean()


@wrong(WRONG, "discriminator_loss", "formula", "the least-squares loss of LSGAN")
def s2_dl_least_squares(real_logits, fake_logits):
    mse = nn.MSELoss()
    return mse(real_logits, torch.ones_like(real_logits)) + mse(
        fake_logits, torch.zeros_like(fake_logits)
    )


@wrong(WRONG, "discriminator_loss", "axis", "both batches are pooled into one mean")
def s2_dl_pooled(real_logits, fake_logits):
    scores = torch.cat([real_logits, fake_logits])
    labels = torch.cat([torch.ones_like(real_logits), torch.zeros_like(fake_logits)])
    return F.binary_cross_entropy_with_logits(scores, labels)


@wrong(
    WRONG,
    "discriminator_loss",
    "two_mistakes",
    "labels exchanged, and the mean of the two terms instead of their sum",
)
def s2_dl_exchanged_half(real_logits, fake_logits):
    bce = nn.BCEWithLogitsLoss()
    real = bce(real_logits, torch.zeros_like(real_logits))
    fake = bce(fake_logits, torch.ones_like(fake_logits))
    return (real + fake) / 2


@wrong(WRONG, "discriminator_loss", "shape", "(N, 1) logits times labels (N,) are (N, N) numbers")
def s2_dl_broadcast(real_logits, fake_logits):
    ones = torch.ones(len(real_logits), dtype=real_logits.dtype)
    zeros = torch.zeros(len(fake_logits), dtype=fake_logits.dtype)
    real = -(ones * F.logsigmoid(real_logits)).sum() / len(ones)
    return real - ((1 - zeros) * F.logsigmoid(-fake_logits)).sum() / len(zeros)


@wrong(WRONG, "generator_loss_saturating", "formula", "log D instead of log(1 - D)")
def s2_gs_log_d(fake_logits):
    return torch.mean(F.logsigmoid(fake_logits))


@wrong(WRONG, "generator_loss_saturating", "numerics", "1 - sigmoid is 0 for large logits: clamped")
def s2_gs_clamped(fake_logits):
    p = torch.sigmoid(fake_logits)
    return torch.log((1 - p).clamp(min=1e-8)).mean()


@wrong(WRONG, "generator_loss_nonsaturating", "formula", "BCE of probabilities on logits with them")
def s2_gn_sigmoid_twice(fake_logits):
    p = torch.sigmoid(fake_logits)
    return F.binary_cross_entropy_with_logits(p, torch.ones_like(p))


@wrong(WRONG, "generator_loss_nonsaturating", "two_mistakes", "summed, and of the wrong sign")
def s2_gn_sum_sign(fake_logits):
    return -F.binary_cross_entropy_with_logits(
        fake_logits, torch.ones_like(fake_logits), reduction="sum"
    )


@wrong(WRONG, "generator_logit_gradients", "formula", "sigma (1 - sigma), the sigmoid's own slope")
def s2_gg_slope(fake_logits):
    p = fake_logits.sigmoid()
    return -p * (1 - p), -(1 - p) * p


@wrong(WRONG, "generator_logit_gradients", "formula", "the second has the wrong sign")
def s2_gg_second_sign(fake_logits):
    p = torch.sigmoid(fake_logits)
    return -p, 1 - p


@wrong(WRONG, "discriminator_step_loss", "formula", "the labels are exchanged, in one pooled mean")
def s2_ds_generator_on_real(discriminator, generator, real, z):
    fake = generator(z).detach()
    both = torch.cat([real, fake])
    scores = discriminator(both)
    labels = torch.ones_like(scores)
    labels[: len(real)] = 0
    return 2 * F.binary_cross_entropy_with_logits(scores, labels)


@wrong(
    WRONG,
    "discriminator_step_loss",
    "inline",
    "the labels are exchanged here as they are in discriminator_loss",
    also={"discriminator_loss": _exchanged_labels},
)
def s2_ds_inline_exchanged(discriminator, generator, real, z):
    with torch.no_grad():
        fake = generator(z)
    d_real, d_fake = discriminator(real), discriminator(fake)
    return F.binary_cross_entropy_with_logits(
        d_real, torch.zeros_like(d_real)
    ) + F.binary_cross_entropy_with_logits(d_fake, torch.ones_like(d_fake))


@wrong(WRONG, "discriminator_step_loss", "state", "the generator is put into eval mode and left so")
def s2_ds_eval(discriminator, generator, real, z):
    generator.eval()
    fake = generator(z).detach()
    return discriminator_loss(discriminator(real), discriminator(fake))


@wrong(
    WRONG, "generator_step_loss", "gradient", "under no_grad the discriminator passes nothing on"
)
def s2_gst_no_grad(discriminator, generator, z):
    fake = generator(z)
    with torch.no_grad():
        scores = discriminator(fake)
    return generator_loss_nonsaturating(scores) + 0 * fake.sum()


@wrong(
    WRONG,
    "generator_step_loss",
    "inline",
    "the discriminator's loss on fakes is minimised, and in generator_loss_nonsaturating too",
    also={"generator_loss_nonsaturating": _right_direction_wrong_player},
)
def s2_gst_inline_wrong_player(discriminator, generator, z):
    out = discriminator(generator(z))
    return nn.BCEWithLogitsLoss()(out, torch.zeros_like(out))


@wrong(WRONG, "optimal_discriminator", "formula", "the ratio of the two densities is returned")
def s2_od_odds(p_data, p_g):
    return torch.where(p_g > 0, p_data / p_g, torch.full_like(p_g, 0.5))


@wrong(WRONG, "optimal_discriminator", "numerics", "0 where both are 0, by nan_to_num")
def s2_od_zero(p_data, p_g):
    return torch.nan_to_num(p_data / (p_data + p_g))


@wrong(WRONG, "value_of", "formula", "the second term lacks its 1 - d")
def s2_vo_log_d(p_data, p_g, d):
    return (torch.xlogy(p_data, d) + torch.xlogy(p_g, d)).sum()


@wrong(WRONG, "generator_criterion", "formula", "log 4 is added, not taken off")
def s2_gc_plus(p_data, p_g):
    m = (p_data + p_g) / 2
    return kl_divergence(p_data, m) + kl_divergence(p_g, m) + math.log(4)


@wrong(WRONG, "generator_criterion", "two_mistakes", "one JSD instead of two, and no constant")
def s2_gc_half_no_constant(p_data, p_g):
    m = (p_data + p_g) / 2
    return 0.5 * (kl_divergence(p_data, m) + kl_divergence(p_g, m))


# bigan


@wrong(WRONG, "bigan_value", "formula", "the discriminator is shown G(Q(x)) instead of x")
def s2_bv_reconstruction(discriminator, generator, inference, x, z):
    code = inference(x)
    real = discriminator(generator(code), code)
    fake = discriminator(generator(z), z)
    return F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean()


@wrong(WRONG, "bigan_value", "gradient", "the generated example is detached")
def s2_bv_generator_detached(discriminator, generator, inference, x, z):
    real = discriminator(x, inference(x))
    fake = discriminator(generator(z).detach(), z)
    return F.logsigmoid(real).mean() + F.logsigmoid(-fake).mean()


@wrong(WRONG, "bigan_value", "two_mistakes", "summed instead of averaged, and of the wrong sign")
def s2_bv_sum_sign(discriminator, generator, inference, x, z):
    real = discriminator(x, inference(x))
    fake = discriminator(generator(z), z)
    return F.softplus(-real).sum() + F.softplus(fake).sum()


@wrong(
    WRONG, "bigan_optimal_discriminator", "formula", "the sigmoid of the difference of the tables"
)
def s2_bod_softmax(p_r, p_f):
    return torch.sigmoid(p_r - p_f)


@wrong(WRONG, "optimal_inference", "formula", "a generator that is not one to one is not refused")
def s2_oi_first(generator_map):
    out = torch.zeros_like(generator_map)
    for code, point in enumerate(generator_map.tolist()):
        out[point] = code
    return out


@wrong(WRONG, "bigan_losses", "formula", "generator and inference minimise the same loss")
def s2_bl_same(real_pair_logits, fake_pair_logits):
    loss = F.softplus(-real_pair_logits).mean() + F.softplus(fake_pair_logits).mean()
    return loss, loss.clone()


@wrong(WRONG, "bigan_losses", "two_mistakes", "both losses are halved and stand in the other order")
def s2_bl_half_order(real_pair_logits, fake_pair_logits):
    d = discriminator_loss(real_pair_logits, fake_pair_logits) / 2
    g = discriminator_loss(fake_pair_logits, real_pair_logits) / 2
    return g, d


# duality


@wrong(
    WRONG,
    "linear_gan_cost",
    "two_mistakes",
    "C |w|^2 is not halved, and real and fake are exchanged",
)
def s2_lgc_exchanged(w, x_real, x_fake, C):
    real = torch.mv(x_real, w)
    fake = torch.mv(x_fake, w)
    return F.softplus(-real).sum() + F.softplus(fake).sum() + C * torch.dot(w, w)


@wrong(
    WRONG, "lagrangian", "formula", "the multipliers meet the scores only, the slack is left out"
)
def s2_lag_no_slack(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    a, b = x_real.matmul(w), x_fake.matmul(w)
    start = F.softplus(xi_real).sum() + F.softplus(xi_fake).sum() - b.sum()
    return start + 0.5 * C * w.dot(w) - lam_real.dot(a) - lam_fake.dot(b)


@wrong(WRONG, "quadratic_minimum", "formula", "the value has the norm of b, not its square")
def s2_qm_norm(b, C):
    return -torch.linalg.norm(b) / (2 * C)


@wrong(WRONG, "softplus_minimum", "formula", "the value at xi = 0 instead of the infimum")
def s2_sm_at_zero(lam):
    inside = (lam >= -1) & (lam <= 0)
    return torch.where(inside, torch.full_like(lam, math.log(2)), -torch.inf)


@wrong(WRONG, "dual_function", "formula", "b is of the fake examples alone")
def s2_df_fake_only(lam_real, lam_fake, x_real, x_fake, C):
    b = x_fake.T @ (1 + lam_fake)
    return (
        softplus_minimum(lam_real).sum() + softplus_minimum(lam_fake).sum() - (b**2).sum() / (2 * C)
    )


@wrong(WRONG, "solve_dual", "formula", "the constant multipliers of an undecided discriminator")
def s2_sd_half(x_real, x_fake, C):
    return torch.full_like(x_real[:, 0], -0.5), torch.full_like(x_fake[:, 0], -0.5)


# wasserstein


@wrong(WRONG, "wasserstein_1d", "formula", "the largest distance of the distribution functions")
def s2_w1_kolmogorov(x, y):
    return torch.tensor(stats.ks_2samp(x.numpy(), y.numpy()).statistic, dtype=x.dtype)


@wrong(WRONG, "wasserstein_1d", "formula", "the energy distance of scipy instead of W1")
def s2_w1_energy(x, y):
    return torch.tensor(stats.energy_distance(x.numpy(), y.numpy()), dtype=x.dtype)


@wrong(WRONG, "wasserstein_1d", "axis", "all pairs are compared instead of the sorted ones")
def s2_w1_all_pairs(x, y):
    return (x[:, None] - y[None, :]).abs().mean()


@wrong(WRONG, "wasserstein_discrete", "formula", "every state moves to its cheapest partner")
def s2_wd_cheapest(p, q, cost):
    return (p * cost.min(dim=1).values).sum()


@wrong(WRONG, "wgan_value", "two_mistakes", "the paper's sign, and squashed by a sigmoid")
def s2_wv_sigmoid_sign(f_fake, f_real):
    return torch.sigmoid(f_real).mean() - torch.sigmoid(f_fake).mean()


@wrong(WRONG, "critic_loss", "formula", "only the generated examples' scores count")
def s2_cl_fake_only(critic, real, fake):
    return -critic(fake.detach()).mean()


@wrong(WRONG, "critic_loss", "formula", "a gradient penalty is added to the loss")
def s2_cl_penalty(critic, real, fake):
    fake = fake.detach()
    mid = (0.5 * real[: len(fake)] + 0.5 * fake[: len(real)]).requires_grad_()
    slope = grad(critic(mid).sum(), mid, create_graph=True)[0]
    penalty = 10 * ((slope.norm(dim=1) - 1) ** 2).mean()
    return critic(real).mean() - critic(fake).mean() + penalty


@wrong(WRONG, "wgan_generator_loss", "formula", "log sigmoid is applied to the critic's scores")
def s2_wg_logsigmoid(critic, fake):
    return F.logsigmoid(critic(fake)).mean()


@wrong(WRONG, "clip_weights", "formula", "the gradients' norm is clipped instead of the weights")
def s2_cw_norm(critic, c):
    torch.nn.utils.clip_grad_norm_(critic.parameters(), c)


@wrong(WRONG, "gradient_penalty", "formula", "the squared norm minus one, squared")
def s2_gp_square_norm(critic, real, fake, eps):
    mixed = (eps * real + (1 - eps) * fake).detach().requires_grad_(True)
    out = critic(mixed)
    g = grad(out, mixed, torch.ones_like(out), create_graph=True)[0]
    return ((g.pow(2).sum(1) - 1) ** 2).mean()


@wrong(
    WRONG,
    "gradient_penalty",
    "two_mistakes",
    "ten times too large, and without create_graph nothing can be trained",
)
def s2_gp_ten_no_graph(critic, real, fake, eps):
    mixed = (eps * real + (1 - eps) * fake).detach().requires_grad_(True)
    out = critic(mixed)
    g = grad(out, mixed, torch.ones_like(out))[0]
    return 10 * ((g.norm(2, dim=1) - 1) ** 2).mean()


@wrong(
    WRONG, "spectral_normalize", "formula", "divided by the square of the largest singular value"
)
def s2_sn_square(weight):
    largest = torch.linalg.eigvalsh(weight.mT @ weight).max()
    return weight / torch.where(largest > 0, largest, torch.ones_like(largest))


@wrong(WRONG, "spectral_normalize", "numerics", "the largest singular value by one power iteration")
def s2_sn_one_iteration(weight):
    u = torch.from_numpy(np.ones(weight.shape[0])).to(weight.dtype)
    v = F.normalize(weight.T @ u, dim=0)
    u = F.normalize(weight @ v, dim=0)
    sigma = u @ weight @ v
    return weight / torch.where(sigma > 0, sigma, torch.ones_like(sigma))
