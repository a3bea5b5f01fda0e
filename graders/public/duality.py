"""A GAN with a linear discriminator, and its dual: what to implement, and the checks that a student
may read.
"""

import torch

from graders.core import expect, pictures
from graders.core.contract import multipliers, number, reals
from graders.core.draw import Draw
from graders.core.exercise import answer, check, exercise, stand_in, written
from graders.core.forms import Bool, Choice, Interval
from graders.core.language import say
from graders.core.manners import manners
from graders.core.pictures import Panel, picture


@exercise(
    covers=("UIUC-3b",),
    takes=(
        reals("D"),
        reals("n D", graph=False),
        reals("m D"),
        number(0.5, 2.0),
    ),
    gives=reals(""),
)
def linear_gan_cost(w, x_real, x_fake, C):
    """The cost that the inner minimisation sees, for the discriminator p_w(y = 1 | x) =
    1 / (1 + exp(w.x)).

    w: tensor (D,); x_real: real points (n, D); x_fake: generated points (m, D); C >= 0
    a float.
    Returns a scalar, summed over the points. Finite for large scores; gradients reach w
    and the points.
    """
    ...


quadratic_convex_when = answer(
    Choice(("always", "C >= 0", "C > 0", "b >= 0", "never")), covers=("UIUC-3c",)
)
softplus_convex_when = answer(
    Choice(("always", "b >= 0", "a.b >= 0", "a.b <= 0", "never")), covers=("UIUC-3d",)
)
cost_convex_in_w = answer(Bool(), covers=("UIUC-3e",))


@exercise(
    covers=("UIUC-3f",),
    takes=(
        reals("D", graph=False),
        reals("n", graph=False),
        reals("m", graph=False),
        reals("n", graph=False),
        reals("m", graph=False),
        reals("n D", graph=False),
        reals("m D", graph=False),
        number(0.5, 2.0),
    ),
    gives=reals(""),
)
def lagrangian(w, xi_real, xi_fake, lam_real, lam_fake, x_real, x_fake, C):
    """The Lagrangian of the program with the constraints xi = w.x; a multiplier enters
    as lam * (xi - w.x).

    w: tensor (D,); xi_real, lam_real: (n,); xi_fake, lam_fake: (m,); x_real: (n, D);
    x_fake: (m, D); C >= 0 a float. Returns a scalar. The constraints need not hold at
    these arguments.
    """
    ...


@exercise(
    covers=("UIUC-3g",),
    takes=(
        reals("D", graph=False),
        number(0.5, 2.0),
    ),
    gives=reals(""),
)
def quadratic_minimum(b, C):
    """The smallest value of C / 2 * |w|^2 - w.b over all w.

    b: tensor (D,); C > 0 a float. Returns a scalar.
    """
    ...


@exercise(covers=("UIUC-3h",), takes=(multipliers("..."),), gives=reals("..."))
def softplus_minimum(lam):
    """The infimum of lam * xi + log(1 + exp(xi)) over all real xi, for each multiplier.

    lam: a tensor of any shape. Returns a tensor of that shape: -inf where the infimum
    is, exact at the ends of the domain, never NaN.
    """
    ...


softplus_domain = answer(Interval(), covers=("UIUC-3h",))


@exercise(
    covers=("UIUC-3i",),
    requires=("quadratic_minimum", "softplus_minimum"),
    takes=(
        multipliers("n"),
        multipliers("m"),
        reals("n D", graph=False),
        reals("m D", graph=False),
        number(0.5, 2.0),
    ),
    gives=reals(""),
)
def dual_function(lam_real, lam_fake, x_real, x_fake, C):
    """The minimum of the Lagrangian over w and xi, as a function of the multipliers.

    lam_real: tensor (n,); lam_fake: (m,); x_real: (n, D); x_fake: (m, D); C > 0 a
    float.
    Returns a scalar; -inf as soon as one multiplier leaves its domain.
    """
    ...


@exercise(
    covers=("UIUC-3i",),
    requires=("dual_function",),
    takes=(
        reals("n D", graph=False),
        reals("m D", graph=False),
        number(0.5, 2.0),
    ),
    gives=(reals("n"), reals("m")),
    dtypes=("float64",),
    exact=False,
)
def solve_dual(x_real, x_fake, C):
    """The multipliers that maximise the dual function.

    x_real: tensor (n, D); x_fake: (m, D), both float64; C > 0 a float.
    Returns a tuple (lam_real, lam_fake) of tensors (n,) and (m,), with a duality gap
    below 1e-6 * max(1, abs(optimum)).
    """
    ...


