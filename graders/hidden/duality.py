"""Hidden checks and misconceptions of the topic `duality`.

The primal optimum is measured here, by Newton's method of scipy on a cost written in numpy: a
duality gap is judged by weak duality alone, whatever solver found the multipliers.
"""

import numpy as np
import torch
from hypothesis import strategies as st
from scipy.optimize import minimize
from torch.nn.functional import softplus

from graders.core import expect
from graders.core.exercise import check, misconception, wrong_answer
from graders.hidden._hypothesis import for_every, matrices, shown
from reference.duality import quadratic_minimum, softplus_minimum

COST = "linear_gan_cost(w, x_real, x_fake, C)"


def scalar(value):
    return torch.tensor(value, dtype=torch.float64)


def problem(draw, n=5, m=4, d=3, *, dtype=torch.float64):
    """Real points (n, D) and generated points (m, D) that overlap in part."""
    return draw.normal(n, d, dtype=dtype) + 0.5, draw.normal(m, d, dtype=dtype) - 0.5


def multipliers(draw, *sizes):
    """Multipliers inside the domain, away from its ends, one vector for each size."""
    return [draw.uniform(-0.95, -0.05, size) for size in sizes]


# --- linear_gan_cost ------------------------------------------------------------------------------


@check("linear_gan_cost", "It returns one number, whatever the numbers of points are.")
def cost_is_a_scalar(student, draw):
    for n, m, d in ((5, 4, 3), (2, 6, 1), (1, 1, 2)):
        got = student.linear_gan_cost(draw.normal(d), *problem(draw, n, m, d), 0.7)
        expect.tensor(got, shape=(), subject=f"{COST} with n = {n}, m = {m}, D = {d}")


@check("linear_gan_cost", "It is the cost of this discriminator.", after=("cost_is_a_scalar",))
def cost_value(student, draw, right):
    w, (real, fake) = draw.normal(3), problem(draw)
    for c in (0.7, 3.0):
        expect.close(
            student.linear_gan_cost(w, real, fake, c),
            right.linear_gan_cost(w, real, fake, c),
            subject=f"{COST} with C = {c}",
        )


@check(
    "linear_gan_cost",
    "It is right on small inputs of every shape, C = 0 included.",
    after=("cost_value",),
)
def cost_everywhere(student, draw, right):
    def law(example):
        (real, fake), c = example
        w = real[0] - fake[0] / 2
        got = student.linear_gan_cost(w, real, fake[:1], c)
        expect.close(
            got,
            right.linear_gan_cost(w, real, fake[:1], c),
            subject=COST,
            inputs=shown(w=w, x_real=real, x_fake=fake[:1]) + f", C = {c}",
        )

    for_every(
        draw, st.tuples(matrices(low=-2, high=2, count=2), st.sampled_from([0.0, 0.5, 2.0])), law
    )


@check(
    "linear_gan_cost",
    "Its gradients with respect to w and to both sets of points are right.",
    after=("cost_value",),
)
def cost_gradients(student, draw, right):
    inputs = [draw.normal(3).requires_grad_(), *(x.requires_grad_() for x in problem(draw))]
    wanted = expect.gradient_of(right.linear_gan_cost(*inputs, 0.7), inputs)
    expect.gradients(
        student.linear_gan_cost(*inputs, 0.7),
        inputs,
        wanted,
        names=("w", "x_real", "x_fake"),
        subject=COST,
    )


@check(
    "linear_gan_cost",
    "It is finite and right when the scores are in the thousands, in either direction.",
    after=("cost_is_a_scalar",),
)
def cost_of_large_scores(student, draw, right):
    real, fake = problem(draw)
    for factor in (3000.0, -3000.0):
        w = factor * draw.uniform(0.5, 1, 3)
        # A sum of terms in the thousands that cancel leaves their rounding, about 1e-12 each.
        expect.close(
            student.linear_gan_cost(w, real, fake, 1e-6),
            right.linear_gan_cost(w, real, fake, 1e-6),
            subject=f"{COST} for large scores",
            atol=1e-9,
        )


@check("linear_gan_cost", "It keeps float32.", after=("cost_is_a_scalar",))
def cost_keeps_float32(student, draw, right):
    inputs = draw.normal(3, dtype=torch.float32), *problem(draw, dtype=torch.float32)
    expect.close(
        student.linear_gan_cost(*inputs, 0.7),
        right.linear_gan_cost(*inputs, 0.7),
        subject=f"{COST} in float32",
        atol=1e-5,
    )


@check("linear_gan_cost", "It leaves its arguments as they are.", after=("cost_is_a_scalar",))
def cost_changes_nothing(student, draw):
    inputs = draw.normal(3), *problem(draw)
    expect.unchanged(
        student.observe("linear_gan_cost", *inputs, 0.7),
        inputs,
        names=("w", "x_real", "x_fake"),
        subject=COST,
    )


@misconception(
    "linear_gan_cost",
    hint=(
        "This is the cost of a discriminator with the usual sign in the exponent. Which sign does"
        " this one have?"
    ),
    caught_by="cost_value",
)
def usual_logistic(w, x_real, x_fake, C):
    return softplus(-(x_real @ w)).sum() + softplus(x_fake @ w).sum() + C / 2 * w.square().sum()


@misconception(
    "linear_gan_cost",
    hint="You average over the points where the program sums.",
    caught_by="cost_value",
)
def averaged_cost(w, x_real, x_fake, C):
    return softplus(x_real @ w).mean() + softplus(-(x_fake @ w)).mean() + C / 2 * w.square().sum()


@misconception(
    "linear_gan_cost",
    hint=(
        "Real and generated points enter in the same way here. Which label does each of them have?"
    ),
    caught_by="cost_value",
)
def without_linear_term(w, x_real, x_fake, C):
    return softplus(x_real @ w).sum() + softplus(x_fake @ w).sum() + C / 2 * w.square().sum()


@misconception(
    "linear_gan_cost",
    hint="Check the sign of the term that is linear in w.",
    caught_by="cost_value",
)
def plus_linear_term(w, x_real, x_fake, C):
    fake = x_fake @ w
    return softplus(x_real @ w).sum() + softplus(fake).sum() + fake.sum() + C / 2 * w.square().sum()


@misconception(
    "linear_gan_cost",
    hint="Look again at the factor in front of the squared norm.",
    caught_by="cost_value",
)
def regulariser_without_half(w, x_real, x_fake, C):
    return softplus(x_real @ w).sum() + softplus(-(x_fake @ w)).sum() + C * w.square().sum()


@misconception(
    "linear_gan_cost", hint="The norm of w enters, but not its square.", caught_by="cost_value"
)
def norm_not_squared(w, x_real, x_fake, C):
    return softplus(x_real @ w).sum() + softplus(-(x_fake @ w)).sum() + C / 2 * w.norm()


@misconception(
    "linear_gan_cost",
    hint="One term of the program does not depend on the points. Is it in your value?",
    caught_by="cost_value",
)
def unregularised(w, x_real, x_fake, C):
    return softplus(x_real @ w).sum() + softplus(-(x_fake @ w)).sum()


