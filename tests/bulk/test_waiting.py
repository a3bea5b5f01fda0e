"""What only a person can judge is neither a fault of ours nor lost points, and costs nothing else
of its row.
"""

from dataclasses import replace

import pytest

from graders.bulk.by_hand import scores_to_fill
from graders.bulk.exports import grades_csv
from graders.bulk.feedback import feedback_page
from graders.bulk.gradebook import Score
from graders.bulk.report import exercise_lines
from graders.bulk.scores import results_of
from graders.bulk.summary import exercise_table, troubles
from graders.bulk.totals import totals_csv
from graders.core.verdict import Status


@pytest.fixture
def waits(book, small, make):
    """One submission whose second exercise waits for a person, whatever the first one is worth."""
    verdict = make.verdict(status=Status.WAITING, problem=Status.WAITING.value, message="look")
    grade = make.grade("ada.ipynb", (1.0, None))
    exercises = grade.exercises[0], replace(grade.exercises[1], verdicts=(verdict,))
    make.fill(book, [replace(grade, exercises=exercises)])
    return results_of(book, small)


def test_it_is_no_fault_and_no_loss_and_the_row_keeps_all_else(waits):
    (result,) = waits
    assert result.grade.withheld == () and result.grade.waiting == ("kl_standard_normal",)
    assert result.earned["kl_to_itself"] == 2.0 and result.earned["kl_standard_normal"] is None
    assert not result.complete
    assert "ada.ipynb,1,,2,6" in grades_csv(waits).replace("\r", "")
    assert "wait for a person" in " ".join(troubles([result.grade]))
    assert exercise_table([result.grade]).row_count == 2


def test_the_pages_say_so(waits):
    (result,) = waits
    page = feedback_page(result.grade, result.homework)
    assert "waits for a person" in page and "A check of ours broke" not in page
    lines = {line.name: line for line in exercise_lines(waits)}
    assert (lines["kl_standard_normal"].waiting, lines["kl_standard_normal"].withheld) == (1, 0)


def test_a_person_is_asked_and_what_they_give_counts(waits, book, small):
    assert "ada.ipynb,kl_standard_normal,," in scores_to_fill(waits)
    book.set_scores("small", {("ada.ipynb", "kl_standard_normal"): Score(3.0, "Well trained.")})
    (result,) = results_of(book, small)
    assert result.earned["kl_standard_normal"] == 3.0
    assert exercise_lines([result])[1].waiting == 0
    assert "5" in totals_csv({"small": [result]}, 0)


def test_it_is_judged_anew_in_the_next_run(waits, book):
    assert list(book.stamps("small", "ada.ipynb")) == ["kl_to_itself"]