duality_discussion = written(covers=("UIUC-3a", "UIUC-3c", "UIUC-3d", "UIUC-3e", "UIUC-3i"))


@stand_in("quadratic_minimum", coefficients=1)
def linear_in_b(b, C, a):
    return a * b.sum() / (1 + C)


@stand_in("softplus_minimum", coefficients=2)
def parabola(lam, a, c):
    # A stand-in keeps the domain of what it stands for: what happens outside is part of the task.
    return torch.where((lam < -1) | (lam > 0), -torch.inf, -10 * a * (lam + c / 2).square())


@stand_in("dual_function", coefficients=2)
def two_parabolas(lam_real, lam_fake, x_real, x_fake, C, a, c):
    real, fake = (
        lam_real + 0.5 + 0.3 * torch.cos(x_real.sum(-1)),
        lam_fake + 0.5 + 0.3 * torch.sin(c * x_fake.sum(-1)),
    )
    return C - a * real.square().sum() - fake.square().sum()


W = torch.tensor([1.0, -0.5], dtype=torch.float64)
X_REAL = torch.tensor([[1.0, 2.0], [0.0, 1.0], [-1.0, 0.5]], dtype=torch.float64)
X_FAKE = torch.tensor([[2.0, 0.0], [0.5, -1.0]], dtype=torch.float64)
LAM_REAL = torch.tensor([-0.2, -0.5, -0.9], dtype=torch.float64)
LAM_FAKE = torch.tensor([-0.3, -0.6], dtype=torch.float64)
POINTS = f"x_real = {X_REAL.tolist()}, x_fake = {X_FAKE.tolist()}, C = 0.5"
MULTIPLIERS = f"lam_real = {LAM_REAL.tolist()}, lam_fake = {LAM_FAKE.tolist()}"


def scalar(value):
    return torch.tensor(value, dtype=torch.float64)


@check("linear_gan_cost", "With w = 0 every point costs log 2.")
def costs_log_two_each(student):
    got = student.linear_gan_cost(torch.zeros(2, dtype=torch.float64), X_REAL, X_FAKE, 0.5)
    mistakes = (
        (scalar(1.3862943611), "Your value is averaged over the points: the program sums."),
    )
    expect.close(
        got,
        scalar(3.4657359028),
        subject="linear_gan_cost with w = 0, three real and two generated points",
        mistakes=mistakes,
    )


@check("linear_gan_cost", "A worked example comes out right.", after=(costs_log_two_each,))
def worked_example_cost(student):
    mistakes = (
        (
            scalar(6.9218429446),
            (
                "Your value belongs to a discriminator with the usual sign in the exponent. Which"
                " sign does this one have?"
            ),
        ),
        (scalar(2.4843429446), "Look again at the factor in front of the squared norm."),
        (scalar(1.8593429447), "The norm of w is not in your value."),
        (
            scalar(5.1718429446),
            "The generated points have the other label: is their logarithm the right one?",
        ),
    )
    got = student.linear_gan_cost(W, X_REAL, X_FAKE, 0.5)
    expect.close(
        got,
        scalar(2.1718429446),
        subject="linear_gan_cost(w, x_real, x_fake, C)",
        inputs=f"w = {W.tolist()}, {POINTS}",
        mistakes=mistakes,
    )


@check(
    "linear_gan_cost",
    "A score of 1000 costs 1000 where it is wrong, and nothing where it is right.",
    after=(worked_example_cost,),
)
def cost_of_large_scores(student):
    w = torch.tensor([1000.0, 0.0], dtype=torch.float64)
    real, fake = (torch.tensor([[value, 0.0]], dtype=torch.float64) for value in (1.0, -1.0))
    for points, wanted in (((real, fake), 2000.0), ((fake, real), 0.0)):
        got = student.linear_gan_cost(w, *points, 0.0)
        subject = f"linear_gan_cost([1000, 0], {points[0].tolist()}, {points[1].tolist()}, 0)"
        expect.close(got, scalar(wanted), subject=subject)


