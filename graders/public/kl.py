"""Kullback-Leibler divergences: what to implement, and the checks that a student may read."""

import torch

from graders.core import expect
from graders.core.exercise import answer, check, exercise, stand_in
from graders.core.forms import Letters, Number


@exercise(covers=("ICL-2c", "S4-2.7", "CMU-1.3b"))
def kl_standard_normal(mu, logvar):
    """KL divergence from N(mu, diag(exp(logvar))) to the standard normal N(0, I), one value per example.

    mu, logvar: tensors (..., N, K); logvar is the logarithm of the variance sigma^2.
    Returns a tensor (..., N): summed over the K dimensions of each example.
    """


