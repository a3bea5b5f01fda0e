"""Before publication nothing leaves that depends on a hidden check, by any road."""

from dataclasses import replace

import pytest

from graders.bulk.exports import FORMATS
from graders.bulk.feedback import feedback_page
from graders.bulk.outputs import write_outputs
from graders.bulk.report import Names
from graders.bulk.scores import results_of
from graders.core.render import lines
from graders.core.verdict import Status
from graders.grading.outcome import Diagnosed

STUDENTS = ("ada-1", "ada-2")


@pytest.fixture
def two(book, small, make):
    """Two students whose public checks agree, and whose hidden ones, stand-ins and times do not."""
    public = make.verdict(public=True, status=Status.FAILED, message="got 2, wanted 0")
    right = make.verdict(message="yes")
    wrong = make.verdict(status=Status.FAILED, problem="wrong values", hint="Think.")
    first, second = (
        make.grade(STUDENTS[0], (1.0, 1.0)),
        make.grade(STUDENTS[1], (0.0, 0.5), seconds=9.0),
    )
    first, second = (
        replace(
            grade,
            exercises=(replace(grade.exercises[0], **changed), *grade.exercises[1:]),
            notes=(),
        )
        for grade, changed in (
            (
                first,
                {
                    "verdicts": (right,),
                    "as_handed_in": (public, wrong),
                    "note": "Judged with ours.",
                },
            ),
            (
                second,
                {"verdicts": (public, wrong), "diagnosis": (Diagnosed("negated", "Think."),)},
            ),
        )
    )
    make.fill(book, [first, second])
    return results_of(book, small)


def leaving(out, results, published):
    """Every file that leaves, with both students under one name."""
    results = [
        replace(r, policy=replace(r.policy, published=published), row=replace(r.row, content=""))
        for r in results
    ]
    for result in results:
        write_outputs(out / result.name, [result], [], {}, Names())
    return [
        {
            str(file.relative_to(out / student)).replace(student, "somebody"): file.read_text(
                encoding="utf-8"
            ).replace(student, "somebody")
            for folder in ("feedback", "exports")
            for file in (out / student / folder).rglob("*")
            if file.is_file()
        }
        for student in STUDENTS
    ]


def test_two_students_who_differ_in_hidden_verdicts_get_equal_files(two, tmp_path):
    first, second = leaving(tmp_path, two, published=False)
    assert first == second
    assert len(first) > len(FORMATS)
    assert any("got 2, wanted 0" in text for text in first.values())


def test_and_see_equal_pages_in_review(two):
    """The page "as the student sees it", which is what may be shown on a projector."""
    hidden = [replace(r, policy=replace(r.policy, published=False)) for r in two]
    one, other = (feedback_page(r.grade, r.homework, r).replace(r.name, "somebody") for r in hidden)
    assert one == other


def test_after_publication_they_differ(two, tmp_path):
    first, second = leaving(tmp_path, two, published=True)
    # The totals for platforms are empty still: a written question waits for a person.
    assert sum(first[name] != second[name] for name in first) >= 4


def test_what_was_found_without_stand_ins_survives_the_gradebook(two):
    kept = two[0].grade.exercises[0]
    assert [v.public for v in kept.as_handed_in] == [True, False]
    assert lines(kept.public)[0].startswith("  ✗")
