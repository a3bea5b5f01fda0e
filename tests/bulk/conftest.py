"""Makers of grades, gradebooks and courses for the tests of this room."""

import fcntl
import json
import os

import pytest

from graders.bulk.gradebook import Gradebook, Stamp
from graders.core.verdict import Status, Verdict
from graders.course import homeworks
from graders.course.people import Person
from graders.grading.catalogue import load_homework
from graders.grading.grade import Diagnosed, ExerciseGrade, Grade
from graders.intake.find import Found

# Two exercises, one of them written, and a deadline.
SMALL = """
[course]
title = "Generative models"
drop_lowest = 1

[small]
title = "A small homework"
topics = ["kl", "elbo"]
due = 2026-10-12T23:59:00+02:00
[small.late]
grace_minutes = 10
percent_per_day = 10
days = 3
[small.points]
kl_to_itself = 2
kl_standard_normal = 4
elbo_proof = 4
"""


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Makes a folder once for all processes of a test run: what `make(folder)` returned (plain
    data), and the folder. Tests only read it.
    """
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root

    def made(name, make):
        with (root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            said = root / f"{name}.json"
            if not said.exists():
                (root / name).mkdir()
                said.write_text(json.dumps(make(root / name)))
        return json.loads(said.read_text()), root / name

    return made


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The folder of a course; every test may write another homeworks.toml before it first looks at
    it.
    """
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "homeworks.toml").write_text(SMALL)
    monkeypatch.setenv(homeworks.VARIABLE, str(folder))
    return folder


@pytest.fixture
def small(course):
    return load_homework("small")


@pytest.fixture
def quick(tmp_path, monkeypatch, request):
    """The homework `quick` of a course with a key: that which the test's file describes in
    COURSE.
    """
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "homeworks.toml").write_text(request.module.COURSE)
    (folder / "course.key").write_text("test")
    monkeypatch.setenv(homeworks.VARIABLE, str(folder))
    return load_homework("quick")


def verdict(exercise="kl_to_itself", status=Status.PASSED, public=False, **more):
    return Verdict(exercise, "right_answer", "The answer is right.", status, public, **more)


def grade(name="a.ipynb", shares=(1.0, 1.0), mistake="", seconds=1.0, notes=()):
    """A grade of the small homework. A share below 1 may show a mistake of `kl_standard_normal`;
    None is withheld.
    """
    exercises = []
    for exercise, share, possible in zip(
        ("kl_to_itself", "kl_standard_normal"), shares, (2.0, 4.0)
    ):
        status = (
            Status.PASSED if share == 1 else Status.GRADER_FAULT if share is None else Status.FAILED
        )
        found = (
            (Diagnosed(mistake, f"Think about {mistake}."),)
            if mistake and exercise == "kl_standard_normal"
            else ()
        )
        exercises.append(
            ExerciseGrade(
                exercise,
                (verdict(exercise, status, message="got 7, wanted 9", seed=2**64 - 1),),
                share,
                possible,
                found,
            )
        )
    return Grade(name, "small", tuple(exercises), tuple(notes), {"checks": seconds})


def stamp(**changed):
    return Stamp("content", "engine", "checks", "key", False)._replace(**changed)


def fill(book, grades, found=None, notes=(), code="code", stamps=None):
    """A finished run with these grades; `found` tells more of some of them, by name."""
    run = book.begin("small", {}, code)
    items = [(found or {}).get(g.submission, Found(g.submission, None)) for g in grades]
    book.register(run, "small", [(item, "content") for item in items], notes)
    for g in grades:
        book.add(
            run,
            g,
            {e.name: (stamps or {}).get(e.name, stamp()) for e in g.exercises},
            [{"name": "no network", "state": "on"}],
        )
    book.finish(run)
    return run


@pytest.fixture
def book(tmp_path, course):
    with Gradebook(tmp_path / "book" / "gradebook.sqlite") as opened:
        yield opened


ADA = Person("3001", "Ada Lovelace", "ada@example.org", "ada", "T1")
ALAN = Person("3002", "Alan Turing", "alan@example.org", "alan", "T2", extra_days=2)


@pytest.fixture
def make():
    """The makers above, for tests that cannot import this file."""

    class Makers:
        pass

    makers = Makers()
    for function in (verdict, grade, stamp, fill):
        setattr(makers, function.__name__, function)
    makers.ada, makers.alan = ADA, ALAN
    return makers
