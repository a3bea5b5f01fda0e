"""Kullback-Leibler divergences: what to implement, and the checks that a student may read."""

import torch

from graders.core import expect, pictures
from graders.core.contract import covariances, log_variances, positives, reals
from graders.core.draw import Draw
from graders.core.exercise import answer, check, exercise, stand_in
from graders.core.forms import Letters, Number
from graders.core.manners import manners
from graders.core.pictures import Panel, picture


@exercise(
    covers=("ICL-2c", "S4-2.7", "CMU-1.3b"),
    takes=(
        reals("... N K"),
        log_variances("... N K"),
    ),
    gives=reals("... N"),
)
def kl_standard_normal(mu, logvar):
    """KL divergence from N(mu, diag(exp(logvar))) to N(0, I), one value per example.

    mu, logvar: tensors (..., N, K); logvar is the logarithm of the variance sigma^2.
    Returns a tensor (..., N): summed over the K dimensions of each example.
    """
    ...


@exercise(
    covers=("ICL-2c",),
    takes=(
        reals("... K"),
        covariances("... K K"),
        reals("... K"),
        covariances("... K K"),
    ),
    gives=reals("..."),
)
def kl_gaussians(mu_0, cov_0, mu_1, cov_1):
    """KL(N(mu_0, cov_0) || N(mu_1, cov_1)) between Gaussians with full covariance
    matrices.

    mu_0, mu_1: tensors (..., K); cov_0, cov_1: tensors (..., K, K). Returns a tensor
    (...).
    Accurate in float64 for condition numbers up to 1e8.
    Raises ValueError if any of the matrices is not symmetric positive definite.
    """
    ...


@exercise(
    covers=("UIUC-1d",),
    takes=(
        reals("..."),
        reals("..."),
        positives("..."),
    ),
    gives=reals("..."),
)
def kl_equal_variance(mu_q, mu_p, sigma):
    """KL(N(mu_q, sigma^2) || N(mu_p, sigma^2)) of univariate Gaussians that share their
    standard deviation.

    Tensors of one shape; the result has it too (elementwise, no sum).
    """
    ...


kl_to_itself = answer(Number(), covers=("UIUC-1c",))
kl_properties = answer(Letters(tuple("ABCDEFG")), covers=("UIUC-1b",))
divergence_axioms = answer(Letters(tuple("ABCDE")), covers=("ICL-1c",))


@stand_in("kl_standard_normal", coefficients=2)
def linear_kl(mu, logvar, a, b):
    return (a * mu + b * logvar).sum(-1)


@check(
    "kl_standard_normal", "A standard normal has divergence 0 from itself, one value per example."
)
def zero_for_standard_normal(student):
    got = student.kl_standard_normal(
        torch.zeros(3, 2, dtype=torch.float64), torch.zeros(3, 2, dtype=torch.float64)
    )
    expect.close(
        got, torch.zeros(3, dtype=torch.float64), subject="kl_standard_normal of zeros (3, 2)"
    )


@check(
    "kl_standard_normal", "Two worked examples come out right.", after=(zero_for_standard_normal,)
)
def worked_examples(student):
    mu = torch.tensor([[1.0, -2.0, 0.5], [0.0, 0.3, -1.0]], dtype=torch.float64)
    logvar = torch.tensor([[0.2, -1.0, 0.7], [1.5, -0.4, 0.0]], dtype=torch.float64)
    wanted = torch.tensor([2.976517453, 1.571004558], dtype=torch.float64)
    mistakes = (
        (
            2 * wanted,
            "Your values are twice the right ones: look at the factor in front of the sum.",
        ),
        (-wanted, "Your values have the opposite sign: a divergence is never negative."),
        (
            wanted / 3,
            "Your values are averaged over the K dimensions: independent dimensions add up.",
        ),
    )
    got = student.kl_standard_normal(mu, logvar)
    expect.close(
        got,
        wanted,
        subject="kl_standard_normal(mu, logvar)",
        inputs=f"mu = {mu.tolist()}, logvar = {logvar.tolist()}",
        mistakes=mistakes,
    )


@check(
    "kl_standard_normal",
    "Axes in front of the examples stay, and a very small variance has a large divergence.",
    after=(worked_examples,),
)
def leading_axes(student):
    mu = torch.zeros(2, 3, 2, dtype=torch.float64)
    mu[1, 2] = 2.0
    wanted = torch.full((2, 3), 49.0, dtype=torch.float64)
    wanted[1, 2] = 53.0
    expect.close(
        student.kl_standard_normal(mu, torch.full_like(mu, -50.0)),
        wanted,
        subject="kl_standard_normal of mu (2, 3, 2), zeros but mu[1, 2] = (2, 2), and logvar = -50",
    )


@check("kl_gaussians", "A worked example in two dimensions comes out right.")
def worked_example_full(student):
    mu_0, mu_1 = (
        torch.tensor([1.0, 0.0], dtype=torch.float64),
        torch.tensor([0.0, 2.0], dtype=torch.float64),
    )
    cov_0 = torch.tensor([[2.0, 0.5], [0.5, 1.0]], dtype=torch.float64)
    cov_1 = torch.tensor([[1.0, 0.0], [0.0, 4.0]], dtype=torch.float64)
    wanted = torch.tensor(1.538339287, dtype=torch.float64)
    got = student.kl_gaussians(mu_0, cov_0, mu_1, cov_1)
    mistakes = ((2 * wanted, "Your value is twice the right one: look at the factor in front."),)
    inputs = (
        f"mu_0 = {mu_0.tolist()}, cov_0 = {cov_0.tolist()}, mu_1 = {mu_1.tolist()}, cov_1 ="
        f" {cov_1.tolist()}"
    )
    expect.close(
        got,
        wanted,
        subject="kl_gaussians(mu_0, cov_0, mu_1, cov_1)",
        inputs=inputs,
        mistakes=mistakes,
    )


