"""Hidden checks of `wgan_value`, then the mistakes that they catch."""

from torch.nn.functional import softplus

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.wasserstein._common import PAPER
from graders.public.wasserstein import wgan_value

D = Words(wgan_value)

VALUE = "wgan_value(f_fake, f_real)"


def scores(draw, n, m, column):
    """Scores of n generated and m real examples, as (N,) or (N, 1)."""
    fake, real = 2 * draw.normal(n) + 1, draw.normal(m) - 0.5
    return (fake[:, None], real[:, None]) if column else (fake, real)


@D.check("It returns one number for scores (N,) and (N, 1), also of batches of different sizes.")
def value_is_a_scalar(student, draw):
    for column in (False, True):
        for n, m in ((5, 5), (4, 7), (1, 3)):
            expect.tensor(
                student.wgan_value(*scores(draw, n, m, column)),
                shape=(),
                subject=f"{VALUE} with {n} generated and {m} real examples",
            )


@D.check(
    "It is the difference of the two expectations, with the sign of this topic.",
    after=value_is_a_scalar,
)
def value_of_scores(student, draw, right):
    for column in (False, True):
        pair = scores(draw, 6, 4, column)
        for sign in (1, -1):
            expect.close(
                student.wgan_value(*(sign * part for part in pair)),
                sign * right.wgan_value(*pair),
                subject=VALUE,
            )


@D.check("Its gradients with respect to the scores are right.", after=value_of_scores)
def value_gradients(student, draw, right):
    pair = [part.requires_grad_() for part in scores(draw, 6, 4, False)]
    wanted = expect.gradient_of(right.wgan_value(*pair), pair)
    expect.gradients(
        student.wgan_value(*pair), pair, wanted, names=("f_fake", "f_real"), subject=VALUE
    )


@D.check("It keeps float32.", after=value_of_scores)
def value_keeps_float32(student, draw, right):
    pair = [part.float() for part in scores(draw, 6, 4, False)]
    expect.close(
        student.wgan_value(*pair), right.wgan_value(*pair), subject=f"{VALUE} in float32", atol=1e-5
    )


@D.check("It leaves its arguments as they are.", after=value_is_a_scalar)
def value_changes_nothing(student, draw):
    pair = scores(draw, 6, 4, False)
    expect.unchanged(
        student.observe("wgan_value", *pair), pair, names=("f_fake", "f_real"), subject=VALUE
    )


@value_of_scores.catches(f"{PAPER} Where is it high in the formula of this topic?")
def paper_value(f_fake, f_real):
    return f_real.mean() - f_fake.mean()


@value_of_scores.catches(
    "The value of one critic may be negative; the supremum takes care of the sign."
)
def absolute_value(f_fake, f_real):
    return (f_fake.mean() - f_real.mean()).abs()


@value_of_scores.catches("Expectations are estimated by means: your value grows with the batch.")
def value_of_sums(f_fake, f_real):
    return f_fake.sum() - f_real.sum()


@value_is_a_scalar.catches(
    "You pair generated with real examples, but the two batches are independent and may have"
    " different sizes."
)
def paired_scores(f_fake, f_real):
    return (f_fake.flatten() - f_real.flatten()).mean()


@value_of_scores.catches("A critic's scores are no logits: what does a sigmoid do to a score?")
def sigmoid_of_scores(f_fake, f_real):
    return f_fake.sigmoid().mean() - f_real.sigmoid().mean()


@value_of_scores.catches(
    "This is the value of the original GAN, with logarithms. What does the Wasserstein"
    " objective average?"
)
def original_gan_value(f_fake, f_real):
    return -softplus(f_fake).mean() - softplus(-f_real).mean()


@value_of_scores.catches("The two expectations have opposite signs in the dual formula.")
def sum_of_expectations(f_fake, f_real):
    return f_fake.mean() + f_real.mean()


@value_of_scores.catches("One of the two expectations is missing.")
def fake_expectation_only(f_fake, f_real):
    return f_fake.mean() + 0 * f_real.sum()


@value_of_scores.catches("The scores enter as they are, not with their squares.")
def squared_value(f_fake, f_real):
    return (f_fake.mean() - f_real.mean()).square()


@value_gradients.catches(
    "The value is right, but no gradient comes back: something cuts the graph."
)
def value_detached(f_fake, f_real):
    return (f_fake.mean() - f_real.mean()).detach()


@D.sum_of("The mean over the generated examples", "The mean over the real examples")
def score_terms(f_fake, f_real):
    return f_fake.mean(), -f_real.mean()
