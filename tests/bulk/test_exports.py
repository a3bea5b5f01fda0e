"""Every export: its columns, that it can be read back, and that it says nothing too early or too
much.
"""

import csv
import io
import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from graders.bulk.exports import (
    FORMATS,
    canvas_csv,
    comments,
    grades_csv,
    gradescope_csv,
    moodle_csv,
    number,
    own_csv,
    to_json,
)
from graders.bulk.gradebook import Score
from graders.bulk.scores import results_of
from graders.bulk.totals import totals_csv
from graders.course.people import read_roster
from graders.intake.find import Found

DUE = datetime(2026, 10, 12, 21, 59, tzinfo=timezone.utc)


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def results(book, small, make):
    """Ada is complete and a day late, a group waits for a person, a stranger has a withheld grade
    and a bad name.
    """
    found = {
        "lovelaceada_41_9_hw.py": Found(
            "lovelaceada_41_9_hw.py",
            None,
            (replace(make.ada, canvas="41"),),
            DUE + timedelta(hours=3),
            handle="41",
        ),
        "Both_502_": Found(
            "Both_502_", None, (make.ada, make.alan), marked_late=True, handle="Participant 502"
        ),
    }
    grades = [
        make.grade("lovelaceada_41_9_hw.py", (0.5, 1.0), "negated"),
        make.grade("Both_502_"),
        make.grade("=cmd|' /C calc'!A0.py", (None, 1 / 3)),
    ]
    make.fill(book, grades, found)
    book.set_scores("small", {("lovelaceada_41_9_hw.py", "elbo_proof"): Score(3.5, "Say why.")})
    return results_of(book, small)


def test_grades_csv_keeps_its_form(results):
    assert grades_csv(results).splitlines() == [
        "submission,kl_to_itself,kl_standard_normal,points,possible",
        "'=cmd|' /C calc'!A0.py,,0.3333,1.3333,6",
        "Both_502_,1,1,6,6",
        "lovelaceada_41_9_hw.py,0.5,1,5,6",
    ]


def test_our_own_form_has_everything_that_counts(results):
    table = rows(own_csv(results))
    assert [(r["id"], r["days_late"], r["points"], r["complete"]) for r in table] == [
        ("", "0", "1.3333", "no"),
        ("3001", "unknown", "6", "no"),
        ("3002", "unknown", "6", "no"),
        ("3001", "1", "7.65", "yes"),
    ]
    assert (
        table[3]["elbo_proof"] == "3.5"
        and table[1]["elbo_proof"] == ""
        and table[0]["kl_to_itself"] == ""
    )


def test_canvas_reads_its_columns_and_gets_no_grade_too_early(results):
    text = canvas_csv(results)
    assert text.splitlines()[:2] == [
        "Student,ID,SIS User ID,SIS Login ID,Section,A small homework",
        "    Points Possible,,,,,10",
    ]
    table = rows(text)[1:]
    assert [
        (r["Student"], r["ID"], r["SIS User ID"], r["A small homework"]) for r in table[1:]
    ] == [
        ("Lovelace, Ada", "", "3001", ""),
        ("Turing, Alan", "", "3002", ""),
        ("Lovelace, Ada", "41", "3001", "7.65"),
    ]


def test_moodle_reads_its_worksheet(results):
    table = rows(moodle_csv(results))
    assert list(table[0]) == [
        "Identifier",
        "Full name",
        "ID number",
        "Email address",
        "Grade",
        "Maximum grade",
        "Feedback comments",
    ]
    assert [
        (r["Identifier"], r["Full name"], r["Grade"], r["Maximum grade"]) for r in table[1:]
    ] == [
        ("Participant 502", "Ada Lovelace", "", "10"),
        ("Participant 502", "Alan Turing", "", "10"),
        ("", "Ada Lovelace", "7.65", "10"),
    ]
    assert table[3]["Feedback comments"] == "elbo_proof: Say why. 1 day late."


