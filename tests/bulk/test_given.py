"""Points by hand in a file, as spreadsheets leave it, beside a review of the same class."""

import pytest
from rich.console import Console

from graders.bulk import bookkeeping
from graders.bulk.by_hand import scores_to_fill
from graders.bulk.command import Options
from graders.bulk.decisions import SCORE, Conflict, Decisions
from graders.bulk.scores import results_of
from graders.grading.catalogue import load_homework

NAMES = ("-rf.py", "=1+1.py", "a.py", "b.py")


@pytest.fixture
def filled(book, make):
    make.fill(book, [make.grade(name) for name in NAMES])
    return book


def score(book, content, tmp_path, capsys):
    """Status, what was said, and the points for elbo_proof that then stand."""
    file = tmp_path / "s.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    options = Options(gradebook=book.path)
    status = bookkeeping.score(Console(width=300), "small", [], file, options, tmp_path)
    standing = {n: s["elbo_proof"] for n, s in book.scores("small").items() if "elbo_proof" in s}
    return status, capsys.readouterr().out, standing


HEADER = "submission,exercise,points,comment\n"


@pytest.mark.parametrize(
    "content",
    [
        "submission;exercise;points;comment\na.py;elbo_proof;1,5;x, y\n",
        "sep=;\r\nsubmission;exercise;points;comment\r\na.py;elbo_proof;\xa01,5\xa0;x, y\r\n",
        "submission\texercise\tpoints\tcomment\r\na.py\telbo_proof\t1,5\tx, y\r\n".encode("utf-16"),
        '\ufeffcomment,points,exercise,submission,\r\n"x, y",1.5,elbo_proof,a.py,\r\n,,,,\r\n',
        HEADER + '\n a.py , elbo_proof ,"1,5","x, y"\nb.py,elbo_proof\n',
        HEADER + 'a.py,elbo_proof,1.5,"x, y"\na.py,elbo_proof,1.50,"x, y"\nb.py,elbo_proof,,\n',
    ],
)
def test_the_habits_of_spreadsheets_give_the_same_points(filled, tmp_path, capsys, content):
    status, said, standing = score(filled, content, tmp_path, capsys)
    assert status == 0 and said.startswith("1 score kept"), said
    assert {n: (s.points, s.comment) for n, s in standing.items()} == {"a.py": (1.5, "x, y")}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("submission,exercise,points\na.py,elbo_proof,1,5\n", "4 cells in the row of 'a.py'"),
        (HEADER + "a.py,elbo_proof,1,\na.py,elbo_proof,2,\n", "two rows say different things"),
        (HEADER + "a.py,elbo_proof,none,\na.py,elbo_proof,2,\n", "two rows say different things"),
        (HEADER + 'a.py,elbo_proof,1,"x\nb.py,elbo_proof,2,y\n', "cannot be read as a CSV file"),
        ("submission,exercise,points,points\na.py,elbo_proof,1,2\n", "each of them once"),
        (HEADER + "a.py,elbo_proof,,a comment\n", "'' is no number of points"),
        (HEADER + "a.py,elbo_proof,,\n", "has no points in any row"),
        (HEADER + "a.py,elbo_proof,1_0,\n", "'1_0' is no number of points"),
        (HEADER + 'a.py,elbo_proof,"1.000,5",\n', "'1.000,5' is no number of points"),
        (HEADER + "a.py,elbo_proof,1,\nb.py,elbo_proof,99,\n", "99 points, but there are 0 to 4"),
    ],
)
def test_what_may_mean_two_things_changes_nothing(filled, tmp_path, capsys, content, why):
    status, said, standing = score(filled, content, tmp_path, capsys)
    assert status == 2 and why in said and standing == {}


def test_our_own_table_comes_back_as_it_went_whatever_a_name_begins_with(filled, tmp_path, capsys):
    homework = load_homework("small")
    table = scores_to_fill(results_of(filled, homework))
    for name in ("'-rf.py", "'=1+1.py"):
        table = table.replace(f"{name},elbo_proof,,", f"{name},elbo_proof,0.3333333,'=why")
    status, _, standing = score(filled, table, tmp_path, capsys)
    assert status == 0 and standing.keys() == {"-rf.py", "=1+1.py"}
    assert {(s.points, s.comment) for s in standing.values()} == {(0.3333333, "=why")}
    again = scores_to_fill(results_of(filled, homework))
    latest = Decisions(filled, "small").latest("-rf.py", "elbo_proof", SCORE)
    assert score(filled, again, tmp_path, capsys)[2] == standing
    assert Decisions(filled, "small").latest("-rf.py", "elbo_proof", SCORE) == latest


def test_a_review_overwrites_and_undoes_no_score_of_a_file_unseen(filled, tmp_path, capsys):
    decisions = Decisions(filled, "small")
    about = ("a.py", "elbo_proof", SCORE)
    seen = decisions.decide(*about, {"points": 4.0, "comment": "", "items": []}, 0, "A")
    score(filled, HEADER + "a.py,elbo_proof,2,\n", tmp_path, capsys)
    with pytest.raises(Conflict):
        decisions.decide(*about, {"points": 3.0, "comment": "", "items": []}, seen, "A")
    with pytest.raises(Conflict):
        decisions.undo("A")
    assert filled.scores("small")["a.py"]["elbo_proof"].points == 2


def test_a_comment_of_bytes_that_are_no_text_is_kept_as_text(filled, tmp_path):
    given = ["a.py", "elbo_proof", "1"]
    options = Options(gradebook=filled.path)
    console = Console(width=300)
    # As the command line hands on what a terminal in another encoding sends.
    comment = "Sch\udcf6n\x00"
    assert bookkeeping.score(console, "small", [[*given, comment]], None, options, tmp_path) == 0
    assert filled.scores("small")["a.py"]["elbo_proof"].comment == "Sch\\xf6n\\u0000"
