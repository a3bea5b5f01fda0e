"""Mutants: what makes one, what runs them, what is said of them, and the list of those that no
check can kill.
"""

import ast
from dataclasses import replace
from functools import cache

import pytest
from rich.console import Console

from graders.audit import command, mutation, trials
from graders.audit.mutants import mutants, plain
from graders.audit.mutation import Score, equivalents, share, table
from graders.audit.page import panel_of_score, write_page
from graders.audit.trials import (
    DIED,
    MUTANT,
    Subject,
    Trial,
    every_exercise,
    fingerprints,
    run_all,
    subjects,
    verdicts,
)
from graders.core.exercise import check
from graders.grading.catalogue import ASSIGNMENTS, load_homework, load_topic
from graders.grading.source import standalone

HOMEWORK = load_homework("vae")
# Finite distributions: the checks of this one take a millisecond each.
NAME = "bayes_posterior"
OTHERS = every_exercise()
HOME = {exercise: homework for homework, exercise in command._work(command.homework_names())}
TOPICS = [path.stem for path in sorted(ASSIGNMENTS.glob("*.md"))]
FUNCTIONS = [entry for topic in TOPICS for entry in load_topic(topic) if entry.exercise.kind == "F"]


@cache
def of(name):
    """The mutants of an exercise by id."""
    entry = next(entry for entry in FUNCTIONS if entry.name == name)
    made = mutants(entry.topic, name, entry.solution, OTHERS)
    assert len({mutant.id for mutant in made}) == len(made)
    return {mutant.id: mutant for mutant in made}


@pytest.mark.parametrize("entry", FUNCTIONS, ids=lambda entry: entry.name)
def test_every_mutant_is_another_program(entry):
    source = plain(standalone(entry.solution, entry.name, OTHERS - {entry.name}))
    texts = [mutant.text for mutant in of(entry.name).values()]
    assert len(texts) >= 5 and source not in texts and len(set(texts)) == len(texts)
    for text in texts:
        assert any(
            isinstance(node, ast.FunctionDef) and node.name == entry.name
            for node in ast.parse(text).body
        )


def test_mutants_come_in_one_order():
    entry = HOMEWORK.entry(NAME)
    assert [m.id for m in mutants("elbo", NAME, entry.solution, OTHERS)] == list(of(NAME))
    assert "elbo.bayes_posterior:2:mul->div" in of(NAME)


def test_docstrings_defaults_and_the_text_of_errors_are_left_alone():
    source = (
        'def f(x, k=1):\n    """Half of x."""\n    # Why.\n    if x < 0:\n        raise'
        ' ValueError("x is negative")\n    return x\n'
    )
    assert (
        plain(source)
        == "def f(x, k):\n    if x < 0:\n        raise ValueError('x is negative')\n    return x"
    )
    assert not any(
        "covariance matrix" in mutant.line
        for mutant in of("kl_gaussians").values()
        if "RuntimeError" not in mutant.id
    )


@pytest.mark.parametrize(
    "change",
    [
        "detach:mu",
        "sum->mean",
        "sum:keepdim",
        "0.5->1.0",
        "square:drop",
        "return:float",
        "1->0",
        "exp:negate",
    ],
)
def test_the_changes_of_the_field_are_among_them(change):
    assert f"kl.kl_standard_normal:2:{change}" in of("kl_standard_normal")


# --- running them ---------------------------------------------------------------------------------


def planted(function_text, name=NAME):
    def make():
        names = {}
        exec(function_text, names)
        return names[name]

    return Subject(f"elbo.{name}:planted", MUTANT, name, "planted", function_text, make)


HEAD = f"def {NAME}(prior, likelihood):\n    "
WRONG = HEAD + "return likelihood / likelihood.sum()"
RIGHT = (
    HEAD
    + """joint = likelihood * prior
    if not joint.sum() > 0:
        raise ValueError
    return joint / joint.sum()"""
)
FIRST = HOMEWORK.entry(NAME).hidden[0].name


def tried(subject, folder):
    (trial,) = run_all([(HOMEWORK, subject)], folder / "results.jsonl", 1)
    return trial


def test_a_wrong_function_is_killed_and_a_right_one_is_not(tmp_path):
    assert FIRST in tried(planted(WRONG), tmp_path).killed_by
    assert tried(planted(RIGHT), tmp_path).killed_by == ()


def test_a_function_that_never_ends_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "CPU_SECONDS", 1)
    trial = tried(planted(HEAD + "while True:\n        pass"), tmp_path)
    assert trial.statuses[FIRST] == DIED and trial.killed_by == (FIRST,)


def test_nonsense_is_told_from_a_mistake(tmp_path):
    assert tried(planted(HEAD + "return prior.no_such_method()"), tmp_path).nonsense
    assert not tried(planted(WRONG), tmp_path).nonsense


