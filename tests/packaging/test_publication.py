"""Two students who differ in hidden verdicts only: before publication Otter and Gradescope show
them the same, byte by byte.
"""

import json
from types import SimpleNamespace

import pytest
from otter.test_files import GradingResults, TestFile
from otter.test_files.abstract_test import TestCase, TestCaseResult

from graders.core.verdict import Status, Verdict
from graders.grading.grade import Diagnosed, ExerciseGrade, Grade
from graders.packaging.judge import for_otter
from graders.packaging.results import document
from graders.packaging.rules import Rules


def verdicts(entry, public, hidden, **more):
    of = ((entry.public, True, public), (entry.hidden, False, hidden))
    return tuple(
        Verdict(check.exercise, check.name, check.sentence, status, is_public, **more)
        for checks, is_public, status in of
        for check in checks
    )


class _Looked(TestFile):
    """A test file of Otter whose cases have run."""

    @classmethod
    def from_string(cls, *arguments, **named):
        raise NotImplementedError

    from_file = from_metadata = from_string

    def run(self, global_environment):
        raise NotImplementedError


@pytest.fixture
def two(homework):
    """Their public checks fail alike as handed in. With stand-ins the first is right."""
    said = {"problem": "wrong values", "message": "got 2, wanted 0", "hint": "Think."}
    students = {}
    for student in ("right", "wrong"):
        exercises = []
        for entry in homework.graded:
            alone = verdicts(entry, Status.FAILED, Status.FAILED, **said)
            points = homework.points[entry.name]
            wrong = ExerciseGrade(
                entry.name, alone, 0.25, points, (Diagnosed("negated", "Think."),)
            )
            right = ExerciseGrade(
                entry.name, verdicts(entry, Status.PASSED, Status.PASSED), 1.0, points,
                note="Judged with ours.", as_handed_in=alone,
            )  # fmt: skip
            exercises.append(right if student == "right" else wrong)
        times = {"spawn and cells": 1.0, "checks": 1.0 if student == "right" else 9.0}
        students[student] = Grade("s", homework.name, tuple(exercises), ("A note.",), times)
    return students


def on_gradescope(homework, grade):
    done = {exercise.name: exercise for exercise in grade.exercises}
    results = document(homework, Rules(), done, notes=grade.notes)
    visible = [test for test in results["tests"] if test["visibility"] == "visible"]
    assert len(visible) < len(results["tests"])  # so no total is shown
    kept = {key: value for key, value in results.items() if key not in ("score", "extra_data")}
    return json.dumps({**kept, "tests": visible})


def in_otter(homework, grade):
    """What Otter makes of our verdicts, for students: the hidden cases stay hidden."""
    told = for_otter(homework, grade)
    files = []
    for entry in homework.graded:
        file = _Looked(entry.name, "", [])
        checks = (*entry.public, *entry.hidden)
        for check, (passed, message) in zip(checks, told["verdicts"][entry.name], strict=True):
            case = TestCase(check.name, "", check in entry.hidden, 1, None, None)
            file.test_case_results.append(TestCaseResult(case, message, passed))
        files.append(file)
    found = GradingResults(files)
    for name, points in told["points"].items():
        found.update_score(name, points)
    found.set_output(told["public"])
    settings = SimpleNamespace(
        show_hidden=False, show_all_public=False, force_public_test_summary=True,
        warn_missing_pdf=False, show_stdout=False, points_possible=None, score_threshold=None,
    )  # fmt: skip
    shown = found.to_gradescope_dict(settings)
    visible = [test for test in shown["tests"] if test["visibility"] == "visible"]
    return json.dumps({**shown, "tests": visible})


@pytest.mark.parametrize("shown", [on_gradescope, in_otter])
def test_students_who_differ_in_hidden_verdicts_are_shown_the_same(homework, two, shown):
    right, wrong = (shown(homework, grade) for grade in two.values())
    assert right == wrong and "got 2, wanted 0" in right
    assert "Think." not in right.replace("Hint: Think.", "") and "Judged" not in right


def test_what_instructors_read_differs(homework, two):
    right, wrong = (for_otter(homework, grade)["report"] for grade in two.values())
    assert right != wrong
