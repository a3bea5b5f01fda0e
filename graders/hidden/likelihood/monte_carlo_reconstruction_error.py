"""Hidden checks of `monte_carlo_reconstruction_error`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._hypothesis import matrices
from graders.hidden._words import Words
from graders.hidden.likelihood._common import CUT, DTYPE, IN_PLACE
from graders.public.likelihood import monte_carlo_reconstruction_error

D = Words(monte_carlo_reconstruction_error)

ESTIMATE = "monte_carlo_reconstruction_error(log_px_given_z)"


estimate_value = D.equals_reference(
    "It is minus the estimate of the expected log likelihood of the data set.",
    lambda draw: (3 * draw.normal(3, 5) - 4,),
)


estimate_everywhere = D.everywhere(
    "It is right on small inputs of every shape.", matrices(low=-5, high=1), after=estimate_value
)


estimate_gradient = D.gradients(
    "Its gradient is right.", lambda draw: (draw.normal(3, 5),), after=estimate_value
)


@D.check(
    "It is accurate for log likelihoods of -1e4, and infinite when one of them is.",
    after=estimate_value,
)
def estimate_of_extremes(student, draw, right):
    log_px = 1e4 * draw.normal(3, 5).abs() * -1
    expect.close(
        student.monte_carlo_reconstruction_error(log_px),
        right.monte_carlo_reconstruction_error(log_px),
        subject=f"{ESTIMATE} near -1e4",
    )
    log_px[1, 2] = -torch.inf
    expect.close(
        student.monte_carlo_reconstruction_error(log_px),
        torch.inf,
        subject=f"{ESTIMATE} with one entry -inf",
    )


@estimate_value.catches("The better the reconstruction, the smaller its error should be.")
def estimate_sign(log_px_given_z):
    return log_px_given_z.mean(0).sum()


@estimate_value.catches("You average over everything. Which of the two axes is summed?")
def estimate_mean_of_everything(log_px_given_z):
    return -log_px_given_z.mean()


@estimate_value.catches("Your value grows with the number of codes that are drawn.")
def estimate_sum_of_everything(log_px_given_z):
    return -log_px_given_z.sum()


@estimate_value.catches("The two axes are exchanged. Which one belongs to the codes?")
def estimate_axes_exchanged(log_px_given_z):
    return -log_px_given_z.mean(1).sum()


@estimate_value.catches(
    "You average the probabilities, not their logarithms. What is the expectation in the bound"
    " taken of?"
)
def estimate_log_of_mean(log_px_given_z):
    return -log_px_given_z.exp().mean(0).log().sum()


@estimate_value.catches("You average the probabilities without going back to logarithms.")
def estimate_of_probabilities(log_px_given_z):
    return -log_px_given_z.exp().mean(0).sum()


@estimate_value.catches(
    "Only the best code of each data point enters. An expectation weighs all of them."
)
def estimate_best_code(log_px_given_z):
    return -log_px_given_z.max(0).values.sum()


@estimate_value.catches("Only the first code of each data point enters.")
def estimate_first_code(log_px_given_z):
    return -log_px_given_z[0].sum()


@estimate_value.catches(
    "The sign is wrong for some entries: is the error the size of the log likelihood?"
)
def estimate_absolute(log_px_given_z):
    return log_px_given_z.abs().mean(0).sum()


@estimate_value.catches(
    "Each data point's error comes back separately; that of the whole data set is asked for."
)
def estimate_per_example(log_px_given_z):
    return -log_px_given_z.mean(0)


@estimate_value.catches("A plain number has no gradient: the graph is cut.")
def estimate_as_float(log_px_given_z):
    return -log_px_given_z.mean(0).sum().item()


@estimate_gradient.catches(CUT)
def estimate_detached(log_px_given_z):
    return -log_px_given_z.detach().mean(0).sum()


@D.laws.law_dtype.catches(DTYPE)
def estimate_in_float64(log_px_given_z):
    return -log_px_given_z.double().mean(0).sum()


@D.laws.law_state.catches(IN_PLACE)
def estimate_in_place(log_px_given_z):
    value = -log_px_given_z.clone().mean(0).sum()
    log_px_given_z.data.neg_()
    return value
