"""Hidden checks of `quadratic_minimum`, then the mistakes that they catch."""

from hypothesis import strategies as st

from graders.core import expect
from graders.hidden._hypothesis import for_every, matrices, shown
from graders.hidden._words import Words
from graders.public.duality import quadratic_minimum

D = Words(quadratic_minimum)

QUADRATIC = "quadratic_minimum(b, C)"


quadratic_value = D.equals_reference(
    "It is the smallest value.",
    lambda draw: [(draw.normal(4), c) for c in (0.7, 3.0)],
)


@D.check("No w gives less, and w = b / C gives exactly this.")
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


quadratic_gradient = D.gradients(
    "Its gradient with respect to b is right.",
    lambda draw: (draw.normal(4), 0.7),
    of=(0,),
    after=quadratic_value,
)


@quadratic_value.catches(
    "At w = 0 the function is 0 already. What does that say about the sign of its minimum?"
)
def positive_minimum(b, C):
    return b.square().sum() / (2 * C)


@quadratic_value.catches("Only one of the two terms is in your value. Put the minimiser into both.")
def linear_part_only(b, C):
    return -b.square().sum() / C


@quadratic_value.catches("Does the minimum get deeper or flatter as C grows?")
def multiplied_by_c(b, C):
    return -C * b.square().sum() / 2


@quadratic_value.catches("b enters with its square, not with its length.")
def b_not_squared(b, C):
    return -b.norm() / (2 * C)


@quadratic_value.catches("C is not in your value. How does the minimum depend on it?")
def quadratic_without_c(b, C):
    return -b.square().sum() / 2


@quadratic_value.catches("This is where the minimum is attained. What is the value there?")
def minimiser_instead(b, C):
    return b / C


@quadratic_value.catches("The square belongs to the vector; here it is that of a sum.")
def square_of_the_sum(b, C):
    return -b.sum().square() / (2 * C)


@quadratic_value.catches(
    "The coordinates come back separately. The minimum is over the whole vector."
)
def quadratic_per_coordinate(b, C):
    return -b.square() / (2 * C)


@quadratic_value.catches(
    "You average over the coordinates. Is the square of a vector's length a mean?"
)
def quadratic_averaged(b, C):
    return -b.square().mean() / (2 * C)
