"""Hidden checks of `guided_epsilon`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.core.exercise import check, misconception
from graders.hidden.diffusion._common import (
    CONSTANT,
    FLOAT64,
    IN_PLACE,
    SHAPES,
    batch,
    keeps_dtype,
    leaves_alone,
    rounded,
)

GUIDED = "guided_epsilon(eps_conditional, eps_unconditional, w)"
NAMES = ("eps_conditional", "eps_unconditional", "w")


@check("guided_epsilon", "It is right for every strength, with 0 for no guidance.")
def guided_values(student, draw, right):
    for n, d in SHAPES:
        for w in (2.5, 0.3, 1, 0, 7.0):
            given = *batch(draw, n, d), w
            expect.close(
                student.guided_epsilon(*given),
                right.guided_epsilon(*given),
                subject=f"{GUIDED} with w = {w}",
                atol=CONSTANT,
            )


@check(
    "guided_epsilon",
    "At w = -1 it is the unconditional prediction, and it is linear in w.",
    after=("guided_values",),
)
def guided_is_linear(student, draw):
    conditional, unconditional = batch(draw, 5, 3)
    expect.close(
        student.guided_epsilon(conditional, unconditional, -1),
        unconditional,
        subject=f"{GUIDED} with w = -1",
        atol=CONSTANT,
    )
    expect.close(
        student.guided_epsilon(conditional, unconditional, -0.5),
        (conditional + unconditional) / 2,
        subject=f"{GUIDED} with w = -0.5",
        atol=CONSTANT,
    )


@check("guided_epsilon", "It works in float32.", after=("guided_values",))
def guided_in_float32(student, draw, right):
    given = *batch(draw, 5, 3, dtype=torch.float32), 1.5
    got = expect.tensor(student.guided_epsilon(*given), shape=(5, 3), dtype=None, subject=GUIDED)
    wanted = right.guided_epsilon(*given)
    expect.close(rounded(got, GUIDED), wanted, subject=f"{GUIDED} in float32", atol=1e-4)


@check("guided_epsilon", "It keeps the dtype of its arguments.", after=("guided_values",))
def guided_keeps_dtype(student, draw):
    keeps_dtype(student, "guided_epsilon", lambda dtype: (*batch(draw, 5, 3, dtype=dtype), 1.5))


@check("guided_epsilon", "It leaves its arguments as they are.", after=("guided_values",))
def guided_changes_nothing(student, draw):
    leaves_alone(student, "guided_epsilon", [*batch(draw, 5, 3), 1.5], NAMES)


@misconception(
    "guided_epsilon",
    hint="Papers count the strength from different points. What does this one's 0 stand for?",
    caught_by="guided_values",
)
def counted_from_the_unconditional(eps_conditional, eps_unconditional, w):
    return eps_unconditional + w * (eps_conditional - eps_unconditional)


@misconception(
    "guided_epsilon",
    hint="Which of the two predictions does guidance move away from?",
    caught_by="guided_values",
)
def roles_exchanged(eps_conditional, eps_unconditional, w):
    return (1 + w) * eps_unconditional - w * eps_conditional


@misconception(
    "guided_epsilon",
    hint="Guidance exaggerates a difference. Yours adds the two up.",
    caught_by="guided_values",
)
def added_up(eps_conditional, eps_unconditional, w):
    return (1 + w) * eps_conditional + w * eps_unconditional


@misconception(
    "guided_epsilon",
    hint="For strong guidance your prediction moves towards the unconditional one.",
    caught_by="guided_values",
)
def weakened(eps_conditional, eps_unconditional, w):
    return (1 - w) * eps_conditional + w * eps_unconditional


@misconception(
    "guided_epsilon",
    hint="Two equal predictions should be left as they are, whatever w is.",
    caught_by="guided_values",
)
def weights_do_not_sum_to_one(eps_conditional, eps_unconditional, w):
    return w * eps_conditional - (1 + w) * eps_unconditional


@misconception(
    "guided_epsilon",
    hint="A longer prediction is not a better guided one. What is the direction of guidance?",
    caught_by="guided_values",
)
def longer(eps_conditional, eps_unconditional, w):
    return (1 + w) * eps_conditional


@misconception(
    "guided_epsilon",
    hint="Your result has been divided. Should its size stay that of a prediction?",
    caught_by="guided_values",
)
def averaged(eps_conditional, eps_unconditional, w):
    return ((1 + w) * eps_conditional - w * eps_unconditional) / (1 + 2 * w)


@misconception("guided_epsilon", hint=FLOAT64, caught_by="guided_keeps_dtype")
def always_float64(eps_conditional, eps_unconditional, w):
    return (1 + w) * eps_conditional.double() - w * eps_unconditional


@misconception("guided_epsilon", hint=IN_PLACE, caught_by="guided_changes_nothing")
def conditional_overwritten(eps_conditional, eps_unconditional, w):
    return eps_conditional.mul_(1 + w) - w * eps_unconditional
