"""Points that a person gives are for the version of the work that was read: another asks again."""

import csv
import io
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from graders.bulk.bookkeeping import diff, score
from graders.bulk.command import BadOption, Options
from graders.bulk.decisions import SCORE, Conflict, Decisions
from graders.bulk.differences import between_runs
from graders.bulk.exports import canvas_csv, gradescope_csv, moodle_csv, own_csv
from graders.bulk.given import named
from graders.bulk.gradebook import Gradebook, Score
from graders.bulk.scores import results_of, to_read_again
from graders.bulk.totals import totals_csv
from graders.course.people import Person
from graders.intake.find import Found, name_of

PROOF = ("a.ipynb", "elbo_proof")


def handed_in(book, make, content="content", found=None, worth=None):
    """A run over one submission of this content."""
    run = book.begin("small", {"worth": worth} if worth else {}, content)
    item = found or Found("a.ipynb", None)
    book.register(run, "small", [(item, content)], [])
    grade = make.grade(item.name)
    stamps = {e.name: make.stamp(content=content) for e in grade.exercises}
    book.add(run, grade, stamps, [])
    book.finish(run)
    return run


def test_a_score_for_an_earlier_version_counts_no_more_and_asks_again(book, small, make):
    handed_in(book, make)
    book.set_scores("small", {PROOF: Score(3.0, "Good.")})
    (result,) = results_of(book, small)
    assert result.complete and result.total == 9 and not to_read_again([result])
    handed_in(book, make, "other content")
    (result,) = results_of(book, small)
    assert not result.complete and result.given == {}
    assert result.earlier == {"elbo_proof": Score(3.0, "Good.")}
    (said,) = to_read_again([result])
    assert "a.ipynb" in said and "elbo_proof" in said and "earlier version" in said
    book.set_scores("small", {PROOF: Score(2.0)})
    (result,) = results_of(book, small)
    assert result.given["elbo_proof"].points == 2 and not to_read_again([result])


def test_a_score_that_was_taken_back_is_none(book, small, make):
    handed_in(book, make)
    book.set_scores("small", {PROOF: Score(3.0)})
    book.set_scores("small", {PROOF: None})
    assert book.scores("small") == {} == book.earlier_scores("small")


def test_diff_shows_scores_by_hand_and_points(book, make):
    first = handed_in(book, make, worth={"elbo_proof": 4})
    book.set_scores("small", {PROOF: Score(3.0)})
    second = handed_in(book, make, worth={"elbo_proof": 4})
    book.set_scores("small", {PROOF: Score(1.0)})
    third = handed_in(book, make, "other content", worth={"elbo_proof": 6})
    assert between_runs(book, "small", first, first) == []
    (change,) = between_runs(book, "small", first, second)
    assert str(change) == "a.ipynb elbo_proof: 3 points -> 1 points (by hand)"
    given, points = between_runs(book, "small", second, third)
    assert str(given) == "a.ipynb elbo_proof: 1 points -> none (the submission changed)"
    assert str(points).startswith("all submissions elbo_proof: 4 points -> 6 points")


@pytest.mark.parametrize(
    "called",
    ["Löve 7.ipynb", "Lo\u0308ve 7.ipynb", "löve 7", "3001", "ada@example.org", "Ada Lovelace",
     "Lovelace, Ada", "Löve 7.ipynb/"],
)  # fmt: skip
def test_a_submission_is_meant_in_any_of_its_forms(book, small, make, called):
    handed_in(book, make, found=Found("Löve 7.ipynb", None, (make.ada,)))
    handed_in_too = [*results_of(book, small)]
    assert named(handed_in_too, called).name == "Löve 7.ipynb"


def test_a_byte_of_a_name_is_meant_by_file_and_by_what_is_shown(book, small, make):
    shown = name_of(Path("x\udcff.ipynb"))
    handed_in(book, make, found=Found(shown, None))
    assert {named(results_of(book, small), c).name for c in ("x\udcff.ipynb", shown)} == {shown}


def test_who_may_be_two_is_asked_for(book, small, make):
    run = book.begin("small", {}, "code")
    twins = [Found(f"{i}.ipynb", None, (Person(name="Ada"),)) for i in "ab"]
    book.register(run, "small", [(t, "c") for t in twins], [])
    for t in twins:
        book.add(run, make.grade(t.name), {}, [])
    with pytest.raises(BadOption, match=r"a\.ipynb, b\.ipynb"):
        named(results_of(book, small), "Ada")
    with pytest.raises(BadOption, match="no submission 'Eve'"):
        named(results_of(book, small), "Eve")


