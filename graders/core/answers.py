"""The two checks that every answer exercise has: its form, which a student may know, and its
value.
"""

from __future__ import annotations

from typing import Any

from graders.core import expect
from graders.core.exercise import Check, Exercise
from graders.core.forms import Form
from graders.core.language import say
from graders.core.student import Student

FORM = "The answer has the right form; whether it is right is graded."


def form_check(exercise: Exercise) -> Check:
    """Whether an answer has the form asked for; says nothing about its value."""

    def right_form(student: Student) -> None:
        expect.form(student.answer(exercise.name), _form(exercise), subject=exercise.name)

    return Check(exercise.name, FORM, right_form, name="right_form")


def value_check(exercise: Exercise) -> Check:
    """Whether an answer is the reference's."""

    def right_answer(student: Student, right: Any) -> None:
        form = _form(exercise)
        got = expect.form(student.answer(exercise.name), form, subject=exercise.name)
        wanted = form.read(right.answer(exercise.name))
        expect.true(
            form.same(got, wanted), "not the right answer", subject=exercise.name,
            detail=say("got {got}, wanted {wanted}", got=got, wanted=wanted),
            got=got, wanted=wanted,
        )  # fmt: skip

    return Check(exercise.name, "The answer is right.", right_answer, name="right_answer")


def _form(exercise: Exercise) -> Form:
    if exercise.form is None:
        raise TypeError(f"`{exercise.name}` is no answer exercise: it has no form")
    return exercise.form
