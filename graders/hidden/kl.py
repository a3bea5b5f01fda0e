"""Hidden checks and misconceptions of the topic `kl`."""

import torch

from graders.core import expect
from graders.core.exercise import check, misconception, wrong_answer
from graders.hidden._hypothesis import for_every, matrices, shown

KL = "kl_standard_normal(mu, logvar)"


@check(
    "kl_standard_normal",
    "It returns one value per example, whatever the number of examples and dimensions.",
)
def one_value_per_example(student, draw):
    for n, k in ((4, 3), (2, 5), (1, 1)):
        got = student.kl_standard_normal(draw.normal(n, k), draw.normal(n, k))
        expect.tensor(got, shape=(n,), subject=f"{KL} with N = {n}, K = {k}")


@check("kl_standard_normal", "It equals the closed form.", after=("one_value_per_example",))
def closed_form(student, draw, right):
    mu, logvar = 2 * draw.normal(5, 3), draw.uniform(-2.5, 2, 5, 3)
    expect.close(
        student.kl_standard_normal(mu, logvar), right.kl_standard_normal(mu, logvar), subject=KL
    )


@check(
    "kl_standard_normal",
    "It equals the closed form on small inputs of every shape.",
    after=("one_value_per_example",),
)
def closed_form_everywhere(student, draw, right):
    def law(example):
        mu, logvar = example
        got = student.kl_standard_normal(mu, logvar)
        expect.close(
            got,
            right.kl_standard_normal(mu, logvar),
            subject=KL,
            inputs=shown(mu=mu, logvar=logvar),
        )

    for_every(draw, matrices(low=-3, high=3, count=2), law)


@check(
    "kl_standard_normal",
    "Its gradients with respect to mu and logvar are right.",
    after=("closed_form",),
)
def kl_gradients(student, draw, right):
    mu, logvar = draw.normal(4, 3).requires_grad_(), draw.normal(4, 3).requires_grad_()
    wanted = expect.gradient_of(right.kl_standard_normal(mu, logvar), [mu, logvar])
    expect.gradients(
        student.kl_standard_normal(mu, logvar),
        [mu, logvar],
        wanted,
        names=("mu", "logvar"),
        subject=KL,
    )


@check("kl_standard_normal", "Extra leading dimensions are kept.", after=("one_value_per_example",))
def keeps_leading_dimensions(student, draw, right):
    mu, logvar = draw.normal(2, 5, 3), draw.normal(2, 5, 3)
    expect.close(
        student.kl_standard_normal(mu, logvar),
        right.kl_standard_normal(mu, logvar),
        subject=f"{KL} of shape (2, 5, 3)",
    )


@check(
    "kl_standard_normal",
    "It keeps float32, and is accurate in it.",
    after=("one_value_per_example",),
)
def keeps_float32(student, draw, right):
    mu, logvar = draw.normal(4, 3, dtype=torch.float32), draw.normal(4, 3, dtype=torch.float32)
    expect.close(
        student.kl_standard_normal(mu, logvar),
        right.kl_standard_normal(mu, logvar),
        subject=f"{KL} in float32",
        atol=1e-5,
    )


@check(
    "kl_standard_normal",
    "It stays accurate for very small and very large variances.",
    after=("closed_form",),
)
def extreme_variances(student, draw, right):
    mu, logvar = (
        draw.normal(3, 2),
        torch.tensor([[-600.0, 0.0], [-40.0, 2.0], [40.0, -3.0]], dtype=torch.float64),
    )
    expect.close(
        student.kl_standard_normal(mu, logvar),
        right.kl_standard_normal(mu, logvar),
        subject=f"{KL} at extreme logvar",
    )


@check(
    "kl_standard_normal", "It leaves its arguments as they are.", after=("one_value_per_example",)
)
def kl_changes_nothing(student, draw):
    mu, logvar = draw.normal(4, 3), draw.normal(4, 3)
    observed = student.observe("kl_standard_normal", mu, logvar)
    expect.unchanged(observed, (mu, logvar), names=("mu", "logvar"), subject=KL)


FACTOR = (
    "Your values are a fixed multiple of the divergence. Look again at the factor in front of the"
    " sum."
)
BASE = (
    "The logarithm of the variance and that of the standard deviation differ by a factor: which one"
    " does the network give you?"
)