@check("lagrangian", "A worked example comes out right.")
def worked_example_lagrangian(student):
    xi_real, xi_fake = (
        torch.tensor([0.5, -1.0, 0.0], dtype=torch.float64),
        torch.tensor([1.0, 2.5], dtype=torch.float64),
    )
    mistakes = (
        (
            scalar(4.7601372741),
            (
                "Your multipliers enter with the opposite sign. How does the prompt write the"
                " constraint?"
            ),
        ),
        (scalar(3.1851372741), "The constraints are not in your value."),
        (
            scalar(1.1101372741),
            "One term of the program is linear. In which variable does the prompt write it?",
        ),
    )
    got = student.lagrangian(W, xi_real, xi_fake, LAM_REAL, LAM_FAKE, X_REAL, X_FAKE, 0.5)
    inputs = (
        f"w = {W.tolist()}, xi_real = {xi_real.tolist()}, xi_fake = {xi_fake.tolist()},"
        f" {MULTIPLIERS}, {POINTS}"
    )
    expect.close(got, scalar(1.6101372741), subject="lagrangian", inputs=inputs, mistakes=mistakes)


@check("lagrangian", "It is finite for large xi.", after=(worked_example_lagrangian,))
def lagrangian_of_large_xi(student):
    one, zero, points = (
        torch.tensor(value, dtype=torch.float64) for value in ([1000.0], [0.0], [[0.0]])
    )
    got = student.lagrangian(zero, one, one, zero, zero, points, points, 0.5)
    expect.close(got, scalar(2000.0), subject="lagrangian with xi = 1000 and everything else 0")


@check("quadratic_minimum", "A worked example comes out right.")
def worked_example_quadratic(student):
    mistakes = (
        (
            scalar(3.125),
            (
                "Your value is positive, but w = 0 already gives 0. What is the sign of the"
                " smallest value?"
            ),
        ),
        (
            scalar(-6.25),
            "Is that the value at the minimiser? Put the minimiser back into both terms.",
        ),
    )
    got = student.quadratic_minimum(torch.tensor([3.0, -4.0], dtype=torch.float64), 4.0)
    expect.close(got, scalar(-3.125), subject="quadratic_minimum([3, -4], 4)", mistakes=mistakes)


@check("softplus_minimum", "Three worked examples come out right.")
def worked_examples_softplus(student):
    wanted = torch.tensor([0.6931471806, 0.5623351446, 0.3250829734], dtype=torch.float64)
    mistakes = (
        (
            torch.full((3,), -torch.inf, dtype=torch.float64),
            "For these multipliers the infimum is finite. On which side of 0 is the domain?",
        ),
        (
            -wanted,
            (
                "Your values have the opposite sign. Put a number for xi in: the infimum is at most"
                " what you get."
            ),
        ),
        (wanted / 0.6931471806, "The logarithm is a natural one."),
    )
    got = student.softplus_minimum(torch.tensor([-0.5, -0.25, -0.9], dtype=torch.float64))
    expect.close(got, wanted, subject="softplus_minimum([-0.5, -0.25, -0.9])", mistakes=mistakes)


@check(
    "softplus_minimum", "For lam = 1 there is no lower bound.", after=(worked_examples_softplus,)
)
def unbounded_below(student):
    got = student.softplus_minimum(torch.tensor([1.0], dtype=torch.float64))
    expect.close(
        got, torch.tensor([-torch.inf], dtype=torch.float64), subject="softplus_minimum([1])"
    )


@check(
    "softplus_minimum",
    "At both ends of the domain it is exact, close to them it is not that of an end, and beyond"
    " there is no lower bound.",
    after=(unbounded_below,),
)
def minimum_at_the_ends(student):
    lam = torch.tensor([0.0, -1.0, -1e-5, -1.5], dtype=torch.float64)
    got = student.softplus_minimum(lam)
    expect.close(
        got,
        torch.tensor([0.0, 0.0, 1.2512920465e-04, -torch.inf], dtype=torch.float64),
        subject=f"softplus_minimum({lam.tolist()})",
    )


