"""Wrong solutions of `wasserstein`, by somebody who has not read the hidden checks."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from graders.audit.wrong import wrong
from reference.wasserstein import wgan_value

WRONG = []


# wasserstein_1d


@wrong(WRONG, "wasserstein_1d", "formula", "the samples have to be sorted before they are paired")
def w1_unsorted(x, y):
    n = math.lcm(len(x), len(y))
    return (x.repeat_interleave(n // len(x)) - y.repeat_interleave(n // len(y))).abs().mean()


@wrong(WRONG, "wasserstein_1d", "formula", "the difference of the means is a lower bound only")
def w1_means(x, y):
    return (x.mean() - y.mean()).abs()


@wrong(WRONG, "wasserstein_1d", "formula", "squared distances belong to W2")
def w1_squares(x, y):
    n = math.lcm(len(x), len(y))
    xs = x.sort().values.repeat_interleave(n // len(x))
    ys = y.sort().values.repeat_interleave(n // len(y))
    return F.mse_loss(xs, ys)


@wrong(
    WRONG, "wasserstein_1d", "axis", "each point carries the mass 1/n, and you sum the distances"
)
def w1_sum(x, y):
    points = torch.cat([x, y]).sort().values
    fx = (x[None] <= points[:-1, None]).to(x.dtype).sum(1)
    fy = (y[None] <= points[:-1, None]).to(x.dtype).sum(1) * len(x) / len(y)
    return ((fx - fy).abs() * points.diff()).sum()


@wrong(WRONG, "wasserstein_1d", "shape", "the larger sample is cut to the size of the smaller one")
def w1_truncates(x, y):
    n = min(len(x), len(y))
    return (x.sort().values[:n] - y.sort().values[:n]).abs().mean()


@wrong(
    WRONG,
    "wasserstein_1d",
    "numerics",
    "quantiles that are interpolated between the points belong to another distribution",
)
def w1_interpolated_quantiles(x, y):
    grid = torch.linspace(0, 1, 201, dtype=x.dtype)
    return (torch.quantile(x, grid) - torch.quantile(y, grid)).abs().mean()


@wrong(
    WRONG,
    "wasserstein_1d",
    "numerics",
    "the trapezoid rule smooths a step function: between two points the difference is constant",
)
def w1_trapezoid(x, y):
    points = torch.cat([x, y]).sort().values
    fx = (x[None] <= points[:, None]).to(x.dtype).mean(1)
    fy = (y[None] <= points[:, None]).to(x.dtype).mean(1)
    return torch.trapezoid((fx - fy).abs(), points)


@wrong(
    WRONG,
    "wasserstein_1d",
    "two_mistakes",
    "the points are not sorted, and their distances are squared",
)
def w1_two(x, y):
    n = min(x.numel(), y.numel())
    return F.mse_loss(x[:n], y[:n])


# wasserstein_discrete


@wrong(
    WRONG,
    "wasserstein_discrete",
    "formula",
    "the independent plan p q^T moves also mass that may stay",
)
def wd_independent(p, q, cost):
    return torch.einsum("i,ij,j->", p, cost, q)


@wrong(
    WRONG,
    "wasserstein_discrete",
    "formula",
    "this is the total variation: it does not matter how far the mass moves",
)
def wd_total_variation(p, q, cost):
    return 0.5 * (p - q).abs().sum()


@wrong(
    WRONG,
    "wasserstein_discrete",
    "formula",
    "the sorted-line formula holds for neighbours on a line, not for any cost matrix",
)
def wd_line(p, q, cost):
    gaps = cost.diagonal(offset=1)
    return ((p - q).cumsum(0)[:-1].abs() * gaps).sum()


@wrong(
    WRONG,
    "wasserstein_discrete",
    "numerics",
    "the entropic plan of a few Sinkhorn steps is only near the optimum",
)
def wd_sinkhorn(p, q, cost):
    kernel = torch.exp(-cost / 0.2)
    u = torch.ones_like(p)
    for _ in range(200):
        v = q / (kernel.T @ u)
        u = p / (kernel @ v)
    return (u[:, None] * kernel * v * cost).sum()


@wrong(
    WRONG,
    "wasserstein_discrete",
    "formula",
    "moving the surplus greedily, one point after the other, need not be the cheapest plan",
)
def wd_greedy(p, q, cost):
    supply, demand, total = p.clone(), q.clone(), 0.0
    for i in range(len(p)):
        for j in range(len(q)):
            m = torch.minimum(supply[i], demand[j])
            total = total + m * cost[i, j]
            supply[i] -= m
            demand[j] -= m
    return total


@wrong(WRONG, "wasserstein_discrete", "state", "the caller's p is used up while the mass is moved")
def wd_uses_up_p(p, q, cost):
    from scipy.optimize import linprog

    n = len(p)
    rows, cols = np.kron(np.eye(n), np.ones(n)), np.kron(np.ones(n), np.eye(n))
    res = linprog(
        cost.numpy().ravel(),
        A_eq=np.vstack([rows, cols[:-1]]),
        b_eq=np.concatenate([p.numpy(), q.numpy()[:-1]]),
    )
    plan = torch.from_numpy(res.x.reshape(n, n)).to(p.dtype)
    p -= plan.sum(1)
    return (plan * cost).sum()


# WGAN losses


@wrong(
    WRONG,
    "wgan_value",
    "formula",
    "the signs are those of the paper; here a good critic is high on generated data",
)
def wv_sign(f_fake, f_real):
    return f_real.mean() - f_fake.mean()


@wrong(WRONG, "wgan_value", "axis", "expectations are estimated by means, not by sums")
def wv_sums(f_fake, f_real):
    return f_fake.sum() - f_real.sum()


@wrong(
    WRONG,
    "wgan_value",
    "shape",
    (
        "the scores are subtracted example by example, so the batches need one size, and (N,) "
        "against (N, 1) makes a table"
    ),
)
def wv_pairs(f_fake, f_real):
    return torch.mean(f_fake - f_real)


@wrong(WRONG, "wgan_value", "formula", "scores are no logits: no sigmoid and no logarithm here")
def wv_logsigmoid(f_fake, f_real):
    return F.logsigmoid(f_fake).mean() - F.logsigmoid(f_real).mean()


@wrong(WRONG, "wgan_value", "formula", "the absolute value hides a critic with the wrong sign")
def wv_absolute(f_fake, f_real):
    return (f_fake.mean() - f_real.mean()).abs()


def _wv_sums(f_fake, f_real):
    return f_fake.sum() - f_real.sum()


@wrong(
    WRONG,
    "critic_loss",
    "formula",
    "this makes the critic high on real data; here it is high on generated data",
)
def cl_paper_sign(critic, real, fake):
    return critic(fake.detach()).mean() - critic(real).mean()


@wrong(WRONG, "critic_loss", "gradient", "the generated examples are not detached")
def cl_not_detached(critic, real, fake):
    return critic(real).mean() - critic(fake).mean()


@wrong(
    WRONG,
    "critic_loss",
    "gradient",
    (
        "the critic's scores are detached instead of the generated examples, so only half of "
        "the loss trains it"
    ),
)
def cl_scores_detached(critic, real, fake):
    return critic(real).mean() - critic(fake).detach().mean()


@wrong(WRONG, "critic_loss", "state", "fake.requires_grad_(False) changes the caller's tensor")
def cl_switches_fake_off(critic, real, fake):
    fake.requires_grad_(False)
    return -wgan_value(critic(fake), critic(real))


@wrong(
    WRONG,
    "critic_loss",
    "state",
    "the weights are clipped inside the loss, which changes the critic",
)
def cl_clips(critic, real, fake):
    for p in critic.parameters():
        p.data.clamp_(-0.01, 0.01)
    return critic(real).mean() - critic(fake.detach()).mean()


@wrong(
    WRONG,
    "critic_loss",
    "inline",
    "the scores are summed, here and in wgan_value",
    also={"wgan_value": _wv_sums},
)
def cl_inline_sums(critic, real, fake):
    return critic(real).sum() - critic(fake.detach()).sum()


@wrong(
    WRONG,
    "critic_loss",
    "two_mistakes",
    "the sign is that of the paper, and the generated examples are not detached",
)
def cl_two(critic, real, fake):
    return -(critic(real).mean() - critic(fake).mean())


@wrong(
    WRONG,
    "wgan_generator_loss",
    "formula",
    "the sign of the paper: here the critic is high on generated data, so the generator lowers it",
)
def wg_sign(critic, fake):
    return -torch.mean(critic(fake))


@wrong(WRONG, "wgan_generator_loss", "gradient", "fake is detached: the generator gets no gradient")
def wg_detached(critic, fake):
    return critic(fake.detach()).mean()


@wrong(WRONG, "wgan_generator_loss", "axis", "the scores are summed over the batch")
def wg_sum(critic, fake):
    return critic(fake).sum()


@wrong(
    WRONG,
    "wgan_generator_loss",
    "state",
    "the critic is frozen for the generator's step and stays frozen",
)
def wg_freezes(critic, fake):
    critic.requires_grad_(False)
    return critic(fake).mean()


@wrong(
    WRONG,
    "wgan_generator_loss",
    "formula",
    "the loss of an ordinary GAN: a critic's scores are no logits",
)
def wg_softplus(critic, fake):
    return F.softplus(critic(fake)).mean()


# clip_weights


@wrong(
    WRONG,
    "clip_weights",
    "state",
    "clamp without underscore makes clipped copies, and the critic stays as it was",
)
def cw_copies(critic, c):
    for p in critic.parameters():
        p.data.clamp(-c, c)


@wrong(WRONG, "clip_weights", "formula", "the gradients are clipped instead of the weights")
def cw_gradients(critic, c):
    torch.nn.utils.clip_grad_value_(critic.parameters(), c)


@wrong(WRONG, "clip_weights", "network", "the biases are parameters too")
def cw_weights_only(critic, c):
    with torch.no_grad():
        for name, p in critic.named_parameters():
            if "weight" in name:
                p.clamp_(-c, c)


@wrong(WRONG, "clip_weights", "formula", "the interval has negative numbers too")
def cw_positive(critic, c):
    with torch.no_grad():
        for p in critic.parameters():
            p.clamp_(0, c)


@wrong(WRONG, "clip_weights", "formula", "0.01 is the paper's value; c is an argument")
def cw_constant(critic, c):
    for p in critic.parameters():
        p.data.clamp_(-0.01, 0.01)


@wrong(
    WRONG,
    "clip_weights",
    "gradient",
    "an in-place change of a parameter that autograd records raises an error",
)
def cw_recorded(critic, c):
    for p in critic.parameters():
        p.clamp_(-c, c)


@wrong(
    WRONG,
    "clip_weights",
    "formula",
    "all weights are shrunk by one factor instead of each being clipped",
)
def cw_rescales(critic, c):
    with torch.no_grad():
        largest = max(p.abs().max() for p in critic.parameters())
        for p in critic.parameters():
            p.mul_(min(1.0, c / float(largest)))


# gradient_penalty


@wrong(WRONG, "gradient_penalty", "axis", "one norm for the whole batch; each example has its own")
def gp_one_norm(critic, real, fake, eps):
    x = (eps * real + (1 - eps) * fake).detach().requires_grad_(True)
    g = torch.autograd.grad(critic(x).sum(), x, create_graph=True)[0]
    return (torch.linalg.vector_norm(g) - 1) ** 2


@wrong(WRONG, "gradient_penalty", "axis", "the mean norm is compared with 1 instead of every norm")
def gp_mean_norm(critic, real, fake, eps):
    x = (eps * real + (1 - eps) * fake).detach().requires_grad_(True)
    out = critic(x)
    g = torch.autograd.grad(out, x, torch.ones_like(out), create_graph=True)[0]
    return (g.norm(2, dim=1).mean() - 1) ** 2


@wrong(
    WRONG,
    "gradient_penalty",
    "gradient",
    "without create_graph the penalty cannot train the critic",
)
def gp_no_create_graph(critic, real, fake, eps):
    x = (eps * real + (1 - eps) * fake).detach().requires_grad_(True)
    (g,) = torch.autograd.grad(critic(x).sum(), x)
    return ((torch.linalg.vector_norm(g, dim=1) - 1) ** 2).mean()


@wrong(WRONG, "gradient_penalty", "formula", "the weight 10 of the penalty is not a part of it")
def gp_lambda(critic, real, fake, eps):
    x = (eps * real + (1 - eps) * fake).detach().requires_grad_(True)
    (g,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return 10 * ((torch.linalg.vector_norm(g, dim=1) - 1) ** 2).mean()


@wrong(
    WRONG,
    "gradient_penalty",
    "formula",
    "only norms above 1 are punished; the penalty here is two-sided",
)
def gp_one_sided(critic, real, fake, eps):
    x = (eps * real + (1 - eps) * fake).detach().requires_grad_(True)
    (g,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return F.relu(torch.linalg.vector_norm(g, dim=1) - 1).square().mean()


@wrong(
    WRONG,
    "gradient_penalty",
    "numerics",
    "the root of a sum of squares has the slope infinity at 0: NaN for a flat critic",
)
def gp_nan(critic, real, fake, eps):
    x = (eps * real + (1 - eps) * fake).detach().requires_grad_(True)
    (g,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return ((g.pow(2).sum(dim=1).sqrt() - 1) ** 2).mean()


@wrong(
    WRONG,
    "gradient_penalty",
    "formula",
    "eps belongs to the real examples, and you give it to the generated ones",
)
def gp_eps_exchanged(critic, real, fake, eps):
    x = torch.lerp(real, fake, eps).detach().requires_grad_(True)
    (g,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (torch.linalg.vector_norm(g, dim=1) - 1).square().mean()


@wrong(
    WRONG,
    "gradient_penalty",
    "noise",
    "eps is an argument, and you draw your own, one per coordinate at that",
)
def gp_own_eps(critic, real, fake, eps):
    alpha = torch.rand_like(real)
    x = (alpha * real + (1 - alpha) * fake).detach().requires_grad_(True)
    (g,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return (torch.linalg.vector_norm(g, dim=1) - 1).square().mean()


@wrong(
    WRONG,
    "gradient_penalty",
    "formula",
    "the scores are averaged before differentiating, so every gradient is N times too small",
)
def gp_mean_score(critic, real, fake, eps):
    x = (eps * real + (1 - eps) * fake).detach().requires_grad_(True)
    (g,) = torch.autograd.grad(critic(x).mean(), x, create_graph=True)
    return (torch.linalg.vector_norm(g, dim=1) - 1).square().mean()


@wrong(
    WRONG,
    "gradient_penalty",
    "state",
    "backward fills the .grad of the critic's parameters on the way",
)
def gp_backward(critic, real, fake, eps):
    x = (eps * real + (1 - eps) * fake).detach().requires_grad_(True)
    critic(x).sum().backward(create_graph=True)
    return ((torch.linalg.vector_norm(x.grad, dim=1) - 1) ** 2).mean()


@wrong(
    WRONG,
    "gradient_penalty",
    "two_mistakes",
    "the squared norm is compared with 1, and the result cannot be differentiated",
)
def gp_two(critic, real, fake, eps):
    x = (eps * real + (1 - eps) * fake).detach().requires_grad_(True)
    (g,) = torch.autograd.grad(critic(x).sum(), x)
    return (g.square().sum(1) - 1).square().mean()


# spectral_normalize


@wrong(
    WRONG,
    "spectral_normalize",
    "formula",
    "the Frobenius norm is the root of the sum of all squares, not the largest singular value",
)
def sn_frobenius(weight):
    norm = torch.linalg.norm(weight)
    return weight if norm == 0 else weight / norm


@wrong(WRONG, "spectral_normalize", "numerics", "a matrix of zeros becomes NaN")
def sn_nan(weight):
    return weight / torch.linalg.svdvals(weight)[0]


@wrong(
    WRONG, "spectral_normalize", "numerics", "three steps of the power method have not converged"
)
def sn_power_iteration(weight):
    u = torch.ones(weight.shape[0], dtype=weight.dtype)
    for _ in range(3):
        v = F.normalize(weight.T @ u, dim=0)
        u = F.normalize(weight @ v, dim=0)
    sigma = u @ weight @ v
    return weight / sigma if sigma > 0 else weight


@wrong(WRONG, "spectral_normalize", "axis", "every row is normalised by itself")
def sn_rows(weight):
    return F.normalize(weight, dim=1)


@wrong(
    WRONG,
    "spectral_normalize",
    "gradient",
    "the singular value is detached: it depends on the weight too",
)
def sn_detached(weight):
    sigma = torch.linalg.matrix_norm(weight, ord=2).detach()
    return weight / sigma if sigma > 0 else weight * 1


@wrong(
    WRONG,
    "spectral_normalize",
    "formula",
    "the singular value is divided out only where it is above 1; the exercise divides always",
)
def sn_only_large(weight):
    sigma = torch.linalg.matrix_norm(weight, ord=2)
    return weight / torch.clamp(sigma, min=1.0)


@wrong(
    WRONG,
    "spectral_normalize",
    "numerics",
    "1e-4 added to the norm is not small beside a small matrix",
)
def sn_epsilon(weight):
    return weight / (torch.linalg.matrix_norm(weight, 2) + 1e-4)


@wrong(
    WRONG,
    "spectral_normalize",
    "formula",
    (
        "the largest eigenvalue is the largest singular value of symmetric matrices only, and "
        "exists for square ones only"
    ),
)
def sn_eigenvalue(weight):
    if not weight.any():
        return weight.clone()
    return weight / torch.linalg.eigvals(weight).abs().max()
