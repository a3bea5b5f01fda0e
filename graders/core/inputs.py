"""Entries of every kind of tensor that an exercise may take, and the ends of their domains."""

from __future__ import annotations

from collections.abc import Callable

import torch

from graders.core.draw import Draw


def entries(
    kind: str, draw: Draw, shape: tuple[int, ...], *, ends: bool = False, below: int = 0
) -> torch.Tensor:
    """A tensor of one kind (a key of `KINDS` or `STEPS`), float64 unless it holds indices. ends:
    half of its entries lie at the ends of the domain, at each of them at least one if there is
    room. below: the number of steps.
    """
    if kind in STEPS:
        return STEPS[kind](draw, shape, below)
    usual, extremes = KINDS[kind]
    value = usual(draw, shape)
    if not ends or not extremes:
        return value
    places = torch.tensor(extremes, dtype=torch.float64)
    which = _some(draw, shape, len(extremes))
    if kind in ("probabilities", "densities"):
        # Where every density of a row is 0 there is nothing left to ask for.
        which[..., :1] = len(extremes)
    value = torch.where(which < len(extremes), places[which.clamp_max(len(extremes) - 1)], value)
    return value / value.sum(-1, keepdim=True) if kind == "probabilities" else value


def _some(draw: Draw, shape: tuple[int, ...], ends: int) -> torch.Tensor:
    """For each entry the end that it is to lie at, or the number of ends: at none."""
    order = draw.normal(*shape).flatten().argsort()
    places = order[: max(len(order) // 2, min(ends, len(order) - 1), 1)]
    which = torch.full_like(order, ends)
    which[places] = (torch.arange(len(places)) + draw.integer(0, ends)) % ends
    return which.view(shape)


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


def _falling(draw: Draw, shape: tuple[int, ...]) -> torch.Tensor:
    return (1 - draw.uniform(0.05, 0.5, *shape)).cumprod(-1)


def _indices(
    first: Callable[[int], int], last: Callable[[int], int], held: bool
) -> Callable[[Draw, tuple[int, ...], int], torch.Tensor]:
    """Indices from the first to before the last. Where they are to hold the first itself, it stands
    last: nothing that is in order would be seen to be sorted.
    """

    def drawn(draw: Draw, shape: tuple[int, ...], below: int) -> torch.Tensor:
        low, high = first(below), last(below)
        found = low + (draw.uniform(0, 1, *shape) * (high - low)).long()
        if held:
            found.view(-1)[-1:] = low
        return found

    return drawn


# Indices of an axis, by kind.
STEPS: dict[str, Callable[[Draw, tuple[int, ...], int], torch.Tensor]] = {
    "steps": _indices(lambda n: 0, lambda n: n, True),
    "late_steps": _indices(lambda n: n - n // 2, lambda n: n, False),
    "early_steps": _indices(lambda n: -1, lambda n: n - n // 2, True),
}
# By kind: how it is drawn, and the ends of its domain.
KINDS: dict[
    str, tuple[Callable[[Draw, tuple[int, ...]], torch.Tensor], tuple[float, ...]]
] = {
    "reals": (lambda draw, shape: draw.normal(*shape), (0.0, 200.0, -200.0)),
    "log_variances": (lambda draw, shape: draw.uniform(-2, 1.5, *shape), (-40.0, 20.0)),
    "logits": (lambda draw, shape: 2 * draw.normal(*shape), (0.0, 60.0, -60.0, 120.0, -120.0, 1e4)),
    "unit": (lambda draw, shape: draw.uniform(0.02, 0.98, *shape), (0.0, 1.0)),
    "multipliers": (lambda draw, shape: draw.uniform(-0.98, -0.02, *shape), (-1.0, 0.0)),
    "probabilities": (_simplex, (0.0,)),
    "densities": (lambda draw, shape: draw.uniform(0.05, 1.0, *shape), (0.0,)),
    "positives": (lambda draw, shape: draw.uniform(0.5, 2.0, *shape), ()),
    "rates": (lambda draw, shape: draw.uniform(0.05, 0.5, *shape), ()),
    "kept": (_falling, ()),
    "covariances": (_definite, ()),
    "distances": (_metric, ()),
    "permutation": (_order, ()),
}  # fmt: skip
