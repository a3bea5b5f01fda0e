"""The words in which the hidden checks of an exercise are written.

    D = Words(discriminator_loss)

    d_loss_value = D.equals_reference("It is minus the value of the game.", (4, 4), (5, 3))

    @d_loss_value.catches("The labels are exchanged: which class has the high probability?")
    def labels_swapped(real_logits, fake_logits): ...

A check is named by the variable or the function that it is; `after` takes such checks. What the
exercise declares is checked by laws (`graders.hidden._laws`), which are `D.laws.law_values` and so
on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from graders.core.exercise import Check, Exercise, Law, Terms, check
from graders.hidden._laws import laws


class Words:
    """The check words of one exercise: of a function, or of the name of what is not declared."""

    def __init__(self, exercise: Exercise | str):
        declared = exercise if isinstance(exercise, Exercise) else Exercise("E", (), name=exercise)
        self.name = declared.name
        self.laws = SimpleNamespace(**{law.name: law for law in laws(declared)})

    def check(
        self,
        sentence: str,
        *,
        after: Check | Sequence[Check] = (),
        law: Law | None = None,
        stand_ins: bool = True,
    ) -> Callable[[Callable[..., Any]], Check]:
        """Make a function that raises `Failure` into a check, where no other word fits."""
        return check(self.name, sentence, after=_several(after), law=law, stand_ins=stand_ins)

    def sum_of(self, *names: str) -> Callable[[Callable[..., Any]], Terms]:
        """Make a function that gives the terms of the result, each of its shape and with its own
        sign, into what weights in a submission are found from. names: as students call them.
        """
        return lambda function: Terms(self.name, names, function, function.__name__)


def _several(checks: Check | Sequence[Check]) -> tuple[Check, ...]:
    return (checks,) if isinstance(checks, Check) else tuple(checks)
