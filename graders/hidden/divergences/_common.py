"""What the exercises of `divergences` share: inputs, words and hints."""

import math

import torch
from hypothesis import strategies as st

from graders.core import expect
from graders.core.verdict import StudentError

LOG_2 = math.log(2)


def vector(*entries):
    """A float64 vector."""
    return torch.tensor(entries, dtype=torch.float64)


def _two_distributions(data):
    weights = torch.tensor([byte % 4 for byte in data], dtype=torch.float64).reshape(2, -1)
    weights[:, 0] += weights.sum(1) == 0
    return tuple((weights / weights.sum(1, keepdim=True)).unbind())


# Two distributions on two to four outcomes, with small whole numbers as weights, so that many are
# 0.
PAIRS = (
    st.integers(2, 4)
    .flatmap(lambda size: st.binary(min_size=2 * size, max_size=2 * size))
    .map(_two_distributions)
)


# Probabilities far below the rounding error of 1, none of them 0.
TINY = (
    (vector(0.25, 0.75), vector(1e-300, 1.0)),
    (vector(1e-300, 1.0), vector(0.5, 0.5)),
    (vector(1e-300, 1.0, 0.0), vector(1e-300, 0.25, 0.75)),
)


def gradients_if_any(call, inputs, wanted, *, names, subject):
    """Checks the gradients of a result that carries any.

    scipy is allowed for distributions, and it cuts the graph or refuses tensors that require
    gradients: neither is wrong.
    """
    try:
        got = call()
    except StudentError:
        return
    if isinstance(got, torch.Tensor) and got.requires_grad:
        expect.gradients(got, inputs, wanted, names=names, subject=subject)


def softmaxes(draw, size, count=2):
    """Logits (leaves), and the distributions on `size` outcomes that they give: gradients then need
    no constraint.
    """
    leaves = [draw.normal(size).requires_grad_() for _ in range(count)]
    return leaves, [leaf.softmax(0) for leaf in leaves]


BITS = "Your value is in another unit: which base does the logarithm have?"


NO_EPSILON = (
    "A small constant inside the logarithm changes every value a little, and an infinite one a lot."
)
