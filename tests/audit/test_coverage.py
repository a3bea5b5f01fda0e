"""Every question of the sheets has an exercise, every exercise a question, and docs/coverage.md
says so.
"""

from dataclasses import replace
from pathlib import Path

from graders.audit.coverage import coverage, text, topics

FOUND = coverage()
DOCUMENT = Path(__file__).parents[2] / "docs" / "coverage.md"
REFRESH = "refresh it: python -m graders.audit.coverage > docs/coverage.md"


def test_every_question_is_covered_and_every_exercise_covers_one():
    assert FOUND.problems == []


def test_the_sheets_have_as_many_questions_as_they_have():
    sizes = {name: len(questions) for name, (_, questions) in FOUND.sheets.items()}
    assert sizes == {"TUM": 6, "CMU": 33, "UIUC": 27, "ICL": 7, "S4": 22}


def test_the_document_is_up_to_date():
    assert DOCUMENT.read_text() == text(FOUND), REFRESH


def test_every_exercise_has_its_prompt():
    for topic in topics():
        names = [entry.name for entry in FOUND.entries if entry.topic == topic]
        prompts = (Path(__file__).parents[2] / "assignments" / f"{topic}.md").read_text()
        assert [name for name in names if f"\n## {name}\n" not in prompts] == []


# What follows plants faults and sees the coverage find them.


def without(name):
    return coverage([entry for entry in FOUND.entries if entry.name != name])


def test_a_missing_exercise_is_found():
    assert "UIUC-3b is covered by no exercise" in without("linear_gan_cost").problems
    assert "| UIUC-3b | The cost with a linear discriminator | none | | |" in text(
        without("linear_gan_cost")
    )


def with_covers(name, covers):
    return coverage(
        [
            replace(e, exercise=replace(e.exercise, covers=covers)) if e.name == name else e
            for e in FOUND.entries
        ]
    )


def test_an_exercise_that_covers_nothing_is_found():
    assert "quadratic_minimum covers nothing" in with_covers("quadratic_minimum", ()).problems


def test_an_unknown_question_is_found():
    assert (
        "quadratic_minimum covers UIUC-9z, which is no question"
        in with_covers("quadratic_minimum", ("UIUC-3g", "UIUC-9z")).problems
    )


def test_a_question_that_only_a_person_grades_needs_a_reason():
    assert (
        "UIUC-3c is graded by a person alone, and questions.toml does not say why"
        in without("quadratic_convex_when").problems
    )


def test_a_reason_for_a_question_that_a_machine_checks_is_found():
    checked = with_covers("quadratic_minimum", ("UIUC-3g", "UIUC-3a"))
    assert (
        "questions.toml says why UIUC-3a is graded by a person alone, and it is not"
        in checked.problems
    )
