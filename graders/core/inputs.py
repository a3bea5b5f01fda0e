"""Entries of every kind of tensor that an exercise may take, and the ends of their domains."""

from __future__ import annotations

from collections.abc import Callable

import torch

from graders.core.draw import Draw


def entries(kind: str, draw: Draw, shape: tuple[int, ...], *, ends: bool = False) -> torch.Tensor:
    """A tensor of one kind (a key of `KINDS`), float64 unless it holds indices. ends: half of its
    entries but the first of each row lie at the ends of the domain.
    """
    usual, extremes = KINDS[kind]
    value = usual(draw, shape)
    if not ends or not extremes:
        return value
    places = torch.tensor(extremes, dtype=torch.float64)
    which = draw.uniform(0, 2 * len(extremes), *shape).long()
    # One of each row stays inside: where every density is 0 there is nothing left to ask for.
    which[..., :1] = len(extremes)
    return torch.where(which < len(extremes), places[which.clamp_max(len(extremes) - 1)], value)


def _simplex(draw: Draw, shape: tuple[int, ...]) -> torch.Tensor:
    weights = draw.uniform(0.05, 1.0, *shape)
    return weights / weights.sum(-1, keepdim=True)


def _definite(draw: Draw, shape: tuple[int, ...]) -> torch.Tensor:
    root = draw.normal(*shape)
    return root @ root.mT + 0.5 * torch.eye(shape[-1], dtype=torch.float64)


def _metric(draw: Draw, shape: tuple[int, ...]) -> torch.Tensor:
    points = draw.normal(shape[-1], 2)
    return torch.cdist(points, points)


def _order(draw: Draw, shape: tuple[int, ...]) -> torch.Tensor:
    return draw.normal(*shape).argsort(-1)


# By kind: how it is drawn, and the ends of its domain.
KINDS: dict[
    str, tuple[Callable[[Draw, tuple[int, ...]], torch.Tensor], tuple[float, ...]]
] = {
    "reals": (lambda draw, shape: draw.normal(*shape), ()),
    "log_variances": (lambda draw, shape: draw.uniform(-2, 1.5, *shape), (-40.0, 20.0)),
    "logits": (lambda draw, shape: 2 * draw.normal(*shape), (60.0, -60.0, 120.0, -120.0, 1e4)),
    "unit": (lambda draw, shape: draw.uniform(0.02, 0.98, *shape), (0.0, 1.0)),
    "probabilities": (_simplex, ()),
    "densities": (lambda draw, shape: draw.uniform(0.05, 1.0, *shape), (0.0,)),
    "positives": (lambda draw, shape: draw.uniform(0.5, 2.0, *shape), ()),
    "covariances": (_definite, ()),
    "distances": (_metric, ()),
    "permutation": (_order, ()),
}  # fmt: skip
