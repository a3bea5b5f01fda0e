"""Pictures that a student may ask for: `grader.plot("iwae_bound")`.

A topic declares them beside its checks. What is drawn comes from the student's own functions; a
picture of ours adds no more than what the exercise itself gives away, such as log p(x) as a number.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from graders.core import expect
from graders.core.language import say
from graders.core.local import topics
from graders.core.state import neutral
from graders.core.student import Student


@dataclass(frozen=True)
class Series:
    """Something drawn in a panel: a "line" through points, "points", "bars" from each x to the
    next (one y less than x), or a "level", which has a y only. `error` is half the height of a band
    around a line.
    """

    kind: str
    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    error: tuple[float, ...] = ()


@dataclass(frozen=True)
class Panel:
    """One pair of axes with what is drawn in it. A label of an axis carries its unit."""

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    log_x: bool = False


@dataclass(frozen=True)
class Picture:
    """What can be drawn of an exercise. `shows` completes "... draws"; the caption says what to
    look for. `needs` names further exercises whose functions are called.
    """

    exercise: str
    shows: str
    caption: str
    needs: tuple[str, ...]
    panels: Callable[[Student], Sequence[Panel]]


def picture(
    exercise: str, *, shows: str, caption: str, needs: tuple[str, ...] = ()
) -> Callable[[Callable[[Student], Sequence[Panel]]], Picture]:
    """Make a function of the submission that returns panels into a picture."""
    return lambda function: Picture(exercise, shows, caption, needs, function)


def pictures() -> dict[str, Picture]:
    """The pictures of the topics that are here, by exercise."""
    found: dict[str, Picture] = {}
    for topic in topics():
        with neutral():
            module = importlib.import_module(f"graders.public.{topic}")
        found |= {one.exercise: one for one in vars(module).values() if isinstance(one, Picture)}
    return found


def line(label: str, x: Any, y: Any, error: Any = ()) -> Series:
    """Points joined by a line; x, y, error: tensors or sequences of one length."""
    return Series("line", label, _floats(x), _floats(y), _floats(error))


def points(label: str, x: Any, y: Any) -> Series:
    """Points that stand for themselves."""
    return Series("points", label, _floats(x), _floats(y))


def level(label: str, y: float) -> Series:
    """A value across the whole panel."""
    return Series("level", label, (), (float(y),))


def histogram(label: str, values: torch.Tensor, low: float, high: float, bins: int = 40) -> Series:
    """The density of values, from their counts in equal bins between low and high."""
    flat = values.detach().double().flatten()
    counts = torch.histc(flat, bins, low, high)
    edges = torch.linspace(low, high, bins + 1)
    return Series(
        "bars", label, _floats(edges), _floats(counts / len(flat) / ((high - low) / bins))
    )


def average(label: str, x: Any, draws: Sequence[torch.Tensor]) -> Series:
    """A line of means with a band of two standard errors; draws: for each x its own estimates."""
    kept = [draw.detach().double().flatten() for draw in draws]
    error = [2 * float(draw.std()) / len(draw) ** 0.5 for draw in kept]
    return line(label, x, [float(draw.mean()) for draw in kept], error)


def along(student: Student, name: str, calls: Sequence[Sequence[Any]]) -> list[float]:
    """One number of a function for each of several lists of arguments."""
    return [
        float(value(getattr(student, name)(*arguments), (), name).detach()) for arguments in calls
    ]


def value(got: Any, shape: Sequence[int], name: str) -> torch.Tensor:
    """What a function returned, as a tensor of this shape. Raises Failure; a plain number is as
    good as a tensor without axes.
    """
    if isinstance(got, (int, float)) and not isinstance(got, bool):
        got = torch.tensor(got, dtype=torch.float64)
    return expect.tensor(got, shape=shape, dtype=None, subject=name)


def with_gaps(series: Series) -> Series:
    """The series, with a word in its label where not all of it can be drawn."""
    bad = sum(abs(y) == float("inf") or y != y for y in series.y)
    if not bad:
        return series
    said = say(
        "{label} (not finite at {number} of {all} points)",
        label=series.label,
        number=bad,
        all=len(series.y),
    )
    return replace(series, label=said)


def _floats(values: Any) -> tuple[float, ...]:
    flat = values.detach().double().tolist() if isinstance(values, torch.Tensor) else values
    return tuple(map(float, flat))
