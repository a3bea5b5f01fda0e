"""An outsider's attacks: by what students hand in, by another page of the browser, by another user
of the machine, and by two people who work at once.
"""

import json
import re
import stat
from collections import Counter
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from graders.bulk.by_hand import by_hand_page
from graders.bulk.decisions import EXCUSE, SCORE, Conflict, Decisions
from graders.bulk.gradebook import Gradebook
from graders.bulk.scores import results_of
from graders.course.people import Person
from graders.grading.catalogue import load_homework
from graders.grading.markdown import as_html
from graders.intake.find import Found
from graders.review import command
from tests.review.conftest import fill
from tests.review.test_changes import TOKEN, ask, score, served

PAYLOAD = "</script><script>alert(1)</script><img src=x onerror=alert(1)>'\"><svg onload=alert(1)>"
# No text of a submission becomes one of these.
LIVE = set(
    [
        "script",
        "iframe",
        "object",
        "embed",
        "form",
        "link",
        "meta",
        "style",
        "base",
        "svg",
        "video",
        "audio",
        "input",
    ]
)
ADDRESSES = re.compile(r"https?://|mailto:|#|data:image/(png|jpeg|gif|webp)[;,]")


class Reader(HTMLParser):
    """Reads a page as a browser does, and keeps what is live in it."""

    def __init__(self):
        super().__init__()
        self.live = []

    def handle_starttag(self, tag, attributes):
        found = {name: value or "" for name, value in attributes}
        addresses = [v for n, v in found.items() if n in ("href", "src", "action", "xlink:href")]
        bad = [v for v in addresses if not ADDRESSES.match(v) and not v.startswith(OWN)]
        if tag in LIVE or bad or any(name.startswith("on") for name in found):
            self.live.append((tag, found))


# The pages' own addresses begin so; no text of a submission can, for it does not know the token.
OWN = (f"/{TOKEN}/", "?one=")


def live(page):
    reader = Reader()
    reader.feed(page)
    return reader.live


