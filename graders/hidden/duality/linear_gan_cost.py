"""Hidden checks of `linear_gan_cost`, then the mistakes that they catch."""

import torch
import torch.nn.functional as F
from hypothesis import strategies as st
from torch.nn.functional import softplus

from graders.core import expect
from graders.hidden._hypothesis import for_every, matrices, shown
from graders.hidden._words import Words
from graders.hidden.duality._common import problem
from graders.public.duality import linear_gan_cost

D = Words(linear_gan_cost)

COST = "linear_gan_cost(w, x_real, x_fake, C)"


@D.check("It is the cost of this discriminator.")
def cost_value(student, draw, right):
    w, (real, fake) = draw.normal(3), problem(draw)
    for c in (0.7, 3.0):
        expect.close(
            student.linear_gan_cost(w, real, fake, c),
            right.linear_gan_cost(w, real, fake, c),
            subject=f"{COST} with C = {c}",
        )


@D.check("It is right on small inputs of every shape, C = 0 included.", after=cost_value)
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


@D.check("Its gradients with respect to w and to both sets of points are right.", after=cost_value)
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


@D.check(
    "It is finite and right when the scores are in the thousands, in either direction.",
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


@cost_value.catches(
    "This is the cost of a discriminator with the usual sign in the exponent. Which sign does"
    " this one have?"
)
def usual_logistic(w, x_real, x_fake, C):
    return softplus(-(x_real @ w)).sum() + softplus(x_fake @ w).sum() + C / 2 * w.square().sum()


@cost_value.catches("You average over the points where the program sums.")
def averaged_cost(w, x_real, x_fake, C):
    return softplus(x_real @ w).mean() + softplus(-(x_fake @ w)).mean() + C / 2 * w.square().sum()


@cost_value.catches(
    "Real and generated points enter in the same way here. Which label does each of them have?"
)
def without_linear_term(w, x_real, x_fake, C):
    return softplus(x_real @ w).sum() + softplus(x_fake @ w).sum() + C / 2 * w.square().sum()


@cost_value.catches("Check the sign of the term that is linear in w.")
def plus_linear_term(w, x_real, x_fake, C):
    fake = x_fake @ w
    return softplus(x_real @ w).sum() + softplus(fake).sum() + fake.sum() + C / 2 * w.square().sum()


@cost_value.catches("Look again at the factor in front of the squared norm.")
def regulariser_without_half(w, x_real, x_fake, C):
    return softplus(x_real @ w).sum() + softplus(-(x_fake @ w)).sum() + C * w.square().sum()


@cost_value.catches("The norm of w enters, but not its square.")
def norm_not_squared(w, x_real, x_fake, C):
    return softplus(x_real @ w).sum() + softplus(-(x_fake @ w)).sum() + C / 2 * w.norm()


@cost_value.catches("One term of the program does not depend on the points. Is it in your value?")
def unregularised(w, x_real, x_fake, C):
    return softplus(x_real @ w).sum() + softplus(-(x_fake @ w)).sum()


@cost_value.catches(
    "Your value is to be maximised. What does the discriminator do with its cost in this program?"
)
def maximised_cost(w, x_real, x_fake, C):
    return -softplus(x_real @ w).sum() - softplus(-(x_fake @ w)).sum() - C / 2 * w.square().sum()


@cost_value.catches("The regulariser has lost its sign: should a large w cost more or less?")
def regulariser_subtracted(w, x_real, x_fake, C):
    return softplus(x_real @ w).sum() + softplus(-(x_fake @ w)).sum() - C / 2 * w.square().sum()


@cost_gradients.catches(
    "The generated points are cut out of the graph: their gradient is what trains the generator."
)
def points_detached(w, x_real, x_fake, C):
    return (
        softplus(x_real @ w).sum()
        + softplus(-(x_fake.detach() @ w)).sum()
        + C / 2 * w.square().sum()
    )


@cost_of_large_scores.catches(
    "An exponential overflows, and a probability rounds to 0 or 1, long before the logarithm"
    " becomes large."
)
def overflowing_cost(w, x_real, x_fake, C):
    real, fake = x_real @ w, x_fake @ w
    return (
        (1 + real.exp()).log().sum()
        + (1 + fake.exp()).log().sum()
        - fake.sum()
        + C / 2 * w.square().sum()
    )


@cost_of_large_scores.catches(
    "A probability that is clamped away from 0 gives a wrong cost to the points that matter most."
)
def clamped_cost(w, x_real, x_fake, C):
    p_real, p_fake = (torch.sigmoid(-(x @ w)).clamp(1e-12, 1 - 1e-12) for x in (x_real, x_fake))
    return -p_real.log().sum() - (1 - p_fake).log().sum() + C / 2 * w.square().sum()


@cost_value.catches("The costs of the points come back separately. What does the program minimise?")
def cost_per_point(w, x_real, x_fake, C):
    return torch.cat([softplus(x_real @ w), softplus(-(x_fake @ w))]) + C / 2 * w.square().sum()


@D.laws.law_dtype.catches("The result is always of one dtype. It should follow the input.")
def cost_in_float64(w, x_real, x_fake, C):
    w = w.double()
    return (
        softplus(x_real.double() @ w).sum()
        + softplus(-(x_fake.double() @ w)).sum()
        + C / 2 * w.square().sum()
    )


@D.sum_of("The term of the real points", "The term of the generated points", "The penalty on w")
def cost_terms(w, x_real, x_fake, C):
    real, fake = F.softplus(x_real @ w).sum(), F.softplus(-(x_fake @ w)).sum()
    return real, fake, C / 2 * w.square().sum()
