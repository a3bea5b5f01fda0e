"""Hidden checks of `wasserstein_discrete`, then the mistakes that they catch."""

import numpy as np
import torch
from scipy.optimize import linprog

from graders.core import expect
from graders.hidden._words import Words
from graders.public.wasserstein import wasserstein_discrete

D = Words(wasserstein_discrete)

DISCRETE = "wasserstein_discrete(p, q, cost)"


# Solvers of linear programs stop at residuals of 1e-7 or so.
LP = 1e-5


def plane(draw, size):
    """Distances between random points of the plane, `(size, size)`."""
    points = 2 * draw.normal(size, 2)
    return (points[:, None] - points).norm(dim=-1)


def opposed(draw, size):
    """Two probability vectors, of which one is large where the other is small: mass leaves and
    reaches several points.
    """
    large = torch.tensor([1.0, 6.0] * size, dtype=torch.float64)
    p, q = (
        draw.uniform(0.5, 1, size) * large[:size],
        draw.uniform(0.5, 1, size) * large[1 : size + 1],
    )
    return p / p.sum(), q / q.sum()


discrete_value = D.equals_reference(
    "It is the least cost of transport.",
    lambda draw: [(*opposed(draw, size), plane(draw, size)) for size in (6, 4)],
    rtol=LP,
    atol=LP,
    number=True,
)


@D.check(
    "Probabilities may be 0; between two certain points it is their distance.", after=discrete_value
)
def discrete_zeros(student, draw, right):
    cost, points = plane(draw, 4), torch.eye(4, dtype=torch.float64)
    expect.number(
        student.wasserstein_discrete(points[1], points[3], cost),
        cost[1, 3].item(),
        subject=f"{DISCRETE} between two points",
        rtol=LP,
        atol=LP,
    )
    p, q = (
        torch.tensor([0.5, 0.5, 0, 0], dtype=torch.float64),
        torch.tensor([0, 0.25, 0, 0.75], dtype=torch.float64),
    )
    expect.number(
        student.wasserstein_discrete(p, q, cost),
        right.wasserstein_discrete(p, q, cost).item(),
        subject=f"{DISCRETE} with zeros",
        rtol=LP,
        atol=LP,
    )


@D.check("It is 0 from a distribution to itself.", after=discrete_value)
def discrete_of_itself(student, draw):
    p = draw.probabilities(4)
    expect.number(
        student.wasserstein_discrete(p, p, plane(draw, 4)),
        0.0,
        subject=f"{DISCRETE} with q = p",
        atol=LP,
    )


@D.check(
    "On equally likely points of a line it agrees with the distance of two samples.",
    after=discrete_value,
)
def discrete_on_a_line(student, draw, right):
    x, y = draw.normal(3), draw.normal(2) + 1
    points = torch.cat([x, y])
    p, q = (
        torch.tensor(v, dtype=torch.float64)
        for v in ([1 / 3, 1 / 3, 1 / 3, 0, 0], [0, 0, 0, 0.5, 0.5])
    )
    got = student.wasserstein_discrete(p, q, (points[:, None] - points).abs())
    expect.number(
        got, right.wasserstein_1d(x, y).item(), subject=f"{DISCRETE} on a line", rtol=LP, atol=LP
    )


def _transport(p, q, cost):
    """The least cost of transport, as a mistake may contain it."""
    size = len(p)
    sums = np.concatenate(
        [np.kron(np.eye(size), np.ones(size)), np.kron(np.ones(size), np.eye(size))]
    )[:-1]
    return torch.tensor(
        linprog(cost.flatten().numpy(), A_eq=sums, b_eq=torch.cat([p, q])[:-1].numpy()).fun,
        dtype=p.dtype,
    )


@discrete_value.catches(
    "Your plan sends mass everywhere in proportion. Can mass that is in place already stay there?"
)
def independent_plan(p, q, cost):
    return p @ cost @ q


@discrete_value.catches(
    "Your value does not depend on how far the mass moves: it is the total variation."
)
def total_variation(p, q, cost):
    return (p - q).abs().sum() / 2


@discrete_value.catches(
    "How much mass has to move is one thing. How far each part of it moves is another."
)
def total_variation_times_mean_cost(p, q, cost):
    return (p - q).abs().sum() / 2 * cost.mean()


@discrete_value.catches("You find the most expensive plan. Which one defines the distance?")
def most_expensive_plan(p, q, cost):
    return cost.max() - _transport(p, q, cost.max() - cost)


@discrete_value.catches("You take the points to be one apart on a line. Where does the cost enter?")
def unit_line(p, q, cost):
    return (p - q).cumsum(0).abs().sum()


@discrete_value.catches(
    "You pay for the squared distance. Which power of the distance does W1 charge?"
)
def squared_cost(p, q, cost):
    return _transport(p, q, cost.square())


@discrete_value.catches("You take a root at the end: that is W2.")
def second_wasserstein_discrete(p, q, cost):
    return _transport(p, q, cost.square()).sqrt()


@discrete_value.catches("An entropic regulariser makes the plan blurred, and its cost too large.")
def sinkhorn(p, q, cost):
    kernel, scale = (-cost / 0.5).exp(), torch.ones_like(p)
    for _ in range(200):
        scale = p / (kernel @ (q / (kernel.T @ scale)))
    plan = scale[:, None] * kernel * (q / (kernel.T @ scale))
    return (plan * cost).sum()


@discrete_value.catches("Every plan has two marginals. Yours leaves one of them free.")
def one_marginal(p, q, cost):
    return p @ cost.min(1).values


@discrete_value.catches(
    "Each point keeps what it can, and the rest is spread in proportion. Is that the cheapest"
    " way for the rest?"
)
def keep_and_spread(p, q, cost):
    surplus, deficit = (p - q).clamp_min(0), (q - p).clamp_min(0)
    return surplus @ cost @ deficit / surplus.sum().clamp_min(1e-300)


@discrete_value.catches(
    "Your value counts the mass on both sides: what leaves one point arrives at another."
)
def counted_twice(p, q, cost):
    return 2 * _transport(p, q, cost)