def test_gradescope_reads_its_table_of_scores(results):
    table = rows(gradescope_csv(results))
    assert [
        (
            r["First Name"],
            r["SID"],
            r["Total Score"],
            r["Status"],
            r["Submission ID"],
            r["Lateness (H:M:S)"],
        )
        for r in table[1::2]
    ] == [
        ("Ada", "3001", "", "Ungraded", "", "00:00:00"),
        ("Ada", "3001", "7.65", "Graded", "", "24:00:00"),
    ]
    assert "kl_standard_normal (4 pts)" in table[0]


def test_json_holds_every_verdict_and_no_time(results):
    data = json.loads(to_json(results))
    ada = data["results"][2]
    assert (ada["points"], ada["possible"], ada["days_late"], ada["complete"]) == (
        7.65,
        10,
        1,
        True,
    )
    assert ada["exercises"][1]["mistakes"] == ["negated"] and ada["exercises"][2]["given"] == {
        "points": 3.5,
        "comment": "Say why.",
    }
    assert ada["exercises"][0]["checks"] == [
        {
            "check": "right_answer",
            "status": "failed",
            "public": False,
            "problem": "",
            "seed": str(2**64 - 1),
        }
    ]
    assert "seconds" not in to_json(results)


@pytest.mark.parametrize(
    ("form", "keys"),
    [
        (canvas_csv, {"Lovelace, Ada", "Turing, Alan"}),
        (moodle_csv, {"Ada Lovelace", "Alan Turing"}),
        (gradescope_csv, {"Ada Lovelace", "Alan Turing"}),
    ],
)
def test_what_a_platform_reads_is_read_back_as_the_same_people(results, tmp_path, form, keys):
    lines = form([r for r in results if r.people and r.name == "Both_502_"])
    (tmp_path / "back.csv").write_text(lines)
    back = read_roster(tmp_path / "back.csv")
    assert {p.name for p in back} == keys and {p.id for p in back} == {"3001", "3002"}


@pytest.mark.parametrize("form", [canvas_csv, moodle_csv])
def test_what_students_may_read_says_nothing_of_hidden_checks(results, form):
    assert not any(
        word in form(results)
        for word in ("right_answer", "negated", "got 7", "The answer is right")
    )
    assert "got 7" not in comments(results[0])


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_class_has_a_header(form):
    assert FORMATS[form]([])


def test_numbers_have_four_decimals_at_most():
    assert [number(v) for v in (0.0, 1.0, 2 / 3, 0.00005, 12.5, None)] == [
        "0",
        "1",
        "0.6667",
        "0.0001",
        "12.5",
        "",
    ]


def test_what_is_excused_counts_neither_for_nor_against_where_all_have_one_maximum(results):
    first = next(r for r in results if r.complete)
    others = [r for r in results if r is not first]
    whole = first.possible
    for some in ([first, *others], [replace(first, excused={"elbo_proof": "ill"}), *others]):
        canvas, moodle = rows(canvas_csv(some)), rows(moodle_csv(some))
        assert list(canvas[0].values())[-1] == number(whole)
        assert {row["Maximum grade"] for row in moodle} == {number(whole)}
        share = some[0].total / some[0].possible
        assert float(list(canvas[1].values())[-1]) == pytest.approx(share * whole, abs=1e-4)
        assert float(moodle[0]["Grade"]) == pytest.approx(share * whole, abs=1e-4)
    nothing = replace(first, excused=dict.fromkeys(first.earned, "ill"))
    assert list(rows(canvas_csv([nothing]))[1].values())[-1] == "EX"
    assert rows(moodle_csv([nothing]))[0]["Grade"] == ""
    for some in (replace(first, excused={"elbo_proof": "ill"}), nothing):
        (row,) = rows(totals_csv({"small": [some]}, 0))
        expected = 100 * some.total / some.possible if some.possible else 100
        assert float(row["small %"]) == float(row["total %"]) == pytest.approx(expected, abs=1e-3)
