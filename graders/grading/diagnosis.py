"""Which misconception a failed exercise shows: the one whose code fails the same check with the
same values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from graders.core import expect
from graders.core.engine import run_check
from graders.core.exercise import Check, Misconception
from graders.core.fixtures import as_samples
from graders.core.host import Host
from graders.core.verdict import Failure, Status, Verdict
from graders.grading.catalogue import Entry
from graders.grading.right import Right, compose, replay

LAYOUTS = (0, 1)


def diagnose(
    entry: Entry, verdicts: Sequence[Verdict], *, key: str, right: Right
) -> list[Misconception]:
    """The misconceptions that explain every failed hidden check of an exercise.

    Checks are run again on each misconception with the same inputs. Where the exercise is random,
    the misconception draws the very codes that the submission's networks recorded, so that values
    can be compared exactly. Of several that fit, those that also pass what the submission passed
    are kept.
    """
    checks = {check.name: check for check in entry.hidden}
    failed = [
        v for v in verdicts if v.status is Status.FAILED and v.check in checks and not v.public
    ]
    # What holds for every exercise tells one mistake from another less well than its own checks.
    failed = [v for v in failed if not checks[v.check].general] or failed
    if not failed:
        return []
    case = _Case(entry, key, right)
    # Whoever holds a misconception fails the check that is declared to catch it, so the others need
    # not be run.
    passed_or_skipped = {v.check for v in verdicts if v.passed or v.status is Status.SKIPPED}
    candidates = [m for m in entry.misconceptions if m.caught_by not in passed_or_skipped]
    fitting: list[Misconception] = []
    for layout in (None, *LAYOUTS):
        fitting = fitting or [
            m
            for m in candidates
            if all(case.explains(m, checks[v.check], v, layout) for v in failed)
        ]
    passed = [checks[v.check] for v in verdicts if v.passed and v.check in checks and not v.public]
    passed = [check for check in passed if not check.general]
    exact = [
        m
        for m in fitting
        if len(fitting) > 1 and all(case.run(m.value, check).passed for check in passed)
    ]
    return exact or fitting


# What a misconception gives without a submission's codes is the same for every submission of a
# class.
_known: dict[tuple[str, ...], Any] = {}


@dataclass(frozen=True)
class _Case:
    """One exercise under one key: what every misconception is compared under."""

    entry: Entry
    key: str
    right: Right

    def run(self, value: Any, check: Check) -> Verdict:
        host = Host({**self.entry.beside, self.entry.name: self.right.composed(value)})
        return run_check(check, host, key=self.key, public=False, right=self.right)

    def explains(
        self, mistake: Misconception, check: Check, verdict: Verdict, layout: int | None
    ) -> bool:
        """Whether a misconception fails a check as the submission did: with its own noise (None),
        or the submission's.
        """
        # A law is about the codes themselves: whoever replays them shares their law, so that would
        # explain anything.
        if layout is None or check.law or not any(any(calls) for calls in verdict.recorded):
            return _same(self._own(mistake, check), verdict.evidence)
        function = _replaying(mistake.value, verdict.recorded, layout)
        return _same(self.run(function, check).evidence, verdict.evidence)

    def _own(self, mistake: Misconception, check: Check) -> Any:
        if self.right.composed_with:
            return self.run(mistake.value, check).evidence
        place = self.key, self.entry.name, check.name, mistake.name
        if place not in _known:
            _known[place] = self.run(mistake.value, check).evidence
        return _known[place]


def _same(found: Any, seen: Any) -> bool:
    both = isinstance(found, Failure) and isinstance(seen, Failure)
    return (
        both
        and (found.problem, found.subject) == (seen.problem, seen.subject)
        and expect.same_evidence(found.got, seen.got)
    )


def _replaying(function: Callable, recorded: Sequence[tuple[list, ...]], layout: int) -> Callable:
    """A misconception whose i-th call draws the codes that the submission's i-th call recorded,
    where they fit.
    """
    calls = iter(recorded)

    def mistaken(*arguments: Any) -> Any:
        codes = [
            code
            for network in next(calls, ())
            for code in network
            if isinstance(code, torch.Tensor)
        ]

        def reparameterize(mu: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
            samples = mu.shape[:-2].numel() if mu.ndim > 2 else 1
            found = as_samples(
                [c for c in codes if c.shape[-1] == mu.shape[-1]],
                samples,
                mu.shape[-2],
                mu.shape[-1],
            )
            if not found:
                return mu + (0.5 * logvar).exp() * torch.randn_like(mu)
            return replay(found[min(layout, len(found) - 1)])(mu, logvar)

        return compose(function, {"reparameterize": reparameterize})(*arguments)

    return mistaken
