"""The page that a student reads: what is right, what is not, and what to think about next."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2

from graders.core.render import MARKS
from graders.core.verdict import Status, Verdict
from graders.grading.catalogue import Homework
from graders.grading.grade import ExerciseGrade, Grade

WITHHELD = "A check of ours broke here. That is not your fault: your instructor has been told, and nothing is lost."


def feedback_page(grade: Grade, homework: Homework) -> str:
    """Self-contained HTML. Of a hidden check it holds the sentence, the class of the error and the hint, no more."""
    return _template().render(grade=grade, homework=homework, marks=MARKS, headline=headline, said=said, withheld=WITHHELD, missing=_missing)


def headline(exercise: ExerciseGrade) -> str:
    """One line on an exercise: the first thing a student wants to know."""
    if exercise.share is None:
        return "not graded yet"
    if exercise.right:
        return "right"
    if _missing(exercise):
        return "not found in your submission"
    return f"{sum(v.passed for v in exercise.verdicts)} of {len(exercise.verdicts)} checks pass"


def said(verdict: Verdict) -> str:
    """What the page says below a check that did not pass."""
    if verdict.status is Status.GRADER_FAULT:
        return WITHHELD
    return verdict.shown


def _missing(exercise: ExerciseGrade) -> bool:
    return bool(exercise.verdicts) and exercise.verdicts[0].problem == "missing"


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template("feedback.html")