@misconception(
    "linear_gan_cost",
    hint=(
        "Your value is to be maximised. What does the discriminator do with its cost in this"
        " program?"
    ),
    caught_by="cost_value",
)
def maximised_cost(w, x_real, x_fake, C):
    return -softplus(x_real @ w).sum() - softplus(-(x_fake @ w)).sum() - C / 2 * w.square().sum()


@misconception(
    "linear_gan_cost",
    hint="The regulariser has lost its sign: should a large w cost more or less?",
    caught_by="cost_value",
)
def regulariser_subtracted(w, x_real, x_fake, C):
    return softplus(x_real @ w).sum() + softplus(-(x_fake @ w)).sum() - C / 2 * w.square().sum()


@misconception(
    "linear_gan_cost",
    hint=(
        "The generated points are cut out of the graph: their gradient is what trains the"
        " generator."
    ),
    caught_by="cost_gradients",
)
def points_detached(w, x_real, x_fake, C):
    return (
        softplus(x_real @ w).sum()
        + softplus(-(x_fake.detach() @ w)).sum()
        + C / 2 * w.square().sum()
    )


@misconception(
    "linear_gan_cost",
    hint=(
        "An exponential overflows, and a probability rounds to 0 or 1, long before the logarithm"
        " becomes large."
    ),
    caught_by="cost_of_large_scores",
)
def overflowing_cost(w, x_real, x_fake, C):
    real, fake = x_real @ w, x_fake @ w
    return (
        (1 + real.exp()).log().sum()
        + (1 + fake.exp()).log().sum()
        - fake.sum()
        + C / 2 * w.square().sum()
    )


@misconception(
    "linear_gan_cost",
    hint=(
        "A probability that is clamped away from 0 gives a wrong cost to the points that matter"
        " most."
    ),
    caught_by="cost_of_large_scores",
)
def clamped_cost(w, x_real, x_fake, C):
    p_real, p_fake = (torch.sigmoid(-(x @ w)).clamp(1e-12, 1 - 1e-12) for x in (x_real, x_fake))
    return -p_real.log().sum() - (1 - p_fake).log().sum() + C / 2 * w.square().sum()


@misconception(
    "linear_gan_cost",
    hint="The costs of the points come back separately. What does the program minimise?",
    caught_by="cost_is_a_scalar",
)
def cost_per_point(w, x_real, x_fake, C):
    return torch.cat([softplus(x_real @ w), softplus(-(x_fake @ w))]) + C / 2 * w.square().sum()


@misconception(
    "linear_gan_cost",
    hint="The result is always of one dtype. It should follow the input.",
    caught_by="cost_keeps_float32",
)
def cost_in_float64(w, x_real, x_fake, C):
    w = w.double()
    return (
        softplus(x_real.double() @ w).sum()
        + softplus(-(x_fake.double() @ w)).sum()
        + C / 2 * w.square().sum()
    )


# --- lagrangian -----------------------------------------------------------------------------------

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


@check("lagrangian", "It returns one number, whatever the numbers of points are.")
def lagrangian_is_a_scalar(student, draw):
    for n, m, d in ((5, 4, 3), (2, 6, 1), (1, 1, 2)):
        expect.tensor(
            student.lagrangian(*free_point(draw, n, m, d), 0.7),
            shape=(),
            subject=f"{LAGRANGIAN} with n = {n}, m = {m}, D = {d}",
        )


@check(
    "lagrangian",
    "It is the Lagrangian, where the constraints hold and where they do not.",
    after=("lagrangian_is_a_scalar",),
)
def lagrangian_value(student, draw, right):
    for c in (0.7, 3.0, 0.0):
        point = free_point(draw)
        expect.close(
            student.lagrangian(*point, c),
            right.lagrangian(*point, c),
            subject=f"{LAGRANGIAN} with C = {c}",
        )


@check(
    "lagrangian",
    "Where the constraints hold, it is the cost, whatever the multipliers are.",
    after=("lagrangian_is_a_scalar",),
    stand_ins=False,
)
def lagrangian_of_feasible_point(student, draw, right):
    w, _, _, lam_real, lam_fake, real, fake = free_point(draw)
    got = student.lagrangian(w, real @ w, fake @ w, lam_real, lam_fake, real, fake, 0.7)
    expect.close(got, right.linear_gan_cost(w, real, fake, 0.7), subject="lagrangian with xi = w.x")


