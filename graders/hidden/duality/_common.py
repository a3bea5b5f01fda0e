"""What the exercises of `duality` share: inputs, words and hints."""

import torch


def problem(draw, n=5, m=4, d=3, *, dtype=torch.float64):
    """Real points (n, D) and generated points (m, D) that overlap in part."""
    return draw.normal(n, d, dtype=dtype) + 0.5, draw.normal(m, d, dtype=dtype) - 0.5
