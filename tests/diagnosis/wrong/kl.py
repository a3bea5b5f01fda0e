"""Wrong solutions of `kl`, by somebody who has not read the hidden checks."""

import numpy as np
import torch
import torch.distributions as dist
import torch.nn.functional as F

from graders.audit.wrong import wrong

WRONG = []


# kl_standard_normal


@wrong(WRONG, "kl_standard_normal", "formula", "the factor 1/2 is missing")
def kl_missing_half(mu, logvar):
    return torch.sum(logvar.exp() + mu**2 - 1.0 - logvar, dim=-1)


@wrong(
    WRONG,
    "kl_standard_normal",
    "axis",
    "you average over the K latent dimensions; independent dimensions add up",
)
def kl_mean_over_latents(mu, logvar):
    return -0.5 * torch.mean(1 + logvar - mu.pow(2) - logvar.exp(), dim=-1)


@wrong(
    WRONG,
    "kl_standard_normal",
    "formula",
    "this is minus the divergence: a divergence is never negative",
)
def kl_negative(mu, logvar):
    return 0.5 * (1 + logvar - mu.square() - logvar.exp()).sum(-1)


@wrong(
    WRONG,
    "kl_standard_normal",
    "formula",
    "you read logvar as the logarithm of sigma, so the variance comes out squared",
)
def kl_log_sigma(mu, logvar):
    sigma = torch.exp(logvar)
    return (0.5 * (sigma**2 + mu**2 - 1) - torch.log(sigma)).sum(-1)


@wrong(
    WRONG,
    "kl_standard_normal",
    "formula",
    "the -1 belongs to every dimension; outside the sum it is subtracted only once",
)
def kl_one_outside_the_sum(mu, logvar):
    return 0.5 * ((logvar.exp() + mu**2 - logvar).sum(-1) - 1)


@wrong(WRONG, "kl_standard_normal", "formula", "the mean enters squared, not as it is")
def kl_mean_not_squared(mu, logvar):
    terms = torch.exp(logvar) + mu.abs() - 1 - logvar
    return terms.sum(-1) / 2


@wrong(
    WRONG,
    "kl_standard_normal",
    "formula",
    "the log determinant enters with a minus sign, not a plus",
)
def kl_plus_logvar(mu, logvar):
    k = mu.size(-1)
    return 0.5 * (logvar.exp().sum(-1) + (mu * mu).sum(-1) - k + logvar.sum(-1))


@wrong(
    WRONG,
    "kl_standard_normal",
    "formula",
    "torch.distributions.Normal takes the standard deviation, and you give it the variance",
)
def kl_library_of_variance(mu, logvar):
    q = dist.Normal(mu, torch.exp(logvar))
    p = dist.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return dist.kl_divergence(q, p).sum(dim=-1)


