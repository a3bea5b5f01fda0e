"""A wrong call ends in a sentence that names what is wrong, before anybody is graded: never in a
traceback, never with status 0.
"""

import errno
import os

import pytest
from typer.testing import CliRunner

from graders.bulk.gradebook import Gradebook
from graders.cli import app
from graders.course import homeworks
from graders.course.homeworks import topic_text

GOOD = """
[course]
title = "Course"
[quick]
title = "Quick"
topics = ["kl", "elbo"]
[quick.points]
kl_to_itself = 2
elbo_proof = 4
"""
HEAD = '[quick]\ntitle = "Quick"\ntopics = ["kl"]\n'
POINTS = "[quick.points]\nkl_to_itself = 2\n"
ROSTER = "id,name,email\n1,Ada,ada@example.org\n"


@pytest.fixture
def call(tmp_path, monkeypatch, make):
    """Calls `critic` in a fresh folder with a course, a submission, a gradebook and some files."""
    course = tmp_path / "course"
    for folder in (course, tmp_path / "in"):
        folder.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv(homeworks.VARIABLE, str(course))
    (tmp_path / "in" / "a.ipynb").write_text('{"cells": [], "nbformat": 4, "nbformat_minor": 5}')
    for name, text in FILES.items():
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    (tmp_path / "in" / "large.ipynb").write_bytes(bytes(5000))
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")  # nobody writes into it: who reads it waits for ever

    def run(arguments, table=GOOD, **files):
        homeworks._tables.cache_clear()
        for name, text in {"homeworks.toml": table, "course.key": "test", **files}.items():
            data = text if isinstance(text, bytes) else text.encode()
            (course / name.replace("__", ".")).write_bytes(data)
        return CliRunner().invoke(app, arguments.split())

    return run


FILES = {
    "file": "text",
    "broken.sqlite": "no gradebook",
    "empty.sqlite": "",
    "empty.csv": "",
    "utf16.csv": "id,name\n1,Ada\n".encode("utf-16"),
    "nobody.csv": "colour,size\nred,1\n",
    "twice.csv": "id,name\n1,Ada\n1,Eve\n",
    "days.csv": "id,name,extra_days\n1,Ada,many\n",
    "nan_days.csv": "id,name,extra_days\n1,Ada,nan\n",
    "scores.csv": "submission;points\na.ipynb;2\n",
    "broken.zip": "PK",
    "a.py": "x = 1\n",
}

