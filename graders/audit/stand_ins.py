"""Law 4: a mistake costs its points once, and buys none. Whatever prerequisites fail beside it, a
wrong function comes out wrong, and the reference right.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import CodeType, FunctionType
from typing import Any

from graders.audit.trials import every_entry
from graders.audit.wrong_calls import missing
from graders.core.engine import run_check
from graders.core.exercise import Check, Misconception
from graders.core.host import Host
from graders.core.verdict import Status, Verdict
from graders.grading.catalogue import Entry, Homework, required
from graders.grading.right import OURS, Right, compose
from graders.grading.stand_ins import Judging, Replaced

KEY = "stand-ins"


@dataclass(frozen=True)
class Proof:
    """How many judgements with stand-ins were tried, and what came out as it should not."""

    tried: int
    holes: tuple[str, ...] = ()


NOTHING_REPLACED = Proof(0)


def proof(entry: Entry, homework: Homework) -> Proof:
    """Every misconception of a function under every set of stand-ins on which it depends, its own
    prerequisites right and missing; and the reference under the same sets.
    """
    if entry.exercise.kind != "F" or not entry.exercise.requires:
        return NOTHING_REPLACED
    prerequisites = _prerequisites(entry, homework)
    able: dict[tuple[str, ...], Check | None] = {}
    case = partial(_Case, entry, homework, prerequisites=prerequisites, able=able)
    cases = [case(mistake) for mistake in entry.misconceptions]
    tried = [(case, replaced) for case in cases for replaced in case.sets()]
    holes = [case.hole(replaced) for case, replaced in tried if case.right_with(replaced)]
    right = case(None)
    wrong = [right.hole(replaced) for replaced in right.sets() if not right.right_with(replaced)]
    return Proof(len(tried) + len(list(right.sets())), (*holes, *wrong))


def _prerequisites(entry: Entry, homework: Homework) -> dict[str, Entry]:
    """What a solution may call, directly or through something else, in any homework."""
    own = {e.name: e for e in homework.entries}
    found = required(entry.exercise.requires, lambda name: own.get(name) or every_entry()[name])
    return {e.name: e for e in found if e.stand_in}


def _failed(check: Check) -> Verdict:
    return Verdict(check.exercise, check.name, check.sentence, Status.FAILED, False)


@dataclass(frozen=True)
class _Case:
    """A misconception, or the reference, beside prerequisites that may be replaced."""

    entry: Entry
    homework: Homework
    mistake: Misconception | None
    prerequisites: Mapping[str, Entry]
    # What is found out once: a check's form under a set of stand-ins, and how it goes without any.
    able: dict[tuple[str, ...], Check | None]
    known: dict[str, bool] = field(default_factory=dict)

    @property
    def function(self) -> Any:
        return self.mistake.value if self.mistake else self.entry.solution

    def sets(self) -> Iterator[Replaced]:
        """Every set of the prerequisites that the function calls, directly or through others."""
        used = names_used(self.function, self.prerequisites)
        for size in range(1, len(used) + 1):
            for chosen in itertools.combinations(used, size):
                yield Replaced(tuple(self.prerequisites[name] for name in chosen), KEY)

    def right_with(self, replaced: Replaced) -> bool:
        """Whether every check passes with these stand-ins, or as handed in where it has to be."""
        if not self.mistake:
            return all(map(partial(self._passes, replaced), self._every(replaced)))
        alive = list(self._as_handed_in(replaced))
        for check in sorted(self.entry.hidden, key=lambda c: c.name != self.mistake.caught_by):
            if check.stand_ins:
                alive = alive if self._passes(replaced, check) else []
            elif not all(by_itself(check) for by_itself in alive):
                able = self._able(replaced, check)
                if not (able and self._passes(replaced, able)):
                    alive = [by_itself for by_itself in alive if by_itself(check)]
            if not alive:
                return False
        return True

    def hole(self, replaced: Replaced) -> str:
        """What is wrong when `right_with` is not what it should be."""
        if self.mistake:
            return (
                f"the misconception {self.mistake.name} comes out right when {replaced.names}"
                " failed too"
            )
        return f"the reference does not come out right with a stand-in for {replaced.names}"

    def _every(self, replaced: Replaced) -> Iterator[Check]:
        """Every check that can be run with stand-ins, in the form in which it can."""
        judging = Judging(self.entry.exercise, replaced, self.homework.right, _failed)
        plan = (*judging.plan(self.entry.hidden), *judging.examples(self.entry.public))
        return (item for item in plan if isinstance(item, Check))

    def _able(self, replaced: Replaced, check: Check) -> Check | None:
        place = self.entry.name, check.name, replaced.names
        if place not in self.able:
            judging = Judging(self.entry.exercise, replaced, self.homework.right, _failed)
            self.able[place] = judging.able(check)
        return self.able[place]

    def _passes(self, replaced: Replaced, check: Check) -> bool:
        right = replaced.compose(self.homework.right)
        return self._run(right.composed(self.function), right, check)

    def _as_handed_in(self, replaced: Replaced) -> Iterator[Callable[[Check], bool]]:
        """Without stand-ins: beside right prerequisites, and with these missing."""
        absent = {entry.name: missing(entry.name) for entry in replaced.entries}
        beside_right = partial(self._run, self.function, self.homework.right)
        yield lambda check: self._once(check, beside_right)
        yield partial(self._run, compose(self.function, absent), self.homework.right)

    def _once(self, check: Check, run: Callable[[Check], bool]) -> bool:
        if check.name not in self.known:
            self.known[check.name] = run(check)
        return self.known[check.name]

    def _run(self, function: Any, right: Right, check: Check) -> bool:
        host = Host({self.entry.name: function})
        return run_check(check, host, key=KEY, public=False, right=right).passed


def names_used(function: Any, wanted: Mapping[str, Any]) -> list[str]:
    """Those names that a function of ours, or one that it calls, looks up."""
    found: dict[str, None] = {}
    seen: set[FunctionType] = set()

    def walk(value: Any) -> None:
        if not isinstance(value, FunctionType) or value in seen:
            return
        seen.add(value)
        for name in _names(value.__code__):
            called = value.__globals__.get(name)
            if name in wanted and isinstance(called, FunctionType):
                found[name] = None
            if isinstance(called, FunctionType) and called.__module__.startswith(OURS):
                walk(called)

    walk(function)
    return sorted(found)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
