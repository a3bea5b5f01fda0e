"""Hidden checks of `kl_gaussians`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.kl._common import FACTOR
from graders.public.kl import kl_gaussians

D = Words(kl_gaussians)

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


full_closed_form = D.equals_reference(
    "It equals the closed form for full covariances.",
    lambda draw: two_gaussians(draw, 3),
    rtol=1e-08,
)


full_batches = D.equals_reference(
    "Leading batch dimensions are allowed and kept.",
    lambda draw: two_gaussians(draw, 4, 2, 3),
    after=full_closed_form,
    rtol=1e-08,
)


@D.check(
    "It is 0 for two equal Gaussians, and agrees with `kl_standard_normal` for a diagonal one and"
    " N(0, I).",
    after=full_closed_form,
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


@D.check(
    "It is accurate at condition number 1e8 and when the determinants are too small for a float.",
    after=full_closed_form,
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


@D.check("Its gradients with respect to the two means are right.", after=full_closed_form)
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


@D.check(
    "A matrix that is not positive definite raises ValueError, in either place and anywhere in a"
    " batch."
)
def refuses_indefinite(student, draw):
    good = covariances(draw, 3)
    shifted = good - 2 * torch.linalg.eigvalsh(good)[0] * torch.eye(3, dtype=torch.float64)
    for fault, matrix in (
        ("is negative definite", -good),
        ("has one negative eigenvalue", shifted),
    ):
        _refuses(student, good, matrix, fault)


@D.check(
    "A matrix that is not symmetric raises ValueError, in either place and anywhere in a batch."
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


@full_closed_form.catches("This is the divergence in the other direction: KL is not symmetric.")
def full_reversed(mu_0, cov_0, mu_1, cov_1):
    trace, distance, ratio, k = _terms(mu_1, cov_1, mu_0, cov_0)
    return 0.5 * (trace + distance - k + ratio)


@full_closed_form.catches(FACTOR)
def full_without_half(*pair):
    trace, distance, ratio, k = _terms(*pair)
    return trace + distance - k + ratio


@full_closed_form.catches("Two equal Gaussians do not get 0: the dimension is missing.")
def full_without_k(*pair):
    trace, distance, ratio, _ = _terms(*pair)
    return 0.5 * (trace + distance + ratio)


@full_closed_form.catches("Check which determinant stands above the other inside the logarithm.")
def full_log_ratio_inverted(*pair):
    trace, distance, ratio, k = _terms(*pair)
    return 0.5 * (trace + distance - k - ratio)


@full_closed_form.catches(
    "The distance between the means is measured in the wrong Gaussian's metric."
)
def full_wrong_metric(mu_0, cov_0, mu_1, cov_1):
    trace, _, ratio, k = _terms(mu_0, cov_0, mu_1, cov_1)
    _, distance, _, _ = _terms(mu_1, cov_1, mu_0, cov_0)
    return 0.5 * (trace + distance - k + ratio)


@full_closed_form.catches("Which of the two covariances is inverted in the trace?")
def full_wrong_inverse(mu_0, cov_0, mu_1, cov_1):
    _, distance, ratio, k = _terms(mu_0, cov_0, mu_1, cov_1)
    trace = (torch.linalg.inv(cov_0) @ cov_1).diagonal(dim1=-2, dim2=-1).sum(-1)
    return 0.5 * (trace + distance - k + ratio)


@full_closed_form.catches(
    "A matrix product stands in the trace where one factor should be inverted."
)
def full_not_inverted(mu_0, cov_0, mu_1, cov_1):
    _, distance, ratio, k = _terms(mu_0, cov_0, mu_1, cov_1)
    return 0.5 * ((cov_1 @ cov_0).diagonal(dim1=-2, dim2=-1).sum(-1) + distance - k + ratio)


@full_closed_form.catches(
    "The inverse of a matrix is not the matrix of the inverses of its entries."
)
def full_elementwise_inverse(mu_0, cov_0, mu_1, cov_1):
    _, distance, ratio, k = _terms(mu_0, cov_0, mu_1, cov_1)
    return 0.5 * (((1 / cov_1) @ cov_0).diagonal(dim1=-2, dim2=-1).sum(-1) + distance - k + ratio)


@full_closed_form.catches("Only the diagonals of the covariances enter your value.")
def full_diagonal_only(mu_0, cov_0, mu_1, cov_1):
    _validated(cov_0, cov_1)
    var_0, var_1 = cov_0.diagonal(dim1=-2, dim2=-1), cov_1.diagonal(dim1=-2, dim2=-1)
    return 0.5 * ((var_0 + (mu_1 - mu_0) ** 2) / var_1 - 1 + (var_1 / var_0).log()).sum(-1)


@full_closed_form.catches(
    "The gap between the means enters squared in the metric of the covariance."
)
def full_gap_not_squared(mu_0, cov_0, mu_1, cov_1):
    trace, _, ratio, k = _terms(mu_0, cov_0, mu_1, cov_1)
    gap = torch.linalg.solve(cov_1, (mu_1 - mu_0).unsqueeze(-1)).squeeze(-1).sum(-1)
    return 0.5 * (trace + gap - k + ratio)


@ill_conditioned.catches(
    "A determinant can be too small for a float although its logarithm is not."
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


@refuses_indefinite.catches("Nothing stops a matrix that is not a covariance.")
def full_unchecked(mu_0, cov_0, mu_1, cov_1):
    return _unvalidated(mu_0, cov_0, mu_1, cov_1)


@refuses_asymmetric.catches(
    "A matrix can have a Cholesky factor of its lower triangle and still not be symmetric."
)
def full_symmetry_unchecked(mu_0, cov_0, mu_1, cov_1):
    if torch.linalg.cholesky_ex(cov_0)[1].any() or torch.linalg.cholesky_ex(cov_1)[1].any():
        raise ValueError
    return _unvalidated(mu_0, cov_0, mu_1, cov_1)


@refuses_indefinite.catches(
    "Both matrices have to be covariances, not only the one that is inverted."
)
def full_checks_one(mu_0, cov_0, mu_1, cov_1):
    _validated(cov_1)
    return _unvalidated(mu_0, cov_0, mu_1, cov_1)


@full_batches.catches("The values of a batch come back as one number.")
def full_batch_sum(*pair):
    trace, distance, ratio, k = _terms(*pair)
    return 0.5 * (trace + distance - k + ratio).sum()


@D.sum_of(
    "The trace",
    "The distance of the means",
    "The number of dimensions",
    "The determinant of the first covariance",
    "The determinant of the second covariance",
)
def full_terms(mu_0, cov_0, mu_1, cov_1):
    apart, inverse = mu_1 - mu_0, torch.linalg.inv(cov_1)
    trace = torch.einsum("...ij,...ji->...", inverse, cov_0)
    distance = torch.einsum("...i,...ij,...j->...", apart, inverse, apart)
    size = torch.full_like(trace, mu_0.shape[-1])
    parts = trace, distance, -size, -torch.logdet(cov_0), torch.logdet(cov_1)
    return tuple(0.5 * part for part in parts)
