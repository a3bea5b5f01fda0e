"""The page that a student reads: what is right, what is not, and what to think about next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import Any

from graders.bulk.publication import may_leave
from graders.bulk.scores import Result
from graders.core.language import pattern_of, say, speaking, to_say
from graders.core.render import MARKS
from graders.core.verdict import SKIPPED, Status, Verdict
from graders.grading.listed import Exercises
from graders.grading.markdown import as_html
from graders.grading.outcome import RULE, ExerciseGrade, Grade
from graders.grading.pages import decimal, template

WITHHELD = to_say(
    "A check of ours broke here. That is not your fault: your instructor has been told, and nothing"
    " is lost."
)
UNPUBLISHED = to_say(
    "These are the public checks only. Points and the other checks follow when this homework is"
    " published."
)


ROUNDING = to_say("Points are added up as they are, and written with at most four decimals.")


@dataclass(frozen=True)
class Shown:
    """What the page shows of one exercise. `points`: "3 / 4", or nothing before publication.

    by_hand: a person's score goes before what the machine found, which is then told without points.
    comment: what that person wrote, in Markdown.
    """

    name: str
    headline: str
    good: bool
    missing: bool
    points: str
    note: str
    verdicts: tuple[Verdict, ...]
    by_hand: bool = False
    comment: str = ""

    @property
    def groups(self) -> list[list[tuple[int, Verdict]]]:
        """The checks with their numbers, in order; those that were skipped one after the other are
        together.
        """
        found: list[list[tuple[int, Verdict]]] = []
        for number, verdict in enumerate(self.verdicts, 1):
            skipped = verdict.status is Status.SKIPPED
            if skipped and found and found[-1][-1][1].status is Status.SKIPPED:
                found[-1].append((number, verdict))
            else:
                found.append([(number, verdict)])
        return found

    @property
    def blocks(self) -> dict[str, int]:
        """The number of each check by its sentence."""
        return {verdict.sentence: i for i, verdict in enumerate(self.verdicts, 1)}

    def blocker(self, verdict: Verdict) -> int | None:
        """The number of the check for which a skipped one waits."""
        pattern = pattern_of(say(SKIPPED))
        skipped = verdict.status is Status.SKIPPED
        found = re.fullmatch(pattern, verdict.message, re.DOTALL) if skipped else None
        return self.blocks.get(found["blocker"]) if found else None


def feedback_page(
    grade: Grade,
    homework: Exercises[Any],
    result: Result | None = None,
    now: datetime | None = None,
) -> str:
    """Self-contained HTML. Of a hidden check it holds the sentence, the class of the error and the
    hint, no more.

    With a result, what a person gave and what lateness takes off are on it; and before publication
    nothing that depends on a hidden check.
    """
    with speaking(homework.tongue):
        return _page(grade, homework, result, now)


def _page(
    grade: Grade, homework: Exercises[Any], result: Result | None, now: datetime | None
) -> str:
    published = result is None or result.policy.published
    if result:
        result = may_leave(result)
        grade = result.grade
    exercises = (
        _all_published(grade, homework, result)
        if published
        else [_unpublished(e, homework) for e in grade.exercises]
    )
    now = now or datetime.now(timezone.utc)
    exceptions = bool(result and result.policy.shows_exceptions(now))
    return template(__file__, "feedback.html").render(
        grade=grade,
        homework=homework,
        exercises=exercises,
        published=published,
        result=result,
        marks=MARKS,
        said=partial(said, exceptions=exceptions),
        waiting=waiting(grade, result),
        rounding=say(ROUNDING),
        withheld=say(WITHHELD),
        unpublished=say(UNPUBLISHED),
        rule=say(RULE),
        as_html=as_html,
    )


def headline(exercise: ExerciseGrade) -> str:
    """One line on an exercise: the first thing a student wants to know."""
    if exercise.waiting:
        return say(Status.WAITING.value)
    if exercise.share is None:
        return say("not graded yet")
    if exercise.right:
        return say("right")
    if _missing(exercise):
        return say("not found in your submission")
    return _count(exercise.verdicts)


def said(verdict: Verdict, exceptions: bool = False) -> str:
    """What the page says below a check that did not pass. exceptions: with the text of what the
    student's own code raised.
    """
    if verdict.status is Status.GRADER_FAULT:
        return say(WITHHELD)
    if exceptions and verdict.status is Status.STUDENT_ERROR:
        return verdict.message
    return verdict.shown


def waiting(grade: Grade, result: Result | None) -> list[str]:
    """The exercises for whose points a person is needed, and that nobody has read yet."""
    if result is None:
        return list(grade.waiting)
    return [name for name, points in result.earned.items() if points is None]


def _all_published(grade: Grade, homework: Exercises[Any], result: Result | None) -> list[Shown]:
    """In the order of the homework, with what only a person reads."""
    found = {e.name: _published(e, result) for e in grade.exercises}
    order = [entry.name for entry in homework.entries]
    if result:
        read = (name for name in order if name in {*result.earned, *result.excused})
        found |= {n: _read(n, result, homework.points[n]) for n in read if n not in found}
    return sorted(found.values(), key=lambda e: order.index(e.name) if e.name in order else -1)


def _read(name: str, result: Result, possible: float, verdicts: tuple[Verdict, ...] = ()) -> Shown:
    """What a person has read, or will."""
    if name in result.excused:
        note = say("It does not count for you: {reason}", reason=result.excused[name])
        return Shown(name, say("does not count"), False, False, "", note, verdicts)
    if name not in result.given:
        return Shown(name, say(Status.WAITING.value), False, False, "", "", verdicts)
    given = result.given[name]
    points = f"{decimal(given.points)} / {decimal(possible)}"
    good, title = given.points >= possible, say("points by your instructor")
    comment = given.comment
    return Shown(name, title, good, False, points, "", verdicts, True, comment)


def _published(exercise: ExerciseGrade, result: Result | None) -> Shown:
    if result and exercise.name in {*result.given, *result.excused}:
        return _read(exercise.name, result, exercise.possible, exercise.verdicts)
    points = f"{decimal(exercise.points)} / {decimal(exercise.possible)}"
    if exercise.share is None:
        points = ""
    return Shown(
        exercise.name,
        headline(exercise),
        exercise.right,
        _missing(exercise),
        points,
        exercise.note,
        exercise.verdicts,
    )


def _unpublished(exercise: ExerciseGrade, homework: Exercises[Any]) -> Shown:
    """Made of the public checks alone: not even the order or length of the page depends on a hidden
    one. The form of an answer says nothing about its value, and so is no tick.
    """
    public = exercise.verdicts
    if homework.entry(exercise.name).kind == "A" and all(v.passed for v in public):
        text = say("answered, checked after publication")
        return Shown(exercise.name, text, False, False, "", "", ())
    missing = bool(public) and public[0].problem == "missing"
    text = (
        say("not found in your submission")
        if missing
        else _count(public)
        if public
        else say("checked after publication")
    )
    return Shown(exercise.name, text, all(v.passed for v in public), missing, "", "", public)


def _count(verdicts: tuple[Verdict, ...]) -> str:
    return say(
        "{passed} of {number} checks pass",
        passed=sum(v.passed for v in verdicts),
        number=len(verdicts),
    )


def _missing(exercise: ExerciseGrade) -> bool:
    return bool(exercise.verdicts) and exercise.verdicts[0].problem == "missing"
