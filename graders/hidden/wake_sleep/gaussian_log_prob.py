"""Hidden checks of `gaussian_log_prob`, then the mistakes that they catch."""

import math

import torch

from graders.core import expect
from graders.hidden._hypothesis import matrices
from graders.hidden._words import Words
from graders.hidden.wake_sleep._common import SPREAD
from graders.public.wake_sleep import gaussian_log_prob

D = Words(gaussian_log_prob)

DENSITY = "gaussian_log_prob(z, mu, logvar)"


# log(2 pi) in float32 is off by 3e-8, once for each dimension, also where the density is near 1 and
# its logarithm near 0.
CONSTANTS = 1e-6


density_closed_form = D.equals_reference(
    "It equals the closed form.",
    lambda draw: (2 * draw.normal(5, 3), draw.normal(5, 3), draw.uniform(-2, 1.5, 5, 3)),
    atol=CONSTANTS,
)


density_everywhere = D.everywhere(
    "It equals the closed form on small inputs of every shape.",
    matrices(low=-3, high=3, count=3),
    atol=CONSTANTS,
)


density_gradients = D.gradients(
    "Its gradients with respect to all three arguments are right.",
    lambda draw: [draw.normal(4, 3) for _ in range(3)],
    after=density_closed_form,
)


density_keeps_leading_dimensions = D.equals_reference(
    "Leading dimensions are kept.",
    lambda draw: [[draw.normal(*shape) for _ in range(3)] for shape in ((2, 5, 3), (3,))],
    after=density_closed_form,
    atol=CONSTANTS,
)


@D.check(
    "It stays accurate far out in the tails, and for very small and very large variances.",
    after=density_closed_form,
)
def extreme_densities(student, draw, right):
    logvar = torch.tensor([[-500.0, -300.0], [500.0, 1.0], [0.0, -2.0]], dtype=torch.float64)
    distance = torch.tensor([[1.0, -2.0], [0.5, 3.0], [60.0, -90.0]], dtype=torch.float64)
    z, mu = distance * (0.5 * logvar).exp(), torch.zeros(3, 2, dtype=torch.float64)
    expect.close(
        student.gaussian_log_prob(z, mu, logvar),
        right.gaussian_log_prob(z, mu, logvar),
        subject=f"{DENSITY} at extremes",
    )


def _density_terms(z, mu, logvar):
    """Squared distance in standard deviations, log variance, log 2 pi: what is summed, each `(...,
    K)`.
    """
    return (z - mu) ** 2 / logvar.exp(), logvar, torch.full_like(z, math.log(2 * math.pi))


@density_closed_form.catches("A constant is missing: does your density integrate to 1?")
def density_without_constant(z, mu, logvar):
    distance, log, _ = _density_terms(z, mu, logvar)
    return -0.5 * (distance + log).sum(-1)


@density_closed_form.catches("The constant belongs to each dimension, not to the sum.")
def density_constant_once(z, mu, logvar):
    distance, log, _ = _density_terms(z, mu, logvar)
    return -0.5 * ((distance + log).sum(-1) + math.log(2 * math.pi))


@density_closed_form.catches(
    "The 2 pi stands under a root in the density. What does the logarithm make of the root?"
)
def density_constant_doubled(z, mu, logvar):
    return -(0.5 * sum(_density_terms(z, mu, logvar)[:2]) + math.log(2 * math.pi)).sum(-1)


@density_closed_form.catches("A wide Gaussian is also a low one. Which term says so?")
def density_without_log_variance(z, mu, logvar):
    distance, _, constant = _density_terms(z, mu, logvar)
    return -0.5 * (distance + constant).sum(-1)


@density_closed_form.catches(
    "Check the sign of the log variance: how does the density at the mean change when the"
    " Gaussian gets wider?"
)
def density_plus_log_variance(z, mu, logvar):
    distance, log, constant = _density_terms(z, mu, logvar)
    return -0.5 * (distance - log + constant).sum(-1)


@density_closed_form.catches(SPREAD)
def density_std_for_variance(z, mu, logvar):
    return -0.5 * ((z - mu) ** 2 / (0.5 * logvar).exp() + logvar + math.log(2 * math.pi)).sum(-1)


