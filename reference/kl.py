"""Kullback-Leibler divergences between Gaussians."""

import torch


def kl_standard_normal(mu, logvar):
    r"""KL(N(mu, diag sigma^2) || N(0, I)) = 1/2 sum_k (sigma_k^2 + mu_k^2 - 1 - log sigma_k^2).

    mu, logvar: (..., N, K), logvar = log sigma^2. Returns (..., N), in nats.
    Source: Imperial tutorial 6, question 2c; Kingma & Welling 2014, appendix B.
    """
    return 0.5 * (logvar.exp() + mu.square() - 1 - logvar).sum(-1)


def kl_gaussians(mu_0, cov_0, mu_1, cov_1):
    r"""KL(N_0 || N_1) = 1/2 (tr(S_1^-1 S_0) + (m_1 - m_0)^T S_1^-1 (m_1 - m_0) - K + log det S_1 -
    log det S_0).

    mu_0, mu_1: (..., K); cov_0, cov_1: (..., K, K). Returns (...), in nats. With S_i = L_i L_i^T
    the trace is the squared norm of L_1^-1 L_0 and the determinants are those of the triangles, so
    nothing is inverted or underflows. Raises ValueError unless every covariance is symmetric
    positive definite.
    Source: Imperial tutorial 6, question 2c.
    """
    triangles = []
    for cov in (cov_0, cov_1):
        triangle, info = torch.linalg.cholesky_ex(cov)
        if info.any() or not torch.allclose(cov, cov.mT):
            raise ValueError("a covariance matrix is not symmetric positive definite")
        triangles.append(triangle)
    lower_0, lower_1 = triangles
    trace = torch.linalg.solve_triangular(lower_1, lower_0, upper=False).square().sum((-2, -1))
    whitened = torch.linalg.solve_triangular(lower_1, (mu_1 - mu_0).unsqueeze(-1), upper=False)
    half_log_dets = [lower.diagonal(dim1=-2, dim2=-1).log().sum(-1) for lower in triangles]
    return (
        0.5 * (trace + whitened.square().sum((-2, -1)) - mu_0.shape[-1])
        + half_log_dets[1]
        - half_log_dets[0]
    )


def kl_equal_variance(mu_q, mu_p, sigma):
    r"""KL(N(mu_q, sigma^2) || N(mu_p, sigma^2)) = (mu_q - mu_p)^2 / (2 sigma^2), elementwise, in
    nats.

    Source: UIUC problem set 5, question 1d.
    """
    return (mu_q - mu_p).square() / (2 * sigma**2)


# UIUC 1c: the integrand is q log(q / q) = 0 everywhere.
kl_to_itself = 0.0

# UIUC 1b: symmetry (B), the triangle inequality (D) and the bound log 2 (G) all fail for KL.
kl_properties = {"A", "C", "E", "F"}

# Imperial 1c: non-negative, and zero exactly for equal distributions. A metric asks for more.
divergence_axioms = {"A", "B"}
