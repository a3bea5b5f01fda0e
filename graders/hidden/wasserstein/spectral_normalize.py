"""Hidden checks of `spectral_normalize`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.public.wasserstein import spectral_normalize

D = Words(spectral_normalize)

SPECTRAL = "spectral_normalize(weight)"


# Power iterations stop close to the singular value, and some add a small constant to it.
NEAR = {"rtol": 1e-5, "atol": 1e-6}


def matrix(draw, rows, columns):
    """A matrix whose singular values are 3, 3 * 0.6, 3 * 0.36, ...: a power iteration converges
    quickly on it.
    """
    rank = min(rows, columns)
    left, right = (
        torch.linalg.qr(draw.normal(rows, rank)).Q,
        torch.linalg.qr(draw.normal(columns, rank)).Q,
    )
    return left @ torch.diag(3 * 0.6 ** torch.arange(rank, dtype=torch.float64)) @ right.T


spectral_value = D.equals_reference(
    "It divides by the largest singular value.",
    lambda draw: [
        (matrix(draw, rows, columns),) for rows, columns in ((4, 3), (2, 5), (3, 3), (4, 1))
    ],
    **NEAR,
)


@D.check("The result stretches no vector, and some vector keeps its length.")
def spectral_is_lipschitz(student, draw):
    got = expect.tensor(
        student.spectral_normalize(matrix(draw, 5, 4)), shape=(5, 4), subject=SPECTRAL
    ).detach()
    vectors = draw.normal(4, 50)
    expect.at_most(
        (got @ vectors).norm(dim=0),
        vectors.norm(dim=0),
        subject=f"the lengths of vectors after {SPECTRAL}",
        slack=1e-4,
    )
    expect.close(
        torch.linalg.eigvalsh(got.T @ got)[-1],
        torch.tensor(1.0, dtype=torch.float64),
        subject=f"the largest squared stretch of {SPECTRAL}",
        **NEAR,
    )


@D.check("Scaling the matrix does not change the result, large or small.", after=spectral_value)
def spectral_scale(student, draw, right):
    weight = matrix(draw, 4, 3)
    for factor in (0.01, 100.0):
        # A constant of 1e-8 beside the singular value shows here in the seventh digit.
        expect.close(
            student.spectral_normalize(factor * weight),
            right.spectral_normalize(weight),
            subject=f"{SPECTRAL} of {factor} times a matrix",
            **NEAR,
        )


@D.check("A multiple of an orthogonal matrix becomes that orthogonal matrix.")
def spectral_of_orthogonal(student, draw):
    orthogonal = torch.linalg.qr(draw.normal(4, 4)).Q
    expect.close(
        student.spectral_normalize(2.5 * orthogonal),
        orthogonal,
        subject=f"{SPECTRAL} of 2.5 times an orthogonal matrix",
        **NEAR,
    )


@D.check("A matrix of zeros stays as it is.")
def spectral_of_zeros(student):
    for shape in ((3, 2), (1, 4)):
        zeros = torch.zeros(*shape, dtype=torch.float64)
        expect.close(
            student.spectral_normalize(zeros), zeros, subject=f"{SPECTRAL} of zeros {shape}"
        )


@spectral_value.catches(
    "You divide by the root of the sum of all squares, which is larger. Which norm says how"
    " much a matrix can stretch a vector?"
)
def frobenius_norm(weight):
    return weight / weight.norm().clamp_min(1e-300)


@spectral_value.catches(
    "You divide by the sum of the singular values. Which of them limits the stretch?"
)
def nuclear_norm(weight):
    return weight / torch.linalg.svdvals(weight).sum().clamp_min(1e-300)


@spectral_value.catches(
    "You divide by an eigenvalue. For which matrices is that a singular value, and what about"
    " those that are not square?"
)
def largest_eigenvalue(weight):
    return weight / torch.linalg.eigvals(weight).abs().max().clamp_min(1e-300)


@spectral_value.catches("The singular values of W are not the eigenvalues of W transposed times W.")
def squared_singular_value(weight):
    return weight / torch.linalg.eigvalsh(weight.T @ weight)[-1].clamp_min(1e-300)


@spectral_value.catches(
    "The largest entry says little about how much the matrix stretches a vector."
)
def largest_entry(weight):
    return weight / weight.abs().max().clamp_min(1e-300)


@spectral_value.catches(
    "You divide by the largest sum of a row: a norm of the matrix, but for another way to"
    " measure vectors."
)
def largest_row_sum(weight):
    return weight / weight.abs().sum(1).max().clamp_min(1e-300)


@spectral_value.catches(
    "You divide by the largest sum of a column: a norm of the matrix, but for another way to"
    " measure vectors."
)
def largest_column_sum(weight):
    return weight / weight.abs().sum(0).max().clamp_min(1e-300)


@spectral_value.catches(
    "You divide by the smallest singular value. Which of them limits the stretch?"
)
def smallest_singular_value(weight):
    return weight / torch.linalg.svdvals(weight)[-1].clamp_min(1e-300)


@spectral_value.catches(
    "Each row is normalised by itself. Is the matrix as a whole then 1-Lipschitz?"
)
def every_row(weight):
    return weight / weight.norm(dim=1, keepdim=True).clamp_min(1e-300)


@spectral_value.catches(
    "One step of a power iteration is far from the singular value when nothing was learned in"
    " earlier steps."
)
def one_power_iteration(weight):
    v = weight.T @ torch.ones(len(weight), dtype=weight.dtype)
    u = weight @ (v / v.norm().clamp_min(1e-300))
    return weight / u.norm().clamp_min(1e-300)


@spectral_scale.catches(
    "Matrices with a small stretch stay as they are here, but every matrix is to be divided."
)
def only_when_larger_than_one(weight):
    return weight / torch.linalg.matrix_norm(weight, 2).clamp_min(1)


@spectral_scale.catches(
    "The constant that avoids a division by zero is visible for small matrices."
)
def visible_constant(weight):
    return weight / (torch.linalg.matrix_norm(weight, 2) + 1e-5)


@spectral_of_zeros.catches("0 divided by 0 is NaN. What should become of a matrix of zeros?")
def nan_for_zeros(weight):
    return weight / torch.linalg.matrix_norm(weight, 2)


@spectral_value.catches("This is the singular value itself. What is done with it?")
def singular_value_instead(weight):
    return torch.linalg.matrix_norm(weight, 2)


@spectral_value.catches("All singular values become 1 here. Only the largest is to be 1.")
def orthogonalised(weight):
    left, values, right = torch.linalg.svd(weight, full_matrices=False)
    return left @ torch.diag((values > 0).to(values.dtype)) @ right


@D.laws.law_gradients.catches(
    "An operation whose name ends in an underscore changes the caller's tensor."
)
def divides_in_place(weight):
    largest = torch.linalg.matrix_norm(weight, 2)
    weight.data.div_(largest if largest > 0 else 1)
    return weight.clone()
