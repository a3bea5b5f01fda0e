"""What a verdict has to say to a student at home, in parts that text and HTML lay out in their own
way: what happened, got beside wanted, the inputs, the hint.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from graders.core.language import say
from graders.core.render import BROKE
from graders.core.verdict import Failure, Status, StudentError, Verdict

# More columns than these do not fit a cell of a notebook on a small screen.
COLUMNS = 4


@dataclass(frozen=True)
class Table:
    """Values that differ, side by side: one column for each, with its index where there are
    several.
    """

    at: tuple[str, ...]
    got: tuple[str, ...]
    wanted: tuple[str, ...]

    @property
    def rows(self) -> list[tuple[str, tuple[str, ...]]]:
        return [
            *([(say("at"), self.at)] if any(self.at) else []),
            (say("got"), self.got),
            (say("wanted"), self.wanted),
        ]


@dataclass(frozen=True)
class Finding:
    """One check: how it ended, its sentence, and what there is to say about it."""

    status: Status
    sentence: str
    said: tuple[str, ...] = ()
    table: Table | None = None
    hint: str = ""


def finding(verdict: Verdict) -> Finding:
    """The parts of a public verdict."""
    if verdict.passed:
        return Finding(verdict.status, verdict.sentence)
    if verdict.status is Status.GRADER_FAULT:
        return Finding(verdict.status, verdict.sentence, (say(BROKE),))
    evidence = verdict.evidence
    evidence = getattr(evidence, "restated", None) or evidence
    if isinstance(evidence, Failure) and isinstance(evidence.wrong, torch.Tensor):
        said = f"{evidence.subject}: {evidence.summary}"
        inputs = (say("for {inputs}", inputs=evidence.inputs),) if evidence.inputs else ()
        return Finding(
            verdict.status,
            verdict.sentence,
            (said, *inputs),
            side_by_side(evidence.got, evidence.wanted, evidence.wrong),
            verdict.hint,
        )
    if isinstance(evidence, StudentError) and evidence.call:
        what = evidence.happened
        called = say("It was called as {call}.", call=evidence.call)
        return Finding(verdict.status, verdict.sentence, (what, called), None, verdict.hint)
    said = verdict.shown
    return Finding(verdict.status, verdict.sentence, (said,) if said else (), None, verdict.hint)


def side_by_side(got: torch.Tensor, wanted: torch.Tensor, wrong: torch.Tensor) -> Table:
    """The entries that differ, the worst of them when there are many, with as many digits as it
    takes to see a difference.
    """
    places = [tuple(place) for place in wrong.nonzero().tolist()]
    gap = {place: _gap(got[place], wanted[place]) for place in places}
    worst = sorted(sorted(places, key=lambda place: -gap[place])[:COLUMNS])
    pairs = [shown(got[place].item(), wanted[place].item()) for place in worst]
    return Table(
        tuple(str(list(place)) if wanted.ndim else "" for place in worst),
        tuple(first for first, _ in pairs),
        tuple(second for _, second in pairs),
    )


def shown(got: complex, wanted: complex) -> tuple[str, str]:
    """Two numbers in as many digits as it takes to tell them apart, at least five.

    >>> shown(0.0340001, 0.0170001)
    ('0.034000', '0.017000')
    >>> shown(1.00000001, 1.0)
    ('1.00000001', '1.00000000')
    """
    for digits in range(5, 17):
        pair = (f"{got:#.{digits}g}", f"{wanted:#.{digits}g}")
        if pair[0] != pair[1]:
            return pair
    return pair


def _gap(got: torch.Tensor, wanted: torch.Tensor) -> float:
    gap = abs(got.item() - wanted.item())
    return float("inf") if gap != gap else gap
