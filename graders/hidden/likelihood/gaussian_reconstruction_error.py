"""Hidden checks of `gaussian_reconstruction_error`, then the mistakes that they catch."""

import torch
from hypothesis import strategies as st

from graders.core import expect
from graders.hidden._hypothesis import for_every, matrices, shown
from graders.hidden._words import Words
from graders.hidden.likelihood._common import CUT, DTYPE, IN_PLACE
from graders.public.likelihood import gaussian_reconstruction_error

D = Words(gaussian_reconstruction_error)

GAUSSIAN = "gaussian_reconstruction_error(x, x_hat, sigma)"


EXCESS = f"{GAUSSIAN} minus its value for x = x_hat = 0"


def excess(student, x, x_hat, sigma):
    """The error minus that of a perfect reconstruction of zeros: a free constant cancels, one that
    depends on x does not.
    """
    sigma = torch.as_tensor(sigma, dtype=x.dtype)
    zero = student.gaussian_reconstruction_error(
        torch.zeros_like(x), torch.zeros_like(x_hat), sigma
    )
    expect.tensor(zero, shape=(), dtype=x.dtype, subject=GAUSSIAN)
    return (
        expect.tensor(
            student.gaussian_reconstruction_error(x, x_hat, sigma),
            shape=(),
            dtype=x.dtype,
            subject=GAUSSIAN,
        )
        - zero
    )


@D.check("It equals the formula, up to a constant.")
def gaussian_formula(student, draw, right):
    x, x_hat = 2 * draw.normal(4, 3), 2 * draw.normal(5, 4, 3)
    expect.close(excess(student, x, x_hat, 0.7), excess(right, x, x_hat, 0.7), subject=EXCESS)


@D.check("It equals the formula on small inputs of every shape.", after=gaussian_formula)
def gaussian_everywhere(student, draw, right):
    def law(example):
        (x, *x_hats), sigma = example
        x_hat, inputs = (
            torch.stack(x_hats),
            shown(x=x, x_hat=torch.stack(x_hats)) + f", sigma = {sigma}",
        )
        expect.close(
            excess(student, x, x_hat, sigma),
            excess(right, x, x_hat, sigma),
            subject=EXCESS,
            inputs=inputs,
        )

    for_every(draw, SMALL, law, examples=8)


SMALL = st.tuples(matrices(low=-3, high=3, count=3), st.sampled_from((1.0, 0.5, 2.0, 3.0)))


gaussian_gradients = D.gradients(
    "Its gradients with respect to the data and the reconstructions are right.",
    lambda draw: (draw.normal(4, 3), draw.normal(5, 4, 3), torch.tensor(1.6, dtype=torch.float64)),
    of=(
        0,
        1,
    ),
    after=gaussian_formula,
)


@D.check(
    "It is accurate where the density itself is too small for a float.", after=gaussian_formula
)
def gaussian_far_away(student, draw, right):
    x, x_hat = draw.normal(4, 3), 50 * draw.normal(2, 4, 3)
    expect.close(excess(student, x, x_hat, 0.01), excess(right, x, x_hat, 0.01), subject=EXCESS)


@D.check("It keeps float32, and is accurate in it.", after=gaussian_formula)
def gaussian_keeps_float32(student, draw, right):
    x, x_hat = draw.normal(4, 3, dtype=torch.float32), draw.normal(5, 4, 3, dtype=torch.float32)
    expect.close(
        excess(student, x, x_hat, 0.7),
        excess(right, x, x_hat, 0.7),
        subject=f"{EXCESS}, in float32",
        atol=1e-4,
    )


@gaussian_formula.catches(
    "Your error is a fixed multiple of the right one. Look at the exponent of the Gaussian density."
)
def gaussian_without_half(x, x_hat, sigma):
    return (x - x_hat).square().sum((-2, -1)).mean(0) / sigma**2


@gaussian_formula.catches("Is sigma the standard deviation or the variance here?")
def gaussian_sigma_as_variance(x, x_hat, sigma):
    return (x - x_hat).square().sum((-2, -1)).mean(0) / (2 * sigma)


@gaussian_formula.catches("How does the error change when the decoder's distribution gets wider?")
def gaussian_sigma_ignored(x, x_hat, sigma):
    return 0.5 * (x - x_hat).square().sum((-2, -1)).mean(0) + 0 * sigma


@gaussian_formula.catches("A wider distribution should punish a deviation less, not more.")
def gaussian_times_variance(x, x_hat, sigma):
    return 0.5 * (x - x_hat).square().sum((-2, -1)).mean(0) * sigma**2


