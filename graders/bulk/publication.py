"""The one door through which everything goes that leaves before publication."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from graders.bulk.scores import Result
from graders.grading.listed import Exercises
from graders.grading.outcome import ExerciseGrade


def may_leave(result: Result) -> Result:
    """The result as students and platforms may have it: whole once the homework is published, and
    before that nothing which depends on a hidden check: no points, times, notes, hints, stand-ins.
    """
    if result.policy.published:
        exercises = tuple(_shown(e, result.homework) for e in result.grade.exercises)
        return replace(result, grade=replace(result.grade, exercises=exercises))
    exercises = tuple(_public(e, result.homework) for e in result.grade.exercises)
    grade = replace(result.grade, exercises=exercises, seconds={})
    return replace(result, row=replace(result.row, seconds={}), grade=grade, given={})


def _shown(exercise: ExerciseGrade, homework: Exercises[Any]) -> ExerciseGrade:
    """Without what the course shows nobody."""
    unseen = homework.choices(exercise.name).unseen
    verdicts, before = (
        tuple(v for v in every if v.check not in unseen)
        for every in (exercise.verdicts, exercise.as_handed_in)
    )
    return replace(exercise, verdicts=verdicts, as_handed_in=before)


def _public(exercise: ExerciseGrade, homework: Exercises[Any]) -> ExerciseGrade:
    """The public checks, and those hidden ones whose outcome the course shows at once."""
    seen = exercise.seen(homework.choices(exercise.name))
    return ExerciseGrade(exercise.name, seen, None, exercise.possible)
