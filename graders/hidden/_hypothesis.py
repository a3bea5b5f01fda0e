"""Hypothesis as a check word: try many small inputs, report the smallest that fails."""

from __future__ import annotations

from collections.abc import Callable

import hypothesis
import torch
from hypothesis import strategies as st

from graders.core.draw import Draw


def for_every(
    draw: Draw, strategy: st.SearchStrategy, law: Callable, *, examples: int = 12
) -> None:
    """Checks `law(example)` on examples of a strategy; raises what the smallest failing example
    raises.

    Seeded from `draw`, without a database and without deadlines: the same submission meets the same
    examples.
    """
    settings = hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=hypothesis.Verbosity.quiet,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.seed(draw.seed())(settings(hypothesis.given(strategy)(law)))()


def matrices(
    *,
    low: float,
    high: float,
    step: float = 0.25,
    rows: tuple[int, int] = (1, 4),
    columns: tuple[int, int] = (1, 4),
    count: int = 1,
) -> st.SearchStrategy:
    """Tuples of `count` float64 matrices of one shape, with entries that are multiples of `step` in
    [low, high].

    Multiples of a quarter shrink to inputs that a person can follow by hand. One byte makes one
    entry: Hypothesis draws and shrinks a byte string as a whole, ten times faster than a list of
    numbers.
    """
    values = sorted(
        (i * step for i in range(round(low / step), round(high / step) + 1)),
        key=lambda v: (abs(v), v < 0),
    )
    table = torch.tensor([values[byte % len(values)] for byte in range(256)], dtype=torch.float64)

    def of_shape(shape: tuple[int, int]) -> st.SearchStrategy:
        size = count * shape[0] * shape[1]
        return st.binary(min_size=size, max_size=size).map(
            lambda data: tuple(table[list(data)].reshape(count, *shape).unbind())
        )

    return st.tuples(st.integers(*rows), st.integers(*columns)).flatmap(of_shape)


def shown(**tensors: torch.Tensor) -> str:
    """Inputs for a message: `mu = [[0.0]], logvar = [[0.25]]`."""
    return ", ".join(f"{name} = {value.tolist()}" for name, value in tensors.items())
