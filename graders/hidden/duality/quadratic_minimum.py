"""Hidden checks of `quadratic_minimum`, then the mistakes that they catch."""

import torch
from hypothesis import strategies as st

from graders.core import expect
from graders.core.exercise import check, misconception
from graders.hidden._hypothesis import for_every, matrices, shown

QUADRATIC = "quadratic_minimum(b, C)"


@check("quadratic_minimum", "It returns one number.")
def quadratic_is_a_scalar(student, draw):
    for d in (3, 1, 7):
        expect.tensor(
            student.quadratic_minimum(draw.normal(d), 0.7),
            shape=(),
            subject=f"{QUADRATIC} with D = {d}",
        )


@check("quadratic_minimum", "It is the smallest value.", after=("quadratic_is_a_scalar",))
def quadratic_value(student, draw, right):
    for c in (0.7, 3.0):
        b = draw.normal(4)
        expect.close(
            student.quadratic_minimum(b, c),
            right.quadratic_minimum(b, c),
            subject=f"{QUADRATIC} with C = {c}",
        )


@check(
    "quadratic_minimum",
    "No w gives less, and w = b / C gives exactly this.",
    after=("quadratic_is_a_scalar",),
)
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


@check("quadratic_minimum", "Its gradient with respect to b is right.", after=("quadratic_value",))
def quadratic_gradient(student, draw, right):
    b = draw.normal(4).requires_grad_()
    wanted = expect.gradient_of(right.quadratic_minimum(b, 0.7), [b])
    expect.gradients(
        student.quadratic_minimum(b, 0.7), [b], wanted, names=("b",), subject=QUADRATIC
    )


@check("quadratic_minimum", "It keeps float32.", after=("quadratic_value",))
def quadratic_keeps_float32(student, draw, right):
    b = draw.normal(4, dtype=torch.float32)
    expect.close(
        student.quadratic_minimum(b, 0.7),
        right.quadratic_minimum(b, 0.7),
        subject=f"{QUADRATIC} in float32",
        atol=1e-5,
    )


@check("quadratic_minimum", "It leaves b as it is.", after=("quadratic_is_a_scalar",))
def quadratic_changes_nothing(student, draw):
    b = draw.normal(4)
    expect.unchanged(
        student.observe("quadratic_minimum", b, 0.7), (b,), names=("b",), subject=QUADRATIC
    )


@misconception(
    "quadratic_minimum",
    hint="At w = 0 the function is 0 already. What does that say about the sign of its minimum?",
    caught_by="quadratic_value",
)
def positive_minimum(b, C):
    return b.square().sum() / (2 * C)


@misconception(
    "quadratic_minimum",
    hint="Only one of the two terms is in your value. Put the minimiser into both.",
    caught_by="quadratic_value",
)
def linear_part_only(b, C):
    return -b.square().sum() / C


@misconception(
    "quadratic_minimum",
    hint="Does the minimum get deeper or flatter as C grows?",
    caught_by="quadratic_value",
)
def multiplied_by_c(b, C):
    return -C * b.square().sum() / 2


@misconception(
    "quadratic_minimum",
    hint="b enters with its square, not with its length.",
    caught_by="quadratic_value",
)
def b_not_squared(b, C):
    return -b.norm() / (2 * C)


@misconception(
    "quadratic_minimum",
    hint="C is not in your value. How does the minimum depend on it?",
    caught_by="quadratic_value",
)
def quadratic_without_c(b, C):
    return -b.square().sum() / 2


@misconception(
    "quadratic_minimum",
    hint="This is where the minimum is attained. What is the value there?",
    caught_by="quadratic_is_a_scalar",
)
def minimiser_instead(b, C):
    return b / C


@misconception(
    "quadratic_minimum",
    hint="The square belongs to the vector; here it is that of a sum.",
    caught_by="quadratic_value",
)
def square_of_the_sum(b, C):
    return -b.sum().square() / (2 * C)


@misconception(
    "quadratic_minimum",
    hint="The coordinates come back separately. The minimum is over the whole vector.",
    caught_by="quadratic_is_a_scalar",
)
def quadratic_per_coordinate(b, C):
    return -b.square() / (2 * C)


@misconception(
    "quadratic_minimum",
    hint="You average over the coordinates. Is the square of a vector's length a mean?",
    caught_by="quadratic_value",
)
def quadratic_averaged(b, C):
    return -b.square().mean() / (2 * C)
