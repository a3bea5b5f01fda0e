"""The audit of every exercise, as `critic audit` runs it with few seeds, and the audit's own
eyes.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from graders.audit import command
from graders.audit.audit import catches, grader_faults, soundness
from graders.audit.matrix import from_csv, rows, to_csv
from graders.core.exercise import Check, Misconception, check
from graders.grading.catalogue import load_homework

MATRIX = Path(__file__).parent / "matrix"
WORK = command._work(command.homework_names())
# `critic audit` takes 20 seeds of the reference, the run for docs/false_fail.md up to 10,000.
SEEDS = 2
# A wrong trainer is found by training with it, half a minute for all: `make test-all` and `critic
# audit`.
LONG = {"train_aevb", "train_wake_sleep"}
REFRESH = (
    "if the change is meant, refresh the table with `critic audit --all --matrix"
    " tests/audit/matrix`"
)


@pytest.mark.parametrize(
    ("homework", "exercise"),
    [
        pytest.param(*work, id=work[1], marks=[pytest.mark.slow] if work[1] in LONG else [])
        for work in WORK
    ],
)
def test_no_misconception_survives_and_no_reference_fails(homework, exercise, monkeypatch):
    monkeypatch.setattr(command, "faults", lambda *_: [])  # test_fuzz.py throws the junk
    audited = command.audit_exercise(homework, exercise, SEEDS)
    assert audited.problems == []
    committed = [
        row for row in from_csv((MATRIX / f"{audited.topic}.csv").read_text()) if row[0] == exercise
    ]
    assert rows(audited.catches) == committed, REFRESH


def test_the_stated_false_fail_probabilities_stay_within_the_budget():
    for name in command.homework_names():
        laws = [c.law for entry in load_homework(name).graded for c in entry.hidden if c.law]
        assert (
            all(law.false_fail <= 1e-9 for law in laws)
            and sum(law.false_fail for law in laws) <= command.BUDGET
        )


# What follows plants faults in the topic `kl` and sees the audit find them.

HOMEWORK = load_homework("vae")
ENTRY = HOMEWORK.entry("kl_equal_variance")


def plant(**changes):
    entry = replace(ENTRY, **changes)
    entries = tuple(entry if e.name == entry.name else e for e in HOMEWORK.entries)
    return entry, replace(HOMEWORK, entries=entries)


def test_a_survivor_is_found():
    survivor = Misconception(
        ENTRY.name, "Hint.", "equal_closed_form", ENTRY.solution, "right_after_all"
    )
    (found,) = catches(*plant(misconceptions=(survivor,)))
    assert found.problem == "survives every check"


def test_a_wrong_declaration_is_found():
    mistake = replace(ENTRY.misconceptions[0], caught_by="equal_gradients")
    (found,) = catches(*plant(misconceptions=(mistake,)))
    assert found.problem == "is caught first by equal_closed_form, declared equal_gradients"


def test_two_misconceptions_that_cannot_be_told_apart_are_found():
    twin = replace(ENTRY.misconceptions[0], name="twin")
    found = list(catches(*plant(misconceptions=(ENTRY.misconceptions[0], twin))))
    assert found[0].problem == "cannot be told from twin"


def test_a_failing_reference_is_found():
    wrong = ENTRY.misconceptions[0].value
    entry, homework = plant(solution=wrong)
    assert any(
        s.failures == s.seeds for s in soundness(entry, homework, random_seeds=3, other_seeds=3)
    )


def test_a_check_that_breaks_is_no_catch():
    @check(ENTRY.name, "Broken.")
    def broken(student):
        raise ZeroDivisionError

    assert isinstance(broken, Check)
    with pytest.raises(
        RuntimeError, match=r"the check kl_equal_variance\.broken broke: ZeroDivisionError"
    ):
        list(catches(*plant(hidden=(broken,))))
    grader_faults([])


def test_the_command_says_what_is_wrong_with_the_call(capsys):
    console = Console(width=200)
    assert command.audit_homeworks(console, ["nothing"], False, 1, 1) == 2
    assert command.audit_homeworks(console, [], False, 1, 1) == 2
    said = capsys.readouterr().out
    assert (
        "there is no homework 'nothing'" in said
        and "Which homework? Name one, or give --all." in said
    )


def test_the_report_names_misconceptions_laws_and_powers(capsys, monkeypatch):
    monkeypatch.setattr(command, "_work", lambda names: [("vae", "reparameterize")])
    assert command.audit_homeworks(Console(width=250), ["vae"], False, 2, 1) == 0
    said = capsys.readouterr().out
    assert "✓ uniform_noise: caught by noise_is_standard_normal" in said
    assert "n = 56000, a right answer fails with probability at most 1e-09" in said
    assert "power against uniform_noise: 2 of 2 seeds" in said
    assert "No misconception survives, and no reference fails." in said


def test_the_matrix_survives_being_written():
    table = [("e", "m", "first", "first second"), ("e", "n", "", "")]
    assert from_csv(to_csv(table)) == table


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"mutants": "m", "false_fail": "f"}, "--mutants and --false-fail do not go together"),
        ({"mutants": "m", "matrix": "x"}, "--mutants and --matrix do not go together"),
        ({"mutants": "m", "seeds": 3}, "--mutants and --seeds do not go together"),
        ({"false_fail": "f", "matrix": "x"}, "--false-fail and --matrix do not go together"),
        ({"false_fail": "f", "html": "h"}, "--false-fail and --html do not go together"),
        ({"families": "f", "seeds": 3}, "--families and --seeds do not go together"),
        ({"mutants": "m", "families": "f"}, "--mutants and --families do not go together"),
        ({"table": "t"}, "--table is that of --mutants, --families or --false-fail: give one"),
        ({"mutants": "m", "table": "t", "html": "h"}, ""),
        ({"false_fail": "f", "table": "t", "seeds": 3}, ""),
        ({"html": "h", "matrix": "x", "seeds": 3}, ""),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(given, sentence):
    options = {
        "mutants": None,
        "families": None,
        "false_fail": None,
        "table": None,
        "html": None,
        "matrix": None,
        "seeds": None,
    }
    assert command.unheard(**options | given) == sentence
