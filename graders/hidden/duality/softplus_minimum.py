"""Hidden checks of `softplus_minimum`, then the mistakes that they catch."""

import torch
from torch.nn.functional import softplus

from graders.core import expect
from graders.hidden._hypothesis import matrices
from graders.hidden._words import Words
from graders.public.duality import softplus_minimum

D = Words(softplus_minimum)

SOFTPLUS = "softplus_minimum(lam)"


softplus_inside = D.equals_reference(
    "It is the infimum inside the domain.",
    lambda draw: (draw.uniform(-0.999, -0.001, 20),),
)


@D.check(
    "Where lam = -sigmoid(xi) the infimum is attained at xi, and no other xi gives less.",
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


softplus_ends = D.gives(
    "It is exactly 0 at both ends of the domain.",
    (
        lambda draw: (torch.tensor([-1.0, 0.0, -0.0], dtype=torch.float64),),
        torch.zeros(3, dtype=torch.float64),
    ),
    after=softplus_inside,
    atol=0,
)


@D.check("It is right close to the ends.", after=softplus_inside)
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


softplus_outside = D.equals_reference(
    "It is -inf outside the domain on both sides, next to right values inside.",
    lambda draw: (
        torch.cat(
            [
                draw.uniform(0.01, 3, 3),
                draw.uniform(-0.9, -0.1, 2),
                draw.uniform(-3, -1.01, 3),
                torch.tensor([1e-09, -1 - 1e-09, 1.0], dtype=torch.float64),
            ]
        ),
    ),
    after=softplus_inside,
)


softplus_everywhere = D.everywhere(
    "It is right on small inputs, inside and outside.",
    matrices(low=-2, high=1, step=0.25),
)


def _infimum(lam):
    """What `softplus_minimum` is, under a name of its own: a mistake in a function cannot call that
    function.
    """
    return torch.special.entr(-lam) + torch.special.entr(1 + lam)


@softplus_inside.catches(
    "This is the infimum for the opposite sign of the multiplier. For which sign is lam xi +"
    " log(1 + exp xi) bounded below?"
)
def positive_domain(lam):
    return torch.special.entr(lam) + torch.special.entr(1 - lam)


@softplus_inside.catches(
    "Your values have the opposite sign. Put a number for xi in: the infimum is at most what"
    " you get."
)
def negative_entropy(lam):
    return -_infimum(lam)


@softplus_ends.catches(
    "0 times the logarithm of 0 is NaN for a computer. What is the limit at the ends of the domain?"
)
def nan_at_ends(lam):
    inside = (lam >= -1) & (lam <= 0)
    return torch.where(inside, lam * (-lam).log() - (1 + lam) * (1 + lam).log(), -torch.inf)


@softplus_outside.catches(
    "Inside the domain you are right. Follow the expression to large xi for a multiplier"
    " outside: where does it go?"
)
def nan_outside(lam):
    return -torch.special.xlogy(-lam, -lam) - torch.special.xlogy(1 + lam, 1 + lam)


@softplus_outside.catches(
    "Outside the domain there is no minimum: does the expression grow without bound, or fall?"
)
def plus_infinity_outside(lam):
    return _infimum(lam).nan_to_num(neginf=torch.inf)


@softplus_outside.catches(
    "A finite value outside the domain says that the expression is bounded below there. Is it?"
)
def zero_outside(lam):
    return _infimum(lam.clamp(-1, 0))


@softplus_ends.catches("A small constant keeps the logarithm finite, but the ends are to be exact.")
def clamped_at_ends(lam):
    inside = lam.clamp(-1 + 1e-12, -1e-12)
    return torch.where((lam >= -1) & (lam <= 0), _infimum(inside), -torch.inf)


@softplus_near_ends.catches(
    "Your ends are too wide: a multiplier that is only close to an end counts as one."
)
def wide_ends(lam):
    at_end = torch.minimum(lam.abs(), (1 + lam).abs()) < 1e-4
    return torch.where(at_end, torch.zeros_like(lam), _infimum(lam))


@softplus_inside.catches("A small constant inside the logarithm changes the value everywhere.")
def constant_in_the_logarithm(lam):
    return torch.where(
        (lam >= -1) & (lam <= 0),
        lam * (-lam + 1e-6).log() - (1 + lam) * (1 + lam + 1e-6).log(),
        -torch.inf,
    )


@softplus_ends.catches("At the ends the infimum is not attained, but is it infinite?")
def open_domain(lam):
    return torch.where((lam > -1) & (lam < 0), _infimum(lam), -torch.inf)


@softplus_inside.catches("The logarithm is a natural one.")
def entropy_in_bits(lam):
    return _infimum(lam) / torch.log(torch.tensor(2.0, dtype=lam.dtype))


@softplus_inside.catches("This is where the infimum is attained. What is the value there?")
def stationary_point(lam):
    return (-lam / (1 + lam)).log()


@softplus_inside.catches(
    "Only one of the two terms is in your value. Put the stationary point into both."
)
def softplus_term_only(lam):
    return -(1 + lam).log()


@softplus_inside.catches(
    "Your value has one half of an entropy. A binary variable has two outcomes."
)
def half_of_the_entropy(lam):
    return torch.special.entr(-lam)


@softplus_inside.catches("Each multiplier has an infimum of its own: nothing is summed.")
def summed_infimum(lam):
    return _infimum(lam).sum()


@softplus_outside.catches(
    "The lower end of the domain is missing: what happens for xi to plus infinity?"
)
def domain_without_low_end(lam):
    return torch.where(lam < -1, torch.zeros_like(lam), _infimum(lam))


@D.laws.law_dtype.catches("The result is always of one dtype. It should follow the input.")
def softplus_in_float64(lam):
    return _infimum(lam.double())
