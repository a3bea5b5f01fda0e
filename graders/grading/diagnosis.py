"""What is wrong with a failed exercise, told from what it returned: a known mistake whose code
fails the same checks with the same values, or a cause that is found from the values themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graders.core import expect
from graders.core.engine import run_check
from graders.core.exercise import Check, Misconception
from graders.core.host import Host
from graders.core.verdict import Failure, Status, StudentError, Verdict
from graders.grading.answered import parts_of
from graders.grading.calls import calls, drawing
from graders.grading.catalogue import Entry
from graders.grading.causes import Cause, causes
from graders.grading.hints import Hint, hint
from graders.grading.right import Function, Right

LAYOUTS = (0, 1)


@dataclass(frozen=True)
class Found:
    """A cause, the check beside which it is told, and all that it explains."""

    name: str
    hint: Hint
    check: str
    explains: tuple[str, ...] = ()


def diagnose(
    entry: Entry,
    verdicts: Sequence[Verdict],
    *,
    key: str,
    right: Right,
    before: Sequence[Entry] = (),
) -> list[Found]:
    """What is wrong with an exercise that failed: one cause, or one for its values and one for what
    else failed; of an answer one for each part that is wrong. Nothing where several causes explain
    it equally well and have no hint in common.

    before: the exercises that a solution may call, or write out.
    """
    failed = _failed(entry, verdicts)
    if not failed:
        return []
    case = _Case(entry, key, right, tuple(before))
    known = case.fitting(verdicts, failed)
    parts = [] if known else parts_of(entry, failed[0])
    if parts:
        return [found for part in parts for found in _told([part], failed)]
    if known or failed[0].status is Status.STUDENT_ERROR:
        return _told(known, failed)
    off, others = _apart(entry, right, failed)
    found = _told(_from_values(case, verdicts, off), off)
    # Where a law of noise fails it says itself what is wrong.
    silent = [v for v in others if not v.hint]
    return found + (_told(case.fitting(verdicts, silent), silent) if silent else [])


def explaining(
    entry: Entry, verdicts: Sequence[Verdict], *, key: str, right: Right
) -> list[Misconception]:
    """The misconceptions that fail every hidden check of an exercise as its verdicts do."""
    return _Case(entry, key, right).fitting(verdicts, _failed(entry, verdicts))


def verdict_of(
    entry: Entry, mistake: Misconception, check: Check, *, key: str, right: Right
) -> Verdict:
    """What a hidden check says to a misconception, run once for each key."""
    return _Case(entry, key, right).own(mistake, check)


def _failed(entry: Entry, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The hidden checks that failed; where nothing but errors came back, those that met one."""
    names = {check.name for check in entry.hidden}
    ours = [v for v in verdicts if v.check in names and not v.public]
    failed = [v for v in ours if v.status is Status.FAILED]
    return failed or [v for v in ours if v.status is Status.STUDENT_ERROR]


def _told(found: Sequence[Misconception | Cause], failed: Sequence[Verdict]) -> list[Found]:
    """The one cause, or the first of several that have one hint."""
    hints = {cause.hint if isinstance(cause, Cause) else hint(cause.hint) for cause in found}
    every = tuple(verdict.check for verdict in failed)
    return [Found(found[0].name, hints.pop(), every[0], every)] if len(hints) == 1 else []


def _apart(
    entry: Entry, right: Right, failed: Sequence[Verdict]
) -> tuple[list[Verdict], list[Verdict]]:
    """Those that failed because a value is not the right one, and the others."""
    if entry.exercise.contract and not entry.exercise.contract.gives:
        return [], list(failed)  # anything may come back, so it is compared with nothing
    off = [v for v in failed if all(calls(entry, right, [v], layout).off for layout in LAYOUTS)]
    return off, [v for v in failed if v not in off]


def _from_values(case: _Case, verdicts: Sequence[Verdict], off: list[Verdict]) -> list[Cause]:
    """The causes of the first layout of the codes under which there are any."""
    if not off:
        return []
    candidates = case.candidates(verdicts)
    passed = [v for v in verdicts if v.passed and not v.public]
    layouts = LAYOUTS if any(any(v.recorded) for v in off) else LAYOUTS[:1]
    for layout in layouts:
        found = causes(calls(case.entry, case.right, off, layout, passed), candidates, case.before)
        if found:
            return found
    return []


# What a misconception gives without a submission's codes is the same for every submission of a
# class.
_known: dict[tuple[str, ...], Verdict] = {}


@dataclass(frozen=True)
class _Case:
    """One exercise under one key: what every misconception is compared under."""

    entry: Entry
    key: str
    right: Right
    before: tuple[Entry, ...] = ()

    def candidates(self, verdicts: Sequence[Verdict]) -> list[Misconception]:
        """Whoever holds a misconception fails the check that is declared to catch it."""
        passed_or_skipped = {v.check for v in verdicts if v.passed or v.status is Status.SKIPPED}
        return [m for m in self.entry.misconceptions if m.caught_by not in passed_or_skipped]

    def fitting(
        self, verdicts: Sequence[Verdict], failed: Sequence[Verdict]
    ) -> list[Misconception]:
        """The misconceptions that explain all of these failures.

        Checks are run again on each misconception with the same inputs. Where the exercise is
        random, the misconception draws the very codes that the submission's networks recorded, so
        that values can be compared exactly. Of several that fit, those that also pass what the
        submission passed are kept.
        """
        checks = {check.name: check for check in self.entry.hidden}
        # What holds for every exercise tells one mistake from another less well than its own
        # checks: there it is enough to fail in the same way.
        own = [v for v in failed if not checks[v.check].general] or list(failed)
        rest = [v for v in failed if v not in own]
        found: list[Misconception] = []
        for layout in (None, *LAYOUTS):
            found = found or [
                m
                for m in self.candidates(verdicts)
                if all(self.explains(m, checks[v.check], v, layout) for v in own)
                and all(self.own(m, checks[v.check]).problem == v.problem for v in rest)
            ]
        passed = [
            checks[v.check] for v in verdicts if v.passed and v.check in checks and not v.public
        ]
        passed = [check for check in passed if not check.general]
        exact = [
            m
            for m in found
            if len(found) > 1 and all(self.run(m.value, check).passed for check in passed)
        ]
        return exact or found

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
            return _same(self.own(mistake, check).evidence, verdict.evidence)
        function = _replaying(mistake.value, verdict.recorded, layout)
        return _same(self.run(function, check).evidence, verdict.evidence)

    def own(self, mistake: Misconception, check: Check) -> Verdict:
        if self.right.composed_with:
            return self.run(mistake.value, check)
        place = self.key, self.entry.name, check.name, mistake.name
        if place not in _known:
            _known[place] = self.run(mistake.value, check)
        return _known[place]


def _same(found: Any, seen: Any) -> bool:
    if isinstance(found, StudentError) and isinstance(seen, StudentError):
        return (found.kinds, found.text) == (seen.kinds, seen.text)
    both = isinstance(found, Failure) and isinstance(seen, Failure)
    return (
        both
        and (found.problem, found.subject) == (seen.problem, seen.subject)
        and expect.same_evidence(found.got, seen.got)
    )


def _replaying(
    function: Function, recorded: Sequence[tuple[list[Any], ...]], layout: int
) -> Function:
    """A misconception whose i-th call draws the codes that the submission's i-th call recorded,
    where they fit.
    """
    calls = iter(recorded)

    def mistaken(*arguments: Any) -> Any:
        return drawing(function, next(calls, ()), layout)(*arguments)

    return mistaken