# What is called, and a word of what is said.
CALLS = [
    ("grade nothing in", "no homework 'nothing'"),
    ("grade quick missing", "not a folder"),
    ("grade quick file", "not a folder"),
    ("grade quick empty", "no submission"),
    ("grade quick broken.zip", "cannot be unpacked"),
    ("grade quick in --only elbo", "no exercise 'elbo'"),
    ("grade quick in --attempts first", "latest or best"),
    ("grade quick in --jobs 0", "jobs"),
    ("grade quick in --jobs many", "jobs"),
    ("grade quick in --out file", "file"),
    ("grade quick in --out file/out", "file/out"),
    ("grade quick in --out /proc/out", "/proc/out"),
    ("grade quick in --out in", "name another folder"),
    ("grade quick in --roster /dev/zero", "no file but"),
    ("grade quick in --course-key /dev/zero", "no file but"),
    ("grade quick in --course-key in/large.ipynb", "no course key"),
    ("check /dev/zero", "zero"),
    ("grade quick in --roster pipe", "no file but"),
    ("grade quick in --course-key pipe", "no file but"),
    ("score quick --file pipe", "no file but"),
    ("gradescope pipe in", "no file or folder pipe"),
    ("grade quick in --gradebook broken.sqlite", "not a gradebook"),
    ("grade quick in --gradebook empty", "empty"),
    ("grade quick in --gradebook file/book.sqlite", "file/book.sqlite"),
    ("grade quick in --course-key empty", "empty"),
    ("grade quick in --course-key file/key", "file/key"),
    ("grade quick in --roster missing.csv", "missing.csv"),
    ("grade quick in --roster empty", "empty"),
    ("grade quick in --roster empty.csv", "is empty"),
    ("grade quick in --roster nobody.csv", "no column that names a person"),
    ("grade quick in --roster twice.csv", "more than once"),
    ("grade quick in --roster days.csv", "is no number"),
    ("grade quick in --roster nan_days.csv", "is no number"),
    ("grade quick in --course missing", "holds no homeworks.toml"),
    ("grade quick in --course file", "file"),
    ("grade quick in --cluster nowhere", "cluster"),
    ("grade quick", "FOLDER"),
    ("grade quick in out", "out"),
    ("export nothing", "no homework 'nothing'"),
    ("export quick --gradebook missing.sqlite", "there is no gradebook"),
    ("export quick --gradebook broken.sqlite", "not a gradebook"),
    ("export quick --gradebook empty.sqlite", "no results"),
    ("export quick --gradebook empty", "empty"),
    ("score quick a.ipynb elbo_proof 2 --gradebook missing.sqlite", "there is no gradebook"),
    ("score quick", "SUBMISSION EXERCISE POINTS"),
    ("score quick --file missing.csv", "missing.csv"),
    ("score quick --file empty.csv", "needs the columns"),
    ("score quick --file scores.csv --gradebook empty.sqlite", "needs the columns"),
    ("score quick --file utf16.csv", "utf16.csv"),
    ("score quick --file empty", "empty"),
    ("diff quick --gradebook empty.sqlite", "never"),
    ("diff quick 1 2 --gradebook empty.sqlite", "give two runs"),
    ("diff quick one two", "integer"),
    ("diff quick --against missing.sqlite --gradebook empty.sqlite", "there is no gradebook"),
    ("total --gradebook missing.sqlite", "there is no gradebook"),
    ("total empty.sqlite", "ends in .csv"),
    ("total in/a.ipynb", "ends in .csv"),
    ("total --gradebook empty.sqlite", "no results"),
    ("review quick --gradebook missing.sqlite --no-browser", "there is no gradebook"),
    ("review nothing --gradebook empty.sqlite --no-browser", "no homework 'nothing'"),
    ("review quick --port 70000", "port"),
    ("check missing.py", "missing.py"),
    ("check empty", "empty"),
    ("audit", "HOMEWORK"),
    ("audit nothing", "no homework 'nothing'"),
    ("audit quick --seeds 0", "seeds"),
    ("build", "HOMEWORK"),
    ("build nothing", "no homework 'nothing'"),
    ("build quick --out file", "file"),
    ("gradescope missing.zip in", "missing.zip"),
    ("gradescope broken.zip in", "broken.zip"),
    ("gradescope empty in", "empty"),
    ("doctor nothing", "no homework 'nothing'"),
    ("doctor empty", "holds no homeworks.toml"),
    ("experiment nothing", "no homework 'nothing'"),
    ("experiment quick", "experiment"),
    ("experiment quick --course file", "--course"),
    ("init course", "is a course already"),
    ("init file", "file"),
    ("init new --homework nothing", "no homework 'nothing'"),
    ("demo --homework nothing", "no homework 'nothing'"),
    ("demo --homework quick --out file", "file"),
    ("new-exercise 1topic name", "1topic"),
    ("new-exercise kl", "NAME"),
    ("nothing", "No such command"),
]
# A course file, and a word of what is said of it.
TABLES = [
    ("", "no homework 'quick'"),
    ("[quick", "not valid TOML"),
    ("a = " + "[" * 5000, "not valid TOML"),
    (f"a = {'9' * 5000}", "not valid TOML"),
    (b"\xff\xfe[\x00", "homeworks.toml"),
    ("quick = 5", "needs `title`"),
    ("[quick]\n", "needs `title`"),
    (HEAD, "needs `title`"),
    (HEAD.replace('"Quick"', "5") + POINTS, "`title`"),
    (HEAD.replace('["kl"]', '"kl"') + POINTS, "`topics`"),
    (HEAD.replace('["kl"]', "[5]") + POINTS, "`topics`"),
    (HEAD.replace('["kl"]', "[]") + POINTS, "`topics`"),
    (HEAD.replace('["kl"]', '["kl", "kl"]') + POINTS, "`topics`"),
    (HEAD.replace('["kl"]', '["../kl"]') + POINTS, "'../kl'"),
    (HEAD.replace('["kl"]', '["nowhere"]') + POINTS, "'nowhere'"),
    (HEAD + "[quick.points]\n", "[quick.points]"),
    (HEAD + "[quick.points]\nkl_to_itself = '2'\n", "must be numbers"),
    (HEAD + "[quick.points]\nkl_to_itself = nan\n", "must be numbers"),
    (HEAD + "[quick.points]\nkl_to_itself = inf\n", "must be numbers"),
    (HEAD + "[quick.points]\nkl_to_itself = 1e308\n", "at most 1,000,000"),
    (HEAD + f"[quick.points]\nkl_to_itself = {10**30}\n", "at most 1,000,000"),
    (HEAD + "[quick.points]\nkl_to_itself = -1\n", "must be numbers"),
    (HEAD + "[quick.points]\nkl_to_itself = true\n", "must be numbers"),
    (HEAD + "[quick.points]\nkl_to_itself = 0\n", "[quick.points]"),
    (HEAD + "[quick.points]\nnothing = 2\n", "nothing"),
    (HEAD + "deu = 2026-10-12T23:59:00+02:00\n" + POINTS, "did you mean 'due'"),
    (HEAD + "publishd = true\n" + POINTS, "did you mean 'published'"),
    (HEAD + "published = 'yes'\n" + POINTS, "true or false"),
    (HEAD + "due = 2026-10-12\n" + POINTS, "time zone"),
    (HEAD + "due = '12.10.2026'\n" + POINTS, "time zone"),
    (HEAD + "due = 2026-10-12T23:59:00\n" + POINTS, "time zone"),
    (HEAD + "late = 5\n" + POINTS, "[quick.late]"),
    (HEAD + POINTS + "[quick.late]\npercent = 5\n", "percent"),
    (HEAD + POINTS + "[quick.late]\npercent_per_day = '5'\n", "percent_per_day"),
    (HEAD + POINTS + "[quick.late]\npercent_per_day = nan\n", "percent_per_day"),
    (HEAD + POINTS + "[quick.late]\ngrace_minutes = 1e300\n", "grace_minutes"),
    (HEAD + POINTS + "[quick.late]\ndays = -1\n", "days"),
    (HEAD + POINTS + "[quick.latte]\ndays = 1\n", "did you mean 'late'"),
    (HEAD + "given = 'kl_standard_normal'\n" + POINTS, "`given`"),
    (HEAD + "given = ['nothing']\n" + POINTS, "nothing"),
    (HEAD + "answers = 5\n" + POINTS, "[quick.answers]"),
    (HEAD + POINTS + "[quick.answers]\nkl_standard_normal = 1\n", "no answer exercise"),
    (HEAD + POINTS + "[quick.answers]\nkl_to_itself = 'zero'\n", "does not have the form"),
    (HEAD + POINTS + "[quick.environment]\nlibaries = []\n", "libraries"),
    (HEAD + "gradescope = 1\n" + POINTS, "[quick.gradescope]"),
    (HEAD + POINTS + "[quick.gradescope]\nhiden = 'visible'\n", "did you mean 'hidden'"),
    (HEAD + POINTS + "[quick.gradescope]\nhidden = 'never'\n", "hidden"),
    (HEAD + POINTS + "[quick.gradescope]\nsubmissions_per_day = 'two'\n", "submissions_per_day"),
    (
        HEAD.replace('"kl"', '"elbo"') + "[quick.points]\nelbo = 2\n",
        'add "kl", "likelihood", "reparameterization" to `topics`',
    ),
    (HEAD + POINTS + "[course]\ndrop = 1\n", "drop"),
    (HEAD + POINTS + "[course]\ndrop_lowest = 'one'\n", "drop_lowest"),
    ("course = 5\n" + HEAD + POINTS, "[course]"),
    (HEAD.replace("[quick]", '["../quick"]') + POINTS.replace("quick", '"../quick"'), "'../quick'"),
]