@density_closed_form.catches(SPREAD)
def density_variance_for_std(z, mu, logvar):
    return torch.distributions.Normal(mu, logvar.exp()).log_prob(z).sum(-1)


@density_closed_form.catches("The distance between z and the mean enters squared.")
def density_not_squared(z, mu, logvar):
    return -0.5 * ((z - mu).abs() / (0.5 * logvar).exp() + logvar + math.log(2 * math.pi)).sum(-1)


@density_closed_form.catches(
    "The whole exponent of a Gaussian carries a factor. Look at the term with the distance."
)
def density_distance_without_half(z, mu, logvar):
    distance, log, constant = _density_terms(z, mu, logvar)
    return -(distance + 0.5 * (log + constant)).sum(-1)


@density_closed_form.catches(
    "Independent dimensions multiply their densities. What happens to the logarithms?"
)
def density_averaged(z, mu, logvar):
    return -0.5 * sum(_density_terms(z, mu, logvar)).mean(-1)


@density_closed_form.catches(
    "Your values have the opposite sign: the log density is asked for, not a loss."
)
def density_negated(z, mu, logvar):
    return 0.5 * sum(_density_terms(z, mu, logvar)).sum(-1)


@density_closed_form.catches("Your values are densities; their logarithms are asked for.")
def density_not_logarithm(z, mu, logvar):
    return (-0.5 * sum(_density_terms(z, mu, logvar)).sum(-1)).exp()


@extreme_densities.catches("A density far from the mean underflows before you take its logarithm.")
def density_then_logarithm(z, mu, logvar):
    return (-0.5 * sum(_density_terms(z, mu, logvar)).sum(-1)).exp().log()


@extreme_densities.catches(
    "A small constant against division by 0 changes narrow Gaussians. Can the variance be 0"
    " here at all?"
)
def density_padded(z, mu, logvar):
    variance = logvar.exp() + 1e-12
    return -0.5 * ((z - mu) ** 2 / variance + variance.log() + math.log(2 * math.pi)).sum(-1)


@density_closed_form.catches(
    "The mean and the log variance are exchanged: the second argument is the mean."
)
def density_arguments_swapped(z, logvar, mu):
    return -0.5 * sum(_density_terms(z, mu, logvar)).sum(-1)


@density_closed_form.catches(
    "The value of each dimension comes back separately. What is the log density of the whole"
    " vector?"
)
def density_not_reduced(z, mu, logvar):
    return -0.5 * sum(_density_terms(z, mu, logvar))


@density_closed_form.catches("Every example has a log density of its own.")
def density_of_batch(z, mu, logvar):
    return -0.5 * sum(_density_terms(z, mu, logvar)).sum()


@density_keeps_leading_dimensions.catches(
    "The sum runs over a fixed axis. Which axis is the latent one when there are more?"
)
def density_fixed_axis(z, mu, logvar):
    terms = -0.5 * sum(_density_terms(z, mu, logvar))
    return terms.sum(1) if terms.ndim > 1 else terms.sum()


@density_gradients.catches(
    "The value is right, but no gradient comes back to where z was drawn from."
)
def density_parameters_detached(z, mu, logvar):
    return -0.5 * sum(_density_terms(z, mu.detach(), logvar.detach())).sum(-1)


@D.laws.law_dtype.catches("The result is always of one dtype. It should follow the input.")
def density_always_float64(z, mu, logvar):
    return -0.5 * sum(_density_terms(z.double(), mu.double(), logvar.double())).sum(-1)


@D.laws.law_state.catches(
    "An operation whose name ends in an underscore changes the caller's tensor."
)
def density_in_place(z, mu, logvar):
    result = -0.5 * sum(_density_terms(z.clone(), mu, logvar)).sum(-1)
    z.data.sub_(mu.data)
    return result


@D.sum_of(
    "The distance from the mean",
    "The log variance",
    "The constant with pi",
)
def density_terms(z, mu, logvar):
    parts = (
        (z - mu).square() * (-logvar).exp(),
        logvar.expand_as(z),
        torch.full_like(z, math.log(2 * math.pi)),
    )
    return tuple(-0.5 * part.sum(-1) for part in parts)