@wrong(
    WRONG,
    "kl_standard_normal",
    "formula",
    "the two distributions are exchanged: this is the divergence of the prior from q",
)
def kl_from_the_prior(mu, logvar):
    q = dist.Independent(dist.Normal(mu, (logvar / 2).exp()), 1)
    p = dist.Independent(dist.Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    return dist.kl_divergence(p, q)


@wrong(
    WRONG,
    "kl_standard_normal",
    "noise",
    "one sample of log q - log p estimates the divergence, but its exact value is asked for",
)
def kl_one_sample(mu, logvar):
    q = dist.Normal(mu, torch.exp(0.5 * logvar))
    z = q.rsample()
    prior = dist.Normal(torch.zeros_like(mu), 1.0)
    return (q.log_prob(z) - prior.log_prob(z)).sum(-1)


@wrong(
    WRONG,
    "kl_standard_normal",
    "formula",
    (
        "free bits are a trick for training: the divergence itself is not bounded from below by"
        " 0.1 per dimension"
    ),
)
def kl_free_bits(mu, logvar):
    per_dim = 0.5 * (mu**2 + logvar.exp() - logvar - 1)
    return torch.clamp(per_dim, min=0.1).sum(-1)


@wrong(
    WRONG,
    "kl_standard_normal",
    "shape",
    "one number for the batch, where one per example is asked for",
)
def kl_one_number(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


@wrong(
    WRONG,
    "kl_standard_normal",
    "axis",
    "dim=1 is the latent axis only as long as there are no leading dimensions; count from the end",
)
def kl_sums_axis_one(mu, logvar):
    return 0.5 * torch.sum(logvar.exp() + mu**2 - 1 - logvar, dim=1)


@wrong(
    WRONG,
    "kl_standard_normal",
    "numerics",
    (
        "the 1e-5 inside the logarithm is no harmless safety: for a small variance it is the "
        "larger part"
    ),
)
def kl_epsilon_in_log(mu, logvar):
    var = logvar.exp()
    return 0.5 * (var + mu**2 - 1 - torch.log(var + 1e-5)).sum(-1)


@wrong(
    WRONG,
    "kl_standard_normal",
    "gradient",
    "going through numpy gives the right number without a gradient",
)
def kl_through_numpy(mu, logvar):
    m, lv = mu.detach().numpy(), logvar.detach().numpy()
    return torch.from_numpy(np.asarray(0.5 * np.sum(np.exp(lv) + m**2 - 1 - lv, axis=-1)))


@wrong(WRONG, "kl_standard_normal", "state", "-= and exp_ change the caller's tensors in place")
def kl_in_place(mu, logvar):
    total = (1 + logvar - mu * mu).sum(-1)
    logvar.exp_()
    return -0.5 * (total - logvar.sum(-1))


@wrong(WRONG, "kl_standard_normal", "dtype", ".float() turns float64 inputs into a float32 result")
def kl_casts_to_float(mu, logvar):
    mu, logvar = mu.float(), logvar.float()
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(-1)


@wrong(
    WRONG,
    "kl_standard_normal",
    "two_mistakes",
    "the mean over the latent dimensions stands for the sum, and the factor 1/2 is missing",
)
def kl_mean_and_no_half(mu, logvar):
    return -(1 + logvar - mu**2 - torch.exp(logvar)).mean(dim=-1)


@wrong(
    WRONG,
    "kl_standard_normal",
    "two_mistakes",
    (
        "logvar is read as log sigma in the exponential, and the -1 is subtracted once instead "
        "of K times"
    ),
)
def kl_log_sigma_and_one(mu, logvar):
    return 0.5 * (torch.exp(2 * logvar).sum(-1) + mu.pow(2).sum(-1) - logvar.sum(-1) - 1)


# kl_gaussians


@wrong(WRONG, "kl_gaussians", "formula", "the divergence is taken in the other direction")
def klg_swapped(mu_0, cov_0, mu_1, cov_1):
    p = dist.MultivariateNormal(mu_0, covariance_matrix=cov_0, validate_args=True)
    q = dist.MultivariateNormal(mu_1, covariance_matrix=cov_1, validate_args=True)
    return dist.kl_divergence(q, p)


@wrong(
    WRONG,
    "kl_gaussians",
    "formula",
    "the trace is that of S_1^-1 S_0; you invert the first covariance instead of the second",
)
def klg_trace_inverted(mu_0, cov_0, mu_1, cov_1):
    for c in (cov_0, cov_1):
        if not torch.allclose(c, c.mT) or torch.linalg.cholesky_ex(c).info.any():
            raise ValueError("not a covariance")
    d = mu_1 - mu_0
    trace = torch.linalg.solve(cov_0, cov_1).diagonal(dim1=-2, dim2=-1).sum(-1)
    maha = torch.einsum("...i,...i->...", d, torch.linalg.solve(cov_1, d.unsqueeze(-1)).squeeze(-1))
    return 0.5 * (trace + maha - mu_0.shape[-1] + torch.logdet(cov_1) - torch.logdet(cov_0))


@wrong(
    WRONG,
    "kl_gaussians",
    "formula",
    "the -K is missing, so equal Gaussians do not have the divergence 0",
)
def klg_without_k(mu_0, cov_0, mu_1, cov_1):
    for c in (cov_0, cov_1):
        if not torch.allclose(c, c.transpose(-1, -2)) or (torch.linalg.eigvalsh(c) <= 0).any():
            raise ValueError("not a covariance")
    d = (mu_1 - mu_0)[..., None]
    a = torch.linalg.solve(cov_1, cov_0).diagonal(dim1=-2, dim2=-1).sum(-1)
    b = (d.mT @ torch.linalg.solve(cov_1, d))[..., 0, 0]
    return 0.5 * (a + b + torch.linalg.slogdet(cov_1)[1] - torch.linalg.slogdet(cov_0)[1])


@wrong(WRONG, "kl_gaussians", "formula", "the two log determinants have each other's sign")
def klg_determinants_swapped(mu_0, cov_0, mu_1, cov_1):
    def chol(c):
        if not torch.allclose(c, c.mT):
            raise ValueError("not symmetric")
        try:
            return torch.linalg.cholesky(c)
        except RuntimeError as error:
            raise ValueError("not positive definite") from error

    l0, l1 = chol(cov_0), chol(cov_1)

    def logdet(low):
        return 2 * low.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    m = torch.linalg.solve_triangular(l1, l0, upper=False)
    d = torch.linalg.solve_triangular(l1, (mu_1 - mu_0).unsqueeze(-1), upper=False)
    return 0.5 * (
        (m**2).sum((-2, -1)) + (d**2).sum((-2, -1)) - mu_0.size(-1) + logdet(l0) - logdet(l1)
    )


@wrong(
    WRONG,
    "kl_gaussians",
    "formula",
    "1 / cov inverts every entry, which is not the inverse of the matrix",
)
def klg_elementwise_inverse(mu_0, cov_0, mu_1, cov_1):
    for c in (cov_0, cov_1):
        if not torch.allclose(c, c.mT) or torch.linalg.cholesky_ex(c).info.any():
            raise ValueError("not a covariance")
    inverse = torch.where(cov_1 == 0, torch.zeros_like(cov_1), 1 / cov_1)
    d = mu_1 - mu_0
    trace = torch.einsum("...ij,...ji->...", inverse, cov_0)
    maha = torch.einsum("...i,...ij,...j->...", d, inverse, d)
    return 0.5 * (trace + maha - d.shape[-1] + torch.logdet(cov_1) - torch.logdet(cov_0))


@wrong(
    WRONG,
    "kl_gaussians",
    "numerics",
    (
        "the determinant of a large matrix of small variances underflows to 0 before you take "
        "its logarithm"
    ),
)
def klg_log_of_ratio_of_dets(mu_0, cov_0, mu_1, cov_1):
    for c in (cov_0, cov_1):
        if not torch.allclose(c, c.mT) or torch.linalg.cholesky_ex(c).info.any():
            raise ValueError("not a covariance")
    d = mu_1 - mu_0
    trace = torch.linalg.solve(cov_1, cov_0).diagonal(dim1=-2, dim2=-1).sum(-1)
    maha = (d * torch.linalg.solve(cov_1, d.unsqueeze(-1)).squeeze(-1)).sum(-1)
    return 0.5 * (trace + maha - d.size(-1) + torch.log(torch.det(cov_1) / torch.det(cov_0)))


@wrong(
    WRONG,
    "kl_gaussians",
    "numerics",
    (
        "adding 1e-4 to the diagonal changes the problem: with a condition number of 1e8 it "
        "changes it a lot"
    ),
)
def klg_jitter(mu_0, cov_0, mu_1, cov_1):
    for c in (cov_0, cov_1):
        if not torch.allclose(c, c.mT) or torch.linalg.cholesky_ex(c).info.any():
            raise ValueError("not a covariance")
    jitter = 1e-4 * torch.eye(cov_0.shape[-1], dtype=cov_0.dtype)
    return dist.kl_divergence(
        dist.MultivariateNormal(mu_0, cov_0 + jitter), dist.MultivariateNormal(mu_1, cov_1 + jitter)
    )


@wrong(
    WRONG,
    "kl_gaussians",
    "numerics",
    "nothing refuses a matrix that is no covariance: slogdet and inv happily work with it",
)
def klg_no_refusal(mu_0, cov_0, mu_1, cov_1):
    inverse = torch.linalg.inv(cov_1)
    d = mu_1 - mu_0
    trace = (inverse @ cov_0).diagonal(dim1=-2, dim2=-1).sum(-1)
    maha = torch.einsum("...i,...ij,...j->...", d, inverse, d)
    return 0.5 * (
        trace + maha - d.shape[-1] + torch.slogdet(cov_1).logabsdet - torch.slogdet(cov_0).logabsdet
    )


@wrong(
    WRONG,
    "kl_gaussians",
    "numerics",
    "the Cholesky decomposition reads one triangle only, so an unsymmetric matrix is accepted",
)
def klg_accepts_unsymmetric(mu_0, cov_0, mu_1, cov_1):
    lows = []
    for c in (cov_0, cov_1):
        low, info = torch.linalg.cholesky_ex(c)
        if info.any():
            raise ValueError("not positive definite")
        lows.append(low)
    return dist.kl_divergence(
        dist.MultivariateNormal(mu_0, scale_tril=lows[0]),
        dist.MultivariateNormal(mu_1, scale_tril=lows[1]),
    )


@wrong(WRONG, "kl_gaussians", "axis", "only the first matrix of a batch is examined")
def klg_checks_first_only(mu_0, cov_0, mu_1, cov_1):
    for c in (cov_0, cov_1):
        first = c.reshape(-1, c.shape[-2], c.shape[-1])[0]
        if not torch.allclose(first, first.T) or torch.linalg.eigvalsh(first).min() <= 0:
            raise ValueError("not a covariance")
    d = (mu_1 - mu_0).unsqueeze(-1)
    trace = torch.linalg.solve(cov_1, cov_0).diagonal(dim1=-2, dim2=-1).sum(-1)
    maha = (d * torch.linalg.solve(cov_1, d)).sum((-2, -1))
    logs = torch.linalg.slogdet(cov_1)[1] - torch.linalg.slogdet(cov_0)[1]
    return 0.5 * (trace + maha - d.shape[-2] + logs)


@wrong(WRONG, "kl_gaussians", "shape", "torch.trace and .T know single matrices only, no batches")
def klg_single_matrices_only(mu_0, cov_0, mu_1, cov_1):
    for c in (cov_0, cov_1):
        if not torch.allclose(c, c.T) or torch.linalg.eigvalsh(c).min() <= 0:
            raise ValueError("not a covariance")
    d = mu_1 - mu_0
    trace = torch.trace(torch.linalg.solve(cov_1, cov_0))
    maha = d @ torch.linalg.solve(cov_1, d)
    return 0.5 * (trace + maha - len(d) + torch.logdet(cov_1) - torch.logdet(cov_0))


@wrong(
    WRONG,
    "kl_gaussians",
    "gradient",
    "numpy computes the value, and no gradient reaches the means and covariances",
)
def klg_numpy(mu_0, cov_0, mu_1, cov_1):
    m0, s0, m1, s1 = (t.detach().numpy() for t in (mu_0, cov_0, mu_1, cov_1))
    for s in (s0, s1):
        if not np.allclose(s, np.swapaxes(s, -1, -2)) or (np.linalg.eigvalsh(s) <= 0).any():
            raise ValueError("not a covariance")
    d = m1 - m0
    inv = np.linalg.inv(s1)
    value = 0.5 * (
        np.einsum("...ij,...ji->...", inv, s0)
        + np.einsum("...i,...ij,...j->...", d, inv, d)
        - d.shape[-1]
        + np.linalg.slogdet(s1)[1]
        - np.linalg.slogdet(s0)[1]
    )
    return torch.as_tensor(value, dtype=mu_0.dtype)


@wrong(
    WRONG,
    "kl_gaussians",
    "formula",
    "only the diagonals enter: the correlations of the two Gaussians are ignored",
)
def klg_diagonals_only(mu_0, cov_0, mu_1, cov_1):
    for c in (cov_0, cov_1):
        if not torch.allclose(c, c.mT) or torch.linalg.cholesky_ex(c).info.any():
            raise ValueError("not a covariance")
    v0, v1 = (c.diagonal(dim1=-2, dim2=-1) for c in (cov_0, cov_1))
    return 0.5 * (v0 / v1 + (mu_1 - mu_0) ** 2 / v1 - 1 + (v1 / v0).log()).sum(-1)


@wrong(
    WRONG,
    "kl_gaussians",
    "two_mistakes",
    (
        "-K is missing, and the distance of the means is whitened with the first covariance "
        "instead of the second"
    ),
)
def klg_no_k_and_wrong_whitening(mu_0, cov_0, mu_1, cov_1):
    for c in (cov_0, cov_1):
        if not torch.allclose(c, c.mT) or torch.linalg.cholesky_ex(c).info.any():
            raise ValueError("not a covariance")
    d = (mu_1 - mu_0).unsqueeze(-1)
    trace = torch.linalg.solve(cov_1, cov_0).diagonal(dim1=-2, dim2=-1).sum(-1)
    maha = (d * torch.linalg.solve(cov_0, d)).sum((-2, -1))
    return 0.5 * (trace + maha + torch.logdet(cov_1) - torch.logdet(cov_0))


# kl_equal_variance


@wrong(
    WRONG, "kl_equal_variance", "formula", "you divide by 2 sigma: the variance is sigma squared"
)
def kle_sigma_not_squared(mu_q, mu_p, sigma):
    return (mu_q - mu_p) ** 2 / (2 * sigma)


@wrong(WRONG, "kl_equal_variance", "formula", "the factor 1/2 is missing")
def kle_missing_half(mu_q, mu_p, sigma):
    return torch.square((mu_p - mu_q) / sigma)


@wrong(
    WRONG,
    "kl_equal_variance",
    "formula",
    "the difference of the means enters squared, not as a distance",
)
def kle_absolute_difference(mu_q, mu_p, sigma):
    return torch.abs(mu_q - mu_p) / (2 * sigma.pow(2))


@wrong(WRONG, "kl_equal_variance", "shape", "the result is elementwise; you add everything up")
def kle_summed(mu_q, mu_p, sigma):
    q, p = dist.Normal(mu_q, sigma), dist.Normal(mu_p, sigma)
    return dist.kl_divergence(q, p).sum()


@wrong(
    WRONG, "kl_equal_variance", "gradient", "mu_p is detached, so the second mean gets no gradient"
)
def kle_detached_second_mean(mu_q, mu_p, sigma):
    target = mu_p.detach()
    return F.mse_loss(mu_q, target, reduction="none") / (2 * sigma**2)


@wrong(
    WRONG,
    "kl_equal_variance",
    "formula",
    "you divide by one plus the variance, the formula of two different Gaussians",
)
def kle_sum_of_variances(mu_q, mu_p, sigma):
    return (mu_q - mu_p).square() / (2 * (1 + sigma.square()))


@wrong(
    WRONG,
    "kl_equal_variance",
    "two_mistakes",
    "the factor 1/2 is missing, and you divide by sigma instead of sigma squared",
)
def kle_no_half_no_square(mu_q, mu_p, sigma):
    delta = mu_q - mu_p
    return delta * delta / sigma