@misconception("kl_standard_normal", hint=FACTOR, caught_by="closed_form")
def without_half(mu, logvar):
    return (logvar.exp() + mu.square() - 1 - logvar).sum(-1)


@misconception(
    "kl_standard_normal",
    hint="Your values have the opposite sign. Can a divergence be negative?",
    caught_by="closed_form",
)
def negated(mu, logvar):
    return -0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(-1)


@misconception(
    "kl_standard_normal",
    hint=(
        "You average over the latent dimensions. What does the divergence of independent"
        " dimensions do?"
    ),
    caught_by="closed_form",
)
def mean_over_latents(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).mean(-1)


@misconception(
    "kl_standard_normal",
    hint=(
        "You return a single number for the whole batch. Every example has a divergence of its own."
    ),
    caught_by="one_value_per_example",
)
def batch_sum(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum()


@misconception(
    "kl_standard_normal",
    hint="You average over the batch. Every example has a divergence of its own.",
    caught_by="one_value_per_example",
)
def batch_mean(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(-1).mean()


@misconception(
    "kl_standard_normal",
    hint="You sum over the examples instead of over the latent dimensions. Which axis is which?",
    caught_by="one_value_per_example",
)
def wrong_axis(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(0)


@misconception(
    "kl_standard_normal",
    hint=(
        "The value of each latent dimension comes back separately. What is the divergence of the"
        " whole vector?"
    ),
    caught_by="one_value_per_example",
)
def not_reduced(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar)


@misconception(
    "kl_standard_normal",
    hint="The -1 belongs to each dimension, not to the sum.",
    caught_by="closed_form",
)
def minus_one_once(mu, logvar):
    return 0.5 * ((logvar.exp() + mu.square() - logvar).sum(-1) - 1)


@misconception(
    "kl_standard_normal",
    hint="Your divergence of a standard normal from itself is not 0: a constant is missing.",
    caught_by="closed_form",
)
def without_minus_one(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - logvar).sum(-1)


@misconception(
    "kl_standard_normal",
    hint="The mean enters as a distance from 0. Does its sign matter?",
    caught_by="closed_form",
)
def mean_not_squared(mu, logvar):
    return 0.5 * (logvar.exp() + mu - 1 - logvar).sum(-1)


@misconception(
    "kl_standard_normal",
    hint=(
        "Check the sign with which the log variance enters: what should happen as the variance goes"
        " to 0?"
    ),
    caught_by="closed_form",
)
def plus_logvar(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 + logvar).sum(-1)


@misconception("kl_standard_normal", hint=BASE, caught_by="closed_form")
def log_of_std(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - 0.5 * logvar).sum(-1)


@misconception(
    "kl_standard_normal",
    hint=f"You read logvar as the log of the standard deviation. {BASE}",
    caught_by="closed_form",
)
def logvar_as_log_std(mu, logvar):
    return 0.5 * ((2 * logvar).exp() + mu.square() - 1 - 2 * logvar).sum(-1)


@misconception(
    "kl_standard_normal",
    hint="You use the standard deviation where the variance belongs.",
    caught_by="closed_form",
)
def std_for_variance(mu, logvar):
    return 0.5 * ((0.5 * logvar).exp() + mu.square() - 1 - logvar).sum(-1)


@misconception(
    "kl_standard_normal",
    hint="You read logvar as the variance itself. What does its name say?",
    caught_by="closed_form",
)
def logvar_as_variance(mu, logvar):
    variance = logvar.abs() + 1e-8
    return 0.5 * (variance + mu.square() - 1 - variance.log()).sum(-1)


@misconception(
    "kl_standard_normal",
    hint=(
        "A small constant inside the logarithm changes the value. Is the logarithm needed at all"
        " when logvar is given?"
    ),
    caught_by="closed_form_everywhere",
)
def biased_log(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - (logvar.exp() + 1e-8).log()).sum(-1)


@misconception(
    "kl_standard_normal",
    hint="The two arguments are exchanged: the first is the mean.",
    caught_by="closed_form",
)
def swapped_arguments(logvar, mu):
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(-1)


@misconception(
    "kl_standard_normal",
    hint="Only the entropy of q is in your value; the expectation of log p under q is missing.",
    caught_by="closed_form",
)
def prior_dropped(mu, logvar):
    return -0.5 * (1 + logvar + torch.log(torch.tensor(2 * torch.pi, dtype=mu.dtype))).sum(-1)


@misconception(
    "kl_standard_normal",
    hint="This is the divergence in the other direction: KL is not symmetric.",
    caught_by="closed_form",
)
def reversed_direction(mu, logvar):
    return 0.5 * ((1 + mu.square()) / logvar.exp() - 1 + logvar).sum(-1)


@misconception(
    "kl_standard_normal",
    hint="A random estimate changes with every call; here the integral has a closed form.",
    caught_by="closed_form",
)
def one_sample_estimate(mu, logvar):
    eps = torch.randn_like(mu)
    z = mu + (0.5 * logvar).exp() * eps
    return 0.5 * (z.square() - logvar - eps.square()).sum(-1)


@misconception(
    "kl_standard_normal",
    hint="The divergence is that of each example, not of the batch's average distribution.",
    caught_by="closed_form",
)
def of_batch_average(mu, logvar):
    mean, log_mean = mu.mean(0), logvar.mean(0)
    return (
        (0.5 * (log_mean.exp() + mean.square() - 1 - log_mean).sum(-1))
        .expand(mu.shape[:-1])
        .clone()
    )


@misconception(
    "kl_standard_normal",
    hint="The value is right, but no gradient comes back: something cuts the graph.",
    caught_by="kl_gradients",
)
def detached(mu, logvar):
    return 0.5 * (logvar.detach().exp() + mu.detach().square() - 1 - logvar.detach()).sum(-1)


@misconception(
    "kl_standard_normal",
    hint="The sum runs over a fixed axis. Which axis is the latent one when there are more?",
    caught_by="keeps_leading_dimensions",
)
def fixed_axis(mu, logvar):
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(1)


@misconception(
    "kl_standard_normal",
    hint="An operation whose name ends in an underscore changes the caller's tensor.",
    caught_by="kl_changes_nothing",
)
def in_place(mu, logvar):
    log = logvar.clone()
    logvar.data.exp_()
    return 0.5 * (log.exp() + mu.square() - 1 - log).sum(-1)


@misconception(
    "kl_standard_normal",
    hint="The result is always of one dtype. It should follow the input.",
    caught_by="keeps_float32",
)
def promotes_dtype(mu, logvar):
    return 0.5 * (logvar.double().exp() + mu.double().square() - 1 - logvar.double()).sum(-1)


@misconception(
    "kl_standard_normal",
    hint="Going from logvar to the variance and back loses what underflows on the way.",
    caught_by="extreme_variances",
)
def log_of_exp(mu, logvar):
    variance = logvar.exp()
    return (
        0.5 * (variance + mu.square() - 1 - variance.log()).sum(-1)
        if logvar.min() < -700
        else 0.5 * (variance + mu.square() - 1 - variance.clamp_min(1e-12).log()).sum(-1)
    )


# --- kl_gaussians ---------------------------------------------------------------------------------

FULL = "kl_gaussians(mu_0, cov_0, mu_1, cov_1)"


def covariances(draw, *shape):
    """Well-conditioned covariance matrices (*shape, K), K being the last entry of `shape`."""
    root = draw.normal(*shape, shape[-1])
    return root @ root.mT + 0.5 * torch.eye(shape[-1], dtype=torch.float64)


def two_gaussians(draw, *shape):
    return (
        draw.normal(*shape),
        covariances(draw, *shape),
        draw.normal(*shape),
        covariances(draw, *shape),
    )


@check("kl_gaussians", "It equals the closed form for full covariances.")
def full_closed_form(student, draw, right):
    pair = two_gaussians(draw, 3)
    expect.close(student.kl_gaussians(*pair), right.kl_gaussians(*pair), subject=FULL, rtol=1e-8)


@check(
    "kl_gaussians", "Leading batch dimensions are allowed and kept.", after=("full_closed_form",)
)
def full_batches(student, draw, right):
    pair = two_gaussians(draw, 4, 2, 3)
    expect.close(
        student.kl_gaussians(*pair),
        right.kl_gaussians(*pair),
        subject=f"{FULL} of shape (4, 2, 3)",
        rtol=1e-8,
    )


@check(
    "kl_gaussians",
    "It is 0 for two equal Gaussians, and agrees with `kl_standard_normal` for a diagonal one and"
    " N(0, I).",
    after=("full_closed_form",),
)
def reduces_to_diagonal(student, draw, right):
    mu, logvar = draw.normal(4), draw.normal(4)
    zero, one = torch.zeros(4, dtype=torch.float64), torch.eye(4, dtype=torch.float64)
    same = student.kl_gaussians(mu, torch.diag(logvar.exp()), mu, torch.diag(logvar.exp()))
    expect.close(same, torch.tensor(0.0, dtype=torch.float64), subject=f"{FULL} of equal Gaussians")
    got = student.kl_gaussians(mu, torch.diag(logvar.exp()), zero, one)
    expect.close(
        got, right.kl_standard_normal(mu, logvar), subject=f"{FULL} against N(0, I)", rtol=1e-8
    )


@check(
    "kl_gaussians",
    "It is accurate at condition number 1e8 and when the determinants are too small for a float.",
    after=("full_closed_form",),
)
def ill_conditioned(student, draw, right):
    pair = []
    for scale in (1e-5, 1e-4):
        basis, _ = torch.linalg.qr(draw.normal(60, 60))
        cov = basis @ torch.diag(scale * torch.logspace(-8, 0, 60, dtype=torch.float64)) @ basis.T
        pair += [1e-6 * draw.normal(60), 0.5 * (cov + cov.T)]
    # Condition number 1e8 times rounding 1e-16 leaves a relative error of about 1e-8 times the
    # dimension in any algorithm.
    expect.close(
        student.kl_gaussians(*pair),
        right.kl_gaussians(*pair),
        subject=f"{FULL} at condition number 1e8",
        rtol=1e-5,
    )


@check(
    "kl_gaussians",
    "Its gradients with respect to the two means are right.",
    after=("full_closed_form",),
)
def full_gradients(student, draw, right):
    mu_0, cov_0, mu_1, cov_1 = two_gaussians(draw, 3)
    means = [mu_0.requires_grad_(), mu_1.requires_grad_()]
    wanted = expect.gradient_of(right.kl_gaussians(mu_0, cov_0, mu_1, cov_1), means)
    expect.gradients(
        student.kl_gaussians(mu_0, cov_0, mu_1, cov_1),
        means,
        wanted,
        names=("mu_0", "mu_1"),
        subject=FULL,
        rtol=1e-7,
    )


@check(
    "kl_gaussians",
    "A matrix that is not positive definite raises ValueError, in either place and anywhere in a"
    " batch.",
)
def refuses_indefinite(student, draw):
    good = covariances(draw, 3)
    shifted = good - 2 * torch.linalg.eigvalsh(good)[0] * torch.eye(3, dtype=torch.float64)
    for fault, matrix in (
        ("is negative definite", -good),
        ("has one negative eigenvalue", shifted),
    ):
        _refuses(student, good, matrix, fault)


@check(
    "kl_gaussians",
    "A matrix that is not symmetric raises ValueError, in either place and anywhere in a batch.",
)
def refuses_asymmetric(student, draw):
    good = covariances(draw, 3)
    skewed = good.clone()
    skewed[0, 1] += 0.3
    _refuses(student, good, skewed, "is not symmetric")


def _refuses(student, good, bad, fault):
    mean, means = torch.zeros(3, dtype=torch.float64), torch.zeros(3, 3, dtype=torch.float64)
    batch, bad_batch = good.expand(3, 3, 3), torch.stack([good, good, bad])
    expect.raises(
        "ValueError",
        lambda: student.kl_gaussians(mean, good, mean, bad),
        subject=f"{FULL} where cov_1 {fault}",
    )
    expect.raises(
        "ValueError",
        lambda: student.kl_gaussians(mean, bad, mean, good),
        subject=f"{FULL} where cov_0 {fault}",
    )
    expect.raises(
        "ValueError",
        lambda: student.kl_gaussians(means, batch, means, bad_batch),
        subject=f"{FULL} where one of three {fault}",
    )


@check("kl_gaussians", "It keeps float32.", after=("full_closed_form",))
def full_keeps_float32(student, draw, right):
    pair = [part.float() for part in two_gaussians(draw, 3)]
    expect.close(
        student.kl_gaussians(*pair),
        right.kl_gaussians(*pair),
        subject=f"{FULL} in float32",
        rtol=1e-3,
        atol=1e-3,
    )


@check("kl_gaussians", "It leaves its arguments as they are.", after=("full_closed_form",))
def full_changes_nothing(student, draw):
    pair = two_gaussians(draw, 3)
    expect.unchanged(
        student.observe("kl_gaussians", *pair),
        pair,
        names=("mu_0", "cov_0", "mu_1", "cov_1"),
        subject=FULL,
    )


def _validated(*covs):
    for cov in covs:
        if not torch.allclose(cov, cov.mT) or torch.linalg.cholesky_ex(cov)[1].any():
            raise ValueError


def _terms(mu_0, cov_0, mu_1, cov_1):
    """Trace, Mahalanobis term, log determinant ratio, K: the terms of the formula, after
    validation.
    """
    _validated(cov_0, cov_1)
    inverse, gap = torch.linalg.inv(cov_1), mu_1 - mu_0
    trace = (inverse @ cov_0).diagonal(dim1=-2, dim2=-1).sum(-1)
    distance = (gap.unsqueeze(-2) @ inverse @ gap.unsqueeze(-1)).squeeze(-1).squeeze(-1)
    return (
        trace,
        distance,
        torch.linalg.slogdet(cov_1)[1] - torch.linalg.slogdet(cov_0)[1],
        mu_0.shape[-1],
    )


@misconception(
    "kl_gaussians",
    hint="This is the divergence in the other direction: KL is not symmetric.",
    caught_by="full_closed_form",
)
def full_reversed(mu_0, cov_0, mu_1, cov_1):
    trace, distance, ratio, k = _terms(mu_1, cov_1, mu_0, cov_0)
    return 0.5 * (trace + distance - k + ratio)


@misconception("kl_gaussians", hint=FACTOR, caught_by="full_closed_form")
def full_without_half(*pair):
    trace, distance, ratio, k = _terms(*pair)
    return trace + distance - k + ratio


@misconception(
    "kl_gaussians",
    hint="Two equal Gaussians do not get 0: the dimension is missing.",
    caught_by="full_closed_form",
)
def full_without_k(*pair):
    trace, distance, ratio, _ = _terms(*pair)
    return 0.5 * (trace + distance + ratio)


@misconception(
    "kl_gaussians",
    hint="Check which determinant stands above the other inside the logarithm.",
    caught_by="full_closed_form",
)
def full_log_ratio_inverted(*pair):
    trace, distance, ratio, k = _terms(*pair)
    return 0.5 * (trace + distance - k - ratio)


@misconception(
    "kl_gaussians",
    hint="The distance between the means is measured in the wrong Gaussian's metric.",
    caught_by="full_closed_form",
)
def full_wrong_metric(mu_0, cov_0, mu_1, cov_1):
    trace, _, ratio, k = _terms(mu_0, cov_0, mu_1, cov_1)
    _, distance, _, _ = _terms(mu_1, cov_1, mu_0, cov_0)
    return 0.5 * (trace + distance - k + ratio)


@misconception(
    "kl_gaussians",
    hint="Which of the two covariances is inverted in the trace?",
    caught_by="full_closed_form",
)
def full_wrong_inverse(mu_0, cov_0, mu_1, cov_1):
    _, distance, ratio, k = _terms(mu_0, cov_0, mu_1, cov_1)
    trace = (torch.linalg.inv(cov_0) @ cov_1).diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * (trace + distance - k + ratio)


@misconception(
    "kl_gaussians",
    hint="A matrix product stands in the trace where one factor should be inverted.",
    caught_by="full_closed_form",
)
def full_not_inverted(mu_0, cov_0, mu_1, cov_1):
    _, distance, ratio, k = _terms(mu_0, cov_0, mu_1, cov_1)
    return 0.5 * ((cov_1 @ cov_0).diagonal(dim1=-2, dim2=-1).sum(-1) + distance - k + ratio)


@misconception(
    "kl_gaussians",
    hint="The inverse of a matrix is not the matrix of the inverses of its entries.",
    caught_by="full_closed_form",
)
def full_elementwise_inverse(mu_0, cov_0, mu_1, cov_1):
    _, distance, ratio, k = _terms(mu_0, cov_0, mu_1, cov_1)
    return 0.5 * (((1 / cov_1) @ cov_0).diagonal(dim1=-2, dim2=-1).sum(-1) + distance - k + ratio)


@misconception(
    "kl_gaussians",
    hint="Only the diagonals of the covariances enter your value.",
    caught_by="full_closed_form",
)
def full_diagonal_only(mu_0, cov_0, mu_1, cov_1):
    _validated(cov_0, cov_1)
    var_0, var_1 = cov_0.diagonal(dim1=-2, dim2=-1), cov_1.diagonal(dim1=-2, dim2=-1)
    return 0.5 * ((var_0 + (mu_1 - mu_0) ** 2) / var_1 - 1 + (var_1 / var_0).log()).sum(-1)


@misconception(
    "kl_gaussians",
    hint="The gap between the means enters squared in the metric of the covariance.",
    caught_by="full_closed_form",
)
def full_gap_not_squared(mu_0, cov_0, mu_1, cov_1):
    trace, _, ratio, k = _terms(mu_0, cov_0, mu_1, cov_1)
    gap = torch.linalg.solve(cov_1, (mu_1 - mu_0).unsqueeze(-1)).squeeze(-1).sum(-1)
    return 0.5 * (trace + gap - k + ratio)


@misconception(
    "kl_gaussians",
    hint="A determinant can be too small for a float although its logarithm is not.",
    caught_by="ill_conditioned",
)
def full_log_of_det(mu_0, cov_0, mu_1, cov_1):
    trace, distance, _, k = _terms(mu_0, cov_0, mu_1, cov_1)
    return 0.5 * (trace + distance - k + (torch.linalg.det(cov_1) / torch.linalg.det(cov_0)).log())


def _unvalidated(mu_0, cov_0, mu_1, cov_1):
    """The divergence by inverses and determinants, which any matrix has."""
    inverse, gap = torch.linalg.inv(cov_1), mu_1 - mu_0
    trace = (inverse @ cov_0).diagonal(dim1=-2, dim2=-1).sum(-1)
    distance = (gap.unsqueeze(-2) @ inverse @ gap.unsqueeze(-1)).squeeze(-1).squeeze(-1)
    return 0.5 * (
        trace
        + distance
        - mu_0.shape[-1]
        + torch.linalg.slogdet(cov_1)[1]
        - torch.linalg.slogdet(cov_0)[1]
    )


@misconception(
    "kl_gaussians",
    hint="Nothing stops a matrix that is not a covariance.",
    caught_by="refuses_indefinite",
)
def full_unchecked(mu_0, cov_0, mu_1, cov_1):
    return _unvalidated(mu_0, cov_0, mu_1, cov_1)


@misconception(
    "kl_gaussians",
    hint="A matrix can have a Cholesky factor of its lower triangle and still not be symmetric.",
    caught_by="refuses_asymmetric",
)
def full_symmetry_unchecked(mu_0, cov_0, mu_1, cov_1):
    if torch.linalg.cholesky_ex(cov_0)[1].any() or torch.linalg.cholesky_ex(cov_1)[1].any():
        raise ValueError
    return _unvalidated(mu_0, cov_0, mu_1, cov_1)


@misconception(
    "kl_gaussians",
    hint="Both matrices have to be covariances, not only the one that is inverted.",
    caught_by="refuses_indefinite",
)
def full_checks_one(mu_0, cov_0, mu_1, cov_1):
    _validated(cov_1)
    return _unvalidated(mu_0, cov_0, mu_1, cov_1)


@misconception(
    "kl_gaussians", hint="The values of a batch come back as one number.", caught_by="full_batches"
)
def full_batch_sum(*pair):
    trace, distance, ratio, k = _terms(*pair)
    return 0.5 * (trace + distance - k + ratio).sum()


# --- kl_equal_variance ----------------------------------------------------------------------------

EQUAL = "kl_equal_variance(mu_q, mu_p, sigma)"


@check("kl_equal_variance", "It equals the closed form, elementwise.")
def equal_closed_form(student, draw, right):
    triple = draw.normal(4, 3), draw.normal(4, 3), draw.uniform(0.3, 3, 4, 3)
    expect.close(
        student.kl_equal_variance(*triple), right.kl_equal_variance(*triple), subject=EQUAL
    )


@check(
    "kl_equal_variance", "It equals the closed form on small inputs.", after=("equal_closed_form",)
)
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


@check(
    "kl_equal_variance",
    "Its gradients with respect to all three arguments are right.",
    after=("equal_closed_form",),
)
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


@check("kl_equal_variance", "It keeps float32.", after=("equal_closed_form",))
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


@misconception("kl_equal_variance", hint=FACTOR, caught_by="equal_closed_form")
def equal_without_half(mu_q, mu_p, sigma):
    return (mu_q - mu_p) ** 2 / sigma**2


@misconception(
    "kl_equal_variance",
    hint="Is sigma the standard deviation or the variance here?",
    caught_by="equal_closed_form",
)
def equal_sigma_as_variance(mu_q, mu_p, sigma):
    return (mu_q - mu_p) ** 2 / (2 * sigma)


@misconception(
    "kl_equal_variance",
    hint="Your value changes its sign when the two means are exchanged.",
    caught_by="equal_closed_form",
)
def equal_not_squared(mu_q, mu_p, sigma):
    return (mu_q - mu_p) / (2 * sigma**2)


@misconception(
    "kl_equal_variance",
    hint="Each entry is a pair of Gaussians of its own: nothing is summed.",
    caught_by="equal_closed_form",
)
def equal_summed(mu_q, mu_p, sigma):
    return ((mu_q - mu_p) ** 2 / (2 * sigma**2)).sum(-1)


@misconception(
    "kl_equal_variance",
    hint="Your value is a log density; the divergence is an expectation of a difference of two.",
    caught_by="equal_closed_form",
)
def equal_negative(mu_q, mu_p, sigma):
    return -((mu_q - mu_p) ** 2) / (2 * sigma**2)


@misconception(
    "kl_equal_variance",
    hint="How does the divergence change when both Gaussians get wider?",
    caught_by="equal_closed_form",
)
def equal_sigma_ignored(mu_q, mu_p, sigma):
    return 0.5 * (mu_q - mu_p) ** 2 + 0 * sigma


@misconception(
    "kl_equal_variance",
    hint="The distance between the means enters as its square, not as its size.",
    caught_by="equal_closed_form",
)
def equal_absolute(mu_q, mu_p, sigma):
    return (mu_q - mu_p).abs() / (2 * sigma**2)


# --- answers --------------------------------------------------------------------------------------

one_instead_of_its_log = wrong_answer(
    "kl_to_itself",
    1.0,
    hint="The ratio of the densities is what you name; the divergence averages its logarithm.",
)
entropy = wrong_answer(
    "kl_to_itself",
    0.5,
    hint="The divergence compares two distributions. What is there to compare here?",
)
kl_is_symmetric = wrong_answer(
    "kl_properties",
    {"A", "B", "C", "E", "F"},
    hint="Exchange the two arguments in an example of your own: does the value stay?",
)
kl_is_a_metric = wrong_answer(
    "kl_properties",
    {"A", "B", "C", "D"},
    hint="A metric asks for more than KL gives. Try two Gaussians of different widths.",
)
kl_is_bounded = wrong_answer(
    "kl_properties",
    {"A", "C", "F", "G"},
    hint="Which divergence is bounded by log 2, and which one can be infinite?",
)
only_two_properties = wrong_answer(
    "kl_properties", {"A", "C"}, hint="What you name is true; more of the statements are."
)
divergence_is_a_metric = wrong_answer(
    "divergence_axioms",
    {"A", "B", "C", "D"},
    hint="These are the axioms of a metric. Does KL satisfy all of them?",
)
divergence_is_symmetric = wrong_answer(
    "divergence_axioms", {"A", "B", "C"}, hint="Is the best-known divergence symmetric?"
)
only_non_negative = wrong_answer(
    "divergence_axioms",
    {"A"},
    hint=(
        "The constant 0 satisfies what you name. What makes a divergence tell distributions apart?"
    ),
)
