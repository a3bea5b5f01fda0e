"""False fails: right solutions beside the reference, the seeds they run under, and the error
budget.
"""

from dataclasses import replace

import pytest
import torch
from rich.console import Console

from graders.audit import command, false_fail
from graders.audit.alternatives import STYLES, alternatives, double_inside
from graders.audit.false_fail import Rates, Unit, audit_false_fail, report, run_unit, stated, table
from graders.audit.trials import every_exercise
from graders.core.engine import run_check
from graders.core.exercise import check
from graders.core.host import Host
from graders.core.verdict import Failure
from graders.grading.catalogue import load_homework

NAME = "bayes_posterior"
HOMEWORK = load_homework("vae")
WORK = [("vae", NAME)]


def test_alternatives_are_other_programs_with_the_same_values():
    mu, logvar = torch.randn(4, 3, dtype=torch.float64), torch.randn(4, 3, dtype=torch.float64)
    right = HOMEWORK.entry("kl_standard_normal").solution
    found = alternatives("kl_standard_normal", right, every_exercise())
    assert set(found) == {"commuted", "reassociated", "powers", "loops", "library", "double"}
    for function in found.values():
        assert function.__code__.co_code != right.__code__.co_code
        assert torch.allclose(function(mu, logvar), right(mu, logvar), rtol=1e-12)


def test_a_rule_that_changes_nothing_gives_no_alternative():
    assert set(
        alternatives("optimal_q", HOMEWORK.entry("optimal_q").solution, every_exercise())
    ) == {"library", "double"}


def test_constants_are_rounded_to_float32():
    prior, likelihood, q = (
        torch.tensor(values, dtype=torch.float64)
        for values in ([0.5, 0.5], [0.25, 0.75], [0.5, 0.5])
    )
    right = HOMEWORK.entry("iwae_exact").solution
    error = alternatives("iwae_exact", right, every_exercise())["constants"](
        prior, likelihood, q, 3
    ) - right(prior, likelihood, q, 3)
    assert 1e-9 < abs(error) < 1e-7


def test_float64_inside_keeps_the_dtype_and_is_nearer_to_the_truth():
    values = torch.linspace(-3, 3, 1000)
    sums = double_inside(lambda x, k: (x.sum() + k, "a text"))(values.reshape(10, 100), 1e-3)
    assert (
        sums[0].dtype == torch.float32
        and sums[0] == torch.tensor(values.double().sum().item() + 1e-3)
        and sums[1] == "a text"
    )


@pytest.mark.parametrize("style", STYLES)
def test_what_is_written_by_hand_is_named_like_an_exercise(style):
    module = STYLES[style]
    written = {
        name
        for name, value in vars(module).items()
        if getattr(value, "__module__", "") == module.__name__ and not name.startswith("_")
    }
    assert len(written) > 30 and written <= every_exercise()


EVERY = command._work(command.homework_names())


def refused(homework, exercise, styles, wanted):
    """What the checks that are wanted say against right solutions in these styles."""
    course = load_homework(homework)
    entry = course.entry(exercise)
    others = (
        alternatives(exercise, entry.solution, every_exercise())
        if entry.exercise.kind == "F"
        else {}
    )
    known = {**entry.beside, **{e.name: e.solution for e in course.entries}}
    return [
        (style, verdict.check, verdict.message)
        for style in styles & set(others)
        for check in filter(wanted, (*entry.public, *entry.hidden))
        for host in [Host({**known, exercise: others[style]})]
        for verdict in [run_check(check, host, key="test", public=True, right=course.right)]
        if not verdict.passed
    ]


@pytest.mark.parametrize(("homework", "exercise"), EVERY)
def test_other_right_solutions_pass_every_check(homework, exercise):
    assert not refused(homework, exercise, {"library", "constants"}, lambda check: True)
    assert not refused(homework, exercise, {"loops"}, lambda check: check.law is None)


