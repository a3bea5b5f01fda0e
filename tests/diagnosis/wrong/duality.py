"""Wrong solutions of `duality`, by somebody who has not read the hidden checks."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import minimize

from graders.audit.wrong import wrong
from reference.duality import dual_function, quadratic_minimum, softplus_minimum

WRONG = []


@wrong(
    WRONG,
    "linear_gan_cost",
    "formula",
    "the sheet's discriminator is 1 / (1 + exp(w.x)), with a plus in the exponent",
)
def lgc_usual_sign(w, x_real, x_fake, C):
    return F.softplus(-(x_real @ w)).sum() + F.softplus(x_fake @ w).sum() + 0.5 * C * w.dot(w)


@wrong(WRONG, "linear_gan_cost", "axis", "the points are averaged; the program sums")
def lgc_means(w, x_real, x_fake, C):
    return F.softplus(x_real @ w).mean() + F.softplus(-x_fake @ w).mean() + C / 2 * (w**2).sum()


@wrong(WRONG, "linear_gan_cost", "formula", "the factor of the squared norm is C / 2")
def lgc_no_half(w, x_real, x_fake, C):
    return F.softplus(x_real @ w).sum() + F.softplus(-(x_fake @ w)).sum() + C * w.square().sum()


@wrong(WRONG, "linear_gan_cost", "formula", "the term -w.G(z) of the generated points is missing")
def lgc_no_linear_term(w, x_real, x_fake, C):
    return F.softplus(torch.cat([x_real, x_fake]) @ w).sum() + C / 2 * w.square().sum()


@wrong(WRONG, "linear_gan_cost", "numerics", "exp overflows for large scores")
def lgc_overflow(w, x_real, x_fake, C):
    r, f = x_real @ w, x_fake @ w
    return (
        torch.log(1 + torch.exp(r)).sum()
        + (torch.log(1 + torch.exp(f)) - f).sum()
        + C / 2 * (w @ w)
    )


@wrong(WRONG, "linear_gan_cost", "formula", "the norm of w has to be squared")
def lgc_norm(w, x_real, x_fake, C):
    return (
        F.softplus(x_real @ w).sum()
        + F.softplus(-(x_fake @ w)).sum()
        + C / 2 * torch.linalg.norm(w)
    )


@wrong(
    WRONG,
    "linear_gan_cost",
    "gradient",
    "the generated points are detached, though the generator has to learn through them",
)
def lgc_detached(w, x_real, x_fake, C):
    return (
        F.softplus(x_real @ w).sum()
        + F.softplus(-(x_fake.detach() @ w)).sum()
        + C / 2 * w.square().sum()
    )


@wrong(
    WRONG,
    "linear_gan_cost",
    "two_mistakes",
    "the usual sign of the exponent, and no 1/2 at the norm",
)
def lgc_two(w, x_real, x_fake, C):
    return F.softplus(-(x_real @ w)).sum() + F.softplus(x_fake @ w).sum() + C * w.square().sum()


@wrong(
    WRONG,
    "lagrangian",
    "formula",
    "the multipliers enter as lam * (xi - w.x), and you have the difference the other way round",
)
def lag_sign(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    cost = (
        F.softplus(xi_real).sum() + F.softplus(xi_fake).sum() - (x_fake @ w).sum() + C / 2 * (w @ w)
    )
    return (
        cost + (lam_real * (x_real @ w - xi_real)).sum() + (lam_fake * (x_fake @ w - xi_fake)).sum()
    )


@wrong(WRONG, "lagrangian", "formula", "the linear term -w.G(z) of the cost is missing")
def lag_no_linear(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    cost = F.softplus(xi_real).sum() + F.softplus(xi_fake).sum() + C / 2 * w.square().sum()
    return cost + lam_real @ (xi_real - x_real @ w) + lam_fake @ (xi_fake - x_fake @ w)


@wrong(
    WRONG,
    "lagrangian",
    "formula",
    "the constraints are put in: the softplus is taken of w.x, not of xi",
)
def lag_scores_for_xi(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    r, f = x_real @ w, x_fake @ w
    cost = F.softplus(r).sum() + F.softplus(-f).sum() + C / 2 * w.square().sum()
    return cost + lam_real @ (xi_real - r) + lam_fake @ (xi_fake - f)


@wrong(
    WRONG,
    "lagrangian",
    "formula",
    "the linear term is -w.G(z), and you subtract xi, which is a free variable here",
)
def lag_xi_for_scores(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    cost = (
        F.softplus(xi_real).sum() + (F.softplus(xi_fake) - xi_fake).sum() + C / 2 * w.square().sum()
    )
    return cost + lam_real @ (xi_real - x_real @ w) + lam_fake @ (xi_fake - x_fake @ w)


@wrong(WRONG, "lagrangian", "numerics", "log(1 + exp(xi)) overflows for a large xi")
def lag_overflow(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    xi, lam = torch.cat([xi_real, xi_fake]), torch.cat([lam_real, lam_fake])
    x = torch.cat([x_real, x_fake])
    return torch.log(1 + xi.exp()).sum() - (x_fake @ w).sum() + C / 2 * (w @ w) + lam @ (xi - x @ w)


@wrong(
    WRONG,
    "lagrangian",
    "shape",
    "a column against a row makes a table: every xi is compared with every w.x",
)
def lag_broadcast(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    r, f = x_real @ w[:, None], x_fake @ w[:, None]
    cost = (
        F.softplus(xi_real).sum() + F.softplus(xi_fake).sum() - f.sum() + C / 2 * w.square().sum()
    )
    return cost + (lam_real * (xi_real - r)).sum() + (lam_fake * (xi_fake - f)).sum()


@wrong(WRONG, "quadratic_minimum", "formula", "the minimum is negative: -|b|^2 / (2 C)")
def qm_sign(b, C):
    return b.dot(b) / (2 * C)


@wrong(
    WRONG,
    "quadratic_minimum",
    "formula",
    "the 1/2 is missing, you put w = b / C into the linear part only",
)
def qm_no_half(b, C):
    w = b / C
    return -(w @ b)


@wrong(WRONG, "quadratic_minimum", "formula", "C belongs into the denominator")
def qm_times_c(b, C):
    return -0.5 * C * torch.sum(b * b)


@wrong(WRONG, "quadratic_minimum", "formula", "this is the minimiser b / C, not the smallest value")
def qm_minimiser(b, C):
    return b / C


@wrong(
    WRONG,
    "softplus_minimum",
    "formula",
    "the sign: it is the entropy itself, not minus the entropy",
)
def sm_sign(lam):
    p = -lam
    value = torch.xlogy(p, p) + torch.xlogy(1 - p, 1 - p)
    return torch.where((lam < -1) | (lam > 0), torch.full_like(lam, -math.inf), value)


@wrong(
    WRONG,
    "softplus_minimum",
    "numerics",
    "at the ends of the domain 0 * log 0 is NaN, and the infimum is 0",
)
def sm_nan(lam):
    value = lam * torch.log(-lam) - (1 + lam) * torch.log(1 + lam)
    return torch.where((lam < -1) | (lam > 0), torch.full_like(lam, -math.inf), value)


@wrong(
    WRONG,
    "softplus_minimum",
    "numerics",
    "the multipliers are clamped into the domain instead of giving -inf outside",
)
def sm_clamped(lam):
    p = torch.clamp(-lam, 0.0, 1.0)
    return torch.special.entr(p) + torch.special.entr(1 - p)


@wrong(
    WRONG,
    "softplus_minimum",
    "numerics",
    "the ends of the domain belong to it: the infimum there is 0 and not -inf",
)
def sm_open_domain(lam):
    value = torch.special.entr(-lam) + torch.special.entr(1 + lam)
    return torch.where((lam > -1) & (lam < 0), value, torch.full_like(lam, -math.inf))


@wrong(
    WRONG,
    "softplus_minimum",
    "formula",
    "the domain is [-1, 0]: you have the other sign of the multiplier",
)
def sm_other_sign(lam):
    return torch.special.entr(lam) + torch.special.entr(1 - lam)


@wrong(WRONG, "softplus_minimum", "formula", "log2 measures in bits")
def sm_bits(lam):
    return (torch.special.entr(-lam) + torch.special.entr(1 + lam)) / math.log(2)


def _qm_no_half(b, C):
    return -b.square().sum() / C


def _sm_sign(lam):
    return -(torch.special.entr(-lam) + torch.special.entr(1 + lam))


@wrong(
    WRONG,
    "dual_function",
    "formula",
    "the generated points enter b with 1 + lam, because of the linear term of the cost",
)
def df_no_one(lam_real, lam_fake, x_real, x_fake, C):
    b = lam_real @ x_real + lam_fake @ x_fake
    return (
        softplus_minimum(lam_real).sum()
        + softplus_minimum(lam_fake).sum()
        + quadratic_minimum(b, C)
    )


@wrong(WRONG, "dual_function", "formula", "the minimum over w is missing")
def df_no_quadratic(lam_real, lam_fake, x_real, x_fake, C):
    return torch.cat([softplus_minimum(lam_real), softplus_minimum(lam_fake)]).sum()


@wrong(
    WRONG,
    "dual_function",
    "formula",
    "the quadratic part is added, although its minimum is negative",
)
def df_plus(lam_real, lam_fake, x_real, x_fake, C):
    b = torch.einsum("n,nd->d", lam_real, x_real) + torch.einsum("m,md->d", 1 + lam_fake, x_fake)
    return (
        softplus_minimum(lam_real).sum()
        + softplus_minimum(lam_fake).sum()
        + b.square().sum() / (2 * C)
    )


@wrong(WRONG, "dual_function", "axis", "the points are averaged where the program sums")
def df_means(lam_real, lam_fake, x_real, x_fake, C):
    b = (lam_real[:, None] * x_real).sum(0) + ((1 + lam_fake)[:, None] * x_fake).sum(0)
    return (
        softplus_minimum(lam_real).mean()
        + softplus_minimum(lam_fake).mean()
        + quadratic_minimum(b, C)
    )


@wrong(
    WRONG,
    "dual_function",
    "numerics",
    "a multiplier outside of its domain gives NaN instead of -inf, and one at its end too",
)
def df_nan(lam_real, lam_fake, x_real, x_fake, C):
    lam = torch.cat([lam_real, lam_fake])
    b = lam_real @ x_real + (1 + lam_fake) @ x_fake
    entropy = lam * torch.log(-lam) - (1 + lam) * torch.log(1 + lam)
    return entropy.sum() - b @ b / (2 * C)


@wrong(
    WRONG,
    "dual_function",
    "inline",
    "the quadratic part has no 1/2, here and in quadratic_minimum",
    also={"quadratic_minimum": _qm_no_half},
)
def df_inline_no_half(lam_real, lam_fake, x_real, x_fake, C):
    lam = torch.cat([lam_real, lam_fake])
    b = lam_real @ x_real + (1 + lam_fake) @ x_fake
    return (torch.special.entr(-lam) + torch.special.entr(1 + lam)).sum() - (b @ b) / C


@wrong(
    WRONG,
    "dual_function",
    "inline",
    "b is taken without the 1 of the generated points; softplus_minimum has the wrong sign",
    also={"softplus_minimum": _sm_sign},
)
def df_inline_no_one(lam_real, lam_fake, x_real, x_fake, C):
    lam = torch.cat([lam_real, lam_fake])
    b = lam @ torch.cat([x_real, x_fake])
    return (torch.special.entr(-lam) + torch.special.entr(1 + lam)).sum() - b.square().sum() / (
        2 * C
    )


@wrong(
    WRONG, "solve_dual", "numerics", "a hundred steps of gradient ascent do not reach the maximum"
)
def sd_few_steps(x_real, x_fake, C):
    lr = torch.full((len(x_real),), -0.5, dtype=x_real.dtype, requires_grad=True)
    lf = torch.full((len(x_fake),), -0.5, dtype=x_real.dtype, requires_grad=True)
    for _ in range(100):
        gr, gf = torch.autograd.grad(dual_function(lr, lf, x_real, x_fake, C), (lr, lf))
        lr = (lr + 0.01 * gr).clamp(-0.999, -0.001).detach().requires_grad_()
        lf = (lf + 0.01 * gf).clamp(-0.999, -0.001).detach().requires_grad_()
    return lr.detach(), lf.detach()


@wrong(
    WRONG,
    "solve_dual",
    "numerics",
    "the bounds [-0.9, -0.1] keep the multipliers away from where the maximum is",
)
def sd_narrow_bounds(x_real, x_fake, C):
    n, m = len(x_real), len(x_fake)

    def f(v):
        lam = torch.tensor(v, dtype=torch.float64, requires_grad=True)
        value = -dual_function(lam[:n], lam[n:], x_real, x_fake, C)
        return value.item(), torch.autograd.grad(value, lam)[0].numpy()

    res = minimize(
        f,
        -0.5 * np.ones(n + m),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-0.9, -0.1)] * (n + m),
        options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 5000},
    )
    lam = torch.from_numpy(res.x)
    return lam[:n], lam[n:]


@wrong(
    WRONG,
    "solve_dual",
    "formula",
    "the multipliers are those of the discriminator with the usual sign: lam is -sigmoid(w.x)",
)
def sd_wrong_sign(x_real, x_fake, C):
    w = torch.zeros(x_real.shape[1], dtype=x_real.dtype, requires_grad=True)
    opt = torch.optim.LBFGS(
        [w],
        max_iter=500,
        tolerance_grad=1e-11,
        tolerance_change=1e-14,
        line_search_fn="strong_wolfe",
    )

    def closure():
        opt.zero_grad()
        loss = F.softplus(x_real @ w).sum() + F.softplus(-(x_fake @ w)).sum() + C / 2 * (w @ w)
        loss.backward()
        return loss

    opt.step(closure)
    with torch.no_grad():
        return -torch.sigmoid(-(x_real @ w)), -torch.sigmoid(-(x_fake @ w))


@wrong(WRONG, "solve_dual", "shape", "the two vectors come in the other order")
def sd_order(x_real, x_fake, C):
    n = len(x_real)

    def f(v):
        lam = torch.tensor(v, dtype=torch.float64, requires_grad=True)
        value = -dual_function(lam[:n], lam[n:], x_real, x_fake, C)
        return value.item(), torch.autograd.grad(value, lam)[0].numpy()

    size = n + len(x_fake)
    res = minimize(
        f,
        np.full(size, -0.5),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-1 + 1e-10, -1e-10)] * size,
        options={"ftol": 0, "gtol": 1e-8, "maxiter": 5000},
    )
    lam = torch.from_numpy(res.x)
    return lam[n:], lam[:n]


@wrong(
    WRONG,
    "solve_dual",
    "dtype",
    (
        "the multipliers are computed and returned in float32, which cannot reach the accuracy "
        "asked for"
    ),
)
def sd_float32(x_real, x_fake, C):
    xr, xf = x_real.float(), x_fake.float()
    w = torch.zeros(xr.shape[1], requires_grad=True)
    opt = torch.optim.LBFGS([w], max_iter=200, line_search_fn="strong_wolfe")

    def closure():
        opt.zero_grad()
        loss = F.softplus(xr @ w).sum() + F.softplus(-(xf @ w)).sum() + C / 2 * (w @ w)
        loss.backward()
        return loss

    opt.step(closure)
    return -torch.sigmoid(xr @ w).detach(), -torch.sigmoid(xf @ w).detach()
