"""What may be changed through the pages, by whom, and what is left of it in the gradebook."""

import http.client
import json
import re
import threading
from contextlib import contextmanager
from urllib.parse import quote

import pytest
import uvicorn

from graders.bulk.decisions import SCORE, Conflict, Decisions
from graders.bulk.exports import own_csv
from graders.bulk.gradebook import Gradebook
from graders.bulk.scores import results_of
from graders.grading.catalogue import load_homework
from graders.review.app import make_app
from graders.review.state import Review
from tests.review.conftest import HOSTILE, PIXEL, SCRIPT, fill

TOKEN = "token-of-a-test"


@contextmanager
def served(gradebook, again=None):
    """The pages of a gradebook on a free port of this machine, as (host, port)."""
    started, stop = threading.Event(), []

    def run():
        with Gradebook(gradebook) as book:
            app = make_app(Review(book, load_homework("vae")), TOKEN, again)
            server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
            stop.append(server)
            server.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while not (stop and stop[0].started):
        started.wait(0.02)
    yield stop[0].servers[0].sockets[0].getsockname()
    stop[0].should_exit = True
    thread.join()


def ask(address, path, body=None, **headers):
    """Status and text of one request; a body makes it a change by our own page."""
    host = f"127.0.0.1:{address[1]}"
    connection = http.client.HTTPConnection(host)
    own = {"Origin": f"http://{host}", "Content-Type": "application/json"}
    sent = {**(own if body is not None else {}), **headers}
    text = None if body is None else json.dumps(body)
    connection.request("GET" if body is None else "POST", path, text, sent)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(errors="replace"), answer


def score(**changed):
    about = {"submission": "student_001", "exercise": "elbo_proof", "points": 2.5, "seen": 0}
    return {**about, "comment": "Say why Jensen applies.", "items": [0], **changed}


def test_points_are_in_the_gradebook_at_once_and_can_be_taken_back(gradebook):
    with served(gradebook) as address, Gradebook(gradebook) as other:
        status, text, _ = ask(address, f"/{TOKEN}/score", score())
        assert (status, json.loads(text)["points"]) == (200, 2.5)
        given = other.scores("vae")["student_001"]["elbo_proof"]
        assert (given.points, given.comment) == (2.5, "Say why Jensen applies.")
        assert json.loads(ask(address, f"/{TOKEN}/undo", {})[1])["undone"] == "score"
        assert other.scores("vae") == {}
        assert json.loads(ask(address, f"/{TOKEN}/undo", {})[1]) == {"undone": None}


def test_two_people_do_not_overwrite_each_other(gradebook):
    with served(gradebook) as address, Gradebook(gradebook) as other:
        ask(address, f"/{TOKEN}/score", score())
        status, text, _ = ask(address, f"/{TOKEN}/score", score(points=1))
        assert status == 409 and "somebody else has decided on student_001, elbo_proof" in text
        with pytest.raises(Conflict):
            Decisions(other, "vae").decide("student_001", "elbo_proof", SCORE, None, seen=0)
        assert other.scores("vae")["student_001"]["elbo_proof"].points == 2.5


def test_excuses_extensions_and_names_reach_what_counts(gradebook):
    with served(gradebook) as address, Gradebook(gradebook) as other:
        about = {"submission": "student_001", "exercise": "kl_standard_normal"}
        ask(address, f"/{TOKEN}/excuse", {**about, "reason": "ill", "seen": 0})
        extension = {"submission": "student_001", "days": 3, "reason": "ill", "seen": 0}
        ask(address, f"/{TOKEN}/extend", extension)
        homework = load_homework("vae")
        (result,) = [r for r in results_of(other, homework) if r.name == "student_001"]
        assert "kl_standard_normal" not in result.earned and result.extension == 3.0
        header, *rows = own_csv(results_of(other, homework)).splitlines()
        assert {line.count(",") for line in rows} == {header.count(",")}
        group = Review(other, homework).groups()[0]
        named = {"prints": group.prints, "name": "twice", "hint": "Where does a 2 come from?"}
        body = {"exercise": "kl_standard_normal", **named}
        assert json.loads(ask(address, f"/{TOKEN}/name", body)[1])["reached"] == 14
        first, *_ = results_of(other, homework)
        assert first.grade.exercises[0].diagnosis[0].name == "twice"
        assert first.grade.exercises[0].verdicts[1].hint == "Where does a 2 come from?"
        assert Review(other, homework).groups() == []


