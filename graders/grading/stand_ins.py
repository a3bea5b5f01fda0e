"""Prerequisites that failed, replaced by public stand-ins: which, with which coefficients, the
reference composed with the same ones, and what each check becomes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from graders.core.engine import run_check
from graders.core.exercise import Check, Exercise, StandIn
from graders.core.language import listed
from graders.core.verdict import Verdict
from graders.grading.catalogue import Entry, Homework, required
from graders.grading.known import Known
from graders.grading.outcome import ExerciseGrade
from graders.grading.replayed import replayed
from graders.grading.right import Right


@dataclass(frozen=True)
class Replaced:
    """A set of prerequisites whose stand-ins take their place, under one key. `other` names
    those whose coefficients are others.
    """

    entries: tuple[Entry, ...]
    key: str
    other: tuple[str, ...] = ()

    @property
    def names(self) -> str:
        """The prerequisites as students read them."""
        return listed(f"`{entry.name}`" for entry in self.entries)

    def placements(self) -> list[tuple[str, str, list[float], list[str]]]:
        """Topic, name, coefficients and conventions of each: what the worker has to know."""
        return [
            (e.topic, e.name, drawn, [c.module for c in e.conventions])
            for e, _, drawn in self._drawn()
        ]

    def _drawn(self) -> Iterator[tuple[Entry, StandIn, list[float]]]:
        for entry in self.entries:
            if stand_in := entry.stand_in:
                key = f"{self.key}/other" if entry.name in self.other else self.key
                yield entry, stand_in, stand_in.drawn(key)

    @property
    def beside(self) -> Hashable:
        """Equal where the same stand-ins are in place."""
        return tuple((topic, name, *drawn) for topic, name, drawn, _ in self.placements())

    def compose(self, right: Right) -> Right:
        """The reference that calls the same stand-ins."""
        return right.replacing({e.name: s.bound(drawn) for e, s, drawn in self._drawn()})


def failed_prerequisites(
    entry: Entry, homework: Homework, before: Mapping[str, ExerciseGrade]
) -> list[Entry]:
    """Those prerequisites that were graded and are not right."""
    found = [e for e in prerequisites(entry, homework) if e.name in before]
    return [e for e in found if e.stand_in and not before[e.name].right]


def prerequisites(entry: Entry, homework: Homework) -> list[Entry]:
    """What a solution may call, directly or through something else, as far as the homework asks
    for it.
    """
    asked = {each.name: each for each in homework.graded}
    return required(entry.exercise.requires, asked.get)


@dataclass(frozen=True)
class Judging:
    """How the checks of an exercise are judged where stand-ins are in place. `by_itself` is the
    verdict on a check as handed in, whatever became of those before it. `known` is what earlier
    submissions left to know.
    """

    exercise: Exercise
    replaced: Replaced
    right: Right
    by_itself: Callable[[Check], Verdict]
    known: Known = field(default_factory=Known)

    def plan(self, checks: Sequence[Check]) -> Iterator[Check | Verdict]:
        """What each check becomes: a check to run with the stand-ins, or the verdict that stands.

        A check that needs the true prerequisites counts as it goes as handed in. Where it does not
        pass so, it is run all the same if the reference with these stand-ins passes it, else its
        calls are compared, if they can be.
        """
        run = {check.name for check in checks if check.stand_ins}
        for check in checks:
            after = tuple(name for name in check.after if name in run)
            if check.stand_ins:
                yield replace(check, after=after)
                continue
            verdict = self.by_itself(replace(check, after=()))
            able = None if verdict.passed else self._able_once(check)
            yield replace(able, after=after) if able else verdict

    def _able_once(self, check: Check) -> Check | None:
        what = "able", replace(check, after=()), self.replaced.key, self.replaced.beside
        return self.known.once(what, lambda: self.able(check))

    def able(self, check: Check) -> Check | None:
        """A check that needs the true prerequisites, in a form that the reference with these
        stand-ins passes; None where there is none.
        """
        key, composed = self.replaced.key, self.replaced.compose(self.right)

        def passes(form: Check) -> bool:
            return run_check(form, composed.host(), key=key, public=False, right=composed).passed

        if passes(check):
            return check
        form = replayed(check, self.exercise, key, self.right)
        return form if form and passes(form) else None

    def examples(self, checks: Sequence[Check]) -> Iterator[Check | Verdict]:
        """The same of public checks, whose numbers are those of the true prerequisites. What they
        claim hidden ones claim too, so those that cannot be judged with stand-ins are left out.
        """
        plan = self.plan([replace(check, stand_ins=False) for check in checks])
        return (item for item in plan if isinstance(item, Check) or item.passed)