@pytest.mark.slow  # half a minute each: a loop in Python over 57,600 numbers
@pytest.mark.parametrize(("homework", "exercise"), EVERY)
def test_loops_pass_the_laws_of_noise(homework, exercise):
    assert not refused(homework, exercise, {"loops"}, lambda check: check.law is not None)


@pytest.mark.parametrize("homework", command.homework_names())
def test_every_homework_stays_within_its_budget(homework):
    assert sum(stated(homework).values()) <= command.BUDGET


def test_a_check_that_fails_a_right_solution_is_found(monkeypatch, capsys):
    @check(NAME, "Fails one seed in two.")
    def moody(draw):
        if draw.bits(1).item():
            raise Failure("bad luck", "the coin", "it fell on its head")

    entries = tuple(
        replace(entry, hidden=(moody,)) if entry.name == NAME else entry
        for entry in HOMEWORK.entries
    )
    monkeypatch.setattr(
        false_fail, "load_homework", lambda name: replace(HOMEWORK, entries=entries)
    )
    rates = run_unit(Unit("vae", NAME, "reference", 0, 60, ""))
    assert 10 < rates.failures["moody"] < 50 and "it fell on its head" in rates.messages["moody"]
    assert not report(Console(width=200), [rates], {}) and "moody fails" in capsys.readouterr().out


def test_a_run_that_was_killed_goes_on_to_the_same_end(tmp_path, monkeypatch):
    monkeypatch.setattr(false_fail, "CHUNK", 2)
    console = Console(quiet=True)
    whole = audit_false_fail(console, WORK, 5, 1, tmp_path / "whole")
    assert sum(rates.seeds for rates in whole if rates.solution == "reference") == 5 and not any(
        rates.failures for rates in whole
    )
    text = (tmp_path / "whole").read_text()
    (tmp_path / "cut").write_text(text[: len(text) // 2])
    again = audit_false_fail(console, WORK, 5, 1, tmp_path / "cut")
    assert sorted(again, key=lambda rates: rates.unit) == sorted(
        whole, key=lambda rates: rates.unit
    )


def test_ctrl_c_ends_the_run_with_what_is_known(tmp_path, monkeypatch, capsys):
    def interrupted(function, work, jobs):
        yield function(*work[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(false_fail, "each", interrupted)
    found = audit_false_fail(Console(width=200), WORK, 1, 1, tmp_path / "results")
    assert [rates.solution for rates in found] == ["reference"] and found == list(
        false_fail.read(tmp_path / "results").values()
    )
    assert "Interrupted: 1 of " in capsys.readouterr().out


def test_the_references_come_first(tmp_path, monkeypatch):
    order = []
    monkeypatch.setattr(false_fail, "CHUNK", 2)
    monkeypatch.setattr(
        false_fail, "each", lambda _, work, jobs: order.extend(unit for (unit,) in work) or iter(())
    )
    audit_false_fail(Console(quiet=True), WORK, 4, 1, tmp_path / "results")
    references = [unit.solution == "reference" for unit in order]
    assert references == sorted(references, reverse=True) and references[0] and not references[-1]


def test_the_table_states_budget_bound_and_failures():
    rates = [
        Rates("a", "e", "reference", 300, 2, {}, {}),
        Rates("b", "f", "reference", 100, 1, {"c": 7}, {"c": "why"}),
    ]
    text = table(rates, ["vae"], 1e-6)
    assert (
        "| `e` | reference 300 | 2 | 0 | 1e-02 |" in text
        and "| `f` | reference 100 | 1 | 7 | - |" in text
    )
    assert (
        f"| vae | {len(stated('vae'))} | 1e-09 | " in text
        and "700 runs of checks, 7 failures." in text
    )


def test_the_command_runs_right_solutions(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "_work", lambda names: WORK)
    files = command.Long(tmp_path / "results", tmp_path / "table.md")
    assert command.audit_homeworks(Console(width=200), ["vae"], False, 1, 1, right=files) == 0
    assert (
        "runs of checks on right solutions, 0 failures" in capsys.readouterr().out
        and NAME in (tmp_path / "table.md").read_text()
    )
