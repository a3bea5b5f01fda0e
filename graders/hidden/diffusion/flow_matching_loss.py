"""Hidden checks of `flow_matching_loss`, then the mistakes that they catch."""

import torch

from graders.core import expect
from graders.hidden._words import Words
from graders.hidden.diffusion._common import (
    CUT,
    FLOAT64,
    MEAN_OVER_D,
    MODEL_STATE,
    SHAPES,
    SUM_OVER_N,
    batch,
    gradients_agree,
    time_model,
)
from graders.public.diffusion import flow_matching_loss as stub
from reference.diffusion import flow_matching_loss

D = Words(stub)

FLOW = "flow_matching_loss(velocity_model, x_0, x_1, t)"
NAMES = ("velocity_model", "x_0", "x_1", "t")


def arguments(draw, n=5, d=3, dtype=torch.float64):
    t = draw.uniform(0.05, 0.95, n, dtype=dtype)
    return time_model(draw, d, dtype), *batch(draw, n, d, dtype=dtype), t


flow_values = D.equals_reference(
    "It is the loss, with a time for each example.",
    lambda draw: [arguments(draw, n, d) for n, d in SHAPES],
)


@D.check("It is right at both ends of the path.", after=flow_values)
def flow_at_the_ends(student, draw, right):
    model, x_0, x_1, _ = arguments(draw)
    for t in ([0.0, 1.0, 0.0, 1.0, 1.0], [0.0] * 5, [1.0] * 5):
        given = model, x_0, x_1, torch.tensor(t, dtype=torch.float64)
        expect.close(
            student.flow_matching_loss(*given),
            right.flow_matching_loss(*given).detach(),
            subject=f"{FLOW} with t = {t}",
        )


@D.check("Its gradient reaches every parameter of the network, and is right.", after=flow_values)
def flow_gradients(student, draw, right):
    for n, d in SHAPES[:2]:
        given = arguments(draw, n, d)
        got, wanted = student.flow_matching_loss(*given), right.flow_matching_loss(*given)
        gradients_agree(got, wanted, given[0], subject=FLOW)


def _velocity(velocity_model, x_0, x_1, t):
    along = t[:, None]
    return velocity_model((1 - along) * x_0 + along * x_1, t)


@flow_values.catches("In which direction does the path run?")
def velocity_reversed(velocity_model, x_0, x_1, t):
    return (_velocity(velocity_model, x_0, x_1, t) - (x_0 - x_1)).square().sum(1).mean()


@flow_values.catches("At which end of the path is t = 0?")
def path_reversed(velocity_model, x_0, x_1, t):
    return (_velocity(velocity_model, x_1, x_0, t) - (x_1 - x_0)).square().sum(1).mean()


@flow_values.catches("Path and velocity both run from the data to the noise here.")
def from_data_to_noise(velocity_model, x_0, x_1, t):
    return flow_matching_loss(velocity_model, x_1, x_0, t)


@flow_values.catches(MEAN_OVER_D)
def mean_over_coordinates(velocity_model, x_0, x_1, t):
    return (_velocity(velocity_model, x_0, x_1, t) - (x_1 - x_0)).square().mean()


@flow_values.catches(SUM_OVER_N)
def sum_over_examples(velocity_model, x_0, x_1, t):
    return (_velocity(velocity_model, x_0, x_1, t) - (x_1 - x_0)).square().sum()


@flow_values.catches("Is the velocity of a path its end?")
def end_for_velocity(velocity_model, x_0, x_1, t):
    return (_velocity(velocity_model, x_0, x_1, t) - x_1).square().sum(1).mean()


@flow_values.catches("How does the velocity change along a straight path?")
def what_is_left_of_the_way(velocity_model, x_0, x_1, t):
    x_t = (1 - t[:, None]) * x_0 + t[:, None] * x_1
    return (velocity_model(x_t, t) - (x_1 - x_t)).square().sum(1).mean()


@flow_values.catches("This path keeps the variance, as diffusion does. Is it straight?")
def path_of_diffusion(velocity_model, x_0, x_1, t):
    along = t[:, None]
    x_t = (1 - along).sqrt() * x_0 + along.sqrt() * x_1
    return (velocity_model(x_t, t) - (x_1 - x_0)).square().sum(1).mean()


@flow_values.catches("Do all examples of a batch have the time of the first one?")
def time_of_the_first(velocity_model, x_0, x_1, t):
    return flow_matching_loss(velocity_model, x_0, x_1, t[:1].expand(len(t)))


@flow_values.catches("The network is told another time than that of the point it sees.")
def time_counted_backwards(velocity_model, x_0, x_1, t):
    along = t[:, None]
    x_t = (1 - along) * x_0 + along * x_1
    return (velocity_model(x_t, 1 - t) - (x_1 - x_0)).square().sum(1).mean()


@flow_gradients.catches(CUT)
def detached(velocity_model, x_0, x_1, t):
    return flow_matching_loss(velocity_model, x_0, x_1, t).detach()


@D.laws.law_dtype.catches(FLOAT64)
def always_float64(velocity_model, x_0, x_1, t):
    return flow_matching_loss(velocity_model, x_0, x_1, t).double()


@D.laws.law_state.catches(MODEL_STATE)
def mode_changed(velocity_model, x_0, x_1, t):
    return flow_matching_loss(velocity_model.train(), x_0, x_1, t)
