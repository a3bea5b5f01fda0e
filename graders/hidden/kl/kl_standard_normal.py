"""Hidden checks of `kl_standard_normal`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._hypothesis import matrices
from graders.hidden._words import Words
from graders.hidden.kl._common import FACTOR
from graders.public.kl import kl_standard_normal

D = Words(kl_standard_normal)

KL = "kl_standard_normal(mu, logvar)"


@D.check("It returns one value per example, whatever the number of examples and dimensions.")
def one_value_per_example(student, draw):
    for n, k in ((4, 3), (2, 5), (1, 1)):
        got = student.kl_standard_normal(draw.normal(n, k), draw.normal(n, k))
        expect.tensor(got, shape=(n,), subject=f"{KL} with N = {n}, K = {k}")


closed_form = D.equals_reference(
    "It equals the closed form.",
    lambda draw: (2 * draw.normal(5, 3), draw.uniform(-2.5, 2, 5, 3)),
    after=one_value_per_example,
)


closed_form_everywhere = D.everywhere(
    "It equals the closed form on small inputs of every shape.",
    matrices(low=-3, high=3, count=2),
    after=one_value_per_example,
)


kl_gradients = D.gradients(
    "Its gradients with respect to mu and logvar are right.",
    lambda draw: (draw.normal(4, 3), draw.normal(4, 3)),
    after=closed_form,
)


keeps_leading_dimensions = D.equals_reference(
    "Extra leading dimensions are kept.",
    lambda draw: (draw.normal(2, 5, 3), draw.normal(2, 5, 3)),
    after=one_value_per_example,
)


extreme_variances = D.equals_reference(
    "It stays accurate for very small and very large variances.",
    lambda draw: (
        draw.normal(3, 2),
        torch.tensor([[-600.0, 0.0], [-40.0, 2.0], [40.0, -3.0]], dtype=torch.float64),
    ),
    after=closed_form,
)


BASE = (
    "The logarithm of the variance and that of the standard deviation differ by a factor: which one"
    " does the network give you?"
)


@closed_form.catches(FACTOR)
def without_half(mu, logvar):
    return (logvar.exp() + mu.square() - 1 - logvar).sum(-1)


@closed_form.catches("Your values have the opposite sign. Can a divergence be negative?")
def negated(mu, logvar):
    return -0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(-1)


@closed_form.catches(
    "You average over the latent dimensions. What does the divergence of independent dimensions do?"
)
def mean_over_latents(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).mean(-1)


@one_value_per_example.catches(
    "You return a single number for the whole batch. Every example has a divergence of its own."
)
def batch_sum(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum()


@one_value_per_example.catches(
    "You average over the batch. Every example has a divergence of its own."
)
def batch_mean(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(-1).mean()


@one_value_per_example.catches(
    "You sum over the examples instead of over the latent dimensions. Which axis is which?"
)
def wrong_axis(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(0)


@one_value_per_example.catches(
    "The value of each latent dimension comes back separately. What is the divergence of the"
    " whole vector?"
)
def not_reduced(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar)


@closed_form.catches("The -1 belongs to each dimension, not to the sum.")
def minus_one_once(mu, logvar):
    return 0.5 * ((logvar.exp() + mu.square() - logvar).sum(-1) - 1)


@closed_form.catches(
    "Your divergence of a standard normal from itself is not 0: a constant is missing."
)
def without_minus_one(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - logvar).sum(-1)


@closed_form.catches("The mean enters as a distance from 0. Does its sign matter?")
def mean_not_squared(mu, logvar):
    return 0.5 * (logvar.exp() + mu - 1 - logvar).sum(-1)


@closed_form.catches(
    "Check the sign with which the log variance enters: what should happen as the variance goes"
    " to 0?"
)
def plus_logvar(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 + logvar).sum(-1)


@closed_form.catches(BASE)
def log_of_std(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - 0.5 * logvar).sum(-1)


@closed_form.catches(f"You read logvar as the log of the standard deviation. {BASE}")
def logvar_as_log_std(mu, logvar):
    return 0.5 * ((2 * logvar).exp() + mu.square() - 1 - 2 * logvar).sum(-1)


@closed_form.catches("You use the standard deviation where the variance belongs.")
def std_for_variance(mu, logvar):
    return 0.5 * ((0.5 * logvar).exp() + mu.square() - 1 - logvar).sum(-1)


@closed_form.catches("You read logvar as the variance itself. What does its name say?")
def logvar_as_variance(mu, logvar):
    variance = logvar.abs() + 1e-8
    return 0.5 * (variance + mu.square() - 1 - variance.log()).sum(-1)


@closed_form_everywhere.catches(
    "A small constant inside the logarithm changes the value. Is the logarithm needed at all"
    " when logvar is given?"
)
def biased_log(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - (logvar.exp() + 1e-8).log()).sum(-1)


@closed_form.catches("The two arguments are exchanged: the first is the mean.")
def swapped_arguments(logvar, mu):
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(-1)


@closed_form.catches(
    "Only the entropy of q is in your value; the expectation of log p under q is missing."
)
def prior_dropped(mu, logvar):
    return -0.5 * (1 + logvar + torch.log(torch.tensor(2 * torch.pi, dtype=mu.dtype))).sum(-1)


@closed_form.catches("This is the divergence in the other direction: KL is not symmetric.")
def reversed_direction(mu, logvar):
    return 0.5 * ((1 + mu.square()) / logvar.exp() - 1 + logvar).sum(-1)


@closed_form.catches(
    "A random estimate changes with every call; here the integral has a closed form."
)
def one_sample_estimate(mu, logvar):
    eps = torch.randn_like(mu)
    z = mu + (0.5 * logvar).exp() * eps
    return 0.5 * (z.square() - logvar - eps.square()).sum(-1)


@closed_form.catches(
    "The divergence is that of each example, not of the batch's average distribution."
)
def of_batch_average(mu, logvar):
    mean, log_mean = mu.mean(0), logvar.mean(0)
    return (
        (0.5 * (log_mean.exp() + mean.square() - 1 - log_mean).sum(-1))
        .expand(mu.shape[:-1])
        .clone()
    )


@kl_gradients.catches("The value is right, but no gradient comes back: something cuts the graph.")
def detached(mu, logvar):
    return 0.5 * (logvar.detach().exp() + mu.detach().square() - 1 - logvar.detach()).sum(-1)


@keeps_leading_dimensions.catches(
    "The sum runs over a fixed axis. Which axis is the latent one when there are more?"
)
def fixed_axis(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(1)


@D.laws.law_state.catches(
    "An operation whose name ends in an underscore changes the caller's tensor."
)
def in_place(mu, logvar):
    log = logvar.clone()
    logvar.data.exp_()
    return 0.5 * (log.exp() + mu.square() - 1 - log).sum(-1)


@D.laws.law_dtype.catches("The result is always of one dtype. It should follow the input.")
def promotes_dtype(mu, logvar):
    return 0.5 * (logvar.double().exp() + mu.double().square() - 1 - logvar.double()).sum(-1)


@extreme_variances.catches(
    "Going from logvar to the variance and back loses what underflows on the way."
)
def log_of_exp(mu, logvar):
    variance = logvar.exp()
    return (
        0.5 * (variance + mu.square() - 1 - variance.log()).sum(-1)
        if logvar.min() < -700
        else 0.5 * (variance + mu.square() - 1 - variance.clamp_min(1e-12).log()).sum(-1)
    )


@D.sum_of(
    "The trace of the covariance",
    "The square of the mean",
    "The constant of each dimension",
    "The log variance",
)
def kl_terms(mu, logvar):
    parts = logvar.exp(), mu.square(), -torch.ones_like(mu), -logvar
    return tuple(0.5 * part.sum(-1) for part in parts)
