"""Hidden checks of `parallel_lines`, then the mistakes that they catch."""

import math

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.divergences._common import BITS, LOG_2
from graders.public.divergences import parallel_lines

D = Words(parallel_lines)


def lines(student, theta):
    """The four distances by name; fails when there are not four."""
    subject = f"parallel_lines({theta:.6g})"
    names = ("kl_pq", "kl_qp", "jsd", "w1")
    got = expect.parts(student.parallel_lines(theta), names, subject=subject)
    return {name: (value, f"{name} of {subject}") for name, value in zip(names, got)}


def same_at(student, thetas, wanted):
    """Checks some of the four distances at some angles; `wanted` maps their names to functions of
    theta.
    """
    for theta in thetas:
        found = lines(student, theta)
        for name, function in wanted.items():
            got, subject = found[name]
            expect.number(got, function(theta), subject=subject)


def apart(draw):
    """Some distances between the lines: in between, as far as they go, and near."""
    return [draw.uniform(0.2, 0.4, 1).item(), draw.uniform(0.6, 0.8, 1).item(), 1.0, 1e-6]


@D.check("Both Kullback-Leibler divergences are right when the lines do not meet.")
def kl_of_lines(student, draw):
    same_at(student, apart(draw), {"kl_pq": lambda _: math.inf, "kl_qp": lambda _: math.inf})


@D.check("The Jensen-Shannon divergence is right when the lines do not meet.")
def jsd_of_lines(student, draw):
    same_at(student, apart(draw), {"jsd": lambda _: LOG_2})


@D.check("The Wasserstein distance is right when the lines do not meet.")
def w1_of_lines(student, draw):
    same_at(student, apart(draw), {"w1": lambda theta: theta})


@D.check("All four are right when the lines coincide.")
def lines_coincide(student):
    same_at(student, [0.0], {name: lambda _: 0.0 for name in ("jsd", "w1", "kl_pq", "kl_qp")})


def _apart_or_zero(theta, *values):
    return values if theta != 0 else (0.0, 0.0, 0.0, 0.0)


@kl_of_lines.catches(
    "P gives probability 1 to a segment that Q rules out. What does KL make of such an event?"
)
def lines_masked_kl(theta):
    return _apart_or_zero(theta, 0.0, 0.0, LOG_2, theta)


@kl_of_lines.catches("Your divergence is large but finite: is there anything that would bound it?")
def lines_large_kl(theta):
    return _apart_or_zero(theta, math.log(1e10), math.log(1e10), LOG_2, theta)


@kl_of_lines.catches(
    "Exchange the two lines: is there anything that tells one direction from the other?"
)
def lines_one_kl(theta):
    return _apart_or_zero(theta, math.inf, 0.0, LOG_2, theta)


@kl_of_lines.catches("A divergence is never negative, and minus infinity is.")
def lines_minus_infinity(theta):
    return _apart_or_zero(theta, -math.inf, -math.inf, LOG_2, theta)


@kl_of_lines.catches(
    "The formula for two Gaussians does not apply: these distributions have no density in the"
    " plane."
)
def lines_like_gaussians(theta):
    return _apart_or_zero(theta, theta**2 / 2, theta**2 / 2, LOG_2, theta)


@jsd_of_lines.catches(BITS)
def lines_bits(theta):
    return _apart_or_zero(theta, math.inf, math.inf, 1.0, theta)


@jsd_of_lines.catches("This is the square root of the divergence.")
def lines_root_jsd(theta):
    return _apart_or_zero(theta, math.inf, math.inf, math.sqrt(LOG_2), theta)


@jsd_of_lines.catches("The two terms of the Jensen-Shannon divergence are averaged, not added.")
def lines_double_jsd(theta):
    return _apart_or_zero(theta, math.inf, math.inf, 2 * LOG_2, theta)


@jsd_of_lines.catches(
    "Points that only one of the two lines has are what the divergence is about; nothing"
    " remains without them."
)
def lines_masked_jsd(theta):
    return _apart_or_zero(theta, math.inf, math.inf, 0.0, theta)


@jsd_of_lines.catches(
    "Each line is compared with the mixture of both. Does the mixture rule out any of its points?"
)
def lines_infinite_jsd(theta):
    return _apart_or_zero(theta, math.inf, math.inf, math.inf, theta)


@jsd_of_lines.catches(
    "Does the Jensen-Shannon divergence know how far apart two lines are that do not meet?"
)
def lines_growing_jsd(theta):
    return _apart_or_zero(theta, math.inf, math.inf, theta * LOG_2, theta)


@jsd_of_lines.catches(
    "This is the optimal value of the game, or a constant away from the divergence."
)
def lines_game_value(theta):
    return _apart_or_zero(theta, math.inf, math.inf, LOG_2 - math.log(4), theta)


@w1_of_lines.catches("The cost of moving mass is the distance, not its square.")
def lines_squared_cost(theta):
    return _apart_or_zero(theta, math.inf, math.inf, LOG_2, theta**2)


@w1_of_lines.catches("How much mass has to move, and how far? All of it.")
def lines_half_moved(theta):
    return _apart_or_zero(theta, math.inf, math.inf, LOG_2, theta / 2)


@w1_of_lines.catches("Both laws have the same heights, but they do not stand at the same place.")
def lines_by_height(theta):
    return _apart_or_zero(theta, math.inf, math.inf, LOG_2, 0.0)


@w1_of_lines.catches("The Wasserstein distance does not saturate where supports are disjoint.")
def lines_saturated_w1(theta):
    return _apart_or_zero(theta, math.inf, math.inf, LOG_2, 1.0)


@jsd_of_lines.catches("Mind the order of the four results.")
def lines_out_of_order(theta):
    return _apart_or_zero(theta, math.inf, math.inf, theta, LOG_2)


@lines_coincide.catches("There is one value of theta where the two lines are the same set.")
def lines_never_coincide(theta):
    return math.inf, math.inf, LOG_2, theta


@lines_coincide.catches(
    "When the lines coincide, every divergence is that of a distribution from itself."
)
def lines_kl_always_infinite(theta):
    return math.inf, math.inf, LOG_2 if theta else 0.0, theta
