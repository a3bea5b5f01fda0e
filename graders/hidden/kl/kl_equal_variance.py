"""Hidden checks of `kl_equal_variance`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._hypothesis import for_every, matrices, shown
from graders.hidden._words import Words
from graders.hidden.kl._common import FACTOR
from graders.public.kl import kl_equal_variance

D = Words(kl_equal_variance)

EQUAL = "kl_equal_variance(mu_q, mu_p, sigma)"


@D.check("It equals the closed form, elementwise.")
def equal_closed_form(student, draw, right):
    triple = draw.normal(4, 3), draw.normal(4, 3), draw.uniform(0.3, 3, 4, 3)
    expect.close(
        student.kl_equal_variance(*triple), right.kl_equal_variance(*triple), subject=EQUAL
    )


@D.check("It equals the closed form on small inputs.", after=equal_closed_form)
def equal_everywhere(student, draw, right):
    def law(example):
        mu_q, mu_p, offset = example
        sigma = 0.5 + offset.abs()
        got = student.kl_equal_variance(mu_q, mu_p, sigma)
        expect.close(
            got,
            right.kl_equal_variance(mu_q, mu_p, sigma),
            subject=EQUAL,
            inputs=shown(mu_q=mu_q, mu_p=mu_p, sigma=sigma),
        )

    for_every(draw, matrices(low=-3, high=3, count=3), law)


@D.check("Its gradients with respect to all three arguments are right.", after=equal_closed_form)
def equal_gradients(student, draw, right):
    triple = [
        draw.normal(5).requires_grad_(),
        draw.normal(5).requires_grad_(),
        draw.uniform(0.5, 2, 5).requires_grad_(),
    ]
    wanted = expect.gradient_of(right.kl_equal_variance(*triple), triple)
    expect.gradients(
        student.kl_equal_variance(*triple),
        triple,
        wanted,
        names=("mu_q", "mu_p", "sigma"),
        subject=EQUAL,
    )


@D.check("It keeps float32.", after=equal_closed_form)
def equal_keeps_float32(student, draw, right):
    triple = (
        draw.normal(5, dtype=torch.float32),
        draw.normal(5, dtype=torch.float32),
        draw.uniform(0.5, 2, 5, dtype=torch.float32),
    )
    expect.close(
        student.kl_equal_variance(*triple),
        right.kl_equal_variance(*triple),
        subject=f"{EQUAL} in float32",
        atol=1e-5,
    )


@equal_closed_form.catches(FACTOR)
def equal_without_half(mu_q, mu_p, sigma):
    return (mu_q - mu_p) ** 2 / sigma**2


@equal_closed_form.catches("Is sigma the standard deviation or the variance here?")
def equal_sigma_as_variance(mu_q, mu_p, sigma):
    return (mu_q - mu_p) ** 2 / (2 * sigma)


@equal_closed_form.catches("Your value changes its sign when the two means are exchanged.")
def equal_not_squared(mu_q, mu_p, sigma):
    return (mu_q - mu_p) / (2 * sigma**2)


@equal_closed_form.catches("Each entry is a pair of Gaussians of its own: nothing is summed.")
def equal_summed(mu_q, mu_p, sigma):
    return ((mu_q - mu_p) ** 2 / (2 * sigma**2)).sum(-1)


@equal_closed_form.catches(
    "Your value is a log density; the divergence is an expectation of a difference of two."
)
def equal_negative(mu_q, mu_p, sigma):
    return -((mu_q - mu_p) ** 2) / (2 * sigma**2)


@equal_closed_form.catches("How does the divergence change when both Gaussians get wider?")
def equal_sigma_ignored(mu_q, mu_p, sigma):
    return 0.5 * (mu_q - mu_p) ** 2 + 0 * sigma


@equal_closed_form.catches("The distance between the means enters as its square, not as its size.")
def equal_absolute(mu_q, mu_p, sigma):
    return (mu_q - mu_p).abs() / (2 * sigma**2)
