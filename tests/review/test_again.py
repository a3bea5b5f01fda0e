"""A complaint is answered from the page: the code that a check ran, and the submission graded
again.
"""

import json
import sys
import time
from pathlib import Path

import pytest
from markupsafe import escape

from graders.bulk.called import keep_call, last_call
from graders.bulk.gradebook import Gradebook
from graders.grading.catalogue import homework_names, load_homework
from graders.grading.source import check_code
from graders.review.again import Again
from tests.review.test_changes import TOKEN, ask, served


def program(code):
    return (sys.executable, "-c", code)


def test_beside_a_failed_check_stands_the_code_that_ran(gradebook):
    with served(gradebook) as address:
        text = ask(address, f"/{TOKEN}/student/student_000")[1]
    check = load_homework("vae").entry("kl_standard_normal").hidden[0]
    first, *_ = [x for x in check_code(check.function).splitlines() if x.startswith("def ")]
    assert escape(first) in text and "The code that ran" in text and "seed 7" in text
    assert "got 3.0000, wanted 1.5000" in text


@pytest.mark.parametrize("name", homework_names())
def test_every_check_can_show_its_code(name):
    for entry in load_homework(name).graded:
        for check in (*entry.public, *entry.hidden):
            assert "def " in check_code(check.function), check.name


def ended(again):
    deadline = time.monotonic() + 20
    while again.running:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return again.state()


def test_one_run_at_a_time_and_what_it_said_when_it_failed():
    again = Again(program("import sys, time; time.sleep(0.3); sys.exit('\\n no such folder \\n')"))
    assert again.state()["running"] is False
    again.start("ada", ["grade", "vae"])
    assert again.state()["submission"] == "ada" and again.state()["running"]
    with pytest.raises(ValueError, match="ada is being graded again"):
        again.start("bob", ["grade", "vae"])
    assert ended(again)["failed"] == "no such folder"
    again.stop()


def test_a_run_ends_with_the_review():
    again = Again(program("import time; time.sleep(60)"))
    again.start("ada", ["grade"])
    again.stop()
    assert not again.running


def test_the_call_is_kept_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = {"out": tmp_path / "o", "jobs": 2, "only": ("a", "b"), "trust_submissions": True}
    with Gradebook(tmp_path / "g.sqlite") as book:
        assert last_call(book, "vae") == []
        keep_call(book, "vae", Path("in"), {**options, "roster": None, "pseudonyms": False})
        assert last_call(book, "vae") == [
            *("grade", "vae", str(tmp_path / "in"), "--out", str(tmp_path / "o")),
            *("--jobs", "2", "--only", "a", "--only", "b", "--trust-submissions"),
        ]


def test_a_submission_is_graded_again_alone_and_the_page_hears_of_the_run(gradebook, tmp_path):
    with Gradebook(gradebook) as book:
        keep_call(book, "vae", tmp_path, {"out": tmp_path})
    said = tmp_path / "said"
    code = f"import sys, time; open({str(said)!r}, 'w').write(repr(sys.argv[1:])); time.sleep(0.3)"
    again = Again(program(code))
    with served(gradebook, again) as address:
        body = {"submission": "student_003"}
        status, text, _ = ask(address, f"/{TOKEN}/again", body)
        assert status == 200 and json.loads(text)["running"]
        assert ask(address, f"/{TOKEN}/again", body)[0] == 400
        page = ask(address, f"/{TOKEN}/student/student_003")[1]
        assert 'data-running="yes"' in page
        ended(again)
        state = json.loads(ask(address, f"/{TOKEN}/grading")[1])
        assert state["running"] is False and state["failed"] == ""
        # That submission alone, whatever its name begins with.
        assert "'grade', 'vae'" in said.read_text() and "'--again=student_003'" in said.read_text()
    again.stop()


def test_without_a_call_the_next_run_grades_it(gradebook):
    with served(gradebook) as address, Gradebook(gradebook) as other:
        status, text, _ = ask(address, f"/{TOKEN}/again", {"submission": "student_003"})
        assert status == 400 and "next run" in json.loads(text)["error"]
        assert {s.engine for s in other.stamps("vae", "student_003").values()} == {""}
