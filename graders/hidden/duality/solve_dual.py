"""Hidden checks of `solve_dual`, then the mistakes that they catch."""

import numpy as np
import torch
from scipy.optimize import minimize

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.duality._common import problem
from graders.public.duality import solve_dual

D = Words(solve_dual)

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
    names = ("lam_real", "lam_fake")
    return [
        expect.tensor(lam, shape=(size,), subject=f"{name} of {subject}").detach()
        for lam, size, name in zip(expect.parts(got, names, subject=subject), (n, m), names)
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


@D.check(
    "It returns two float64 vectors: one multiplier for each real and one for each generated point."
)
def one_multiplier_each(student, draw):
    for n, m, d in ((5, 4, 3), (1, 2, 1)):
        real, fake = problem(draw, n, m, d)
        real[0, 0], fake[0, 0] = 60, 0
        both(
            student.solve_dual(real, fake, 2.0),
            n,
            m,
            f"{SOLUTION} with n = {n}, m = {m}, D = {d}",
        )


@D.check("The multipliers are in their domain.", after=one_multiplier_each, stand_ins=False)
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


@D.check(
    "The multipliers belong to weights: with w = b / C, lam = -sigmoid(w.x) at every point.",
    after=multipliers_in_domain,
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


@D.check(
    "Strong duality: the gap to the primal optimum is closed.",
    after=multipliers_in_domain,
    stand_ins=False,
)
def gap_is_closed(student, draw, right):
    for n, m, d in ((5, 4, 3), (4, 5, 1)):
        closes_gap(student, right, *problem(draw, n, m, d), 1.0, SOLUTION)


@D.check(
    "The gap is closed for a small C, for a large one with one point of each kind, and for"
    " separable points.",
    after=gap_is_closed,
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


@D.check("No multipliers give the dual function a larger value.", after=one_multiplier_each)
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


def _from_weights(w, x_real, x_fake):
    return -(x_real @ w).sigmoid(), -(x_fake @ w).sigmoid()


@multipliers_in_domain.catches(
    "Your multipliers have the opposite sign. How do they enter the Lagrangian here?"
)
def solution_flipped(x_real, x_fake, C):
    w, _ = primal(x_real, x_fake, C)
    return (x_real @ w).sigmoid(), (x_fake @ w).sigmoid()


@one_multiplier_each.catches(
    "These are the weights, the solution of the primal program. The dual has a variable for"
    " each constraint."
)
def weights_instead(x_real, x_fake, C):
    return primal(x_real, x_fake, C)[0]


@one_multiplier_each.catches("The two vectors come back in the wrong order.")
def solution_swapped(x_real, x_fake, C):
    return _from_weights(primal(x_real, x_fake, C)[0], x_real, x_fake)[::-1]


@solution_is_stationary.catches(
    "Your multipliers belong to exchanged labels, or to a discriminator with the usual sign in"
    " the exponent."
)
def solution_of_usual_sign(x_real, x_fake, C):
    w, _ = primal(x_real, x_fake, C)
    return _from_weights(-w, x_real, x_fake)


@solution_is_stationary.catches("The dual that you maximise misses the term that is linear in w.")
def solved_without_linear_term(x_real, x_fake, C):
    points = torch.cat([x_real, x_fake])
    w, _ = primal(points, x_fake[:0], C)
    return _from_weights(w, x_real, x_fake)


@solution_is_stationary.catches(
    "Your solution does not depend on C. Where does C enter the dual function?"
)
def solved_for_c_of_ten(x_real, x_fake, C):
    return _from_weights(primal(x_real, x_fake, 10.0)[0], x_real, x_fake)


@solution_is_stationary.catches(
    "Your multipliers solve the program whose cost is averaged over the points; this one sums."
)
def solved_averaged(x_real, x_fake, C):
    return _from_weights(primal(x_real, x_fake, C * (len(x_real) + len(x_fake)))[0], x_real, x_fake)


@solution_is_stationary.catches(
    "The factor in front of the squared norm in your dual function is not the right one."
)
def solved_with_half_c(x_real, x_fake, C):
    return _from_weights(primal(x_real, x_fake, C / 4)[0], x_real, x_fake)


@solution_is_stationary.catches(
    "All multipliers are equal, as they would be for w = 0. Does your solver make a step at all?"
)
def starting_point(x_real, x_fake, C):
    return torch.full((len(x_real),), -0.5, dtype=x_real.dtype), torch.full(
        (len(x_fake),), -0.5, dtype=x_fake.dtype
    )


@solution_is_stationary.catches(
    "You go downhill: is the dual function to be maximised or minimised?"
)
def dual_minimised(x_real, x_fake, C):
    return -torch.ones(len(x_real), dtype=x_real.dtype), torch.zeros(
        len(x_fake), dtype=x_fake.dtype
    )


@gap_is_closed.catches(
    "Your solver stops before it is there. How do you know that it has converged?"
)
def stops_early(x_real, x_fake, C):
    w, _ = primal(x_real, x_fake, C)
    return _from_weights(1.01 * w, x_real, x_fake)


@gap_is_closed_everywhere.catches(
    "Your bounds keep the multipliers away from the ends of their domain. How close do the best"
    " ones come?"
)
def wide_margin(x_real, x_fake, C):
    lams = _from_weights(primal(x_real, x_fake, C)[0], x_real, x_fake)
    return tuple(lam.clamp(-1 + 1e-3, -1e-3) for lam in lams)
