"""Hidden checks of `guided_epsilon`, then the mistakes that they catch."""

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.diffusion._common import (
    CONSTANT,
    FLOAT64,
    IN_PLACE,
    SHAPES,
    batch,
)
from graders.public.diffusion import guided_epsilon

D = Words(guided_epsilon)

GUIDED = "guided_epsilon(eps_conditional, eps_unconditional, w)"
NAMES = ("eps_conditional", "eps_unconditional", "w")


@D.check("It is right for every strength, with 0 for no guidance.")
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


@D.check(
    "At w = -1 it is the unconditional prediction, and it is linear in w.", after=guided_values
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


@guided_values.catches(
    "Papers count the strength from different points. What does this one's 0 stand for?"
)
def counted_from_the_unconditional(eps_conditional, eps_unconditional, w):
    return eps_unconditional + w * (eps_conditional - eps_unconditional)


@guided_values.catches("Which of the two predictions does guidance move away from?")
def roles_exchanged(eps_conditional, eps_unconditional, w):
    return (1 + w) * eps_unconditional - w * eps_conditional


@guided_values.catches("Guidance exaggerates a difference. Yours adds the two up.")
def added_up(eps_conditional, eps_unconditional, w):
    return (1 + w) * eps_conditional + w * eps_unconditional


@guided_values.catches("For strong guidance your prediction moves towards the unconditional one.")
def weakened(eps_conditional, eps_unconditional, w):
    return (1 - w) * eps_conditional + w * eps_unconditional


@guided_values.catches("Two equal predictions should be left as they are, whatever w is.")
def weights_do_not_sum_to_one(eps_conditional, eps_unconditional, w):
    return w * eps_conditional - (1 + w) * eps_unconditional


@guided_values.catches(
    "A longer prediction is not a better guided one. What is the direction of guidance?"
)
def longer(eps_conditional, eps_unconditional, w):
    return (1 + w) * eps_conditional


@guided_values.catches("Your result has been divided. Should its size stay that of a prediction?")
def averaged(eps_conditional, eps_unconditional, w):
    return ((1 + w) * eps_conditional - w * eps_unconditional) / (1 + 2 * w)


@D.laws.law_dtype.catches(FLOAT64)
def always_float64(eps_conditional, eps_unconditional, w):
    return (1 + w) * eps_conditional.double() - w * eps_unconditional


@D.laws.law_state.catches(IN_PLACE)
def conditional_overwritten(eps_conditional, eps_unconditional, w):
    return eps_conditional.mul_(1 + w) - w * eps_unconditional


@D.sum_of("The conditional noise", "The unconditional noise")
def guided_terms(eps_conditional, eps_unconditional, w):
    return (1 + w) * eps_conditional, -w * eps_unconditional
