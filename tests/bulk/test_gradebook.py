"""The gradebook: what is written comes back, results stand or not, scores by hand survive, runs are
compared.
"""

import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from rich.console import Console

from graders.bulk import bookkeeping, gradebook
from graders.bulk.command import Options
from graders.bulk.differences import between_runs
from graders.bulk.gradebook import BadGradebook, Gradebook, Score
from graders.bulk.scores import results_of
from graders.bulk.totals import totals_csv, worst
from graders.intake.find import Found

DUE = datetime(2026, 10, 12, 21, 59, tzinfo=timezone.utc)


def test_a_grade_comes_back_as_it_was(book, small, make):
    original = make.grade(
        "a\udce9.ipynb".encode("utf-8", "backslashreplace").decode(),
        (0.5, None),
        "negated",
        2.5,
        ["cell 3 raised"],
    )
    make.fill(book, [original])
    [row] = book.rows("small")
    assert book.grade(small, row) == original


def test_people_times_and_conditions_come_back(book, small, make):
    found = Found("a.ipynb", None, (make.ada, make.alan), DUE, (1, 2), True, "41")
    make.fill(book, [make.grade()], {"a.ipynb": found}, ["notes.txt is not graded"])
    assert book.rows("small")[0].found == found
    assert book.notes("small") == ["notes.txt is not graded"]
    assert book.about("small") == {
        "code": "code",
        "layers": [{"name": "no network", "state": "on"}],
    }
    assert book.homeworks() == ["small"]


def test_text_that_is_no_unicode_is_kept_readable(book, small, make):
    bad = make.grade()
    exercise = replace(bad.exercises[0], verdicts=(make.verdict(message="half a pair: \ud800"),))
    make.fill(book, [replace(bad, exercises=(exercise,))])
    assert (
        book.grade(small, book.rows("small")[0]).exercises[0].verdicts[0].message
        == "half a pair: \\ud800"
    )


def test_a_result_stands_until_what_it_depends_on_changes_and_a_withheld_one_never(book, make):
    make.fill(book, [make.grade(shares=(1.0, None))])
    assert book.stamps("small", "a.ipynb") == {"kl_to_itself": make.stamp()}
    make.fill(book, [make.grade()], stamps={"kl_to_itself": make.stamp(checks="new")})
    assert book.stamps("small", "a.ipynb") == {
        "kl_to_itself": make.stamp(checks="new"),
        "kl_standard_normal": make.stamp(),
    }


def test_a_run_that_was_broken_off_goes_on_and_a_finished_one_does_not(book):
    first = book.begin("small", {"only": []}, "code")
    assert book.begin("small", {"only": []}, "code") == first
    assert book.begin("small", {"only": []}, "other code") != first
    last = book.begin("small", {"only": ["kl_to_itself"]}, "code")
    book.finish(last)
    assert book.begin("small", {"only": ["kl_to_itself"]}, "code") != last


def test_only_what_the_last_run_found_is_exported_and_the_rest_is_kept(book, small, make):
    make.fill(book, [make.grade("a.py"), make.grade("b.py")])
    make.fill(book, [make.grade("b.py")])
    assert [row.found.name for row in book.rows("small")] == ["b.py"]
    assert book.stamps("small", "a.py")


def test_two_runs_do_not_write_into_one_gradebook(book):
    with (
        book.grading(),
        Gradebook(book.path) as other,
        pytest.raises(BadGradebook, match="another run is grading into"),
        other.grading(),
    ):
        pass
    with book.grading():
        pass