ANSWERS = {
    "script": PAYLOAD,
    "link": "[x](javascript:alert(1)) [y](JaVaScRiPt:alert(1)) [z](vbscript:x) [w](file:///etc)",
    "entities": "[x](&#106;avascript:alert(1)) [y](java&#x73;cript&colon;alert(1)) &lt;script&gt;",
    "auto link": "<javascript:alert(1)> <data:text/html,x>",
    "reference": "[x][1] ![y][1]\n\n[1]: javascript:alert(1)",
    "data address": "[x](data:text/html;base64,PHNjcmlwdD4=) ![x](data:text/html,<script>)",
    "svg address": "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSkvPg==)",
    "picture of the web": "![x](http://evil.example/t.png) ![y][r]\n\n[r]: http://evil.example/t.png",
    "own address": "[x](../undo) [y](/token-of-a-test/undo) ![z][r]\n\n[r]: ../undo",
    "css": "<style>*{display:none}</style> <p style='position:fixed'>x</p> [x](x){style=x}",
    "text": r"$\text{</mtext><script>alert(1)</script>}$",
    "href": r"$\href{javascript:alert(1)}{x}$ $$\url{javascript:alert(1)}$$",
    "unicode": r"$\unicode{x3C}script\unicode{x3E}$ $\char`\<$ $\symbol{60}$",
    "class": r"$\class{desk}{x}$ $\cssId{desk}{x}$ $\style{position:fixed}{x}$",
    "html": r"$\htmlData{deed=undo}{x}$ $\html{<script>}$ $\color{red;background:url(x)}{x}$",
    "operator": r"$\operatorname{<img src=x onerror=alert(1)>}$ $\mbox{<script>x</script>}$",
    "entities in a formula": r"$&lt;script&gt;$ $\text{&lt;script&gt;alert(1)&lt;/script&gt;}$",
    "attribute": r"$\hspace{1em' onmouseover='alert(1)}$ $\rule{1em}{\"><script>}$",
    "title": "![x](data:image/png;base64,iVBOR \"x' onerror='alert(1)\")",
    "fence": '```"><script>alert(1)</script>\nx\n```\n`<script>`',
    "table": "| a |\n|:-:|\n| <script>alert(1)</script> |",
    "direction": "\u202etxt.exe \u0000 \u001b[31m",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_nothing_that_a_student_writes_is_live(answer):
    page = as_html(answer)
    assert live(page) == [] and f'="/{TOKEN}' not in page
    assert "evil.example" not in re.sub(r"\(a picture .*?\)", "", page)
    sources = re.findall(r'<img[^>]*src="([^"]*)"', page)
    assert all(re.match(r"data:image/(png|jpeg|gif|webp)[;,]", source) for source in sources)
    for tag in re.findall(r"<a\b[^>]*href[^>]*>", page):
        assert 'rel="noreferrer noopener"' in tag


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A class in which every text that a student chooses is an attack."""
    folder = tmp_path_factory.mktemp("hostile")
    path = fill(folder, 3, answer=f"{PAYLOAD}\n\n{ANSWERS['own address']}")
    with Gradebook(path) as book:
        db = book.database
        people = json.dumps([{**Person().__dict__, "name": PAYLOAD, "id": "=1+1"}])
        db.execute("UPDATE submission SET people = ?, notes = ?", (people, json.dumps([PAYLOAD])))
        for table, column in (("submission", "name"), ("result", "submission")):
            db.execute(
                f"UPDATE {table} SET {column} = ? WHERE {column} = 'student_000'", (PAYLOAD,)
            )
        db.execute(
            "UPDATE handed_in SET submission = ? WHERE submission = 'student_000'", (PAYLOAD,)
        )
        db.execute("UPDATE handed_in SET text = text || ? WHERE exercise NOT LIKE 'e%'", (PAYLOAD,))
        db.execute("UPDATE verdict SET message = ?, problem = ?", (PAYLOAD, PAYLOAD))
        decisions = Decisions(book, "vae")
        decisions.decide(
            PAYLOAD, "elbo_proof", SCORE, {"points": 1, "comment": PAYLOAD, "items": []}
        )
        decisions.decide("student_001", "kl_standard_normal", EXCUSE, PAYLOAD)
        decisions.remember("elbo_proof", PAYLOAD)
        decisions.keep("student_002", {"": PAYLOAD}, {f"{PAYLOAD}.png": b"\x89PNG\r\n\x1a\n"})
    return path


# What the templates hold, for the student's own page and for a page about a student.
TEMPLATES = {
    (False, False): {"script": 1, "link": 2},
    (False, True): {"script": 1, "link": 2, "iframe": 1},
    (True, False): {"style": 1},
}


def test_nothing_that_a_student_chooses_is_live_on_any_page(hostile):
    name = quote(PAYLOAD, safe="")
    paths = ["", "exercise/elbo_proof", f"exercise/elbo_proof?at={name}", f"student/{name}"]
    paths += ["student/student_001", "student/student_002", "mistakes", "alike", f"page/{name}"]
    with served(hostile) as address:
        for path in paths:
            status, text, _ = ask(address, f"/{TOKEN}/{path}")
            found = Counter(tag for tag, _ in live(text) if tag not in ("meta", "input"))
            assert status == 200 and found == TEMPLATES["page/" in path, "student/" in path], path
            assert not any(n.startswith("on") for _, about in live(text) for n in about)


def test_pages_without_a_server_are_as_quiet(hostile):
    with Gradebook(hostile) as book:
        for result in results_of(book, load_homework("vae")):
            page = by_hand_page(result, Found(result.name, None), (PAYLOAD, PAYLOAD))
            found = Counter(tag for tag, _ in live(page) if tag != "meta")
            assert found == {"style": 1, "a": 3}  # links to pages beside this one


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:1", "[::1]", "0"]
)
def test_another_name_for_this_machine_is_refused(gradebook, host):
    with served(gradebook) as address:
        assert ask(address, f"/{TOKEN}/", Host=host)[0] == 400
        assert ask(address, f"/{TOKEN}/score", score(), Host=host)[0] in (400, 403)


@pytest.mark.parametrize(
    "path", ["/", "//", "/%ff/", f"/{TOKEN}x/", f"/x/../{TOKEN}", "/%00", "/%C3%A9"]
)
def test_who_does_not_know_the_token_finds_nothing(gradebook, path):
    with served(gradebook) as address:
        status, text, answer = ask(address, path)
        assert status == 404 and TOKEN not in text + str(answer.headers)


def test_the_token_leaves_the_page_by_no_header(gradebook):
    with served(gradebook) as address:
        for path in ("", "exercise/elbo_proof", "static/review.js", "nothing", "scan?of=a&name=b"):
            headers = ask(address, f"/{TOKEN}/{path}")[2].headers
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["cache-control"] == "no-store"
            assert "default-src 'none'" in headers["content-security-policy"]


CHANGES = [
    {"points": float("nan")},
    {"points": float("inf")},
    {"points": -1},
    {"points": [1]},
    {"points": {}},
    {"points": 1, "items": ["x"]},
    {"points": 1, "items": 3},
    {"seen": None},
    {"seen": "x"},
    {"submission": ["student_001"]},
    {"submission": None},
    {"exercise": {"a": 1}},
    {"comment": "\ud800", "points": 1},
    {"comment": "x" * 200_000, "points": 1},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_change_that_the_page_never_makes_changes_nothing(gradebook, change):
    with served(gradebook) as address, Gradebook(gradebook) as other:
        status, text, _ = ask(address, f"/{TOKEN}/score", score(**change))
        assert status == 400 and json.loads(text)["error"]
        assert other.scores("vae") == {}


def test_undo_takes_back_what_i_decided_and_nothing_of_others(gradebook):
    with served(gradebook) as address, Gradebook(gradebook) as other:
        ask(address, f"/{TOKEN}/score", score(who="me"))
        ask(address, f"/{TOKEN}/score", score(who="you", submission="student_002"))
        assert json.loads(ask(address, f"/{TOKEN}/undo", {"who": "me"})[1])["undone"] == "score"
        assert set(other.scores("vae")) == {"student_002"}
        assert json.loads(ask(address, f"/{TOKEN}/undo", {"who": "me"})[1]) == {"undone": None}
        # What somebody else has changed since stays theirs.
        ask(address, f"/{TOKEN}/score", score(who="me", seen=2))
        ask(address, f"/{TOKEN}/score", score(who="you", seen=3, points=1))
        status, text, _ = ask(address, f"/{TOKEN}/undo", {"who": "me"})
        assert status == 409 and "somebody else" in json.loads(text)["error"]
        assert other.scores("vae")["student_001"]["elbo_proof"].points == 1


def test_excuses_and_extensions_do_not_overwrite_each_other_either(gradebook):
    with served(gradebook) as address, Gradebook(gradebook) as other:
        about = {"submission": "student_001", "exercise": "elbo_proof", "seen": 0}
        assert ask(address, f"/{TOKEN}/excuse", {**about, "reason": "ill"})[0] == 200
        assert ask(address, f"/{TOKEN}/excuse", {**about, "reason": ""})[0] == 409
        assert ask(address, f"/{TOKEN}/extend", {**about, "days": 3})[0] == 200
        assert ask(address, f"/{TOKEN}/extend", {**about, "days": 1})[0] == 409
        decisions = Decisions(other, "vae")
        assert decisions.excused()["student_001"] == {"elbo_proof": "ill"}
        assert decisions.extensions() == {"student_001": 3.0}


def test_a_gradebook_of_before_is_read(gradebook):
    with Gradebook(gradebook) as book:
        book.database.execute("ALTER TABLE decision DROP COLUMN who")
        decisions = Decisions(book, "vae")
        decisions.decide("student_001", "elbo_proof", SCORE, {"points": 1}, who="me")
        with pytest.raises(Conflict):
            decisions.decide("student_001", "elbo_proof", SCORE, None, seen=0)
        assert not decisions.undo() and decisions.undo("me")[0].kind == SCORE


def test_no_other_user_of_the_machine_reads_the_address(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(command.webbrowser, "open", opened.append)
    door = command._door(tmp_path, "http://127.0.0.1:1/secret/")
    assert opened == [door.as_uri()] and "secret" not in opened[0]
    assert stat.S_IMODE(door.stat().st_mode) == 0o600 and "secret/" in door.read_text()
