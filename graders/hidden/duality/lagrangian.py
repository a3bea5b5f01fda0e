"""Hidden checks of `lagrangian`, then the mistakes that they catch."""

import torch
import torch.nn.functional as F
from torch.nn.functional import softplus

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.duality._common import problem
from graders.public.duality import lagrangian

D = Words(lagrangian)

LAGRANGIAN = "lagrangian(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C)"


LAGRANGIAN_NAMES = ("w", "xi_real", "xi_fake", "lam_real", "lam_fake", "x_real", "x_fake")


def free_point(draw, n=5, m=4, d=3):
    """The tensors of the Lagrangian at a point where the constraints do not hold, multipliers of
    any sign.
    """
    return [
        draw.normal(d),
        draw.normal(n),
        draw.normal(m),
        draw.normal(n),
        draw.normal(m),
        *problem(draw, n, m, d),
    ]


lagrangian_value = D.equals_reference(
    "It is the Lagrangian, where the constraints hold and where they do not.",
    lambda draw: [(*free_point(draw), c) for c in (0.7, 3.0, 0.0)],
)


@D.check(
    "Where the constraints hold, it is the cost, whatever the multipliers are.",
    stand_ins=False,
)
def lagrangian_of_feasible_point(student, draw, right):
    w, _, _, lam_real, lam_fake, real, fake = free_point(draw)
    got = student.lagrangian(w, real @ w, fake @ w, lam_real, lam_fake, real, fake, 0.7)
    expect.close(got, right.linear_gan_cost(w, real, fake, 0.7), subject="lagrangian with xi = w.x")


@D.check(
    "Where w = b / C and lam = -sigmoid(xi), it is stationary in w and in xi.",
)
def lagrangian_is_stationary(student, draw):
    _, xi_real, xi_fake, _, _, real, fake = free_point(draw)
    lam_real, lam_fake, c = -xi_real.sigmoid(), -xi_fake.sigmoid(), 0.7
    w = (lam_real @ real + (1 + lam_fake) @ fake) / c
    inputs = [w.requires_grad_(), xi_real.requires_grad_(), xi_fake.requires_grad_()]
    value = expect.tensor(
        student.lagrangian(*inputs, lam_real, lam_fake, real, fake, c), shape=(), subject=LAGRANGIAN
    )
    slopes = torch.cat(
        [
            torch.zeros(1, dtype=torch.float64) if g is None else g
            for g in expect.gradient_of(value, inputs)
        ]
    )
    expect.true(
        value.requires_grad,
        "no gradient",
        subject=LAGRANGIAN,
        detail="no gradient comes back",
        got="none",
    )
    expect.close(
        slopes,
        torch.zeros_like(slopes),
        subject="the slope of the lagrangian in w and xi at a stationary point",
        atol=1e-9,
    )


@D.check(
    "Its gradients with respect to all tensors are right; those of the multipliers are the"
    " constraints.",
    after=lagrangian_value,
)
def lagrangian_gradients(student, draw, right):
    point = [value.requires_grad_() for value in free_point(draw)]
    wanted = expect.gradient_of(right.lagrangian(*point, 0.7), point)
    expect.gradients(
        student.lagrangian(*point, 0.7), point, wanted, names=LAGRANGIAN_NAMES, subject=LAGRANGIAN
    )


@D.check("It is finite and right when xi is in the thousands.", after=lagrangian_value)
def lagrangian_of_large_xi(student, draw, right):
    point = free_point(draw)
    point[1], point[2] = 3000 * point[1], 3000 * point[2]
    # The multipliers' terms are in the thousands too; what cancels leaves a rounding of about
    # 1e-12.
    expect.close(
        student.lagrangian(*point, 0.7),
        right.lagrangian(*point, 0.7),
        subject=f"{LAGRANGIAN} for large xi",
        atol=1e-9,
    )


def _program(w, xi_real, xi_fake, x_fake, C):
    return (
        softplus(xi_real).sum()
        + softplus(xi_fake).sum()
        - (x_fake @ w).sum()
        + C / 2 * w.square().sum()
    )


