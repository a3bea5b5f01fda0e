"""The page that a student reads: what is right, what is not, and what to think about next."""

from __future__ import annotations

from dataclasses import dataclass

from graders.bulk.publication import may_leave
from graders.bulk.scores import Result
from graders.core.render import MARKS
from graders.core.verdict import Status, Verdict
from graders.grading.catalogue import Homework
from graders.grading.grade import ExerciseGrade, Grade
from graders.grading.markdown import as_html
from graders.grading.pages import template
from graders.grading.share import RULE

WITHHELD = (
    "A check of ours broke here. That is not your fault: your instructor has been told, and nothing"
    " is lost."
)
UNPUBLISHED = (
    "These are the public checks only. Points and the other checks follow when this homework is"
    " published."
)


@dataclass(frozen=True)
class Shown:
    """What the page shows of one exercise. `points`: "3 / 4", or nothing before publication."""

    name: str
    headline: str
    good: bool
    missing: bool
    points: str
    note: str
    verdicts: tuple[Verdict, ...]


def feedback_page(grade: Grade, homework: Homework, result: Result | None = None) -> str:
    """Self-contained HTML. Of a hidden check it holds the sentence, the class of the error and the
    hint, no more.

    With a result, what a person gave and what lateness takes off are on it; and before publication
    nothing that depends on a hidden check.
    """
    published = result is None or result.policy.published
    if result:
        result = may_leave(result)
        grade = result.grade
    exercises = [_published(e) if published else _unpublished(e) for e in grade.exercises]
    return template(__file__, "feedback.html").render(
        grade=grade,
        homework=homework,
        exercises=exercises,
        published=published,
        result=result,
        marks=MARKS,
        said=said,
        withheld=WITHHELD,
        unpublished=UNPUBLISHED,
        rule=RULE,
        as_html=as_html,
    )


def headline(exercise: ExerciseGrade) -> str:
    """One line on an exercise: the first thing a student wants to know."""
    if exercise.waiting:
        return Status.WAITING.value
    if exercise.share is None:
        return "not graded yet"
    if exercise.right:
        return "right"
    if _missing(exercise):
        return "not found in your submission"
    return _count(exercise.verdicts)


def said(verdict: Verdict) -> str:
    """What the page says below a check that did not pass."""
    if verdict.status is Status.GRADER_FAULT:
        return WITHHELD
    return verdict.shown


def _published(exercise: ExerciseGrade) -> Shown:
    points = f"{exercise.points:.3g} / {exercise.possible:.3g}"
    return Shown(
        exercise.name,
        headline(exercise),
        exercise.right,
        _missing(exercise),
        points,
        exercise.note,
        exercise.verdicts,
    )


def _unpublished(exercise: ExerciseGrade) -> Shown:
    """Made of the public checks alone: not even the order or length of the page depends on a hidden
    one.
    """
    public = exercise.public
    missing = bool(public) and public[0].problem == "missing"
    text = (
        "not found in your submission"
        if missing
        else _count(public)
        if public
        else "checked after publication"
    )
    return Shown(exercise.name, text, all(v.passed for v in public), missing, "", "", public)


def _count(verdicts: tuple[Verdict, ...]) -> str:
    return f"{sum(v.passed for v in verdicts)} of {len(verdicts)} checks pass"


def _missing(exercise: ExerciseGrade) -> bool:
    return bool(exercise.verdicts) and exercise.verdicts[0].problem == "missing"