def test_what_waits_is_marked_in_totals(book, small, make):
    handed_in(book, make)
    (row,) = csv.DictReader(io.StringIO(totals_csv({"small": results_of(book, small)}, 0)))
    assert row["waiting"] == "small"
    book.set_scores("small", {PROOF: Score(3.0)})
    (row,) = csv.DictReader(io.StringIO(totals_csv({"small": results_of(book, small)}, 0)))
    assert row["waiting"] == ""


def columns(text):
    return list(csv.DictReader(io.StringIO(text)))[-1]


def test_a_column_of_a_platform_holds_only_what_it_means(book, small, make):
    handed_in(book, make)
    (result,) = results_of(book, small)

    def of(person, handle):
        found = replace(result.row.found, people=(person,), handle=handle)
        return [replace(result, row=replace(result.row, found=found))]

    from_canvas = of(Person(id="77", name="Ada L", canvas="77"), "77")
    assert columns(canvas_csv(from_canvas))["ID"] == "77"
    assert columns(canvas_csv(from_canvas))["SIS User ID"] == ""
    assert columns(gradescope_csv(from_canvas))["SID"] == ""
    assert columns(gradescope_csv(from_canvas))["Submission ID"] == ""
    assert columns(moodle_csv(from_canvas))["ID number"] == ""
    from_gradescope = of(Person(id="3001", name="Ada L"), "123456")
    assert columns(canvas_csv(from_gradescope))["ID"] == ""
    assert columns(canvas_csv(from_gradescope))["SIS User ID"] == "3001"
    assert columns(moodle_csv(from_gradescope))["Identifier"] == ""
    assert columns(gradescope_csv(from_gradescope))["Submission ID"] == "123456"
    from_moodle = of(Person(name="Ada L"), "Participant 101")
    assert columns(gradescope_csv(from_moodle))["Submission ID"] == ""
    assert columns(moodle_csv(from_moodle))["Identifier"] == "Participant 101"
    assert columns(own_csv(from_moodle))["complete"] == "no"


def test_a_gradebook_of_the_last_version_keeps_its_scores(tmp_path, course, small, make):
    path = tmp_path / "g.sqlite"
    with Gradebook(path) as book:
        handed_in(book, make)
    old = sqlite3.connect(path)
    old.executescript(
        "DROP TABLE given; CREATE TABLE score (homework TEXT, submission TEXT, exercise TEXT,"
        " points REAL, comment TEXT); INSERT INTO score VALUES ('small', 'a.ipynb', 'elbo_proof',"
        " 3, 'Good.'); PRAGMA user_version = 2"
    )
    old.close()
    with Gradebook(path) as book:
        assert book.scores("small") == {"a.ipynb": {"elbo_proof": Score(3.0, "Good.")}}


def test_taking_back_is_a_word_and_diff_says_who_has_what(tmp_path, course, make):
    path, said = tmp_path / "g.sqlite", io.StringIO()
    console, options = Console(file=said, width=200), Options(gradebook=path)
    with Gradebook(path) as book:
        handed_in(book, make)
    assert score(console, "small", [["a", "elbo_proof", "3", ""]], None, options, tmp_path) == 0
    other = tmp_path / "other.sqlite"
    other.write_bytes(path.read_bytes())
    assert score(console, "small", [["a", "elbo_proof", "", ""]], None, options, tmp_path) == 2
    assert score(console, "small", [["a", "elbo_proof", "none", ""]], None, options, tmp_path) == 0
    assert diff(console, "small", [], other, options, tmp_path) == 0
    assert "a.ipynb elbo_proof: 3 points -> none (by hand)" in said.getvalue()


def test_what_is_taken_back_is_taken_back_for_the_version_that_was_read(book, small, make):
    handed_in(book, make)
    decisions = Decisions(book, "small")
    for points in (3.0, 4.0):
        decisions.decide(*PROOF, SCORE, {"points": points}, None, "A")
    handed_in(book, make, "other content")
    decisions.undo("A")
    assert book.scores("small") == {}
    assert book.earlier_scores("small") == {"a.ipynb": {"elbo_proof": Score(3.0)}}
    decisions.undo("A")
    assert book.scores("small") == {} == book.earlier_scores("small")


def test_a_page_of_an_earlier_version_gives_no_points_to_the_next(book, small, make):
    handed_in(book, make)
    decisions = Decisions(book, "small")
    shown = book.version("small", "a.ipynb")
    handed_in(book, make, "other content")
    with pytest.raises(Conflict, match="another version"):
        decisions.decide(*PROOF, SCORE, {"points": 4.0}, 0, "A", shown)
    assert book.scores("small") == {}