@check("kl_gaussians", "A matrix that is no covariance raises ValueError.")
def refuses_indefinite_example(student):
    mean, cov = torch.zeros(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64)
    indefinite = torch.tensor([[1.0, 2.0], [2.0, 1.0]], dtype=torch.float64)
    expect.raises(
        "ValueError",
        lambda: student.kl_gaussians(mean, indefinite, mean, cov),
        subject="kl_gaussians with cov_0 = [[1, 2], [2, 1]]",
    )


@check(
    "kl_gaussians",
    "A matrix that is not symmetric raises ValueError.",
    after=(worked_example_full,),
)
def refuses_asymmetric_example(student):
    mean, cov = torch.zeros(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64)
    lopsided = torch.tensor([[1.0, 0.5], [0.0, 1.0]], dtype=torch.float64)
    expect.raises(
        "ValueError",
        lambda: student.kl_gaussians(mean, cov, mean, lopsided),
        subject="kl_gaussians with cov_1 = [[1, 0.5], [0, 1]]",
    )


@check(
    "kl_gaussians",
    "Two pairs at once have two values, and narrow Gaussians in 40 dimensions a finite one.",
    after=(worked_example_full,),
)
def pairs_and_many_dimensions(student):
    def both(first, second):
        return torch.tensor([first, second], dtype=torch.float64)

    got = student.kl_gaussians(
        both([1.0, 0.0], [0.0, 2.0]),
        both([[2.0, 0.5], [0.5, 1.0]], [[1.0, 0.0], [0.0, 4.0]]),
        both([0.0, 2.0], [0.0, 2.0]),
        both([[1.0, 0.0], [0.0, 4.0]], [[1.0, 0.0], [0.0, 4.0]]),
    )
    expect.close(got, both(1.538339287, 0.0), subject="kl_gaussians of two pairs")
    mean, narrow = torch.zeros(40, dtype=torch.float64), torch.eye(40, dtype=torch.float64) * 1e-10
    expect.close(
        student.kl_gaussians(mean, narrow, mean, narrow),
        0.0,
        subject="kl_gaussians of N(0, 1e-10 I) from itself, in 40 dimensions",
        atol=1e-8,
    )


@check("kl_equal_variance", "A worked example comes out right.")
def worked_example_equal_variance(student):
    mu_q, mu_p = (
        torch.tensor([1.0, -2.0], dtype=torch.float64),
        torch.tensor([0.0, 1.0], dtype=torch.float64),
    )
    sigma = torch.tensor([2.0, 0.5], dtype=torch.float64)
    wanted = torch.tensor([0.125, 18.0], dtype=torch.float64)
    mistakes = (
        (2 * wanted, "Your values are twice the right ones."),
        (
            torch.tensor([0.25, 9.0], dtype=torch.float64),
            "Is sigma the standard deviation or the variance here?",
        ),
    )
    got = student.kl_equal_variance(mu_q, mu_p, sigma)
    expect.close(
        got, wanted, subject="kl_equal_variance([1, -2], [0, 1], [2, 0.5])", mistakes=mistakes
    )


kl_standard_normal_manners = manners(
    "kl_standard_normal",
    lambda: (Draw(1).normal(3, 2), Draw(2).normal(3, 2)),
    after=(zero_for_standard_normal,),
    graph=(0, 1),
)
kl_gaussians_manners = manners(
    "kl_gaussians",
    lambda: (
        Draw(1).normal(2),
        3 * torch.eye(2, dtype=torch.float64),
        Draw(2).normal(2),
        2 * torch.eye(2, dtype=torch.float64),
    ),
    after=(worked_example_full,),
    graph=(0, 1, 2, 3),
)
kl_equal_variance_manners = manners(
    "kl_equal_variance",
    lambda: (Draw(1).normal(3), Draw(2).normal(3), Draw(3).uniform(0.1, 0.9, 3)),
    after=(worked_example_equal_variance,),
    graph=(0, 1),
)


@picture(
    "kl_standard_normal",
    shows="the divergence as mu moves, and as sigma moves",
    caption="What your kl_standard_normal gives in one dimension. Where is it smallest, and how"
    " does it grow to either side? A narrow q costs otherwise than a wide one.",
)
def divergence_as_q_moves(student):
    mu, sigma = (torch.linspace(low, 3, 60, dtype=torch.float64)[:, None] for low in (-3, 0.05))
    moved, spread = (
        pictures.value(student.kl_standard_normal(*given), (len(given[0]),), "kl_standard_normal")
        for given in ((mu, torch.zeros_like(mu)), (torch.zeros_like(sigma), 2 * sigma.log()))
    )
    label, nats = "your kl_standard_normal", "divergence in nats"
    return [
        Panel("sigma = 1", "mu", nats, (pictures.line(label, mu[:, 0], moved),)),
        Panel("mu = 0", "sigma", nats, (pictures.line(label, sigma[:, 0], spread),)),
    ]