@check(
    "lagrangian",
    "Where w = b / C and lam = -sigmoid(xi), it is stationary in w and in xi.",
    after=("lagrangian_is_a_scalar",),
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


@check(
    "lagrangian",
    "Its gradients with respect to all tensors are right; those of the multipliers are the"
    " constraints.",
    after=("lagrangian_value",),
)
def lagrangian_gradients(student, draw, right):
    point = [value.requires_grad_() for value in free_point(draw)]
    wanted = expect.gradient_of(right.lagrangian(*point, 0.7), point)
    expect.gradients(
        student.lagrangian(*point, 0.7), point, wanted, names=LAGRANGIAN_NAMES, subject=LAGRANGIAN
    )


@check(
    "lagrangian", "It is finite and right when xi is in the thousands.", after=("lagrangian_value",)
)
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


@check("lagrangian", "It keeps float32.", after=("lagrangian_value",))
def lagrangian_keeps_float32(student, draw, right):
    point = [value.float() for value in free_point(draw)]
    expect.close(
        student.lagrangian(*point, 0.7),
        right.lagrangian(*point, 0.7),
        subject=f"{LAGRANGIAN} in float32",
        atol=1e-4,
    )


@check("lagrangian", "It leaves its arguments as they are.", after=("lagrangian_is_a_scalar",))
def lagrangian_changes_nothing(student, draw):
    point = free_point(draw)
    expect.unchanged(
        student.observe("lagrangian", *point, 0.7),
        point,
        names=LAGRANGIAN_NAMES,
        subject=LAGRANGIAN,
    )


def _program(w, xi_real, xi_fake, x_fake, C):
    return (
        softplus(xi_real).sum()
        + softplus(xi_fake).sum()
        - (x_fake @ w).sum()
        + C / 2 * w.square().sum()
    )


@misconception(
    "lagrangian",
    hint="Your multipliers enter with the opposite sign. How does the prompt write the constraint?",
    caught_by="lagrangian_value",
)
def multipliers_flipped(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    return (
        _program(w, xi_real, xi_fake, x_fake, C)
        - lam_real @ (xi_real - x_real @ w)
        - lam_fake @ (xi_fake - x_fake @ w)
    )


@misconception(
    "lagrangian",
    hint="This is the objective of the program alone. Where are its constraints?",
    caught_by="lagrangian_value",
)
def without_constraints(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    return _program(w, xi_real, xi_fake, x_fake, C) + 0 * (lam_real.sum() + lam_fake.sum())


@misconception(
    "lagrangian",
    hint="One term of the program is linear. In which variable does the prompt write it?",
    caught_by="lagrangian_value",
)
def linear_term_in_xi(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    program = (
        softplus(xi_real).sum() + softplus(xi_fake).sum() - xi_fake.sum() + C / 2 * w.square().sum()
    )
    return program + lam_real @ (xi_real - x_real @ w) + lam_fake @ (xi_fake - x_fake @ w)


@misconception(
    "lagrangian",
    hint=(
        "The constraints are already used inside the logarithms. In a Lagrangian w and xi are free."
    ),
    caught_by="lagrangian_value",
)
def constraints_substituted(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    real, fake = x_real @ w, x_fake @ w
    return (
        _program(w, real, fake, x_fake, C)
        + lam_real @ (xi_real - real)
        + lam_fake @ (xi_fake - fake)
    )


@misconception(
    "lagrangian",
    hint="A term of the program that is linear in w is missing.",
    caught_by="lagrangian_value",
)
def lagrangian_without_linear_term(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    program = softplus(xi_real).sum() + softplus(xi_fake).sum() + C / 2 * w.square().sum()
    return program + lam_real @ (xi_real - x_real @ w) + lam_fake @ (xi_fake - x_fake @ w)


@misconception(
    "lagrangian",
    hint="Look again at the factor in front of the squared norm.",
    caught_by="lagrangian_value",
)
def lagrangian_without_half(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    program = _program(w, xi_real, xi_fake, x_fake, 2 * C)
    return program + lam_real @ (xi_real - x_real @ w) + lam_fake @ (xi_fake - x_fake @ w)


@misconception(
    "lagrangian",
    hint="This is a penalty method: in a Lagrangian a constraint enters linearly.",
    caught_by="lagrangian_value",
)
def squared_constraints(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    return (
        _program(w, xi_real, xi_fake, x_fake, C)
        + lam_real @ (xi_real - x_real @ w) ** 2
        + lam_fake @ (xi_fake - x_fake @ w) ** 2
    )


@misconception(
    "lagrangian",
    hint="There is a constraint for each generated point too.",
    caught_by="lagrangian_value",
)
def real_constraints_only(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    return (
        _program(w, xi_real, xi_fake, x_fake, C)
        + lam_real @ (xi_real - x_real @ w)
        + 0 * lam_fake.sum()
    )


@misconception(
    "lagrangian",
    hint="One multiplier stands for a whole sum here; every constraint has its own.",
    caught_by="lagrangian_value",
)
def one_multiplier_for_all(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    constraints = (
        lam_real.sum() * (xi_real - x_real @ w).sum()
        + lam_fake.sum() * (xi_fake - x_fake @ w).sum()
    )
    return _program(w, xi_real, xi_fake, x_fake, C) + constraints


@misconception(
    "lagrangian",
    hint="An exponential overflows long before its logarithm becomes large.",
    caught_by="lagrangian_of_large_xi",
)
def overflowing_lagrangian(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    program = (
        (1 + xi_real.exp()).log().sum()
        + (1 + xi_fake.exp()).log().sum()
        - (x_fake @ w).sum()
        + C / 2 * w.square().sum()
    )
    return program + lam_real @ (xi_real - x_real @ w) + lam_fake @ (xi_fake - x_fake @ w)


@misconception(
    "lagrangian",
    hint="The value is right, but no gradient comes back: something cuts the graph.",
    caught_by="lagrangian_is_stationary",
)
def lagrangian_detached(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    return (
        _program(w, xi_real, xi_fake, x_fake, C)
        + lam_real @ (xi_real - x_real @ w)
        + lam_fake @ (xi_fake - x_fake @ w)
    ).detach()


# --- quadratic_minimum ----------------------------------------------------------------------------

QUADRATIC = "quadratic_minimum(b, C)"


@check("quadratic_minimum", "It returns one number.")
def quadratic_is_a_scalar(student, draw):
    for d in (3, 1, 7):
        expect.tensor(
            student.quadratic_minimum(draw.normal(d), 0.7),
            shape=(),
            subject=f"{QUADRATIC} with D = {d}",
        )


@check("quadratic_minimum", "It is the smallest value.", after=("quadratic_is_a_scalar",))
def quadratic_value(student, draw, right):
    for c in (0.7, 3.0):
        b = draw.normal(4)
        expect.close(
            student.quadratic_minimum(b, c),
            right.quadratic_minimum(b, c),
            subject=f"{QUADRATIC} with C = {c}",
        )


@check(
    "quadratic_minimum",
    "No w gives less, and w = b / C gives exactly this.",
    after=("quadratic_is_a_scalar",),
)
def quadratic_is_attained(student, draw):
    def law(example):
        ((b,),), c = example
        value = student.quadratic_minimum(b, c)
        attained = c / 2 * (b / c).square().sum() - (b / c) @ b
        expect.close(
            value,
            attained,
            subject=f"{QUADRATIC} against the value at w = b / C",
            inputs=shown(b=b) + f", C = {c}",
        )
        others = draw.normal(20, len(b))
        expect.at_most(
            value,
            (c / 2 * others.square().sum(-1) - others @ b).min(),
            subject=f"{QUADRATIC} against the values at other w",
        )

    for_every(
        draw,
        st.tuples(matrices(low=-3, high=3, rows=(1, 1)), st.sampled_from([0.25, 1.0, 4.0])),
        law,
    )


@check("quadratic_minimum", "Its gradient with respect to b is right.", after=("quadratic_value",))
def quadratic_gradient(student, draw, right):
    b = draw.normal(4).requires_grad_()
    wanted = expect.gradient_of(right.quadratic_minimum(b, 0.7), [b])
    expect.gradients(
        student.quadratic_minimum(b, 0.7), [b], wanted, names=("b",), subject=QUADRATIC
    )


@check("quadratic_minimum", "It keeps float32.", after=("quadratic_value",))
def quadratic_keeps_float32(student, draw, right):
    b = draw.normal(4, dtype=torch.float32)
    expect.close(
        student.quadratic_minimum(b, 0.7),
        right.quadratic_minimum(b, 0.7),
        subject=f"{QUADRATIC} in float32",
        atol=1e-5,
    )


@check("quadratic_minimum", "It leaves b as it is.", after=("quadratic_is_a_scalar",))
def quadratic_changes_nothing(student, draw):
    b = draw.normal(4)
    expect.unchanged(
        student.observe("quadratic_minimum", b, 0.7), (b,), names=("b",), subject=QUADRATIC
    )


@misconception(
    "quadratic_minimum",
    hint="At w = 0 the function is 0 already. What does that say about the sign of its minimum?",
    caught_by="quadratic_value",
)
def positive_minimum(b, C):
    return b.square().sum() / (2 * C)


@misconception(
    "quadratic_minimum",
    hint="Only one of the two terms is in your value. Put the minimiser into both.",
    caught_by="quadratic_value",
)
def linear_part_only(b, C):
    return -b.square().sum() / C


@misconception(
    "quadratic_minimum",
    hint="Does the minimum get deeper or flatter as C grows?",
    caught_by="quadratic_value",
)
def multiplied_by_c(b, C):
    return -C * b.square().sum() / 2


@misconception(
    "quadratic_minimum",
    hint="b enters with its square, not with its length.",
    caught_by="quadratic_value",
)
def b_not_squared(b, C):
    return -b.norm() / (2 * C)


@misconception(
    "quadratic_minimum",
    hint="C is not in your value. How does the minimum depend on it?",
    caught_by="quadratic_value",
)
def quadratic_without_c(b, C):
    return -b.square().sum() / 2


@misconception(
    "quadratic_minimum",
    hint="This is where the minimum is attained. What is the value there?",
    caught_by="quadratic_is_a_scalar",
)
def minimiser_instead(b, C):
    return b / C


@misconception(
    "quadratic_minimum",
    hint="The square belongs to the vector; here it is that of a sum.",
    caught_by="quadratic_value",
)
def square_of_the_sum(b, C):
    return -b.sum().square() / (2 * C)


@misconception(
    "quadratic_minimum",
    hint="The coordinates come back separately. The minimum is over the whole vector.",
    caught_by="quadratic_is_a_scalar",
)
def quadratic_per_coordinate(b, C):
    return -b.square() / (2 * C)


@misconception(
    "quadratic_minimum",
    hint="You average over the coordinates. Is the square of a vector's length a mean?",
    caught_by="quadratic_value",
)
def quadratic_averaged(b, C):
    return -b.square().mean() / (2 * C)


# --- softplus_minimum -----------------------------------------------------------------------------

SOFTPLUS = "softplus_minimum(lam)"


@check("softplus_minimum", "It returns one value for each multiplier, in the shape of lam.")
def softplus_shape(student, draw):
    for shape in ((5,), (2, 3), (1,)):
        expect.tensor(
            student.softplus_minimum(draw.uniform(-0.95, -0.05, *shape)),
            shape=shape,
            subject=f"{SOFTPLUS} of shape {shape}",
        )


@check("softplus_minimum", "It is the infimum inside the domain.", after=("softplus_shape",))
def softplus_inside(student, draw, right):
    lam = draw.uniform(-0.999, -0.001, 20)
    expect.close(student.softplus_minimum(lam), right.softplus_minimum(lam), subject=SOFTPLUS)


@check(
    "softplus_minimum",
    "Where lam = -sigmoid(xi) the infimum is attained at xi, and no other xi gives less.",
    after=("softplus_shape",),
)
def softplus_is_attained(student, draw):
    xi, others = 2 * draw.normal(8), draw.uniform(-8, 8, 30)
    lam = -xi.sigmoid()
    value = student.softplus_minimum(lam)
    expect.close(
        value,
        lam * xi + softplus(xi),
        subject="softplus_minimum(-sigmoid(xi)) against the value at xi",
        rtol=1e-8,
    )
    everywhere = lam[:, None] * others + softplus(others)
    expect.at_most(
        value,
        everywhere.min(1).values,
        subject="softplus_minimum(-sigmoid(xi)) against the values at other xi",
    )


@check(
    "softplus_minimum", "It is exactly 0 at both ends of the domain.", after=("softplus_inside",)
)
def softplus_ends(student):
    got = student.softplus_minimum(torch.tensor([-1.0, 0.0, -0.0], dtype=torch.float64))
    expect.close(
        got,
        torch.zeros(3, dtype=torch.float64),
        subject="softplus_minimum at the ends of the domain",
        atol=0,
    )


@check("softplus_minimum", "It is right close to the ends.", after=("softplus_inside",))
def softplus_near_ends(student, right):
    near = torch.tensor([1e-3, 1e-5, 1e-7], dtype=torch.float64)
    lam = torch.cat([-near, -1 + near])
    # torch's softplus is the identity from 20 on, which leaves an error of 2e-9; the smallest value
    # here is 1.7e-6.
    expect.close(
        student.softplus_minimum(lam),
        right.softplus_minimum(lam),
        subject=f"{SOFTPLUS} near the ends",
        rtol=1e-6,
        atol=1e-8,
    )


@check(
    "softplus_minimum",
    "It is -inf outside the domain on both sides, next to right values inside.",
    after=("softplus_inside",),
)
def softplus_outside(student, draw, right):
    lam = torch.cat(
        [
            draw.uniform(0.01, 3, 3),
            draw.uniform(-0.9, -0.1, 2),
            draw.uniform(-3, -1.01, 3),
            torch.tensor([1e-9, -1 - 1e-9, 1.0], dtype=torch.float64),
        ]
    )
    expect.close(
        student.softplus_minimum(lam),
        right.softplus_minimum(lam),
        subject=f"{SOFTPLUS} with multipliers outside the domain",
    )


@check(
    "softplus_minimum",
    "It is right on small inputs, inside and outside.",
    after=("softplus_shape",),
)
def softplus_everywhere(student, draw, right):
    def law(example):
        (lam,) = example
        expect.close(
            student.softplus_minimum(lam),
            right.softplus_minimum(lam),
            subject=SOFTPLUS,
            inputs=shown(lam=lam),
        )

    for_every(draw, matrices(low=-2, high=1, step=0.25), law)


@check("softplus_minimum", "Its gradient is right inside the domain.", after=("softplus_inside",))
def softplus_gradient(student, draw, right):
    lam = draw.uniform(-0.95, -0.05, 6).requires_grad_()
    wanted = expect.gradient_of(right.softplus_minimum(lam), [lam])
    expect.gradients(student.softplus_minimum(lam), [lam], wanted, names=("lam",), subject=SOFTPLUS)


@check("softplus_minimum", "It keeps float32.", after=("softplus_inside",))
def softplus_keeps_float32(student, draw, right):
    lam = draw.uniform(-0.9, -0.1, 6, dtype=torch.float32)
    expect.close(
        student.softplus_minimum(lam),
        right.softplus_minimum(lam),
        subject=f"{SOFTPLUS} in float32",
        atol=1e-5,
    )


@check("softplus_minimum", "It leaves lam as it is.", after=("softplus_shape",))
def softplus_changes_nothing(student, draw):
    lam = draw.uniform(-2, 1, 6)
    expect.unchanged(
        student.observe("softplus_minimum", lam), (lam,), names=("lam",), subject=SOFTPLUS
    )


def _infimum(lam):
    """What `softplus_minimum` is, under a name of its own: a mistake in a function cannot call that
    function.
    """
    return torch.special.entr(-lam) + torch.special.entr(1 + lam)


@misconception(
    "softplus_minimum",
    hint=(
        "This is the infimum for the opposite sign of the multiplier. For which sign is lam xi +"
        " log(1 + exp xi) bounded below?"
    ),
    caught_by="softplus_inside",
)
def positive_domain(lam):
    return torch.special.entr(lam) + torch.special.entr(1 - lam)


@misconception(
    "softplus_minimum",
    hint=(
        "Your values have the opposite sign. Put a number for xi in: the infimum is at most what"
        " you get."
    ),
    caught_by="softplus_inside",
)
def negative_entropy(lam):
    return -_infimum(lam)


@misconception(
    "softplus_minimum",
    hint=(
        "0 times the logarithm of 0 is NaN for a computer. What is the limit at the ends of the"
        " domain?"
    ),
    caught_by="softplus_ends",
)
def nan_at_ends(lam):
    inside = (lam >= -1) & (lam <= 0)
    return torch.where(inside, lam * (-lam).log() - (1 + lam) * (1 + lam).log(), -torch.inf)


@misconception(
    "softplus_minimum",
    hint=(
        "Inside the domain you are right. Follow the expression to large xi for a multiplier"
        " outside: where does it go?"
    ),
    caught_by="softplus_outside",
)
def nan_outside(lam):
    return -torch.special.xlogy(-lam, -lam) - torch.special.xlogy(1 + lam, 1 + lam)


@misconception(
    "softplus_minimum",
    hint="Outside the domain there is no minimum: does the expression grow without bound, or fall?",
    caught_by="softplus_outside",
)
def plus_infinity_outside(lam):
    return _infimum(lam).nan_to_num(neginf=torch.inf)


@misconception(
    "softplus_minimum",
    hint=(
        "A finite value outside the domain says that the expression is bounded below there. Is it?"
    ),
    caught_by="softplus_outside",
)
def zero_outside(lam):
    return _infimum(lam.clamp(-1, 0))


@misconception(
    "softplus_minimum",
    hint="A small constant keeps the logarithm finite, but the ends are to be exact.",
    caught_by="softplus_ends",
)
def clamped_at_ends(lam):
    inside = lam.clamp(-1 + 1e-12, -1e-12)
    return torch.where((lam >= -1) & (lam <= 0), _infimum(inside), -torch.inf)


@misconception(
    "softplus_minimum",
    hint="Your ends are too wide: a multiplier that is only close to an end counts as one.",
    caught_by="softplus_near_ends",
)
def wide_ends(lam):
    at_end = torch.minimum(lam.abs(), (1 + lam).abs()) < 1e-4
    return torch.where(at_end, torch.zeros_like(lam), _infimum(lam))


@misconception(
    "softplus_minimum",
    hint="A small constant inside the logarithm changes the value everywhere.",
    caught_by="softplus_inside",
)
def constant_in_the_logarithm(lam):
    return torch.where(
        (lam >= -1) & (lam <= 0),
        lam * (-lam + 1e-6).log() - (1 + lam) * (1 + lam + 1e-6).log(),
        -torch.inf,
    )


@misconception(
    "softplus_minimum",
    hint="At the ends the infimum is not attained, but is it infinite?",
    caught_by="softplus_ends",
)
def open_domain(lam):
    return torch.where((lam > -1) & (lam < 0), _infimum(lam), -torch.inf)


@misconception(
    "softplus_minimum", hint="The logarithm is a natural one.", caught_by="softplus_inside"
)
def entropy_in_bits(lam):
    return _infimum(lam) / torch.log(torch.tensor(2.0, dtype=lam.dtype))


@misconception(
    "softplus_minimum",
    hint="This is where the infimum is attained. What is the value there?",
    caught_by="softplus_inside",
)
def stationary_point(lam):
    return (-lam / (1 + lam)).log()


@misconception(
    "softplus_minimum",
    hint="Only one of the two terms is in your value. Put the stationary point into both.",
    caught_by="softplus_inside",
)
def softplus_term_only(lam):
    return -(1 + lam).log()


@misconception(
    "softplus_minimum",
    hint="Your value has one half of an entropy. A binary variable has two outcomes.",
    caught_by="softplus_inside",
)
def half_of_the_entropy(lam):
    return torch.special.entr(-lam)


@misconception(
    "softplus_minimum",
    hint="Each multiplier has an infimum of its own: nothing is summed.",
    caught_by="softplus_shape",
)
def summed_infimum(lam):
    return _infimum(lam).sum()


@misconception(
    "softplus_minimum",
    hint="The lower end of the domain is missing: what happens for xi to plus infinity?",
    caught_by="softplus_outside",
)
def domain_without_low_end(lam):
    return torch.where(lam < -1, torch.zeros_like(lam), _infimum(lam))


@misconception(
    "softplus_minimum",
    hint="The result is always of one dtype. It should follow the input.",
    caught_by="softplus_keeps_float32",
)
def softplus_in_float64(lam):
    return _infimum(lam.double())


# --- dual_function --------------------------------------------------------------------------------

DUAL = "dual_function(lam_real, lam_fake, x_real, x_fake, C)"


@check("dual_function", "It returns one number, whatever the numbers of points are.")
def dual_is_a_scalar(student, draw):
    for n, m, d in ((5, 4, 3), (2, 6, 1), (1, 1, 2)):
        got = student.dual_function(*multipliers(draw, n, m), *problem(draw, n, m, d), 0.7)
        expect.tensor(got, shape=(), subject=f"{DUAL} with n = {n}, m = {m}, D = {d}")


@check("dual_function", "It is the minimum of the Lagrangian.", after=("dual_is_a_scalar",))
def dual_value(student, draw, right):
    for c in (0.7, 3.0):
        lams, points = multipliers(draw, 5, 4), problem(draw)
        expect.close(
            student.dual_function(*lams, *points, c),
            right.dual_function(*lams, *points, c),
            subject=f"{DUAL} with C = {c}",
        )


@check(
    "dual_function",
    "It is the Lagrangian at w = b / C and lam = -sigmoid(xi).",
    after=("dual_is_a_scalar",),
    stand_ins=False,
)
def dual_is_attained(student, draw, right):
    (real, fake), xi_real, xi_fake, c = problem(draw), draw.normal(5), draw.normal(4), 0.7
    lams = -xi_real.sigmoid(), -xi_fake.sigmoid()
    w = (lams[0] @ real + (1 + lams[1]) @ fake) / c
    wanted = right.lagrangian(w, xi_real, xi_fake, *lams, real, fake, c)
    expect.close(
        student.dual_function(*lams, real, fake, c),
        wanted,
        subject=f"{DUAL} against the Lagrangian",
        rtol=1e-8,
    )


@check(
    "dual_function",
    "Weak duality: it is never above the cost, whatever the multipliers in their domain and w are.",
    after=("dual_is_a_scalar",),
    stand_ins=False,
)
def dual_is_below_the_cost(student, draw, right):
    points = problem(draw)
    for _ in range(4):
        value = student.dual_function(*multipliers(draw, 5, 4), *points, 0.7)
        expect.at_most(
            value,
            right.linear_gan_cost(draw.normal(3), *points, 0.7),
            subject=f"{DUAL} against the cost of a random w",
        )


@check(
    "dual_function",
    "It is -inf as soon as one multiplier leaves its domain, on either side and in either set.",
    after=("dual_value",),
    stand_ins=False,
)
def dual_outside(student, draw):
    points = problem(draw)
    for which in (0, 1):
        for outside in (0.2, -1.3):
            lams = multipliers(draw, 5, 4)
            lams[which][2] = outside
            expect.close(
                student.dual_function(*lams, *points, 0.7),
                scalar(-torch.inf),
                subject=f"{DUAL} with one multiplier at {outside}",
            )


@check(
    "dual_function",
    "It is right where multipliers are at the ends of their domain.",
    after=("dual_value",),
)
def dual_at_ends(student, draw, right):
    lam_real, lam_fake = (
        torch.tensor([-1.0, 0.0, -0.5, 0.0, -1.0], dtype=torch.float64),
        torch.tensor([0.0, -1.0, -1.0, -0.25], dtype=torch.float64),
    )
    points = problem(draw)
    got = student.dual_function(lam_real, lam_fake, *points, 0.7)
    expect.close(
        got,
        right.dual_function(lam_real, lam_fake, *points, 0.7),
        subject=f"{DUAL} at the ends of the domain",
    )


@check(
    "dual_function",
    "Its gradients with respect to the multipliers and the points are right.",
    after=("dual_value",),
)
def dual_gradients(student, draw, right):
    inputs = [value.requires_grad_() for value in (*multipliers(draw, 5, 4), *problem(draw))]
    wanted = expect.gradient_of(right.dual_function(*inputs, 0.7), inputs)
    expect.gradients(
        student.dual_function(*inputs, 0.7),
        inputs,
        wanted,
        names=("lam_real", "lam_fake", "x_real", "x_fake"),
        subject=DUAL,
    )


@check("dual_function", "It keeps float32.", after=("dual_value",))
def dual_keeps_float32(student, draw, right):
    inputs = [value.float() for value in (*multipliers(draw, 5, 4), *problem(draw))]
    expect.close(
        student.dual_function(*inputs, 0.7),
        right.dual_function(*inputs, 0.7),
        subject=f"{DUAL} in float32",
        atol=1e-4,
    )


@check("dual_function", "It leaves its arguments as they are.", after=("dual_is_a_scalar",))
def dual_changes_nothing(student, draw):
    inputs = *multipliers(draw, 5, 4), *problem(draw)
    expect.unchanged(
        student.observe("dual_function", *inputs, 0.7),
        inputs,
        names=("lam_real", "lam_fake", "x_real", "x_fake"),
        subject=DUAL,
    )


def _entropies(lam_real, lam_fake):
    return softplus_minimum(lam_real).sum() + softplus_minimum(lam_fake).sum()


def _dual(lam_real, lam_fake, x_real, x_fake, C):
    return _entropies(lam_real, lam_fake) + quadratic_minimum(
        lam_real @ x_real + (1 + lam_fake) @ x_fake, C
    )


@misconception(
    "dual_function",
    hint=(
        "The program has a term that is linear in w, besides those of the constraints. Is it in"
        " your value?"
    ),
    caught_by="dual_value",
)
def dual_without_linear_term(lam_real, lam_fake, x_real, x_fake, C):
    return _entropies(lam_real, lam_fake) + quadratic_minimum(
        lam_real @ x_real + lam_fake @ x_fake, C
    )


@misconception(
    "dual_function",
    hint="Collect the terms that are linear in w once more: each comes with a sign.",
    caught_by="dual_value",
)
def fake_part_subtracted(lam_real, lam_fake, x_real, x_fake, C):
    return _entropies(lam_real, lam_fake) + quadratic_minimum(
        lam_real @ x_real - (1 + lam_fake) @ x_fake, C
    )


@misconception(
    "dual_function",
    hint=(
        "Collect what multiplies the generated points: the two contributions have signs of their"
        " own."
    ),
    caught_by="dual_value",
)
def one_minus_multiplier(lam_real, lam_fake, x_real, x_fake, C):
    return _entropies(lam_real, lam_fake) + quadratic_minimum(
        lam_real @ x_real + (1 - lam_fake) @ x_fake, C
    )


@misconception(
    "dual_function",
    hint="The term that is linear in w runs over the generated points, not over the real ones.",
    caught_by="dual_value",
)
def linear_term_of_real_points(lam_real, lam_fake, x_real, x_fake, C):
    return _entropies(lam_real, lam_fake) + quadratic_minimum(
        (1 + lam_real) @ x_real + lam_fake @ x_fake, C
    )


@misconception(
    "dual_function",
    hint="The quadratic part enters with the wrong sign: what does minimising over w give?",
    caught_by="dual_value",
)
def quadratic_added(lam_real, lam_fake, x_real, x_fake, C):
    return _entropies(lam_real, lam_fake) - quadratic_minimum(
        lam_real @ x_real + (1 + lam_fake) @ x_fake, C
    )


@misconception(
    "dual_function",
    hint="Look again at the factor in front of the squared norm.",
    caught_by="dual_value",
)
def dual_without_half(lam_real, lam_fake, x_real, x_fake, C):
    return _entropies(lam_real, lam_fake) + 2 * quadratic_minimum(
        lam_real @ x_real + (1 + lam_fake) @ x_fake, C
    )


@misconception(
    "dual_function",
    hint=(
        "C multiplies the squared norm in the primal program. Where does it stand after minimising?"
    ),
    caught_by="dual_value",
)
def dual_multiplied_by_c(lam_real, lam_fake, x_real, x_fake, C):
    return (
        _entropies(lam_real, lam_fake)
        - C / 2 * (lam_real @ x_real + (1 + lam_fake) @ x_fake).square().sum()
    )


@misconception(
    "dual_function",
    hint="The minimum over xi is taken for the generated points too.",
    caught_by="dual_value",
)
def entropies_of_real_points(lam_real, lam_fake, x_real, x_fake, C):
    return softplus_minimum(lam_real).sum() + quadratic_minimum(
        lam_real @ x_real + (1 + lam_fake) @ x_fake, C
    )


@misconception(
    "dual_function", hint="The minimum over xi has lost its sign.", caught_by="dual_value"
)
def entropies_subtracted(lam_real, lam_fake, x_real, x_fake, C):
    return -_entropies(lam_real, lam_fake) + quadratic_minimum(
        lam_real @ x_real + (1 + lam_fake) @ x_fake, C
    )


@misconception("dual_function", hint="You average where the program sums.", caught_by="dual_value")
def averaged_dual(lam_real, lam_fake, x_real, x_fake, C):
    b = lam_real @ x_real / len(x_real) + (1 + lam_fake) @ x_fake / len(x_fake)
    return (
        softplus_minimum(lam_real).mean()
        + softplus_minimum(lam_fake).mean()
        + quadratic_minimum(b, C)
    )


@misconception(
    "dual_function",
    hint=(
        "This is the dual for multipliers of the opposite sign. How do they enter the Lagrangian"
        " here?"
    ),
    caught_by="dual_value",
)
def opposite_multipliers(lam_real, lam_fake, x_real, x_fake, C):
    return _dual(-lam_real, -lam_fake, x_real, x_fake, C)


@misconception(
    "dual_function",
    hint="Your value is to be minimised. What does the dual program do with the dual function?",
    caught_by="dual_value",
)
def negated_dual(lam_real, lam_fake, x_real, x_fake, C):
    return -_dual(lam_real, lam_fake, x_real, x_fake, C)


@misconception(
    "dual_function",
    hint=(
        "Outside the domain of one multiplier the Lagrangian has no lower bound. What is its"
        " infimum then?"
    ),
    caught_by="dual_outside",
)
def finite_outside(lam_real, lam_fake, x_real, x_fake, C):
    b = lam_real @ x_real + (1 + lam_fake) @ x_fake
    return _entropies(lam_real.clamp(-1, 0), lam_fake.clamp(-1, 0)) + quadratic_minimum(b, C)


@misconception(
    "dual_function",
    hint=(
        "Outside the domain of one multiplier the Lagrangian has no lower bound, which is not the"
        " same as no value."
    ),
    caught_by="dual_outside",
)
def dual_nan_outside(lam_real, lam_fake, x_real, x_fake, C):
    value = _dual(lam_real, lam_fake, x_real, x_fake, C)
    return torch.where(value.isinf(), torch.nan, value)


@misconception(
    "dual_function",
    hint=(
        "0 times the logarithm of 0 is NaN for a computer. Multipliers may be at the ends of their"
        " domain."
    ),
    caught_by="dual_at_ends",
)
def dual_nan_at_ends(lam_real, lam_fake, x_real, x_fake, C):
    entropy = sum(
        (lam * (-lam).log() - (1 + lam) * (1 + lam).log()).sum() for lam in (lam_real, lam_fake)
    )
    outside = any(((lam > 0) | (lam < -1)).any() for lam in (lam_real, lam_fake))
    b = lam_real @ x_real + (1 + lam_fake) @ x_fake
    return torch.full_like(entropy, -torch.inf) if outside else entropy + quadratic_minimum(b, C)


# --- solve_dual -----------------------------------------------------------------------------------

SOLUTION = "solve_dual(x_real, x_fake, C)"


def primal(x_real, x_fake, C):
    """The weights that minimise the cost, and the cost there, by a trust-region Newton method on a
    numpy cost.
    """
    # Real points with their sign, generated ones with the opposite: every term becomes log(1 +
    # exp(row.w)).
    rows = np.concatenate([x_real.numpy(), -x_fake.numpy()])

    def cost(w):
        return np.logaddexp(0, rows @ w).sum() + C / 2 * w @ w

    def slope(w):
        return rows.T @ (1 / (1 + np.exp(-rows @ w))) + C * w

    def curvature(w):
        p = 1 / (1 + np.exp(-rows @ w))
        return (rows.T * (p * (1 - p))) @ rows + C * np.eye(len(w))

    found = minimize(
        cost,
        np.zeros(rows.shape[1]),
        jac=slope,
        hess=curvature,
        method="trust-exact",
        options={"gtol": 1e-9},
    )
    return torch.tensor(found.x), float(found.fun)


def both(got, n, m, subject):
    """The two vectors of multipliers that a submission returned, of float64 and the right
    lengths.
    """
    expect.true(
        isinstance(got, (tuple, list)) and len(got) == 2,
        "not two tensors",
        subject=subject,
        detail=f"got {type(got).__name__}, wanted a tuple (lam_real, lam_fake)",
        got=type(got).__name__,
    )
    return [
        expect.tensor(lam, shape=(size,), subject=f"{name} of {subject}").detach()
        for lam, size, name in zip(got, (n, m), ("lam_real", "lam_fake"))
    ]


def closes_gap(student, right, x_real, x_fake, C, subject):
    """Checks the duality gap of the returned multipliers against the primal optimum."""
    lams = both(student.solve_dual(x_real, x_fake, C), len(x_real), len(x_fake), subject)
    # What a last rounding puts outside the domain is put back.
    inside = [
        torch.where((lam - lam.clamp(-1, 0)).abs() < 1e-12, lam.clamp(-1, 0), lam) for lam in lams
    ]
    _, optimum = primal(x_real, x_fake, C)
    gap = optimum - right.dual_function(*inside, x_real, x_fake, C).item()
    limit = 1e-6 * max(1.0, abs(optimum))
    expect.true(
        gap <= limit,
        "a duality gap that is too large",
        subject=subject,
        detail=f"the duality gap is {gap:.3g}, wanted at most {limit:.3g}",
        got=torch.cat(lams),
    )


@check(
    "solve_dual",
    "It returns two float64 vectors: one multiplier for each real and one for each generated"
    " point.",
)
def one_multiplier_each(student, draw):
    for n, m, d in ((5, 4, 3), (1, 2, 1)):
        both(
            student.solve_dual(*problem(draw, n, m, d), 2.0),
            n,
            m,
            f"{SOLUTION} with n = {n}, m = {m}, D = {d}",
        )


@check(
    "solve_dual",
    "The multipliers are in their domain.",
    after=("one_multiplier_each",),
    stand_ins=False,
)
def multipliers_in_domain(student, draw):
    lams = torch.cat(both(student.solve_dual(*problem(draw), 1.0), 5, 4, SOLUTION))
    outside = ((lams > 1e-12) | (lams < -1 - 1e-12)).sum().item()
    expect.true(
        outside == 0 and not lams.isnan().any(),
        "multipliers outside their domain",
        subject=SOLUTION,
        detail=f"{outside} of 9 multipliers are outside the domain",
        got=lams,
    )


@check(
    "solve_dual",
    "The multipliers belong to weights: with w = b / C, lam = -sigmoid(w.x) at every point.",
    after=("multipliers_in_domain",),
    stand_ins=False,
)
def solution_is_stationary(student, draw):
    real, fake = problem(draw)
    lam_real, lam_fake = both(student.solve_dual(real, fake, 2.0), 5, 4, SOLUTION)
    w = (lam_real @ real + (1 + lam_fake) @ fake) / 2.0
    # A gap of 1e-5 still allows an error of 2e-3 in the multipliers, since the dual's curvature is
    # at least 4, and ten times that in the scores.
    expect.close(
        torch.cat([lam_real, lam_fake]),
        -torch.cat([real @ w, fake @ w]).sigmoid(),
        subject=f"{SOLUTION} against -sigmoid(w.x)",
        rtol=0,
        atol=2e-2,
    )


@check(
    "solve_dual",
    "Strong duality: the gap to the primal optimum is closed.",
    after=("multipliers_in_domain",),
    stand_ins=False,
)
def gap_is_closed(student, draw, right):
    closes_gap(student, right, *problem(draw), 1.0, SOLUTION)


@check(
    "solve_dual",
    "The gap is closed for a small C, for a large one with one point of each kind, and for"
    " separable points.",
    after=("gap_is_closed",),
    stand_ins=False,
)
def gap_is_closed_everywhere(student, draw, right):
    closes_gap(student, right, *problem(draw), 0.1, f"{SOLUTION} with C = 0.1")
    closes_gap(
        student,
        right,
        *problem(draw, 1, 1, 2),
        50.0,
        f"{SOLUTION} with C = 50 and one point of each kind",
    )
    real, fake = problem(draw, 4, 3, 2)
    closes_gap(student, right, real - 5, fake + 5, 0.05, f"{SOLUTION} with separable points")


@check(
    "solve_dual",
    "No multipliers give the dual function a larger value.",
    after=("one_multiplier_each",),
)
def dual_is_maximal(student, draw, right):
    points = problem(draw)
    lams = both(student.solve_dual(*points, 5.0), 5, 4, SOLUTION)
    best = right.dual_function(*right.solve_dual(*points, 5.0), *points, 5.0)
    limit = 1e-6 * max(1.0, best.abs().item())
    expect.at_most(
        best,
        right.dual_function(*lams, *points, 5.0),
        subject=f"the largest value of the dual function against that of {SOLUTION}",
        slack=limit,
    )


@check("solve_dual", "It leaves its arguments as they are.", after=("one_multiplier_each",))
def solver_changes_nothing(student, draw):
    points = problem(draw)
    expect.unchanged(
        student.observe("solve_dual", *points, 2.0),
        points,
        names=("x_real", "x_fake"),
        subject=SOLUTION,
    )


def _from_weights(w, x_real, x_fake):
    return -(x_real @ w).sigmoid(), -(x_fake @ w).sigmoid()


@misconception(
    "solve_dual",
    hint="Your multipliers have the opposite sign. How do they enter the Lagrangian here?",
    caught_by="multipliers_in_domain",
)
def solution_flipped(x_real, x_fake, C):
    w, _ = primal(x_real, x_fake, C)
    return (x_real @ w).sigmoid(), (x_fake @ w).sigmoid()


@misconception(
    "solve_dual",
    hint=(
        "These are the weights, the solution of the primal program. The dual has a variable for"
        " each constraint."
    ),
    caught_by="one_multiplier_each",
)
def weights_instead(x_real, x_fake, C):
    return primal(x_real, x_fake, C)[0]


@misconception(
    "solve_dual",
    hint="The two vectors come back in the wrong order.",
    caught_by="one_multiplier_each",
)
def solution_swapped(x_real, x_fake, C):
    return _from_weights(primal(x_real, x_fake, C)[0], x_real, x_fake)[::-1]


@misconception(
    "solve_dual",
    hint=(
        "Your multipliers belong to exchanged labels, or to a discriminator with the usual sign in"
        " the exponent."
    ),
    caught_by="solution_is_stationary",
)
def solution_of_usual_sign(x_real, x_fake, C):
    w, _ = primal(x_real, x_fake, C)
    return _from_weights(-w, x_real, x_fake)


@misconception(
    "solve_dual",
    hint="The dual that you maximise misses the term that is linear in w.",
    caught_by="solution_is_stationary",
)
def solved_without_linear_term(x_real, x_fake, C):
    points = torch.cat([x_real, x_fake])
    w, _ = primal(points, x_fake[:0], C)
    return _from_weights(w, x_real, x_fake)


@misconception(
    "solve_dual",
    hint="Your solution does not depend on C. Where does C enter the dual function?",
    caught_by="solution_is_stationary",
)
def solved_for_c_of_ten(x_real, x_fake, C):
    return _from_weights(primal(x_real, x_fake, 10.0)[0], x_real, x_fake)


@misconception(
    "solve_dual",
    hint=(
        "Your multipliers solve the program whose cost is averaged over the points; this one sums."
    ),
    caught_by="solution_is_stationary",
)
def solved_averaged(x_real, x_fake, C):
    return _from_weights(primal(x_real, x_fake, C * (len(x_real) + len(x_fake)))[0], x_real, x_fake)


@misconception(
    "solve_dual",
    hint="The factor in front of the squared norm in your dual function is not the right one.",
    caught_by="solution_is_stationary",
)
def solved_with_half_c(x_real, x_fake, C):
    return _from_weights(primal(x_real, x_fake, C / 4)[0], x_real, x_fake)


@misconception(
    "solve_dual",
    hint=(
        "All multipliers are equal, as they would be for w = 0. Does your solver make a step at"
        " all?"
    ),
    caught_by="solution_is_stationary",
)
def starting_point(x_real, x_fake, C):
    return torch.full((len(x_real),), -0.5, dtype=x_real.dtype), torch.full(
        (len(x_fake),), -0.5, dtype=x_fake.dtype
    )


@misconception(
    "solve_dual",
    hint="You go downhill: is the dual function to be maximised or minimised?",
    caught_by="solution_is_stationary",
)
def dual_minimised(x_real, x_fake, C):
    return -torch.ones(len(x_real), dtype=x_real.dtype), torch.zeros(
        len(x_fake), dtype=x_fake.dtype
    )


@misconception(
    "solve_dual",
    hint="Your solver stops before it is there. How do you know that it has converged?",
    caught_by="gap_is_closed",
)
def stops_early(x_real, x_fake, C):
    w, _ = primal(x_real, x_fake, C)
    return _from_weights(1.01 * w, x_real, x_fake)


@misconception(
    "solve_dual",
    hint=(
        "Your bounds keep the multipliers away from the ends of their domain. How close do the best"
        " ones come?"
    ),
    caught_by="gap_is_closed_everywhere",
)
def wide_margin(x_real, x_fake, C):
    lams = _from_weights(primal(x_real, x_fake, C)[0], x_real, x_fake)
    return tuple(lam.clamp(-1 + 1e-3, -1e-3) for lam in lams)


# --- answers --------------------------------------------------------------------------------------

strictly_positive_only = wrong_answer(
    "quadratic_convex_when", "C > 0", hint="What is the function for C = 0, and is that convex?"
)
always_convex = wrong_answer(
    "quadratic_convex_when", "always", hint="Draw the function of one variable for a negative C."
)
depends_on_b = wrong_answer(
    "quadratic_convex_when",
    "b >= 0",
    hint="Which derivative decides about convexity, and does a linear term enter it?",
)
sign_of_the_score = wrong_answer(
    "softplus_convex_when", "a.b >= 0", hint="Draw log(1 + exp t) for negative t too."
)
negative_scores = wrong_answer(
    "softplus_convex_when", "a.b <= 0", hint="Draw log(1 + exp t) for positive t too."
)
positive_b = wrong_answer(
    "softplus_convex_when",
    "b >= 0",
    hint="How often does b stand in the second derivative, and what happens to its sign?",
)
cost_not_convex = wrong_answer(
    "cost_convex_in_w", False, hint="What is a sum of convex functions and a linear one?"
)
domain_of_probabilities = wrong_answer(
    "softplus_domain", (0.0, 1.0), hint="Put lam = 1 in and let xi go to minus infinity."
)
domain_is_a_half_line = wrong_answer(
    "softplus_domain", (-float("inf"), 0.0), hint="Put lam = -2 in and let xi go to plus infinity."
)
symmetric_domain = wrong_answer(
    "softplus_domain",
    (-1.0, 1.0),
    hint="Try one number from the positive half of your interval, and let xi go to minus infinity.",
)
