"""A GAN with a linear discriminator, and the dual of its inner minimisation."""

import numpy as np
import torch
from scipy.optimize import minimize
from torch.nn.functional import softplus


def linear_gan_cost(w, x_real, x_fake, C):
    r"""sum_x log(1 + exp(w.x)) + sum_z [log(1 + exp(w.G(z))) - w.G(z)] + C/2 |w|^2.

    w: (D,), x_real: (n, D), x_fake: (m, D), C >= 0. Returns a scalar. It is the cost of the
    discriminator p_w(1 | x) = 1 / (1 + exp(w.x)); the bracket equals log(1 + exp(-w.G(z))), where
    nothing cancels or overflows.
    Source: UIUC problem set 5, question 3b.
    """
    return softplus(x_real @ w).sum() + softplus(-(x_fake @ w)).sum() + C / 2 * w.square().sum()


# UIUC 3c: the Hessian is C times the identity, which is positive semidefinite for C >= 0; b does
# not enter it.
quadratic_convex_when = "C >= 0"

# UIUC 3d: the softplus is convex, and stays so along every linear map; its Hessian s (1 - s) b b^T
# is never negative.
softplus_convex_when = "always"

# UIUC 3e: a sum of convex functions and a linear one.
cost_convex_in_w = True


def lagrangian(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    r"""sum_x log(1 + exp xi_x) + sum_z log(1 + exp xi_z) - sum_z w.G(z) + C/2 |w|^2
    + sum_x lam_x (xi_x - w.x) + sum_z lam_z (xi_z - w.G(z)).

    w: (D,), xi_real and lam_real: (n,), xi_fake and lam_fake: (m,), x_real: (n, D), x_fake: (m, D).
    Returns a scalar.
    Source: UIUC problem set 5, question 3f.
    """
    real, fake = x_real @ w, x_fake @ w
    program = (
        softplus(xi_real).sum() + softplus(xi_fake).sum() - fake.sum() + C / 2 * w.square().sum()
    )
    return program + lam_real @ (xi_real - real) + lam_fake @ (xi_fake - fake)


def quadratic_minimum(b, C):
    r"""min_w C/2 |w|^2 - w.b = -|b|^2 / (2 C), at w = b / C. b: (D,), C > 0. Returns a scalar.

    Source: UIUC problem set 5, question 3g.
    """
    return -b.square().sum() / (2 * C)


def softplus_minimum(lam):
    r"""inf_xi lam xi + log(1 + exp xi) = -(-lam) log(-lam) - (1 + lam) log(1 + lam), elementwise,
    in nats.

    It is attained at xi = log(-lam / (1 + lam)), that is lam = -sigmoid(xi), for -1 < lam < 0; it
    is 0 at both ends, where it is not attained, and -inf outside. torch.special.entr(p) = -p log p
    has exactly these limits.
    Source: UIUC problem set 5, question 3h.
    """
    return torch.special.entr(-lam) + torch.special.entr(1 + lam)


# UIUC 3h: as xi goes to -inf the expression behaves as lam xi, as xi goes to +inf as (1 + lam) xi.
softplus_domain = (-1.0, 0.0)


def dual_function(lam_real, lam_fake, x_real, x_fake, C):
    r"""The minimum of the Lagrangian over w and xi: sum_x h(lam_x) + sum_z h(lam_z) - |b|^2 / (2
    C), where h = `softplus_minimum` and b = sum_x lam_x x + sum_z (1 + lam_z) G(z).

    lam_real: (n,), lam_fake: (m,), x_real: (n, D), x_fake: (m, D), C > 0. Returns a scalar, -inf
    outside the domain.
    Source: UIUC problem set 5, question 3i.
    """
    b = lam_real @ x_real + (1 + lam_fake) @ x_fake
    return (
        softplus_minimum(lam_real).sum()
        + softplus_minimum(lam_fake).sum()
        + quadratic_minimum(b, C)
    )


def solve_dual(x_real, x_fake, C):
    r"""The multipliers in [-1, 0] that maximise the dual function, a concave program: L-BFGS within
    the bounds.

    x_real: (n, D), x_fake: (m, D), float64, C > 0. Returns lam_real (n,) and lam_fake (m,).
    The slope of the dual function is infinite at the ends of the domain, so the bounds stay just
    inside.
    Source: UIUC problem set 5, question 3i.
    """
    sizes = [len(x_real), len(x_fake)]

    def negative_dual(flat):
        lam = torch.tensor(flat, dtype=x_real.dtype, requires_grad=True)
        value = -dual_function(*lam.split(sizes), x_real, x_fake, C)
        return value.item(), torch.autograd.grad(value, lam)[0].numpy()

    bounds = [(-1 + 1e-12, -1e-12)] * sum(sizes)
    options = {"ftol": 0, "gtol": 1e-7, "maxiter": 10_000, "maxfun": 100_000}
    found = minimize(
        negative_dual,
        np.full(sum(sizes), -0.5),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options=options,
    )
    return torch.tensor(found.x, dtype=x_real.dtype).split(sizes)
