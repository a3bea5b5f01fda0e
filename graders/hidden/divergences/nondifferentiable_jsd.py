"""Hidden checks of `nondifferentiable_jsd`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.core.verdict import Failure
from graders.hidden._words import Words
from graders.hidden.divergences._common import vector
from graders.public.divergences import distributions, nondifferentiable_jsd

D = Words(nondifferentiable_jsd)

# Powers of 2, so that 1 - theta and the like carry no rounding. Steps (coarse, fine) by the dtype
# of the vectors, and the spread of difference quotients that rounding can make at the fine ones:
# 6e-8 over 3e-5 in float32, with room.
SCALES = {torch.float64: (2.0**-8, 2.0**-20, 1e-6), torch.float32: (2.0**-5, 2.0**-11, 5e-3)}


NEAR = (0.0, *(side * 2.0**-k for k in (7, 10, 20) for side in (1, -1)))


@D.check("It returns two distributions for every theta near 0, on both sides.")
def stays_a_distribution(student):
    for theta in NEAR:
        distributions(student.nondifferentiable_jsd(theta), f"nondifferentiable_jsd({theta:.6g})")


@D.check("The divergence of the two has no derivative at theta = 0.", after=stays_a_distribution)
def has_no_derivative(student, right):
    """A function has a derivative exactly when its difference quotients, of both signs, come
    together as steps shrink.

    Smooth ones come together in proportion to the step; those of a kink or of an oscillation stay
    apart, and those of a jump or of an infinite slope move away from each other.
    """
    beside = student.nondifferentiable_jsd(-(2.0**-7))
    vectors = distributions(beside, "nondifferentiable_jsd(-0.0078125)")
    coarse, fine, rounding = SCALES[
        torch.float32 if any(part.dtype == torch.float32 for part in beside) else torch.float64
    ]
    here, again = _jsd_at(student, right, 0.0), _jsd_at(student, right, 0.0)
    expect.true(
        here == again,
        "not a function of theta",
        subject="nondifferentiable_jsd(0.0)",
        detail=f"two calls give the divergences {here:.6g} and {again:.6g}",
        got=vector(here, again),
    )
    wide, narrow = (_quotients(student, right, here, step) for step in (coarse, fine))
    found = f"at theta = 0 the divergence is {here:.6f}; {_sides(here, narrow, fine)}"
    if narrow.max() - narrow.min() > max(rounding, 0.5 * (wide.max() - wide.min()).item()):
        return found
    problem = (
        "a divergence that has a derivative"
        if max(wide.abs().max(), narrow.abs().max()) > rounding
        else "a divergence that does not change near 0"
    )
    raise Failure(
        problem,
        "nondifferentiable_jsd",
        f"it is differentiable: {found}",
        got=torch.cat([wide, narrow, *vectors]),
    )


def _jsd_at(student, right, theta):
    p, q = distributions(
        student.nondifferentiable_jsd(theta), f"nondifferentiable_jsd({theta:.6g})"
    )
    return right.jensen_shannon(p / p.sum(), q / q.sum()).item()


def _quotients(student, right, here, step):
    """Difference quotients at three steps to the right, then at the same three to the left."""
    thetas = [side * step / shrink for side in (1, -1) for shrink in (1, 4, 16)]
    return vector(*((_jsd_at(student, right, theta) - here) / theta for theta in thetas))


def _sides(here, quotients, step):
    """What happens on each side of 0: a jump, a slope (extrapolated to step 0), or a slope without
    limit.
    """
    text = []
    for name, side, (first, second, third) in (
        ("right", 1, quotients[:3].tolist()),
        ("left", -1, quotients[3:].tolist()),
    ):
        beside = here + third * side * step / 16
        # The step shrinks by 16: the change of a jump stays, that of a slope shrinks as much.
        if abs(beside - here) > 1e-9 and abs(third) > 0.7 * 16 * abs(first):
            text.append(f"just {name} of it {beside:.6f}")
        elif abs(third) > 1.5 * abs(first) > 1:
            text.append(
                f"the slope to the {name} has no limit ({first:.4g} over {step:.0e}, {third:.4g}"
                f" over {step / 16:.0e})"
            )
        else:
            text.append(f"the slope to the {name} is {(4 * third - second) / 3:.6f}")
    return ", ".join(text)


def _pair(p, q):
    return vector(*p), vector(*q)


@has_no_derivative.catches(
    "Both distributions move smoothly and no probability reaches 0. What would have to happen"
    " for a corner?"
)
def smooth_through_equality(theta):
    return _pair((0.5 + theta / 2, 0.5 - theta / 2), (0.5, 0.5))


@has_no_derivative.catches(
    "Your distributions never meet and never share a zero: the divergence is as smooth as they are."
)
def smooth_with_a_slope(theta):
    return _pair((0.5 + theta / 2, 0.5 - theta / 2), (0.2, 0.8))


@has_no_derivative.catches(
    "A distance that is squared near its zero has lost its corner: how does the divergence"
    " behave where p and q are equal?"
)
def corner_squared_away(theta):
    return _pair((0.5 + abs(theta) / 2, 0.5 - abs(theta) / 2), (0.5, 0.5))


@has_no_derivative.catches(
    "Two equal distributions have divergence 0 for every theta, which is a smooth function."
)
def always_equal(theta):
    return _pair((1 - abs(theta), abs(theta)), (1 - abs(theta), abs(theta)))


@has_no_derivative.catches(
    "Disjoint for every theta near 0 means constant near 0: where does anything change?"
)
def always_disjoint(theta):
    return _pair((1 - theta**2, theta**2, 0.0), (0.0, 0.0, 1.0))


@has_no_derivative.catches("A corner is there, but at another theta.")
def corner_elsewhere(theta):
    distance = abs(theta - 0.5) / 2
    return _pair((1.0, 0.0), (1 - distance, distance))


@has_no_derivative.catches(
    "Rounding theta to a grid makes jumps between the grid points, not on them."
)
def jump_beside_zero(theta):
    cell = torch.zeros(21, dtype=torch.float64)
    moved = cell.clone()
    cell[10], moved[10 + round(10 * theta)] = 1, 1
    return cell, moved


@has_no_derivative.catches("A square takes the corner away that the zero probability would make.")
def mass_of_theta_squared(theta):
    return _pair((1.0, 0.0), (1 - theta**2, theta**2))


@has_no_derivative.catches(
    "Random vectors are another pair in every call; the two have to be functions of theta."
)
def random_vectors(theta):
    return torch.rand(3).softmax(0), torch.rand(3).softmax(0)


@stays_a_distribution.catches("Look at what your probabilities are when theta is negative.")
def negative_mass(theta):
    return _pair((1.0, 0.0), (1 - theta, theta))


@stays_a_distribution.catches("Your vectors do not add up to 1.")
def not_normalised(theta):
    return _pair((1.0, 0.0), (1.0, abs(theta)))


@stays_a_distribution.catches("Samples from the distributions are not their probabilities.")
def sample_points(theta):
    return _pair((0.0, 0.25, 0.5, 0.75, 1.0), (theta, theta, theta, theta, theta))