def test_a_run_that_was_killed_goes_on_to_the_same_end(tmp_path):
    work = [(HOMEWORK, subject) for subject in subjects(HOMEWORK, NAME)][:12]
    whole = list(run_all(work, tmp_path / "whole", 2))
    text = (tmp_path / "whole").read_text()
    (tmp_path / "cut").write_text(text[: len(text) // 2])
    again = list(run_all(work, tmp_path / "cut", 2))
    assert len(again) == len(work) == len(whole) and sorted(again, key=lambda t: t.id) == sorted(
        whole, key=lambda t: t.id
    )


def test_only_a_check_that_has_changed_is_run_again(tmp_path):
    list(run_all([(HOMEWORK, planted(WRONG))], tmp_path / "results", 1))

    @check(NAME, "New.")
    def new(student):
        pass

    entry = HOMEWORK.entry(NAME)
    prints = fingerprints(planted(WRONG), replace(entry, hidden=(*entry.hidden, new)))
    known = trials.read(tmp_path / "results")["elbo.bayes_posterior:planted"]
    assert (
        set(known.only(prints).statuses) == {c.name for c in entry.hidden} == set(prints) - {"new"}
    )
    assert known.only(fingerprints(planted(RIGHT), entry)).statuses == {}


# --- what is said of them -------------------------------------------------------------------------


def trial(change, *killed_by, kind=MUTANT):
    statuses = {name: "failed" if name in killed_by else "passed" for name in ("first", "second")}
    return Trial(
        f"elbo.{NAME}:{change}",
        kind,
        NAME,
        f"the line of {change}",
        statuses,
        {name: "" for name in statuses},
    )


SCORE = Score(
    "vae",
    "elbo",
    NAME,
    {"first": "The first.", "second": "The second."},
    (
        trial("m", "first", kind="misconception"),
        trial("2:a", "first"),
        trial("2:b", "first", "second"),
        trial("2:c"),
        trial("2:d"),
    ),
    {f"elbo.{NAME}:2:d": "Because."},
)


def test_the_score_leaves_equivalents_out():
    assert (
        share([SCORE]) == 2 / 3
        and SCORE.redundant == ["second"]
        and SCORE.idle == SCORE.problems == []
    )
    text = table([SCORE])
    assert f"| elbo | `{NAME}` | 4 | 0 | 1 | 2 | 1 | 66.7% |" in text
    assert (
        "the line of 2:c" in text
        and "- Because.\n  - `elbo.bayes_posterior:2:d`" in text
        and f"- `{NAME}`: `second`" in text
    )


@pytest.mark.parametrize(
    ("listed", "problem"), [("2:a", "first kills it"), ("9:gone", "there is no such mutant")]
)
def test_a_wrong_list_of_equivalents_is_found(listed, problem):
    (said,) = replace(SCORE, proofs={f"elbo.{NAME}:{listed}": "Because."}).problems
    assert problem in said


def test_a_check_that_breaks_is_found():
    broken = replace(
        trial("2:e"), statuses={"first": "grader fault"}, problems={"first": "KeyError: 1"}
    )
    assert (
        broken.killed_by == ()
        and "makes the check first break: KeyError: 1"
        in replace(SCORE, trials=(broken,), proofs={}).problems[0]
    )


def test_the_page_shows_everything(tmp_path):
    write_page(tmp_path / "page.html", [panel_of_score(SCORE)])
    page = (tmp_path / "page.html").read_text()
    assert (
        "2:c" in page
        and "The second." in page
        and page.count("◆</td>") == 2
        and page.count("●</td>") == 2
    )


def test_the_command_tries_the_mutants(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "_work", lambda names: [("vae", NAME)])
    files = command.Long(tmp_path / "results", tmp_path / "table.md")
    assert (
        command.audit_homeworks(
            Console(width=200), ["vae"], False, None, 2, mutants=files, html=tmp_path / "page.html"
        )
        == 0
    )
    assert "100.00% of the mutants" in capsys.readouterr().out
    assert (
        NAME in (tmp_path / "table.md").read_text() and NAME in (tmp_path / "page.html").read_text()
    )


# --- the list of equivalents ----------------------------------------------------------------------


QUICK = ("elbo.bayes_posterior", "elbo.optimal_q", "elbo.elbo_decomposition")


def test_every_equivalent_exists_and_has_a_proof():
    for id, proof in equivalents().items():
        exercise = id.split(":")[0].split(".")[1]
        assert id in of(exercise), (
            f"{id} is listed in {mutation.EQUIVALENTS.name}, and there is no such mutant"
        )
        assert proof.endswith(".") and "\n" not in proof


# Those of finite distributions are tried in every run; `make test-all` and `critic audit --mutants`
# try all.
@pytest.mark.parametrize(
    "id",
    [
        pytest.param(id, marks=[] if id.startswith(QUICK) else [pytest.mark.slow])
        for id in equivalents()
    ],
)
def test_no_check_kills_an_equivalent(id):
    mutant = of(id.split(":")[0].split(".")[1])[id]
    homework = load_homework(HOME[mutant.exercise])
    entry = homework.entry(mutant.exercise)
    subject = Subject(
        id,
        MUTANT,
        entry.name,
        mutant.line,
        mutant.text,
        lambda: mutant.function(entry.solution.__globals__),
    )
    assert [name for name, status, _ in verdicts(homework, subject) if status != "passed"] == []