def explained(result, word):
    said = result.output + (result.stderr if result.stderr_bytes else "")
    assert isinstance(result.exception, (SystemExit, type(None))), repr(result.exception)
    assert result.exit_code in (1, 2) and "Traceback" not in said, said
    assert word.lower() in " ".join(said.split()).lower(), said


@pytest.mark.parametrize(("arguments", "word"), CALLS, ids=[c[0] for c in CALLS])
def test_a_wrong_call_is_explained(call, arguments, word, tmp_path):
    explained(call(arguments), word)
    assert not (tmp_path / "out" / "grades.csv").exists()


@pytest.mark.parametrize(("table", "word"), TABLES, ids=[str(i) for i in range(len(TABLES))])
def test_a_wrong_course_is_explained_before_anybody_is_graded(call, table, word, tmp_path):
    explained(call("grade quick in", table), word)
    assert not (tmp_path / "out" / "grades.csv").exists()


def test_the_doctor_of_a_course_says_everything_at_once(call, monkeypatch):
    table = (
        HEAD + "due = 2026-10-12\npublishd = true\n" + POINTS
        + HEAD.replace("quick", "two").replace('"kl"', '"elbo"') + "[two.points]\nelbo = 2\n"
    )  # fmt: skip
    result = call("doctor course", table, roster__csv="colour\nred\n")
    said = " ".join(result.output.split())
    assert result.exit_code == 1
    for part in ("time zone", "'published'", '"likelihood"', "no column that names a person"):
        assert part in said, said


