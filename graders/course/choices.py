"""What a homework has otherwise than the exercise: its table `[HOMEWORK.exercises.NAME]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LISTS, TABLES = ("without", "visible", "unseen"), ("weights", "hints")
KEYS = (*LISTS, *TABLES, "all_or_nothing", "tolerance")


@dataclass(frozen=True)
class Choices:
    """What an instructor decides about one exercise; checks and mistakes go by their names.

    without: checks that are left out. visible: hidden checks whose outcome students see before
    publication. unseen: checks that count, and are shown to no student. weights: of checks, 1 for
    all others, in what a solution earns that is not right. hints: by mistake. all_or_nothing: what
    is not right earns nothing. tolerance: how far a number may be from the right one. variants:
    every student meets the choices in an order of their own.
    """

    without: tuple[str, ...] = ()
    visible: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict, hash=False)
    hints: Mapping[str, str] = field(default_factory=dict, hash=False)
    all_or_nothing: bool = False
    tolerance: float | None = None
    variants: bool = False

    @property
    def version(self) -> str:
        """What of it grades depend on, as text."""
        weights, hints = sorted(self.weights.items()), sorted(self.hints.items())
        graded = self.without, weights, hints, self.all_or_nothing, self.tolerance, self.variants
        return "" if self == OURS else repr(graded)

    @property
    def checks(self) -> tuple[str, ...]:
        """Every check that it names."""
        return (*self.without, *self.visible, *self.unseen, *self.weights)


OURS = Choices()


def choices_of(table: Mapping[str, Any]) -> dict[str, Choices]:
    """The choices of a homework by exercise, from its table `exercises`."""
    return {name: Choices(**_tuples(chosen)) for name, chosen in table.items()}


def _tuples(chosen: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if key in LISTS else value for key, value in chosen.items()}