def test_a_locked_gradebook_says_who_holds_it_and_is_waited_for(book, monkeypatch, capsys):
    for name in ("OPENING", "SOON", "WAIT"):
        monkeypatch.setattr(gradebook, name, 0)
    code = (
        "import sqlite3, sys\nheld = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "held.execute('BEGIN EXCLUSIVE')\nprint('held', flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(book.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        said = rf"locked for 0 s by \S+ \(process {other.pid}\)"
        with pytest.raises(BadGradebook, match=said), book.transaction():
            pass
        other.communicate()
    assert f"(process {other.pid}): waiting for up to 0 s" in capsys.readouterr().err
    with book.transaction():
        pass


def test_nobody_else_may_read_a_gradebook(book, make):
    make.fill(book, [make.grade()])
    assert {
        p.stat().st_mode & 0o077
        for p in book.path.parent.glob("gradebook.sqlite*")
        if not p.name.endswith(".lock")
    } == {0}


@pytest.mark.parametrize(
    "content", [b"this is a text file, and quite a long one to be sure of it" * 20, None]
)
def test_files_that_are_no_gradebook_are_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "g.sqlite"
    if content:
        path.write_bytes(content)
    else:
        with sqlite3.connect(path) as other:
            other.execute("PRAGMA user_version = 99")
    with pytest.raises(BadGradebook, match="is not a gradebook of this program"):
        Gradebook(path)
    assert content is None or path.read_bytes() == content


def test_a_person_goes_before_the_machine_and_survives_a_regrade(book, small, make):
    make.fill(book, [make.grade(shares=(0.5, 1.0))])
    book.set_scores(
        "small",
        {
            ("a.ipynb", "kl_to_itself"): Score(2.0, "The sign was ours."),
            ("a.ipynb", "elbo_proof"): Score(3.0),
        },
    )
    for _ in range(2):
        [result] = results_of(book, small)
        assert (
            result.earned == {"kl_to_itself": 2.0, "kl_standard_normal": 4.0, "elbo_proof": 3.0}
            and result.complete
        )
        assert result.shares() == {"kl_to_itself": 1.0, "kl_standard_normal": 1.0} and (
            result.total,
            result.possible,
        ) == (9.0, 10.0)
        make.fill(book, [make.grade(shares=(0.25, 1.0))], code="newer")
    book.set_scores("small", {("a.ipynb", "kl_to_itself"): None})
    assert results_of(book, small)[0].earned["kl_to_itself"] == 0.5


def test_what_is_not_yet_known_is_not_zero(book, small, make):
    make.fill(book, [make.grade(shares=(None, 1.0))])
    [result] = results_of(book, small)
    assert (
        result.earned == {"kl_to_itself": None, "kl_standard_normal": 4.0, "elbo_proof": None}
        and not result.complete
    )
    assert list(results_of(book, small, only=("kl_to_itself",))[0].earned) == ["kl_to_itself"]


def test_lateness_takes_off_and_extensions_give_back(book, small, make):
    late = {
        "ada.py": Found("ada.py", None, (make.ada,), DUE + timedelta(days=1, hours=1)),
        "alan.py": Found("alan.py", None, (make.alan,), DUE + timedelta(days=1)),
    }
    make.fill(book, [make.grade("ada.py"), make.grade("alan.py")], late)
    ada, alan = results_of(book, small)
    assert (ada.days_late, ada.before_lateness, ada.total) == (2, 6.0, pytest.approx(4.8)) and (
        alan.days_late,
        alan.total,
    ) == (0, 6.0)


def test_the_best_attempt_counts_and_of_equal_ones_the_first(book, small, make):
    found = {
        f"{n}.py": Found(f"{n}.py", None, (make.ada,), DUE + timedelta(minutes=-n))
        for n in (1, 2, 3)
    }
    make.fill(book, [make.grade("1.py"), make.grade("2.py"), make.grade("3.py", (0.5, 1.0))], found)
    assert [r.name for r in results_of(book, small, best=True)] == ["2.py"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"checks": "new"}, "the checks of this exercise, or of one that it requires, changed"),
        ({"content": "new"}, "the submission changed"),
        ({"engine": "new"}, "the program changed"),
        ({"course_key": "new"}, "another course key"),
        ({"trusted": True}, "isolation was switched on or off"),
        ({}, "nothing that a result depends on changed"),
    ],
)
def test_diff_says_what_changed_and_why(book, make, changed, reason):
    first = make.fill(book, [make.grade()])
    second = make.fill(
        book,
        [make.grade(shares=(0.5, 1.0))],
        stamps={"kl_to_itself": make.stamp(**changed)},
        code="new",
    )
    [change] = between_runs(book, "small", first, second)
    assert str(change).startswith(
        f"a.ipynb kl_to_itself: 1 -> 0.5 ({reason}"
    ) and "[right_answer: passed -> failed]" in str(change)
    assert between_runs(book, "small", first, first) == []


def test_diff_lists_what_is_new_and_what_is_gone(book, make):
    first = make.fill(book, [make.grade("a.py")])
    second = make.fill(book, [make.grade("a.py"), make.grade("b.py")], code="new")
    assert (
        str(between_runs(book, "small", first, second)[0])
        == "b.py kl_standard_normal: withheld or absent -> 1 (graded for the first time)"
    )
    assert "not in the later one" in str(between_runs(book, "small", second, first)[0])


def test_the_total_drops_the_worst_and_counts_what_is_missing_as_zero(book, small, make):
    make.fill(book, [make.grade("a.py")], {"a.py": Found("a.py", None, (make.ada,))})
    [one] = results_of(book, small)
    other = replace(one, given={"elbo_proof": Score(4.0)})
    text = totals_csv({"h1": [one], "h2": [other], "h3": []}, 1)
    assert text.splitlines()[1] == "3001,Ada Lovelace,ada@example.org,60,100,100,h1,100,h1"
    assert worst({"a": 1, "b": 2}, {"a": 2, "b": 4}, 5) == ["a"] and worst({}, {}, 0) == []
    assert (
        totals_csv(
            {"h1": [replace(one, row=replace(one.row, found=Found("loose.py", None)))]}, 0
        ).splitlines()[1]
        == ",loose.py,,60,,60,h1"
    )


@pytest.fixture
def filled(book, make):
    make.fill(book, [make.grade("a.py"), make.grade("b.py", (0.5, 1.0))])
    return book


def run(command, *arguments, capsys):
    status = command(Console(width=300), *arguments)
    return status, capsys.readouterr().out


