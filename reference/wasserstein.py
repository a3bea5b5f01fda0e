"""Wasserstein distances, and the parts of a Wasserstein GAN. Critics are high on generated data."""

import numpy as np
import torch
from scipy.optimize import linprog


def wasserstein_1d(x, y):
    r"""W1 = integral of |F(t) - G(t)| dt, where F and G are the empirical distribution functions of
    the samples.

    x: (n,), y: (m,). Returns a scalar. Between two neighbouring points F and G are constant.
    Source: four-task sheet, 4.1b and 4.4; Villani 2003, theorem 2.18.
    """
    points = torch.cat([x, y]).sort().values
    below_x, below_y = (
        torch.searchsorted(sample.sort().values, points[:-1], right=True).to(x.dtype) / len(sample)
        for sample in (x, y)
    )
    return ((below_x - below_y).abs() * points.diff()).sum()


def wasserstein_discrete(p, q, cost):
    r"""W1 = min over plans P >= 0 with row sums p and column sums q of sum_ij P_ij cost_ij, a
    linear program.

    p, q: (S,), cost: (S, S). Returns a scalar. The last column sum follows from the others and is
    left out, so that rounding in p and q cannot make the program infeasible.
    Source: four-task sheet, 4.1b; CMU homework 3, question 2.2a.
    """
    size = len(p)
    rows, columns = np.kron(np.eye(size), np.ones(size)), np.kron(np.ones(size), np.eye(size))
    sums = np.concatenate([p.numpy(), q.numpy()[:-1]])
    plan = linprog(cost.numpy().flatten(), A_eq=np.concatenate([rows, columns[:-1]]), b_eq=sums)
    return torch.tensor(plan.fun, dtype=p.dtype)


def wgan_value(f_fake, f_real):
    r"""E_pg f - E_pdata f, estimated by the means of the two batches of scores.

    f_fake: (N,) or (N, 1), f_real: (M,) or (M, 1). Returns a scalar; its supremum over 1-Lipschitz
    critics is W1.
    Source: four-task sheet, 4.4.
    """
    return f_fake.mean() - f_real.mean()


def critic_loss(critic, real, fake):
    r"""-(E_pg f - E_pdata f), minimised by the critic; the generated examples are constants.

    critic maps (N, D) to (N,) or (N, 1); real: (N, D), fake: (M, D). Returns a scalar.
    Source: four-task sheet, 4.4.
    """
    return -wgan_value(critic(fake.detach()), critic(real))


def wgan_generator_loss(critic, fake):
    r"""E_pg f, the part of the objective that depends on the generator, which minimises it. fake:
    (N, D).

    Source: four-task sheet, 4.4.
    """
    return critic(fake).mean()


def clip_weights(critic, c):
    """Clip every parameter of the critic into [-c, c], in place and unseen by autograd.

    Source: four-task sheet, 4.4; Arjovsky et al. 2017, algorithm 1.
    """
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.clamp_(-c, c)


def gradient_penalty(critic, real, fake, eps):
    r"""mean_i (|grad f(x_i)| - 1)^2 at x_i = eps_i real_i + (1 - eps_i) fake_i.

    real, fake: (N, D), eps: (N, 1). Returns a scalar, differentiable in the critic's parameters.
    The examples do not mix, so the gradient of the sum holds that of each example in its row;
    vector_norm has the subgradient 0 at 0, where the root of a sum of squares would give NaN.
    Source: four-task sheet, 4.4; Gulrajani et al. 2017, equation 3.
    """
    points = (eps * real + (1 - eps) * fake).detach().requires_grad_()
    (gradients,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
    return (torch.linalg.vector_norm(gradients, dim=1) - 1).square().mean()


def spectral_normalize(weight):
    r"""W / sigma_max(W); zeros stay zeros. weight: (rows, columns).

    |W v| <= sigma_max |v|, so the linear map of the result is 1-Lipschitz.
    Source: four-task sheet, 4.4; Miyato et al. 2018.
    """
    largest = torch.linalg.matrix_norm(weight, ord=2)
    return weight / torch.where(largest > 0, largest, 1)


# Four-task sheet, 4.4: f is K-Lipschitz exactly when f / K is 1-Lipschitz, so every value is
# multiplied by K.
k_lipschitz_value = "K * W1"

# Four-task sheet, 4.4: a sigmoid bounds the values and not the slope; D and F change the steps, not
# the set of critics.
lipschitz_enforcement = {"A", "B", "C"}
