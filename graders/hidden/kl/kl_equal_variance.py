"""Hidden checks of `kl_equal_variance`, then the mistakes that they catch."""

from graders.hidden._hypothesis import matrices
from graders.hidden._words import Words
from graders.hidden.kl._common import FACTOR
from graders.public.kl import kl_equal_variance

D = Words(kl_equal_variance)


equal_closed_form = D.equals_reference(
    "It equals the closed form, elementwise.",
    lambda draw: (draw.normal(4, 3), draw.normal(4, 3), draw.uniform(0.3, 3, 4, 3)),
)


equal_everywhere = D.everywhere(
    "It equals the closed form on small inputs.",
    matrices(low=-3, high=3, count=3),
    made=lambda mu_q, mu_p, offset: (mu_q, mu_p, 0.5 + offset.abs()),
    after=equal_closed_form,
)


equal_gradients = D.gradients(
    "Its gradients with respect to all three arguments are right.",
    lambda draw: [draw.normal(5), draw.normal(5), draw.uniform(0.5, 2, 5)],
    after=equal_closed_form,
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
