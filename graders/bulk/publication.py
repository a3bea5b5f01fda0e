"""The one door through which everything goes that leaves before publication."""

from __future__ import annotations

from dataclasses import replace

from graders.bulk.scores import Result
from graders.grading.outcome import ExerciseGrade


def may_leave(result: Result) -> Result:
    """The result as students and platforms may have it: whole once the homework is published, and
    before that nothing which depends on a hidden check: no points, times, notes, hints, stand-ins.
    """
    if result.policy.published:
        return result
    exercises = tuple(map(_public, result.grade.exercises))
    grade = replace(result.grade, exercises=exercises, seconds={})
    return replace(result, row=replace(result.row, seconds={}), grade=grade, given={})


def _public(exercise: ExerciseGrade) -> ExerciseGrade:
    return ExerciseGrade(exercise.name, exercise.public, None, exercise.possible)
