"""Hidden checks of `monte_carlo_reconstruction_error`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.core.exercise import check, misconception
from graders.hidden._hypothesis import for_every, matrices, shown
from graders.hidden.likelihood._common import CUT, DTYPE, IN_PLACE

ESTIMATE = "monte_carlo_reconstruction_error(log_px_given_z)"


@check(
    "monte_carlo_reconstruction_error",
    "It returns a tensor without dimensions, whatever the numbers of codes and data.",
)
def estimate_is_scalar(student, draw):
    for m, n in ((3, 4), (5, 2), (1, 1)):
        expect.tensor(
            student.monte_carlo_reconstruction_error(draw.normal(m, n)),
            shape=(),
            subject=f"{ESTIMATE} with M = {m}, N = {n}",
        )


@check(
    "monte_carlo_reconstruction_error",
    "It is minus the estimate of the expected log likelihood of the data set.",
    after=("estimate_is_scalar",),
)
def estimate_value(student, draw, right):
    log_px = 3 * draw.normal(3, 5) - 4
    expect.close(
        student.monte_carlo_reconstruction_error(log_px),
        right.monte_carlo_reconstruction_error(log_px),
        subject=ESTIMATE,
    )


@check(
    "monte_carlo_reconstruction_error",
    "It is right on small inputs of every shape.",
    after=("estimate_value",),
)
def estimate_everywhere(student, draw, right):
    def law(example):
        (log_px,) = example
        got = student.monte_carlo_reconstruction_error(log_px)
        expect.close(
            got,
            right.monte_carlo_reconstruction_error(log_px),
            subject=ESTIMATE,
            inputs=shown(log_px_given_z=log_px),
        )

    for_every(draw, matrices(low=-5, high=1), law)


@check("monte_carlo_reconstruction_error", "Its gradient is right.", after=("estimate_value",))
def estimate_gradient(student, draw, right):
    log_px = draw.normal(3, 5).requires_grad_()
    wanted = expect.gradient_of(right.monte_carlo_reconstruction_error(log_px), [log_px])
    expect.gradients(
        student.monte_carlo_reconstruction_error(log_px),
        [log_px],
        wanted,
        names=("log_px_given_z",),
        subject=ESTIMATE,
    )


@check(
    "monte_carlo_reconstruction_error",
    "It is accurate for log likelihoods of -1e4, and infinite when one of them is.",
    after=("estimate_value",),
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


@check("monte_carlo_reconstruction_error", "It keeps float32.", after=("estimate_value",))
def estimate_keeps_float32(student, draw, right):
    log_px = draw.normal(3, 5, dtype=torch.float32)
    expect.close(
        student.monte_carlo_reconstruction_error(log_px),
        right.monte_carlo_reconstruction_error(log_px),
        subject=f"{ESTIMATE} in float32",
        atol=1e-5,
    )


@check(
    "monte_carlo_reconstruction_error",
    "It leaves its argument as it is.",
    after=("estimate_is_scalar",),
)
def estimate_changes_nothing(student, draw):
    log_px = draw.normal(3, 5)
    expect.unchanged(
        student.observe("monte_carlo_reconstruction_error", log_px),
        (log_px,),
        names=("log_px_given_z",),
        subject=ESTIMATE,
    )


@misconception(
    "monte_carlo_reconstruction_error",
    hint="The better the reconstruction, the smaller its error should be.",
    caught_by="estimate_value",
)
def estimate_sign(log_px_given_z):
    return log_px_given_z.mean(0).sum()


@misconception(
    "monte_carlo_reconstruction_error",
    hint="You average over everything. Which of the two axes is summed?",
    caught_by="estimate_value",
)
def estimate_mean_of_everything(log_px_given_z):
    return -log_px_given_z.mean()


@misconception(
    "monte_carlo_reconstruction_error",
    hint="Your value grows with the number of codes that are drawn.",
    caught_by="estimate_value",
)
def estimate_sum_of_everything(log_px_given_z):
    return -log_px_given_z.sum()


@misconception(
    "monte_carlo_reconstruction_error",
    hint="The two axes are exchanged. Which one belongs to the codes?",
    caught_by="estimate_value",
)
def estimate_axes_exchanged(log_px_given_z):
    return -log_px_given_z.mean(1).sum()


@misconception(
    "monte_carlo_reconstruction_error",
    hint=(
        "You average the probabilities, not their logarithms. What is the expectation in the bound"
        " taken of?"
    ),
    caught_by="estimate_value",
)
def estimate_log_of_mean(log_px_given_z):
    return -log_px_given_z.exp().mean(0).log().sum()


@misconception(
    "monte_carlo_reconstruction_error",
    hint="You average the probabilities without going back to logarithms.",
    caught_by="estimate_value",
)
def estimate_of_probabilities(log_px_given_z):
    return -log_px_given_z.exp().mean(0).sum()


@misconception(
    "monte_carlo_reconstruction_error",
    hint="Only the best code of each data point enters. An expectation weighs all of them.",
    caught_by="estimate_value",
)
def estimate_best_code(log_px_given_z):
    return -log_px_given_z.max(0).values.sum()


@misconception(
    "monte_carlo_reconstruction_error",
    hint="Only the first code of each data point enters.",
    caught_by="estimate_value",
)
def estimate_first_code(log_px_given_z):
    return -log_px_given_z[0].sum()


@misconception(
    "monte_carlo_reconstruction_error",
    hint="The sign is wrong for some entries: is the error the size of the log likelihood?",
    caught_by="estimate_value",
)
def estimate_absolute(log_px_given_z):
    return log_px_given_z.abs().mean(0).sum()


@misconception(
    "monte_carlo_reconstruction_error",
    hint="Each data point's error comes back separately; that of the whole data set is asked for.",
    caught_by="estimate_is_scalar",
)
def estimate_per_example(log_px_given_z):
    return -log_px_given_z.mean(0)


@misconception(
    "monte_carlo_reconstruction_error",
    hint="A plain number has no gradient: the graph is cut.",
    caught_by="estimate_is_scalar",
)
def estimate_as_float(log_px_given_z):
    return -log_px_given_z.mean(0).sum().item()


@misconception("monte_carlo_reconstruction_error", hint=CUT, caught_by="estimate_gradient")
def estimate_detached(log_px_given_z):
    return -log_px_given_z.detach().mean(0).sum()


@misconception("monte_carlo_reconstruction_error", hint=DTYPE, caught_by="estimate_keeps_float32")
def estimate_in_float64(log_px_given_z):
    return -log_px_given_z.double().mean(0).sum()


@misconception(
    "monte_carlo_reconstruction_error", hint=IN_PLACE, caught_by="estimate_changes_nothing"
)
def estimate_in_place(log_px_given_z):
    value = -log_px_given_z.clone().mean(0).sum()
    log_px_given_z.data.neg_()
    return value