@check("dual_function", "A worked example comes out right.")
def worked_example_dual(student):
    mistakes = (
        (
            scalar(11.1550085466),
            "The quadratic part enters with the wrong sign: what does minimising over w give?",
        ),
        (scalar(-13.9024914535), "Look again at the factor in front of the squared norm."),
        (
            scalar(2.2000085466),
            (
                "The program has a term that is linear in w, besides those of the constraints. Is"
                " it in your value?"
            ),
        ),
    )
    got = student.dual_function(LAM_REAL, LAM_FAKE, X_REAL, X_FAKE, 0.5)
    expect.close(
        got,
        scalar(-5.5499914535),
        subject="dual_function",
        inputs=f"{MULTIPLIERS}, {POINTS}",
        mistakes=mistakes,
    )


@check(
    "dual_function",
    "One multiplier outside its domain makes it minus infinity; at the ends of the domain it is a"
    " number.",
    after=(worked_example_dual,),
)
def dual_outside_and_at_the_ends(student):
    points = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    for lam_real, lam_fake, wanted in ((0.5, -0.5, -torch.inf), (0.0, -1.0, 0.0), (-1.0, 0.0, 0.0)):
        real, fake = (torch.tensor([lam], dtype=torch.float64) for lam in (lam_real, lam_fake))
        expect.close(
            student.dual_function(real, fake, points, points, 0.5),
            scalar(wanted),
            subject=f"dual_function([{lam_real}], [{lam_fake}], [[1, 0]], [[1, 0]], 0.5)",
            atol=1e-9,
        )


@check("solve_dual", "An example with one real and one generated point comes out right.")
def worked_example_solution(student):
    real, fake = (
        torch.tensor([[2.0]], dtype=torch.float64),
        torch.tensor([[0.0]], dtype=torch.float64),
    )
    subject = "solve_dual([[2]], [[0]], 1.0757656855)"
    got = expect.parts(
        student.solve_dual(real, fake, 1.0757656855), ("lam_real", "lam_fake"), subject=subject
    )
    mistakes = (
        (
            torch.tensor([0.2689414214], dtype=torch.float64),
            "Your multipliers have the opposite sign. On which side of 0 is their domain?",
        ),
    )
    # A duality gap of 1e-6 leaves an error of up to 7e-4 in the multipliers.
    expect.close(
        got[0],
        torch.tensor([-0.2689414214], dtype=torch.float64),
        subject=say("lam_real of {subject}", subject=subject),
        atol=1e-3,
        mistakes=mistakes,
    )
    expect.close(
        got[1],
        torch.tensor([-0.5], dtype=torch.float64),
        subject=say("lam_fake of {subject}", subject=subject),
        atol=1e-3,
    )


linear_gan_cost_manners = manners(
    "linear_gan_cost",
    lambda: (Draw(1).normal(2), Draw(2).normal(4, 2), Draw(3).normal(3, 2), 0.5),
    after=(costs_log_two_each,),
    graph=(0, 2),
)
lagrangian_manners = manners(
    "lagrangian",
    lambda: (
        Draw(1).normal(2),
        Draw(2).normal(4),
        Draw(3).normal(3),
        Draw(4).normal(4),
        Draw(5).normal(3),
        Draw(6).normal(4, 2),
        Draw(7).normal(3, 2),
        0.5,
    ),
    after=(worked_example_lagrangian,),
    graph=(0, 1, 2),
)
softplus_minimum_manners = manners(
    "softplus_minimum",
    lambda: (-Draw(1).uniform(0.1, 0.9, 4),),
    after=(worked_examples_softplus,),
)
dual_function_manners = manners(
    "dual_function",
    lambda: (
        -Draw(1).uniform(0.1, 0.9, 4),
        -Draw(2).uniform(0.1, 0.9, 3),
        Draw(3).normal(4, 2),
        Draw(4).normal(3, 2),
        0.5,
    ),
    after=(worked_example_dual,),
)


@picture(
    "softplus_minimum",
    shows="the minimum against the multiplier",
    caption="What your softplus_minimum gives for 121 multipliers. Where is it finite, is it"
    " concave there, as a dual function has to be, and what happens at the ends?",
)
def minimum_against_multiplier(student):
    lam = torch.linspace(-1.5, 1.5, 121, dtype=torch.float64)
    got = pictures.value(student.softplus_minimum(lam), lam.shape, "softplus_minimum")
    series = (pictures.line("your softplus_minimum", lam, got),)
    return [Panel("The smallest value", "multiplier", "minimum", series)]
