"""What the exercises of `diffusion` share: schedules, batches, models, and words about them."""

import torch

from graders.core import expect
from graders.core.fixtures import network

STEPS = 7
# A constant of the student's, such as a root, may be rounded to float32, where terms cancel too.
CONSTANT = 1e-6
PARTS = ("mean", "variance")
BROADCAST = "Each example has a step of its own. Which axis of x do the steps belong to?"
IN_PLACE = "An operation on the arguments themselves changes the caller's tensors."
FLOAT64 = "Your result has another dtype than the arguments. Which number of yours decided it?"
CUT = "Your value is right, but can anything be trained with it?"
MEAN_OVER_D = "The squared error of an example is that of the whole vector: does yours grow with D?"
SUM_OVER_N = "Your loss grows with the number of examples."
MODEL_STATE = "Somebody else's network is an argument. Does it come back as it went in?"
# What grows with D and with N differs here, and where the two are equal, an axis that is mixed up
# with the other does not raise.
SHAPES = ((5, 3), (4, 4), (3, 1), (1, 2))


def betas(draw, steps=STEPS, dtype=torch.float64):
    """A schedule that neither grows nor falls, (T,)."""
    return draw.uniform(0.05, 0.5, steps).to(dtype)


def noise_left(draw, steps=STEPS, dtype=torch.float64):
    """alpha_bar of such a schedule, (T,), without any function of the topic."""
    return (1 - betas(draw, steps)).log().cumsum(0).exp().to(dtype)


def steps(draw, n, first=0, last=STEPS):
    """n different steps in no order, int64 (n,), from first, ..., last - 1."""
    return first + draw.uniform(0, 1, last - first).argsort()[:n]


def batch(draw, n, d, count=2, dtype=torch.float64):
    """`count` tensors (n, d)."""
    return [1.5 * draw.normal(n, d, dtype=dtype) for _ in range(count)]


def step_model(draw, d, dtype=torch.float64):
    """A model of x (..., D) and integer steps (...,), nonlinear in both."""
    inputs = {"x": ("reals",), "t": ("embedding", STEPS, 4)}
    return network(draw, (d + 4, 8, d), scale=1.5, inputs=inputs, dtype=dtype)


def time_model(draw, d, dtype=torch.float64):
    """A model of x (..., D) and real times or noise levels (...,), nonlinear in both."""
    inputs = {"x": ("reals",), "t": ("number",)}
    return network(draw, (d + 1, 8, d), scale=1.5, inputs=inputs, dtype=dtype)


def gradients_agree(got, wanted, model, *, subject):
    """Checks the gradients of a loss (or of a sum of losses) in the parameters of a model."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    names = [f"parameter {i} of the network" for i in range(len(parameters))]
    expect.gradients(
        got, parameters, expect.gradient_of(wanted, parameters), names=names, subject=subject
    )


def rounded(value, subject):
    """A tensor of any real dtype in float32: that it keeps its dtype is a check of its own."""
    expect.true(
        value.is_floating_point(),
        "not real numbers",
        subject=subject,
        detail=f"got dtype {value.dtype}, wanted real numbers",
        got=str(value.dtype),
    )
    return value.detach().float()


def keeps_dtype(student, name, make):
    """Checks that float32 arguments give float32 results, and float64 ones float64."""
    for dtype in (torch.float32, torch.float64):
        got = getattr(student, name)(*make(dtype))
        for part in got if isinstance(got, (tuple, list)) else (got,):
            found = part.dtype if isinstance(part, torch.Tensor) else type(part).__name__
            expect.true(
                found == dtype,
                "wrong dtype",
                subject=f"{name} of {str(dtype).removeprefix('torch.')} arguments",
                detail=f"got {found}, wanted {dtype}, that of the arguments",
                got=str(found),
            )