@lagrangian_value.catches(
    "Your multipliers enter with the opposite sign. How does the prompt write the constraint?"
)
def multipliers_flipped(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    return (
        _program(w, xi_real, xi_fake, x_fake, C)
        - lam_real @ (xi_real - x_real @ w)
        - lam_fake @ (xi_fake - x_fake @ w)
    )


@lagrangian_value.catches("This is the objective of the program alone. Where are its constraints?")
def without_constraints(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    return _program(w, xi_real, xi_fake, x_fake, C) + 0 * (lam_real.sum() + lam_fake.sum())


@lagrangian_value.catches(
    "One term of the program is linear. In which variable does the prompt write it?"
)
def linear_term_in_xi(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    program = (
        softplus(xi_real).sum() + softplus(xi_fake).sum() - xi_fake.sum() + C / 2 * w.square().sum()
    )
    return program + lam_real @ (xi_real - x_real @ w) + lam_fake @ (xi_fake - x_fake @ w)


@lagrangian_value.catches(
    "The constraints are already used inside the logarithms. In a Lagrangian w and xi are free."
)
def constraints_substituted(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    real, fake = x_real @ w, x_fake @ w
    return (
        _program(w, real, fake, x_fake, C)
        + lam_real @ (xi_real - real)
        + lam_fake @ (xi_fake - fake)
    )


@lagrangian_value.catches("A term of the program that is linear in w is missing.")
def lagrangian_without_linear_term(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    program = softplus(xi_real).sum() + softplus(xi_fake).sum() + C / 2 * w.square().sum()
    return program + lam_real @ (xi_real - x_real @ w) + lam_fake @ (xi_fake - x_fake @ w)


@lagrangian_value.catches("Look again at the factor in front of the squared norm.")
def lagrangian_without_half(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    program = _program(w, xi_real, xi_fake, x_fake, 2 * C)
    return program + lam_real @ (xi_real - x_real @ w) + lam_fake @ (xi_fake - x_fake @ w)


@lagrangian_value.catches("This is a penalty method: in a Lagrangian a constraint enters linearly.")
def squared_constraints(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    return (
        _program(w, xi_real, xi_fake, x_fake, C)
        + lam_real @ (xi_real - x_real @ w) ** 2
        + lam_fake @ (xi_fake - x_fake @ w) ** 2
    )


@lagrangian_value.catches("There is a constraint for each generated point too.")
def real_constraints_only(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    return (
        _program(w, xi_real, xi_fake, x_fake, C)
        + lam_real @ (xi_real - x_real @ w)
        + 0 * lam_fake.sum()
    )


@lagrangian_value.catches(
    "One multiplier stands for a whole sum here; every constraint has its own."
)
def one_multiplier_for_all(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    constraints = (
        lam_real.sum() * (xi_real - x_real @ w).sum()
        + lam_fake.sum() * (xi_fake - x_fake @ w).sum()
    )
    return _program(w, xi_real, xi_fake, x_fake, C) + constraints


@lagrangian_of_large_xi.catches("An exponential overflows long before its logarithm becomes large.")
def overflowing_lagrangian(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    program = (
        (1 + xi_real.exp()).log().sum()
        + (1 + xi_fake.exp()).log().sum()
        - (x_fake @ w).sum()
        + C / 2 * w.square().sum()
    )
    return program + lam_real @ (xi_real - x_real @ w) + lam_fake @ (xi_fake - x_fake @ w)


@lagrangian_is_stationary.catches(
    "The value is right, but no gradient comes back: something cuts the graph."
)
def lagrangian_detached(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    return (
        _program(w, xi_real, xi_fake, x_fake, C)
        + lam_real @ (xi_real - x_real @ w)
        + lam_fake @ (xi_fake - x_fake @ w)
    ).detach()


@D.sum_of(
    "The slacks of the real points",
    "The slacks of the generated points",
    "The linear term",
    "The penalty on w",
    "The constraints of the real points",
    "The constraints of the generated points",
)
def lagrangian_terms(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    real, fake = x_real @ w, x_fake @ w
    slacks = F.softplus(xi_real).sum(), F.softplus(xi_fake).sum()
    constraints = lam_real @ (xi_real - real), lam_fake @ (xi_fake - fake)
    return (*slacks, -fake.sum(), C / 2 * w.square().sum(), *constraints)