@pytest.mark.parametrize(
    "body, why",
    [
        (score(points=9), "9 points, but there are 0 to 4"),
        (score(points="many"), "could not convert"),
        (score(exercise="nothing"), "has no exercise 'nothing'"),
        (score(submission="nobody"), "nobody"),
        ({"submission": "student_001"}, "exercise"),
    ],
)
def test_a_wrong_change_is_refused_with_a_sentence(gradebook, body, why):
    with served(gradebook) as address:
        status, text, _ = ask(address, f"/{TOKEN}/score", body)
        assert status == 400 and why in json.loads(text)["error"]


def test_nobody_else_reads_or_changes_anything(gradebook):
    with served(gradebook) as address, Gradebook(gradebook) as other:
        assert ask(address, "/")[0] == ask(address, "/wrong/")[0] == 404
        assert ask(address, f"/{TOKEN}/", Host="evil.example")[0] == 400
        path = f"/{TOKEN}/score"
        for headers in (
            {"Origin": "http://evil.example"},
            {"Origin": ""},
            {"Origin": f"https://127.0.0.1:{address[1]}"},
            {"Content-Type": "text/plain"},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            assert ask(address, path, score(), **headers)[0] == 403
        connection = http.client.HTTPConnection(f"127.0.0.1:{address[1]}")
        ours = {"Origin": f"http://127.0.0.1:{address[1]}", "Content-Type": "application/json"}
        for body, why in (("[" * 99_000, "no change"), ("x" * 100_001, "too long")):
            connection.request("POST", path, body, ours)
            answer = connection.getresponse()
            assert answer.status == 400 and why in answer.read().decode()
        assert other.scores("vae") == {}
        policy = ask(address, f"/{TOKEN}/")[2].headers["content-security-policy"]
        assert "script-src 'self';" in policy and "default-src 'none'" in policy


def test_nothing_of_a_submission_is_live(tmp_path):
    answer = f"{HOSTILE} {SCRIPT} $\\text{{{SCRIPT}}}$ [x](javascript:alert(1)) ![s](s.svg)"
    (tmp_path / "s.svg").write_text("<svg onload='alert(1)'/>")
    with served(fill(tmp_path, 2, answer=answer)) as address:
        for path in ("", "exercise/elbo_proof", "student/student_000", "mistakes", "alike"):
            status, text, _ = ask(address, f"/{TOKEN}/{path}")
            assert status == 200
            live = text.replace(f'<script src="/{TOKEN}/static/review.js" defer></script>', "")
            assert "<script" not in live and "<img src=x" not in live and "<svg on" not in live
            assert 'href="javascript:' not in live


def test_every_page_of_every_student_is_there_and_others_are_not(gradebook):
    with served(gradebook) as address:
        for path in ("student/student_003", "page/student_003", "exercise/iwae_proofs"):
            assert ask(address, f"/{TOKEN}/{path}")[0] == 200
        for path in ("student/nobody", "page/nobody", "exercise/kl_standard_normal", "exercise/no"):
            assert ask(address, f"/{TOKEN}/{path}")[0] == 404
        missing = f"/{TOKEN}/exercise/elbo_proof?at={quote('no body')}"
        assert ask(address, missing)[0] == 404
        shown = ask(address, f"/{TOKEN}/exercise/elbo_proof?at=student_003")[1]
        assert "<math" in shown and "data:image/png;base64," in shown and "Student 3" in shown
        hidden = ask(address, f"/{TOKEN}/exercise/elbo_proof?at=student_003", Cookie="hide=1")[1]
        assert "Student 3" not in hidden


def test_scans_are_shown_as_what_they_are(gradebook):
    with Gradebook(gradebook) as book:
        scans = {"a b&.png": PIXEL, "p.pdf": b"%PDF-1.7", "x.svg": b"<svg onload='alert(1)'/>"}
        scans["photo.heic"] = b""
        Decisions(book, "vae").keep("student_001", {"elbo_proof": "see scan"}, scans)
    with served(gradebook) as address:
        page = ask(address, f"/{TOKEN}/exercise/elbo_proof?at=student_001")[1]
        where = f"/{TOKEN}/scan?of=student_001&amp;name="
        assert f'<img src="{where}a%20b%26.png"' in page and f'href="{where}p.pdf"' in page
        assert "x.svg is a drawing in SVG" in page and "photo.heic is empty" in page
        for name, kind in (("a%20b%26.png", "image/png"), ("p.pdf", "application/pdf")):
            status, _, answer = ask(address, f"/{TOKEN}/scan?of=student_001&name={name}")
            assert (status, answer.headers["content-type"]) == (200, kind)
            assert answer.headers["x-content-type-options"] == "nosniff"
        _, _, answer = ask(address, f"/{TOKEN}/scan?of=student_001&name=x.svg")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert ask(address, f"/{TOKEN}/scan?of=student_001&name=no.png")[0] == 404


def test_hidden_names_are_on_no_page_and_equal_names_are_told_apart(gradebook):
    with Gradebook(gradebook) as book:
        book.database.execute(
            "UPDATE submission SET people = (SELECT people FROM submission WHERE name ="
            " 'student_001') WHERE name = 'student_002'"
        )
    with served(gradebook) as address:
        page = ask(address, f"/{TOKEN}/")[1]
        assert "Student 1 · student_001" in page and "Student 1 · student_002" in page
        paths = ("", "exercise/elbo_proof", "student/student_004", "mistakes")
        alike = "alike?one=student_003&other=student_004"
        for path in (*paths, alike):
            page = ask(address, f"/{TOKEN}/{path}", Cookie="hide=1")[1]
            assert "Student 4" not in page and ">student_00" not in page and "Submission" in page


def test_a_name_is_given_once_and_to_what_is_there(tmp_path):
    """Two tabs name one group; a stale page, or a forged one, names what is not there."""
    path = fill(tmp_path, 4, factor=lambda i: (2.0, 3.0)[i % 2])
    with served(path) as address, Gradebook(path) as book:
        one, other = Review(book, load_homework("vae")).groups()
        about = {"exercise": "kl_standard_normal", "name": "twice", "hint": "Look at the factor."}

        def name(prints, **changed):
            body = {**about, "prints": prints, **changed}
            return ask(address, f"/{TOKEN}/name", body)[0]

        assert [name([]), name(["nothing"]), name(one.prints[0])] == [409] * 3
        assert name(one.prints) == 200
        assert name(one.prints, name="other", hint="Mine.") == 409
        assert name(other.prints, hint="Another hint.") == 400
        (kept,) = Review(book, load_homework("vae")).named()
        assert (kept.name, kept.hint) == ("twice", "Look at the factor.") and kept.code


def test_hidden_names_are_in_no_address_and_no_answer_either(gradebook):
    """Learning platforms name files after their authors: so do addresses, then."""
    with Gradebook(gradebook) as book:
        scans = {"student_001.png": PIXEL, "student_001.svg": b"<svg/>"}
        Decisions(book, "vae").keep("student_001", {"elbo_proof": "see scan"}, scans)
    hidden = {"Cookie": "hide=1"}
    with served(gradebook) as address:
        table = ask(address, f"/{TOKEN}/", **hidden)[1]
        links = re.findall(rf'href="(/{TOKEN}/student/[^"]+)"', table)
        student = links[1]
        one, other = (link.rpartition("/")[2] for link in links[3:5])
        pages = ["", "mistakes", f"alike?one={one}&other={other}"]
        pages += [f"exercise/elbo_proof?at={student.rpartition('/')[2]}"]
        shown = [ask(address, f"/{TOKEN}/{page}", **hidden) for page in pages]
        shown.append(ask(address, student, **hidden))
        about = {"submission": student.rpartition("/")[2], "hidden": True}
        for path, body in (
            ("score", score(**about)),
            ("score", score(**about)),
            ("undo", {"hidden": True}),
        ):
            shown.append(ask(address, f"/{TOKEN}/{path}", body, **hidden))
        shown.append(ask(address, f"/{TOKEN}/waiting/elbo_proof?after={one}", **hidden))
        assert [status for status, *_ in shown] == [200] * 6 + [409, 200, 200]
        assert not [at for _, text, _ in shown for at in re.findall(".*student_0.*", text)]
        (scan,) = set(re.findall(r'src="([^"]*/scan[^"]*)"', shown[3][1]))
        assert ask(address, scan.replace("&amp;", "&"), **hidden)[2].headers["content-type"] == (
            "image/png"
        )
        assert ask(address, f"/{TOKEN}/student/student_001")[0] == 200


def test_a_name_is_taken_back_by_whoever_gave_it(tmp_path):
    path = fill(tmp_path, 4, factor=lambda i: (2.0, 3.0)[i % 2])
    with served(path) as address, Gradebook(path) as book:
        review = Review(book, load_homework("vae"))
        before = review.groups()
        about = {"exercise": "kl_standard_normal", "name": "factor", "hint": "Look at the factor."}
        for who, group in zip("AB", before):
            assert ask(address, f"/{TOKEN}/name", {**about, "prints": group.prints, "who": who})
        assert review.groups() == [] and len(review.named()) == 1
        assert json.loads(ask(address, f"/{TOKEN}/undo", {"who": "C"})[1]) == {"undone": None}
        said = json.loads(ask(address, f"/{TOKEN}/undo", {"who": "B"})[1])["said"]
        assert said == "Taken back: the name of factor for kl_standard_normal"
        assert review.groups() == [before[1]] and len(review.named()) == 1
        ask(address, f"/{TOKEN}/undo", {"who": "A"})
        assert review.groups() == before and review.named() == []