@gaussian_formula.catches(
    "The plain squared error is proportional to what is asked for; what is the factor?"
)
def gaussian_plain_squares(x, x_hat, sigma):
    return (x - x_hat).square().sum((-2, -1)).mean(0) + 0 * sigma


@gaussian_formula.catches("Distances enter, but the exponent of the density holds their squares.")
def gaussian_norm_not_squared(x, x_hat, sigma):
    return torch.linalg.vector_norm(x - x_hat, dim=-1).sum(-1).mean(0) / (2 * sigma**2)


@gaussian_formula.catches("Absolute deviations belong to another distribution than the Gaussian.")
def gaussian_absolute(x, x_hat, sigma):
    return (x - x_hat).abs().sum((-2, -1)).mean(0) / (2 * sigma**2)


@gaussian_formula.catches(
    "You average over the pixels. What happens to the logarithms of the densities of"
    " independent pixels?"
)
def gaussian_mean_over_pixels(x, x_hat, sigma):
    return (x - x_hat).square().mean(-1).sum(-1).mean(0) / (2 * sigma**2)


@gaussian_formula.catches(
    "You average over the data points; the error of the data set is asked for."
)
def gaussian_mean_over_data(x, x_hat, sigma):
    return (x - x_hat).square().sum(-1).mean() / (2 * sigma**2)


@gaussian_formula.catches(
    "A mean over everything hides which sums belong to it. Which one axis is averaged?"
)
def gaussian_mean_of_everything(x, x_hat, sigma):
    return (x - x_hat).square().mean() / (2 * sigma**2)


@gaussian_formula.catches("Your error grows with the number of codes that are drawn.")
def gaussian_sum_over_codes(x, x_hat, sigma):
    return (x - x_hat).square().sum() / (2 * sigma**2)


@gaussian_formula.catches(
    "You divide by the number of data points where that of the codes belongs: which axis is which?"
)
def gaussian_axes_exchanged(x, x_hat, sigma):
    return (x - x_hat).square().sum() / (2 * sigma**2 * x.shape[0])


@gaussian_formula.catches(
    "Your value gets larger as the reconstruction gets better. Which of the two is minimised?"
)
def gaussian_log_likelihood(x, x_hat, sigma):
    return -(x - x_hat).square().sum((-2, -1)).mean(0) / (2 * sigma**2)


@gaussian_formula.catches(
    "You compare the data with the average reconstruction. Is the average of squares the square"
    " of the average?"
)
def gaussian_of_mean_reconstruction(x, x_hat, sigma):
    return (x - x_hat.mean(0)).square().sum() / (2 * sigma**2)


@gaussian_formula.catches(
    "You average the densities over the codes; what is the expectation in the bound taken of?"
)
def gaussian_log_of_mean(x, x_hat, sigma):
    return -torch.logsumexp(-(x - x_hat).square().sum(-1) / (2 * sigma**2), 0).sum()


@gaussian_formula.catches("Only the first code of each data point enters.")
def gaussian_first_code(x, x_hat, sigma):
    return (x - x_hat[0]).square().sum() / (2 * sigma**2)


@gaussian_formula.catches("A term was dropped as a constant that still depends on the data.")
def gaussian_drops_data_term(x, x_hat, sigma):
    return (x_hat.square() - 2 * x * x_hat).sum((-2, -1)).mean(0) / (2 * sigma**2)


@gaussian_formula.catches(
    "Each data point's error comes back separately; that of the whole data set is asked for."
)
def gaussian_per_example(x, x_hat, sigma):
    return (x - x_hat).square().sum(-1).mean(0) / (2 * sigma**2)


@gaussian_formula.catches("Each code's error comes back separately. What is done with the codes?")
def gaussian_per_code(x, x_hat, sigma):
    return (x - x_hat).square().sum((-2, -1)) / (2 * sigma**2)


@gaussian_far_away.catches("A density can be too small for a float although its logarithm is not.")
def gaussian_log_of_density(x, x_hat, sigma):
    densities = (-(x - x_hat).square() / (2 * sigma**2)).exp()
    return -densities.log().sum((-2, -1)).mean(0)


@gaussian_gradients.catches(CUT)
def gaussian_detached(x, x_hat, sigma):
    return (x - x_hat).detach().square().sum((-2, -1)).mean(0) / (2 * sigma**2)


@gaussian_keeps_float32.catches(DTYPE)
def gaussian_in_float64(x, x_hat, sigma):
    return (x.double() - x_hat).square().sum((-2, -1)).mean(0) / (2 * sigma**2)


@D.laws.law_state.catches(IN_PLACE)
def gaussian_in_place(x, x_hat, sigma):
    gap = x_hat - x
    x_hat.data.sub_(x.data)
    return gap.square().sum((-2, -1)).mean(0) / (2 * sigma**2)