def test_the_doctor_names_prompts_that_a_german_homework_has_in_english(call, tmp_path):
    table = HEAD + 'language = "de"\n' + POINTS
    assert "kl_to_itself" not in call("doctor course", table).output
    own = tmp_path / "course" / "assignments"
    own.mkdir()
    (own / "kl.md").write_text(topic_text("kl").read_text())
    said = " ".join(call("doctor course", table).output.split())
    assert "'quick' is in 'de', and the prompts of kl_to_itself are not" in said


@pytest.mark.parametrize("form", ["{}", "\ufeff{}", "sep=;\n{}", "semicolon", "tab", "utf-16"])
def test_a_roster_is_read_as_spreadsheets_write_it(tmp_path, form):
    from graders.course.people import read_roster

    text = 'id,name,email\n1,"Löve, Ada",ada@example.org\n2,Alan,alan@example.org\n'
    separator = {"semicolon": ";", "tab": "\t", "sep=;\n{}": ";"}.get(form, ",")
    rows = ["id", "name", "email"], ["1", '"Löve, Ada"', "ada@x.org"], ["2", "Alan", "al@x.org"]
    text = "".join(separator.join(row) + "\r\n" for row in rows)
    file = tmp_path / "roster.csv"
    text = form.format(text) if "{" in form else text
    file.write_bytes(text.encode("utf-16" if form == "utf-16" else "utf-8"))
    assert [(p.id, p.name) for p in read_roster(file)] == [("1", "Löve, Ada"), ("2", "Alan")]


def test_a_score_is_refused_or_kept_as_it_is_written(call, tmp_path, make):
    call("grade nothing in")
    with Gradebook(tmp_path / "g.sqlite") as book:
        make.fill(book, [])
    for points in ("", "two", "nan", "inf", "-1", "99", "1e999", "2;5"):
        result = call(f"score quick a.ipynb elbo_proof {points} --gradebook g.sqlite")
        assert result.exit_code == 2 and isinstance(result.exception, SystemExit), points


@pytest.mark.parametrize("arguments", ["export quick", "diff quick", "score quick a elbo_proof 1"])
def test_a_gradebook_that_is_torn_is_explained(call, tmp_path, arguments):
    with Gradebook(tmp_path / "torn.sqlite"):
        pass
    content = (tmp_path / "torn.sqlite").read_bytes()
    torn = content[:4096] + bytes(8192) + content[4096 + 8192 :]
    (tmp_path / "torn.sqlite").write_bytes(torn)
    explained(call(f"{arguments} --gradebook torn.sqlite"), "gradebook")


@pytest.mark.parametrize("named", ["/x/file", None])
def test_a_full_disk_is_explained(call, monkeypatch, named):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device", named)

    monkeypatch.setattr("pathlib.Path.mkdir", full)
    explained(call("init somewhere"), "no space left on device")