def test_scores_are_given_by_hand_and_by_file_and_exported(filled, tmp_path, capsys):
    options, out = Options(gradebook=filled.path), tmp_path / "out"
    file = tmp_path / "s.csv"
    file.write_text(
        "submission,exercise,points,comment\na.py,elbo_proof,3.5,Say why.\nb.py,elbo_proof,4,\n"
    )
    assert run(
        bookkeeping.score,
        "small",
        [["a.py", "kl_to_itself", "1", "Once."]],
        file,
        options,
        out,
        capsys=capsys,
    ) == (
        0,
        "3 scores kept; `critic export small` writes grades and feedback with them.\n",
    )
    status, said = run(bookkeeping.export, "small", out, options, capsys=capsys)
    assert status == 0 and "Exports:" in said
    assert (out / "grades.csv").read_text().splitlines()[1] == "a.py,0.5,1,5,6"
    page = (out / "feedback" / "a.py.html").read_text()
    assert (
        "Say why." in page
        and "points by your instructor · 3.5 / 4" in page
        and "<strong>8.5</strong> of 10" in page
    )
    assert json.loads((out / "records" / "a.py.json").read_text())["code"] == "code"
    assert run(
        bookkeeping.score,
        "small",
        [["a.py", "kl_to_itself", "none", ""]],
        None,
        options,
        out,
        capsys=capsys,
    )[1].startswith("0 scores kept, 1 taken back")
    assert filled.scores("small")["a.py"].keys() == {"elbo_proof"}


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (["a.py", "nothing", "1"], "has no exercise 'nothing'"),
        (["z.py", "elbo_proof", "1"], "no submission 'z.py' in the gradebook"),
        (["a.py", "elbo_proof", "many"], "'many' is no number of points"),
        (["a.py", "elbo_proof", ""], "'' is no number of points; to take a score back"),
        (["a.py", "elbo_proof", "5"], "5 points, but there are 0 to 4"),
        (["a.py", "elbo_proof", "-1"], "-1 points, but there are 0 to 4"),
        (["a.py", "elbo_proof", "nan"], "nan points, but there are 0 to 4"),
        (None, "give SUBMISSION EXERCISE POINTS, or --file"),
    ],
)
def test_scores_that_make_no_sense_change_nothing(filled, tmp_path, capsys, row, sentence):
    rows = [["a.py", "kl_to_itself", "1"], row] if row else []
    status, said = run(
        bookkeeping.score,
        "small",
        rows,
        None,
        Options(gradebook=filled.path),
        tmp_path,
        capsys=capsys,
    )
    assert status == 2 and sentence in said and filled.scores("small") == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n", "needs the columns submission, exercise, points"),
        (b"\0" * 9, "cannot be read as a CSV file"),
    ],
)
def test_score_files_that_cannot_be_used(filled, tmp_path, capsys, text, sentence):
    (tmp_path / "s.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    status, said = run(
        bookkeeping.score,
        "small",
        [],
        tmp_path / "s.csv",
        Options(gradebook=filled.path),
        tmp_path,
        capsys=capsys,
    )
    assert status == 2 and sentence in said


def test_diff_and_total_as_commands(filled, make, tmp_path, capsys):
    options = Options(gradebook=filled.path)
    assert (
        "has been graded once: two runs are needed"
        in run(bookkeeping.diff, "small", [], None, options, tmp_path, capsys=capsys)[1]
    )
    make.fill(filled, [make.grade("a.py", (0.5, 1.0)), make.grade("b.py", (0.5, 1.0))], code="new")
    assert (
        run(bookkeeping.diff, "small", [], None, options, tmp_path, capsys=capsys)[1].splitlines()[
            -1
        ]
        == "1 score of small changed from run 1 to run 2."
    )
    assert run(bookkeeping.diff, "small", [2, 1], None, options, tmp_path, capsys=capsys)[0] == 0
    assert run(bookkeeping.diff, "small", [7, 8], None, options, tmp_path, capsys=capsys) == (
        2,
        "Cannot do that: give two runs of small; there are 1, 2\n",
    )
    assert (
        "0 scores of small changed from"
        in run(bookkeeping.diff, "small", [], filled.path, options, tmp_path, capsys=capsys)[1]
    )
    assert run(bookkeeping.total, tmp_path / "t.csv", options, tmp_path, capsys=capsys)[0] == 0
    assert (tmp_path / "t.csv").read_text().startswith("id,name,email,small %,dropped,total %")


def test_without_a_gradebook_or_results_the_commands_say_so(book, tmp_path, capsys):
    assert (
        "there is no gradebook"
        in run(
            bookkeeping.export,
            "small",
            tmp_path,
            Options(gradebook=tmp_path / "none"),
            capsys=capsys,
        )[1]
    )
    assert (
        run(bookkeeping.export, "small", tmp_path, Options(gradebook=book.path), capsys=capsys)[1]
        == f"Cannot do that: {book.path} holds no results of 'small'; it holds none at all\n"
    )


def test_the_gradebook_of_a_course_is_in_its_folder(course, tmp_path):
    assert (
        Options().book(tmp_path) == course / "gradebook.sqlite"
        and Options(gradebook=tmp_path / "g").book(tmp_path) == tmp_path / "g"
    )
    assert Options().people() == []
    (course / "roster.csv").write_text("id\n1\n")
    assert [p.id for p in Options().people()] == ["1"]
