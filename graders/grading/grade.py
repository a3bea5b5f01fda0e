"""One submission to one Grade: the only place where hidden checks meet the submission."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from graders.core import engine
from graders.core.artefacts import ArtefactHost
from graders.core.convention import said as in_words_of
from graders.core.engine import NO_ANSWERS, PATIENCE, run_exercise, unanswered
from graders.core.exercise import Check
from graders.core.host import Host
from graders.core.language import say, to_say
from graders.core.student import Hosting
from graders.core.verdict import Status, Verdict
from graders.grading.catalogue import Entry, Homework
from graders.grading.diagnosis import Found, diagnose
from graders.grading.hints import told as in_words
from graders.grading.hosts import Hosts, Opened, Submission
from graders.grading.known import Known
from graders.grading.outcome import Diagnosed, ExerciseGrade, Grade
from graders.grading.remarks import remark
from graders.grading.right import Right
from graders.grading.share import gates, share_of
from graders.grading.stand_ins import Judging, Replaced, failed_prerequisites, prerequisites
from graders.grading.varied import in_our_order
from graders.isolation.allowance import WallTimedOut

__all__ = ["Diagnosed", "ExerciseGrade", "Grade", "grade", "in_order", "nothing_found", "share_of"]

PASSED_WITH_STAND_INS = to_say(
    "Judged with our own {names} in place of yours: taken by itself, this one is right."
)


def grade(
    homework: Homework,
    submission: Submission,
    *,
    course_key: str,
    only: Sequence[str] = (),
    alone: Callable[[], AbstractContextManager[Any]] = nullcontext,
    tell: Callable[[ExerciseGrade], None] = lambda grade: None,
    artefacts: Hosting | None = None,
    known: Known | None = None,
    word: str = "",
) -> tuple[ExerciseGrade, ...]:
    """Grade every exercise of a homework that a machine can grade, prerequisites before what
    requires them.

    Two phases: the public checks of all exercises, then all hidden ones. What the submission says
    in the second can be read by nobody, since it has seen hidden inputs by then.

    `artefacts` serves what an experiment left beside the submission; no code of the submission has
    a part in that. `tell` hears of each exercise as it ends. `alone` gives the machine to one
    submission: what met a wall limit is run again in it before it stands. `known` remembers what
    the checks said to the submissions before. `word`: from which the order of choices follows.
    """
    entries = [entry for entry in homework.graded if not only or entry.name in only]
    present = submission.names([entry.name for entry in entries])
    key = f"{course_key}/{homework.name}"
    files: Opened = partial(nullcontext, artefacts or ArtefactHost({}))

    def grading(entry: Entry) -> _Grading:
        here = entry.name in present
        own = in_our_order(partial(submission.branch, entry.name), entry, word)
        branch = own if here else None
        return _Grading(
            homework,
            entry,
            key,
            files if entry.exercise.kind == "E" else branch,
            alone,
            known or Known(0),
        )

    gradings = [grading(entry) for entry in in_order(entries)]
    public = {each.entry.name: each.public() for each in gradings}
    submission.seal()
    grades: dict[str, ExerciseGrade] = {}
    for each in gradings:
        name = each.entry.name
        grades[name] = each.grade(public[name], grades)
        tell(grades[name])
    return tuple(grades[entry.name] for entry in entries)


def nothing_found(entry: Entry) -> tuple[Verdict, ...]:
    """The verdicts on a submission that does not define the exercise."""
    host = Host({})
    public = run_exercise(entry.public, host, key="", public=True)
    if not public:
        return tuple(run_exercise(entry.hidden, host, key="", public=False))

    # A hidden check may ask the reference first, which is not at hand, and not needed.
    def missing(check: Check) -> Verdict:
        return replace(
            public[0],
            check=check.name,
            sentence=say(check.sentence),
            public=False,
            seed=0,
            evidence=None,
        )

    hidden = engine.in_order(entry.hidden, missing, public=False)
    return (*public, *(replace(v, message=public[0].message) for v in hidden))


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
    """One exercise of one submission. No branch: it is not there."""

    homework: Homework
    entry: Entry
    key: str
    branch: Opened | None
    alone: Callable[[], AbstractContextManager[Any]]
    known: Known

    def public(self) -> tuple[Verdict, ...]:
        """The public checks: the last that a submission may say to a student."""
        if self.branch is None:
            return ()
        return _bare(self._run(self.entry.public, public=True))

    def grade(
        self, public: tuple[Verdict, ...], before: Mapping[str, ExerciseGrade]
    ) -> ExerciseGrade:
        """The hidden checks, and what follows from all; `before` holds the grades of what comes
        earlier.
        """
        return _told(self.entry, *self._graded(public, before))

    def _graded(
        self, public: tuple[Verdict, ...], before: Mapping[str, ExerciseGrade]
    ) -> tuple[ExerciseGrade, list[Found]]:
        """The grade, and the causes that explain what failed."""
        possible = self.homework.points[self.entry.name]
        if self.branch is None:
            return ExerciseGrade(self.entry.name, nothing_found(self.entry), 0.0, possible), []
        verdicts = (*public, *self._hidden(public))
        share = self._share(verdicts)
        if share == 1.0 or share is None:
            return ExerciseGrade(self.entry.name, verdicts, share, possible), []
        replaced, judged = self._with_stand_ins(verdicts, before)
        if replaced and judged and self._share(judged) == 1.0:
            note = say(PASSED_WITH_STAND_INS, names=replaced.names)
            right = ExerciseGrade(
                self.entry.name, judged, 1.0, possible, note=note, as_handed_in=verdicts
            )
            return right, []
        found = self._diagnosed(verdicts, replaced, judged)
        kept = ExerciseGrade(self.entry.name, verdicts, share, possible)
        apart = self._share(judged) if judged else None
        if apart is not None and apart > share:  # a mistake costs its points once
            kept = replace(kept, verdicts=judged, share=apart, as_handed_in=verdicts)
        return kept, found

    def _diagnosed(
        self,
        verdicts: Sequence[Verdict],
        replaced: Replaced | None,
        judged: Sequence[Verdict],
    ) -> list[Found]:
        """The causes that explain what failed. Where wrong prerequisites are part of every value,
        only what fails with stand-ins in their place is the function's own; and nothing is, as long
        as the check beside which it would be told passes without them.
        """
        right = self.homework.right
        if not replaced:
            return self._diagnose(verdicts, right)
        checks = {check.name: check for check in self.entry.hidden}
        found = self._diagnose(judged, replaced.compose(right), replaced.beside)
        return [f for f in found if not self._as_handed_in(verdicts, checks[f.check]).passed]

    def _diagnose(
        self, verdicts: Sequence[Verdict], right: Right, beside: Hashable = ()
    ) -> list[Found]:
        before = prerequisites(self.entry, self.homework)
        # Of public checks the diagnosis looks at no value.
        public = tuple((v.check, v.status) for v in verdicts if v.public)
        return self.known.once(
            ("diagnosis", self.entry.name, self.key, beside, public),
            lambda: diagnose(self.entry, verdicts, key=self.key, right=right, before=before),
            [v for v in verdicts if not v.public],
        )

    def _share(self, verdicts: Sequence[Verdict]) -> float | None:
        return share_of(verdicts, partial(gates, self.entry, self.homework), self.entry.choices)

    def _hidden(self, public: Sequence[Verdict]) -> tuple[Verdict, ...]:
        if sum(map(unanswered, public)) >= PATIENCE:
            return tuple(map(_skipped, self.entry.hidden))
        return self._run(self.entry.hidden)

    def _run(
        self, checks: Sequence[Check], replaced: Replaced | None = None, *, public: bool = False
    ) -> tuple[Verdict, ...]:
        """Checks on a branch of their own; once more, alone, where the wall was met."""
        verdicts = self._on_a_branch(checks, replaced, public)
        if any(isinstance(v.evidence, WallTimedOut) for v in verdicts):
            with self.alone():
                verdicts = self._on_a_branch(checks, replaced, public)
        return verdicts

    def _on_a_branch(
        self, checks: Sequence[Check], replaced: Replaced | None, public: bool
    ) -> tuple[Verdict, ...]:
        with ExitStack() as stack:
            judge = self._judge(stack, replaced, public)
            return tuple(engine.in_order(checks, judge, public=public))

    def _judge(
        self,
        stack: ExitStack,
        replaced: Replaced | None,
        public: bool = False,
        noted: list[str] | None = None,
    ) -> Callable[[Check], Verdict]:
        """Runs a check on a branch that lives as long as the stack."""
        assert self.branch, "nothing is run of an exercise that is not there"
        placed = replaced.placements() if replaced else []
        conventions = self.homework.conventions
        hosts = Hosts(self.branch, stack, placed, noted, conventions=conventions)
        right = replaced.compose(self.homework.right) if replaced else self.homework.right
        return lambda check: self.known.judge(
            check, hosts.current(), key=self.key, public=public, right=None if public else right,
            beside=replaced.beside if replaced else (),
        )  # fmt: skip

    def _with_stand_ins(
        self, verdicts: Sequence[Verdict], before: Mapping[str, ExerciseGrade]
    ) -> tuple[Replaced | None, tuple[Verdict, ...]]:
        """Those failed prerequisites on which the function depends, and what the checks find with
        their stand-ins in place.
        """
        replaced = self._depended_on(failed_prerequisites(self.entry, self.homework, before))
        if not replaced:
            return None, ()
        by_itself = partial(self._as_handed_in, verdicts)
        judging = Judging(self.entry.exercise, replaced, self.homework.right, by_itself, self.known)
        public = self._judged(judging.examples(self.entry.public), replaced)
        found = {v.check: v for v in self._judged(judging.plan(self.entry.hidden), replaced)}
        # What stands as handed in says nothing either where a check before it fails now.
        hidden = engine.in_order(self.entry.hidden, lambda c: found[c.name], public=False)
        return replaced, (*(replace(v, public=True) for v in public), *hidden)

    def _judged(self, plan: Iterable[Check | Verdict], replaced: Replaced) -> list[Verdict]:
        items = list(plan)
        run = iter(self._run([item for item in items if isinstance(item, Check)], replaced))
        return [item if isinstance(item, Verdict) else next(run) for item in items]

    def _depended_on(self, failed: Sequence[Entry]) -> Replaced | None:
        """The prerequisites whose stand-ins, with other coefficients, give other values."""
        all_of = Replaced(tuple(failed), self.key)
        with closing(self._values(all_of)) as more:
            usual: list[list[str]] = []

            def follows(*names: str) -> bool:
                return self._differs(replace(all_of, other=names), usual, more)

            # Most depend on none, which one look at all together says.
            if not failed or not follows(*(e.name for e in failed)):
                return None
            called = [e for e in failed if len(failed) == 1 or follows(e.name)]
        return Replaced(tuple(called), self.key) if called else None

    def _differs(
        self, replaced: Replaced, usual: list[list[str]], more: Iterator[list[str]]
    ) -> bool:
        """Whether other values than the usual ones come, up to the first that does: `usual` are
        those that were looked at before, `more` those that follow.
        """
        with closing(self._values(replaced)) as other:
            for number in itertools.count():
                if number == len(usual):
                    usual.extend(itertools.islice(more, 1))
                values = next(other, None)
                expected = usual[number] if number < len(usual) else None
                if values != expected:
                    return True
                if values is None:
                    return False
        raise AssertionError("counting does not end")

    def _values(self, replaced: Replaced) -> Generator[list[str], None, None]:
        """Everything that the function gives to one check after the other with stand-ins in place,
        whatever they say to it.
        """
        noted: list[str] = []
        verdicts: list[Verdict] = []
        with ExitStack() as stack:
            judge = self._judge(stack, replaced, noted=noted)
            for check in self.entry.hidden:
                if not check.stand_ins or engine.enough(verdicts):
                    continue
                before = len(noted)
                verdicts.append(judge(replace(check, after=())))
                yield noted[before:]

    def _as_handed_in(self, verdicts: Sequence[Verdict], check: Check) -> Verdict:
        """The verdict on a check without stand-ins, whatever became of those before it."""
        verdict = next(v for v in verdicts if v.check == check.name)
        skipped = verdict.status is Status.SKIPPED
        return self._run([replace(check, after=())])[0] if skipped else verdict


def _told(entry: Entry, grade: ExerciseGrade, found: Sequence[Found]) -> ExerciseGrade:
    """A grade without what a submission returned, its hints as the course has them: the diagnosis,
    each on the first check that it explains; and beside each hidden check that no cause explains,
    once, how its values differ.
    """

    def ours(text: str) -> str:
        return in_words_of(entry.conventions, entry.reworded.get(text, text))

    verdicts, as_handed_in = (
        tuple(replace(v, hint=say(ours(v.hint))) for v in every)
        for every in (grade.verdicts, grade.as_handed_in)
    )
    diagnosis = tuple(Diagnosed(cause.name, in_words(cause.hint, ours)) for cause in found)
    hints = _beside(verdicts, found, diagnosis)
    verdicts = tuple(
        replace(v, hint=hints[v.check]) if v.check in hints and not v.public else v
        for v in verdicts
    )
    return replace(
        grade, verdicts=_bare(verdicts), as_handed_in=_bare(as_handed_in), diagnosis=diagnosis
    )


def _beside(
    verdicts: Sequence[Verdict], found: Sequence[Found], diagnosis: Sequence[Diagnosed]
) -> dict[str, str]:
    """What is told beside each hidden check, by its name."""
    hints: dict[str, str] = {}
    for cause, told in zip(found, diagnosis):
        hints[cause.check] = " ".join(filter(None, (hints.get(cause.check), told.hint)))
    explained = {check for cause in found for check in cause.explains}
    for v in verdicts:
        said = "" if v.public or v.check in explained else remark(v)
        if said and said not in hints.values():
            hints[v.check] = f"{said} {v.hint}" if v.hint else said
    return hints


def _bare(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """Verdicts without what a submission returned: that is for the diagnosis alone."""
    return tuple(replace(verdict, evidence=None, recorded=(), heard=()) for verdict in verdicts)


def _skipped(check: Check) -> Verdict:
    return Verdict(
        check.exercise,
        check.name,
        say(check.sentence),
        Status.SKIPPED,
        False,
        message=say(NO_ANSWERS),
    )
