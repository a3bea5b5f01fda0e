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


@D.check(
    "It is the difference of the two expectations, with the sign of this topic.",
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


value_gradients = D.gradients(
    "Its gradients with respect to the scores are right.",
    lambda draw: scores(draw, 6, 4, False),
    after=value_of_scores,
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


@value_of_scores.catches(
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
