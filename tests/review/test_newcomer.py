"""What somebody needs who has never seen the pages: numbers that say what they are, nothing that
waits unseen, and errors that say what to do.
"""

import json

import pytest

from graders.bulk.decisions import SCORE, Decisions
from graders.bulk.gradebook import Gradebook
from graders.bulk.scores import results_of
from graders.grading.catalogue import load_homework
from graders.review.pages import Pages
from graders.review.state import Review
from tests.review.conftest import PIXEL
from tests.review.test_changes import TOKEN, ask, score, served

VAE = load_homework("vae")


@pytest.fixture
def some_silent(gradebook):
    """Of twenty, three wrote nothing, and one of these handed in a photograph."""
    with Gradebook(gradebook) as book:
        decisions = Decisions(book, "vae")
        for name, scans in (("003", {}), ("007", {"a.png": PIXEL}), ("011", {})):
            decisions.keep(f"student_{name}", {}, scans)
    return gradebook


def post(address, path, **asked):
    status, text, _ = ask(address, f"/{TOKEN}/{path}", {"who": "me", **asked})
    assert status == 200, text
    return json.loads(text)


def test_the_mean_and_the_points_of_a_student_are_of_the_same_sum(gradebook):
    with served(gradebook) as address:
        page = ask(address, f"/{TOKEN}/")[1]
    with Gradebook(gradebook) as book:
        results = results_of(book, VAE)
    possible = results[0].possible
    assert {r.possible for r in results} == {possible}
    assert f"mean so far, of {possible:g} points" in page and f"/ {possible:g}</td>" in page
    waits = sum(VAE.points[n] for n, points in results[0].earned.items() if points is None)
    assert f"counts as 0 so far: up to {waits:g} of the {possible:g} points" in page


def test_who_wrote_nothing_is_named_and_gets_nothing_at_once(some_silent):
    with served(some_silent) as address, Gradebook(some_silent) as book:
        review = Review(book, VAE)
        progress = review.progress("elbo_proof")
        assert (progress.answers, progress.silent) == (18, ("student_003", "student_011"))
        page = ask(address, f"/{TOKEN}/exercise/elbo_proof?at=student_007")[1]
        assert "0 of 18 answers graded, 2 students wrote nothing" in page
        for exercise in review.questions:
            answered = review.decisions.answered(exercise)
            for name in answered:
                review.decisions.decide(name, exercise, SCORE, {"points": 3.0})
        assert "2 students wrote nothing for <strong>elbo_proof" in ask(address, f"/{TOKEN}/")[1]
        assert post(address, "silent", exercise="elbo_proof")["given"] == 2
        assert [book.scores("vae")[n]["elbo_proof"].points for n in progress.silent] == [0, 0]
        assert "Nothing was written" in book.scores("vae")["student_003"]["elbo_proof"].comment
        # What was decided at once is taken back at once, but not what somebody else changed since.
        Decisions(book, "vae").decide("student_003", "elbo_proof", SCORE, {"points": 2.0})
        assert (
            post(address, "undo")["said"] == "Taken back: the points of 2 students for elbo_proof"
        )
        given = book.scores("vae")
        assert given["student_003"]["elbo_proof"].points == 2 and "student_011" not in given


def test_nobody_gets_nothing_for_a_function(gradebook):
    with served(gradebook) as address:
        asked = {"exercise": "kl_standard_normal", "who": "me"}
        assert ask(address, f"/{TOKEN}/silent", asked)[0] == 400


def test_what_stands_already_is_not_decided_once_more(gradebook):
    with served(gradebook) as address:
        first = post(address, "score", **score())
        done = post(address, "score", **score(seen=first["seen"], done=True))
        assert done["seen"] == first["seen"] and done["progress"].startswith("1 of 20")
        said = post(address, "undo")["said"]
        assert said == "Taken back: the points of Student 1 for elbo_proof"
        hidden = post(address, "score", **score(seen=first["seen"] + 1))
        assert hidden["seen"] == 3
        said = post(address, "undo", hidden=True)["said"]
        assert said == "Taken back: the points of Submission 2 for elbo_proof"
        assert post(address, "undo") == {"undone": None}


def test_what_a_machine_found_is_overruled_for_a_reason_only(gradebook):
    about = {"exercise": "kl_standard_normal", "items": []}
    with served(gradebook) as address:
        status, text, _ = ask(address, f"/{TOKEN}/score", score(**about, comment=" "))
        assert status == 400 and "say why" in text
        status, text, _ = ask(address, f"/{TOKEN}/excuse", score(reason=""))
        assert status == 400 and "say why" in text
        assert post(address, "score", **score(**about))["said"].endswith("2.5 points, kept")
        back = post(address, "score", **score(**about, points=None, seen=1))
        assert back["said"] == "kl_standard_normal: as found"


def test_a_copy_of_the_file_alone_has_what_was_clicked_while_a_review_runs(gradebook, tmp_path):
    with served(gradebook) as address:
        post(address, "score", **score())
        copy = tmp_path / "copy.sqlite"
        copy.write_bytes(gradebook.read_bytes())
    with Gradebook(copy) as book:
        assert book.scores("vae")["student_001"]["elbo_proof"].points == 2.5


def test_a_page_that_is_not_there_leads_back(gradebook, monkeypatch):
    def broken(*_):
        raise ValueError("<b>why</b>")

    monkeypatch.setattr(Pages, "mistakes", broken)
    with served(gradebook) as address:
        for path, code in (("student/nobody", 404), ("nothing", 404), ("mistakes", 500)):
            status, page, answer = ask(address, f"/{TOKEN}/{path}")
            assert status == code and f'href="/{TOKEN}/">Back to the class' in page, path
            assert "script-src 'self'" in answer.headers["content-security-policy"]
            assert "why" not in page
        status, page, _ = ask(address, "/another-token/")
        assert status == 404 and "Every start of <code>critic review</code>" in page
        _, text, _ = ask(address, f"/{TOKEN}/score", score(), Origin="http://evil.example")
        assert "load it again" in json.loads(text)["error"]
