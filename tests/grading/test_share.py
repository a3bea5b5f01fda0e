"""Law 9: a point is earned by a value. Code that solves nothing earns nothing, everywhere."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from graders.audit.command import _work
from graders.audit.unearned import share as share_in_unearned
from graders.audit.unearned import unearned
from graders.core import expect
from graders.core.engine import run_exercise
from graders.core.exercise import check
from graders.core.fixtures import Network
from graders.core.host import Host
from graders.core.values import map_tensors
from graders.core.verdict import Status, Verdict
from graders.grading import share
from graders.grading.catalogue import homework_names, load_homework
from graders.grading.known import Talk, digest
from graders.grading.outcome import RULE
from graders.grading.share import gates, share_of

WORK = _work(homework_names())
DOCS = Path(__file__).parents[2] / "docs"


def verdicts(statuses):
    """Verdicts of checks named a, b, c, ...: "+" passed, "-" failed, "!" a check of ours broke."""
    by_mark = {"+": Status.PASSED, "-": Status.FAILED, "!": Status.GRADER_FAULT}
    return [
        Verdict("f", name, "It holds.", by_mark[mark], False)
        for name, mark in zip("abcdefghij", statuses)
    ]


@pytest.mark.parametrize(
    ("statuses", "form", "earned"),
    [
        ("++++", "", 1.0),
        ("++++", "abcd", 1.0),
        ("+++-", "", 0.5),
        ("+---", "", 0.25),
        ("+--", "", 0.33),
        ("++----", "", 0.33),
        ("+++--", "abc", 0.0),
        ("++-+-", "ab", 0.33),
        ("----", "", 0.0),
        ("+++!", "", None),
        ("+---", "abcd", 0.0),
    ],
)
def test_the_share_is_that_of_the_value_checks_and_at_most_one_half(statuses, form, earned):
    assert share_of(verdicts(statuses), lambda: set(form)) == earned


@pytest.mark.parametrize(("homework", "name"), WORK, ids=[name for _, name in WORK])
def test_nothing_is_earned_without_a_solution(homework, name):
    homework = load_homework(homework)
    assert unearned(homework.entry(name), homework) == []


def by_heart(entry):
    """A function that has learned the public checks by heart: right for their arguments alone."""
    host = Host({entry.name: entry.solution})
    talk = Talk(host)
    run_exercise(entry.public, talk, key="at home", public=True)
    plain = partial(map_tensors, function=torch.Tensor.detach)
    calls = [question.request for question in talk.questions if hasattr(question, "request")]
    known = {digest(list(call.arguments)) for call in calls}

    def function(*arguments):
        given = [a.state() if isinstance(a, Network) else plain(a) for a in arguments]
        return entry.solution(*arguments) if digest(given) in known else None

    return function


@pytest.mark.parametrize("name", ["kl_standard_normal", "model_2", "elbo"])
def test_nothing_is_earned_by_heart(name):
    homework = load_homework("vae")
    entry = homework.entry(name)
    learned = Host({**entry.beside, name: by_heart(entry)})
    public = run_exercise(entry.public, learned, key="unearned", public=True)
    assert all(verdict.passed for verdict in public)
    assert share_in_unearned(entry, homework, learned) == 0.0


def test_what_is_all_public_earns_in_parts():
    homework = load_homework("vae")
    entry = replace(homework.entry("kl_standard_normal"), hidden=())
    assert {check.name for check in entry.public} - gates(entry, homework)


def test_which_checks_earn_is_found_and_not_written_down(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    homework = load_homework("vae")
    entry = homework.entry("kl_standard_normal")

    @check(entry.name, "It is never negative.")
    def never_negative(student, draw):
        mu, logvar = draw.normal(4, 3), draw.normal(4, 3)
        got = expect.tensor(student.kl_standard_normal(mu, logvar), shape=(4,), subject="kl")
        expect.at_most(-got, got * 0, subject="minus kl")

    entry = replace(entry, hidden=(*entry.hidden, never_negative))
    found = gates(entry, homework)
    assert "never_negative" in found and "closed_form" not in found
    # A later process reads what this one has found out.
    (file,) = (tmp_path / "critic" / "gates").iterdir()
    monkeypatch.setattr(share, "_known", {})
    monkeypatch.setattr(share, "_find", lambda *a: pytest.fail("found out twice"))
    assert gates(entry, homework) == found
    file.write_text("no list")
    monkeypatch.setattr(share, "_known", {})
    monkeypatch.setattr(share, "_find", lambda *a: frozenset({"once more"}))
    assert "once more" in gates(entry, homework)


def test_an_exercise_whose_every_check_is_form_is_reported():
    homework = load_homework("vae")
    entry = homework.entry("kl_standard_normal")
    form = tuple(c for c in entry.hidden if c.name in gates(entry, homework))
    (problem,) = unearned(replace(entry, public=(), hidden=form), homework)
    assert "every check is passed by code that solves nothing" in problem


def test_a_wrong_answer_earns_nothing_for_its_form():
    homework = load_homework("vae")
    entry = homework.entry("kl_to_itself")
    formal = [
        Verdict(entry.name, c.name, c.sentence, status, False)
        for c, status in zip(
            (*entry.public, *entry.hidden), (Status.PASSED, Status.FAILED), strict=True
        )
    ]
    assert share_of(formal, partial(gates, entry, homework)) == 0.0


@pytest.mark.parametrize("page", ["students.md", "instructors.md"])
def test_the_rule_stands_on_the_pages(page):
    assert RULE in " ".join((DOCS / page).read_text().split())
