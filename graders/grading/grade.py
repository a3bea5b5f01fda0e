"""One submission to one Grade: the only place where hidden checks meet the submission."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from graders.core.artefacts import ArtefactHost
from graders.core.draw import Draw, derive_seed
from graders.core.engine import PATIENCE, run_exercise
from graders.core.exercise import Check
from graders.core.host import Host
from graders.core.student import Hosting
from graders.core.verdict import Status, Verdict
from graders.grading.catalogue import Entry, Homework
from graders.grading.diagnosis import diagnose
from graders.grading.right import Right
from graders.grading.share import gates, share_of
from graders.isolation.remote import WallTimedOut

PASSED_WITH_STAND_INS = (
    "Judged with our own {names} in place of yours: taken by itself, this one is right."
)


class Submission(Protocol):
    """A submission whose cells have run. `branch` gives its state to one exercise and throws it
    away afterwards.
    """

    def names(self, names: Sequence[str]) -> set[str]: ...
    def branch(self) -> AbstractContextManager[Branch]: ...


class Branch(Hosting, Protocol):
    """A branch runs functions, and can put a public stand-in where they look for a prerequisite.

    `broken`: it hung or ended, and nothing more can be asked of it.
    """

    broken: bool

    def stand_in(self, topic: str, name: str, coefficients: Sequence[float]) -> None: ...


@dataclass(frozen=True)
class Diagnosed:
    """A misconception that was recognised in a submission."""

    name: str
    hint: str


@dataclass(frozen=True)
class ExerciseGrade:
    """The verdicts on one exercise and the share of its points that they earn; None when the grade
    is withheld.

    `as_handed_in`: the verdicts without stand-ins, where the others were reached with them.
    """

    name: str
    verdicts: tuple[Verdict, ...]
    share: float | None
    possible: float
    diagnosis: tuple[Diagnosed, ...] = ()
    note: str = ""
    as_handed_in: tuple[Verdict, ...] = ()

    @property
    def public(self) -> tuple[Verdict, ...]:
        """The public checks without stand-ins: what students may see before publication."""
        return tuple(v for v in self.as_handed_in or self.verdicts if v.public)

    @property
    def points(self) -> float:
        return 0.0 if self.share is None else self.share * self.possible

    @property
    def right(self) -> bool:
        return self.share == 1.0


@dataclass(frozen=True)
class Grade:
    """Everything that was found out about one submission."""

    submission: str
    homework: str
    exercises: tuple[ExerciseGrade, ...]
    notes: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def points(self) -> float:
        return sum(exercise.points for exercise in self.exercises)

    @property
    def possible(self) -> float:
        return sum(exercise.possible for exercise in self.exercises)

    @property
    def withheld(self) -> tuple[str, ...]:
        """Exercises whose grade a fault of the grader withholds."""
        return tuple(exercise.name for exercise in self.exercises if exercise.share is None)


def grade(
    homework: Homework,
    submission: Submission,
    *,
    course_key: str,
    only: Sequence[str] = (),
    alone: Callable[[], AbstractContextManager] = nullcontext,
    tell: Callable[[ExerciseGrade], None] = lambda grade: None,
    artefacts: Hosting | None = None,
) -> tuple[ExerciseGrade, ...]:
    """Grade every exercise of a homework that a machine can grade, prerequisites before what
    requires them.

    `artefacts` serves what an experiment left beside the submission; no code of the submission has
    a part in that.

    `tell` hears of each exercise as it ends. `alone` gives the machine to one submission: what met
    a wall limit is run again in it before it stands.
    """
    entries = [entry for entry in homework.graded if not only or entry.name in only]
    present = submission.names([entry.name for entry in entries])
    grades: dict[str, ExerciseGrade] = {}
    for entry in in_order(entries):
        key = f"{course_key}/{homework.name}"
        branch = submission.branch if entry.name in present else None
        if entry.exercise.kind == "E":
            branch = partial(nullcontext, artefacts or ArtefactHost({}))
        grades[entry.name] = _Grading(homework, entry, key, branch, grades, alone).grade()
        tell(grades[entry.name])
    return tuple(grades[entry.name] for entry in entries)


def nothing_found(entry: Entry) -> tuple[Verdict, ...]:
    """The verdicts on a submission that does not define the exercise."""
    host = Host({})
    public = run_exercise(entry.public, host, key="", public=True)
    hidden = run_exercise(entry.hidden, host, key="", public=False)
    return (
        (*public, *(replace(v, message=public[0].message) for v in hidden))
        if public
        else tuple(hidden)
    )


def in_order(entries: Sequence[Entry]) -> list[Entry]:
    """The same entries, each after those that it requires."""
    by_name = {entry.name: entry for entry in entries}
    ordered: dict[str, Entry] = {}

    def add(entry: Entry) -> None:
        for name in entry.exercise.requires:
            if name in by_name and name not in ordered:
                add(by_name[name])
        ordered.setdefault(entry.name, entry)

    for entry in entries:
        add(entry)
    return list(ordered.values())


@dataclass(frozen=True)
class _Grading:
    """One exercise of one submission; `before` holds the grades of what came earlier. No branch: it
    is not there.
    """

    homework: Homework
    entry: Entry
    key: str
    branch: Callable[[], AbstractContextManager] | None
    before: Mapping[str, ExerciseGrade]
    alone: Callable[[], AbstractContextManager] = nullcontext

    def grade(self) -> ExerciseGrade:
        possible = self.homework.points[self.entry.name]
        if self.branch is None:
            return ExerciseGrade(self.entry.name, nothing_found(self.entry), 0.0, possible)
        verdicts = self._run((), self.homework.right)
        if any(isinstance(v.evidence, WallTimedOut) for v in verdicts):
            with self.alone():
                verdicts = self._run((), self.homework.right)
        share = self._share(verdicts)
        if share == 1.0 or share is None:
            return ExerciseGrade(self.entry.name, verdicts, share, possible)
        replaced, judged = self._with_stand_ins()
        if judged and self._share(judged) == 1.0:
            note = PASSED_WITH_STAND_INS.format(
                names=" and ".join(f"`{entry.name}`" for entry in replaced)
            )
            return ExerciseGrade(
                self.entry.name, judged, 1.0, possible, note=note, as_handed_in=verdicts
            )
        found = diagnose(self.entry, verdicts, key=self.key, right=self.homework.right)
        if not found and judged:
            found = diagnose(self.entry, judged, key=self.key, right=self._right(replaced))
        return self._with_hint(ExerciseGrade(self.entry.name, verdicts, share, possible), found)

    def _share(self, verdicts: Sequence[Verdict]) -> float | None:
        return share_of(verdicts, partial(gates, self.entry, self.homework))

    def _with_hint(self, grade: ExerciseGrade, found: list) -> ExerciseGrade:
        """The diagnosis on the grade, and its hint on the first check that failed."""
        if not found:
            return grade
        failed = next(
            (v for v in grade.verdicts if v.status is Status.FAILED and not v.public), None
        )
        verdicts = tuple(
            replace(v, hint=found[0].hint) if v is failed else v for v in grade.verdicts
        )
        return replace(
            grade, verdicts=verdicts, diagnosis=tuple(Diagnosed(m.name, m.hint) for m in found)
        )

    def _run(self, replaced: Sequence[Entry], right: Right) -> tuple[Verdict, ...]:
        """All checks; with stand-ins, the hidden ones whose sentence allows it."""
        with ExitStack() as stack:
            hosts = _Hosts(
                self.branch,
                stack,
                [(entry.topic, entry.name, self._coefficients(entry)) for entry in replaced],
            )
            if replaced:
                checks = [check for check in self.entry.hidden if check.stand_ins]
                names = {check.name for check in checks}
                checks = [
                    replace(check, after=tuple(a for a in check.after if a in names))
                    for check in checks
                ]
                return tuple(
                    run_exercise(checks, hosts.current, key=self.key, public=False, right=right)
                )
            public = run_exercise(self.entry.public, hosts.current, key=self.key, public=True)
            if sum(v.status is Status.TIMED_OUT for v in public) >= PATIENCE:
                return (*public, *(_skipped(check) for check in self.entry.hidden))
            return (
                *public,
                *run_exercise(
                    self.entry.hidden, hosts.current, key=self.key, public=False, right=right
                ),
            )

    def _with_stand_ins(self) -> tuple[Sequence[Entry], tuple[Verdict, ...]]:
        """The first set of failed prerequisites whose replacement makes the exercise right, else
        the largest.

        A solution may call some of its prerequisites and write out others, so smaller sets are
        tried too.
        """
        failed = [
            entry
            for entry in self._prerequisites()
            if entry.stand_in and not self.before[entry.name].right
        ]
        first: tuple[Sequence[Entry], tuple[Verdict, ...]] = (), ()
        for size in range(len(failed), 0, -1):
            for chosen in itertools.combinations(failed, size):
                judged = self._run(chosen, self._right(chosen))
                first = first if first[1] else (chosen, judged)
                if judged and self._share(judged) == 1.0:
                    return chosen, judged
        return first

    def _prerequisites(self) -> list[Entry]:
        """Everything that a solution may call, directly or through something else, and that has
        been graded.
        """
        found: dict[str, Entry] = {}
        names = list(self.entry.exercise.requires)
        while names:
            name = names.pop()
            if name in self.before and name not in found:
                found[name] = self.homework.entry(name)
                names.extend(found[name].exercise.requires)
        return list(found.values())

    def _right(self, replaced: Sequence[Entry]) -> Right:
        functions = {}
        for entry in replaced:
            coefficients = dict(zip(_last_parameters(entry), self._coefficients(entry)))
            functions[entry.name] = partial(entry.stand_in.function, **coefficients)
        return self.homework.right.replacing(functions)

    def _coefficients(self, entry: Entry) -> list[float]:
        """Coefficients between 0.5 and 1.5, the same for the submission and for the reference."""
        draw = Draw(derive_seed(self.key, "stand-in", entry.name))
        return draw.uniform(0.5, 1.5, entry.stand_in.coefficients).tolist()


@dataclass
class _Hosts:
    """A branch for the checks of one exercise, and a new one when that one hung or ended: a hang
    costs one check.
    """

    branch: Callable[[], AbstractContextManager]
    stack: ExitStack
    stand_ins: Sequence[tuple[str, str, list[float]]]
    host: Branch | None = None

    def current(self) -> Branch:
        if self.host is None or self.host.broken:
            self.host = self.stack.enter_context(self.branch())
            for stand_in in self.stand_ins:
                self.host.stand_in(*stand_in)
        return self.host


def _skipped(check: Check) -> Verdict:
    return Verdict(
        check.exercise,
        check.name,
        check.sentence,
        Status.SKIPPED,
        False,
        message="skipped, because checks before it had no answer in time",
    )


def _last_parameters(entry: Entry) -> list[str]:
    code = entry.stand_in.function.__code__
    return list(code.co_varnames[: code.co_argcount][-entry.stand_in.coefficients :])
