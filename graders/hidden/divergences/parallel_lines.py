"""Hidden checks of `parallel_lines`, then the mistakes that they catch."""

import math

from graders.core import expect
from graders.core.exercise import check, misconception
from graders.hidden.divergences._common import BITS, LOG_2


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


@check("parallel_lines", "Both Kullback-Leibler divergences are right when the lines do not meet.")
def kl_of_lines(student, draw):
    same_at(student, apart(draw), {"kl_pq": lambda _: math.inf, "kl_qp": lambda _: math.inf})


@check("parallel_lines", "The Jensen-Shannon divergence is right when the lines do not meet.")
def jsd_of_lines(student, draw):
    same_at(student, apart(draw), {"jsd": lambda _: LOG_2})


@check("parallel_lines", "The Wasserstein distance is right when the lines do not meet.")
def w1_of_lines(student, draw):
    same_at(student, apart(draw), {"w1": lambda theta: theta})


@check("parallel_lines", "All four are right when the lines coincide.")
def lines_coincide(student):
    same_at(student, [0.0], {name: lambda _: 0.0 for name in ("jsd", "w1", "kl_pq", "kl_qp")})


def _apart_or_zero(theta, *values):
    return values if theta != 0 else (0.0, 0.0, 0.0, 0.0)


@misconception(
    "parallel_lines",
    hint="P gives probability 1 to a segment that Q rules out. What does KL make of such an event?",
    caught_by="kl_of_lines",
)
def lines_masked_kl(theta):
    return _apart_or_zero(theta, 0.0, 0.0, LOG_2, theta)


@misconception(
    "parallel_lines",
    hint="Your divergence is large but finite: is there anything that would bound it?",
    caught_by="kl_of_lines",
)
def lines_large_kl(theta):
    return _apart_or_zero(theta, math.log(1e10), math.log(1e10), LOG_2, theta)


@misconception(
    "parallel_lines",
    hint="Exchange the two lines: is there anything that tells one direction from the other?",
    caught_by="kl_of_lines",
)
def lines_one_kl(theta):
    return _apart_or_zero(theta, math.inf, 0.0, LOG_2, theta)


@misconception(
    "parallel_lines",
    hint="A divergence is never negative, and minus infinity is.",
    caught_by="kl_of_lines",
)
def lines_minus_infinity(theta):
    return _apart_or_zero(theta, -math.inf, -math.inf, LOG_2, theta)


@misconception(
    "parallel_lines",
    hint=(
        "The formula for two Gaussians does not apply: these distributions have no density in the"
        " plane."
    ),
    caught_by="kl_of_lines",
)
def lines_like_gaussians(theta):
    return _apart_or_zero(theta, theta**2 / 2, theta**2 / 2, LOG_2, theta)


@misconception("parallel_lines", hint=BITS, caught_by="jsd_of_lines")
def lines_bits(theta):
    return _apart_or_zero(theta, math.inf, math.inf, 1.0, theta)


@misconception(
    "parallel_lines", hint="This is the square root of the divergence.", caught_by="jsd_of_lines"
)
def lines_root_jsd(theta):
    return _apart_or_zero(theta, math.inf, math.inf, math.sqrt(LOG_2), theta)


@misconception(
    "parallel_lines",
    hint="The two terms of the Jensen-Shannon divergence are averaged, not added.",
    caught_by="jsd_of_lines",
)
def lines_double_jsd(theta):
    return _apart_or_zero(theta, math.inf, math.inf, 2 * LOG_2, theta)


@misconception(
    "parallel_lines",
    hint=(
        "Points that only one of the two lines has are what the divergence is about; nothing"
        " remains without them."
    ),
    caught_by="jsd_of_lines",
)
def lines_masked_jsd(theta):
    return _apart_or_zero(theta, math.inf, math.inf, 0.0, theta)


@misconception(
    "parallel_lines",
    hint=(
        "Each line is compared with the mixture of both. Does the mixture rule out any of its"
        " points?"
    ),
    caught_by="jsd_of_lines",
)
def lines_infinite_jsd(theta):
    return _apart_or_zero(theta, math.inf, math.inf, math.inf, theta)


@misconception(
    "parallel_lines",
    hint="Does the Jensen-Shannon divergence know how far apart two lines are that do not meet?",
    caught_by="jsd_of_lines",
)
def lines_growing_jsd(theta):
    return _apart_or_zero(theta, math.inf, math.inf, theta * LOG_2, theta)


@misconception(
    "parallel_lines",
    hint="This is the optimal value of the game, or a constant away from the divergence.",
    caught_by="jsd_of_lines",
)
def lines_game_value(theta):
    return _apart_or_zero(theta, math.inf, math.inf, LOG_2 - math.log(4), theta)


@misconception(
    "parallel_lines",
    hint="The cost of moving mass is the distance, not its square.",
    caught_by="w1_of_lines",
)
def lines_squared_cost(theta):
    return _apart_or_zero(theta, math.inf, math.inf, LOG_2, theta**2)


@misconception(
    "parallel_lines",
    hint="How much mass has to move, and how far? All of it.",
    caught_by="w1_of_lines",
)
def lines_half_moved(theta):
    return _apart_or_zero(theta, math.inf, math.inf, LOG_2, theta / 2)


@misconception(
    "parallel_lines",
    hint="Both laws have the same heights, but they do not stand at the same place.",
    caught_by="w1_of_lines",
)
def lines_by_height(theta):
    return _apart_or_zero(theta, math.inf, math.inf, LOG_2, 0.0)


@misconception(
    "parallel_lines",
    hint="The Wasserstein distance does not saturate where supports are disjoint.",
    caught_by="w1_of_lines",
)
def lines_saturated_w1(theta):
    return _apart_or_zero(theta, math.inf, math.inf, LOG_2, 1.0)


@misconception(
    "parallel_lines", hint="Mind the order of the four results.", caught_by="jsd_of_lines"
)
def lines_out_of_order(theta):
    return _apart_or_zero(theta, math.inf, math.inf, theta, LOG_2)


@misconception(
    "parallel_lines",
    hint="There is one value of theta where the two lines are the same set.",
    caught_by="lines_coincide",
)
def lines_never_coincide(theta):
    return math.inf, math.inf, LOG_2, theta


@misconception(
    "parallel_lines",
    hint="When the lines coincide, every divergence is that of a distribution from itself.",
    caught_by="lines_coincide",
)
def lines_kl_always_infinite(theta):
    return math.inf, math.inf, LOG_2 if theta else 0.0, theta
