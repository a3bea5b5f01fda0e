"""Hidden checks of `dual_function`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.duality._common import problem
from graders.public.duality import dual_function
from reference.duality import quadratic_minimum, softplus_minimum

D = Words(dual_function)


def scalar(value):
    return torch.tensor(value, dtype=torch.float64)


def multipliers(draw, *sizes):
    """Multipliers inside the domain, away from its ends, one vector for each size."""
    return [draw.uniform(-0.95, -0.05, size) for size in sizes]


DUAL = "dual_function(lam_real, lam_fake, x_real, x_fake, C)"


dual_value = D.equals_reference(
    "It is the minimum of the Lagrangian.",
    lambda draw: [(*multipliers(draw, 5, 4), *problem(draw), c) for c in (0.7, 3.0)],
)


@D.check(
    "It is the Lagrangian at w = b / C and lam = -sigmoid(xi).",
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


@D.check(
    "Weak duality: it is never above the cost, whatever the multipliers in their domain and w are.",
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


@D.check(
    "It is -inf as soon as one multiplier leaves its domain, on either side and in either set.",
    after=dual_value,
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


dual_at_ends = D.equals_reference(
    "It is right where multipliers are at the ends of their domain.",
    lambda draw: (
        torch.tensor([-1.0, 0.0, -0.5, 0.0, -1.0], dtype=torch.float64),
        torch.tensor([0.0, -1.0, -1.0, -0.25], dtype=torch.float64),
        *problem(draw),
        0.7,
    ),
    after=dual_value,
)


@D.check(
    "Its gradients with respect to the multipliers and the points are right.", after=dual_value
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


def _entropies(lam_real, lam_fake):
    return softplus_minimum(lam_real).sum() + softplus_minimum(lam_fake).sum()


def _dual(lam_real, lam_fake, x_real, x_fake, C):
    return _entropies(lam_real, lam_fake) + quadratic_minimum(
        lam_real @ x_real + (1 + lam_fake) @ x_fake, C
    )


@dual_value.catches(
    "The program has a term that is linear in w, besides those of the constraints. Is it in"
    " your value?"
)
def dual_without_linear_term(lam_real, lam_fake, x_real, x_fake, C):
    return _entropies(lam_real, lam_fake) + quadratic_minimum(
        lam_real @ x_real + lam_fake @ x_fake, C
    )


@dual_value.catches("Collect the terms that are linear in w once more: each comes with a sign.")
def fake_part_subtracted(lam_real, lam_fake, x_real, x_fake, C):
    return _entropies(lam_real, lam_fake) + quadratic_minimum(
        lam_real @ x_real - (1 + lam_fake) @ x_fake, C
    )


@dual_value.catches(
    "Collect what multiplies the generated points: the two contributions have signs of their own."
)
def one_minus_multiplier(lam_real, lam_fake, x_real, x_fake, C):
    return _entropies(lam_real, lam_fake) + quadratic_minimum(
        lam_real @ x_real + (1 - lam_fake) @ x_fake, C
    )


@dual_value.catches(
    "The term that is linear in w runs over the generated points, not over the real ones."
)
def linear_term_of_real_points(lam_real, lam_fake, x_real, x_fake, C):
    return _entropies(lam_real, lam_fake) + quadratic_minimum(
        (1 + lam_real) @ x_real + lam_fake @ x_fake, C
    )


@dual_value.catches(
    "The quadratic part enters with the wrong sign: what does minimising over w give?"
)
def quadratic_added(lam_real, lam_fake, x_real, x_fake, C):
    return _entropies(lam_real, lam_fake) - quadratic_minimum(
        lam_real @ x_real + (1 + lam_fake) @ x_fake, C
    )


@dual_value.catches("Look again at the factor in front of the squared norm.")
def dual_without_half(lam_real, lam_fake, x_real, x_fake, C):
    return _entropies(lam_real, lam_fake) + 2 * quadratic_minimum(
        lam_real @ x_real + (1 + lam_fake) @ x_fake, C
    )


@dual_value.catches(
    "C multiplies the squared norm in the primal program. Where does it stand after minimising?"
)
def dual_multiplied_by_c(lam_real, lam_fake, x_real, x_fake, C):
    return (
        _entropies(lam_real, lam_fake)
        - C / 2 * (lam_real @ x_real + (1 + lam_fake) @ x_fake).square().sum()
    )


@dual_value.catches("The minimum over xi is taken for the generated points too.")
def entropies_of_real_points(lam_real, lam_fake, x_real, x_fake, C):
    return softplus_minimum(lam_real).sum() + quadratic_minimum(
        lam_real @ x_real + (1 + lam_fake) @ x_fake, C
    )


@dual_value.catches("The minimum over xi has lost its sign.")
def entropies_subtracted(lam_real, lam_fake, x_real, x_fake, C):
    return -_entropies(lam_real, lam_fake) + quadratic_minimum(
        lam_real @ x_real + (1 + lam_fake) @ x_fake, C
    )


@dual_value.catches("You average where the program sums.")
def averaged_dual(lam_real, lam_fake, x_real, x_fake, C):
    b = lam_real @ x_real / len(x_real) + (1 + lam_fake) @ x_fake / len(x_fake)
    return (
        softplus_minimum(lam_real).mean()
        + softplus_minimum(lam_fake).mean()
        + quadratic_minimum(b, C)
    )


@dual_value.catches(
    "This is the dual for multipliers of the opposite sign. How do they enter the Lagrangian here?"
)
def opposite_multipliers(lam_real, lam_fake, x_real, x_fake, C):
    return _dual(-lam_real, -lam_fake, x_real, x_fake, C)


@dual_value.catches(
    "Your value is to be minimised. What does the dual program do with the dual function?"
)
def negated_dual(lam_real, lam_fake, x_real, x_fake, C):
    return -_dual(lam_real, lam_fake, x_real, x_fake, C)


@dual_outside.catches(
    "Outside the domain of one multiplier the Lagrangian has no lower bound. What is its"
    " infimum then?"
)
def finite_outside(lam_real, lam_fake, x_real, x_fake, C):
    b = lam_real @ x_real + (1 + lam_fake) @ x_fake
    return _entropies(lam_real.clamp(-1, 0), lam_fake.clamp(-1, 0)) + quadratic_minimum(b, C)


@dual_outside.catches(
    "Outside the domain of one multiplier the Lagrangian has no lower bound, which is not the"
    " same as no value."
)
def dual_nan_outside(lam_real, lam_fake, x_real, x_fake, C):
    value = _dual(lam_real, lam_fake, x_real, x_fake, C)
    return torch.where(value.isinf(), torch.nan, value)


@dual_at_ends.catches(
    "0 times the logarithm of 0 is NaN for a computer. Multipliers may be at the ends of their"
    " domain."
)
def dual_nan_at_ends(lam_real, lam_fake, x_real, x_fake, C):
    entropy = sum(
        (lam * (-lam).log() - (1 + lam) * (1 + lam).log()).sum() for lam in (lam_real, lam_fake)
    )
    outside = any(((lam > 0) | (lam < -1)).any() for lam in (lam_real, lam_fake))
    b = lam_real @ x_real + (1 + lam_fake) @ x_fake
    return torch.full_like(entropy, -torch.inf) if outside else entropy + quadratic_minimum(b, C)
