"""Law 4: no wrong function comes out right because prerequisites beside it failed, and the
reference always does.
"""

from dataclasses import replace

import pytest
from rich.console import Console

from graders.audit.command import Audited, _print
from graders.audit.stand_ins import names_used, proof
from graders.grading.catalogue import load_homework
from graders.grading.replayed import replayed
from graders.grading.stand_ins import Judging, Replaced

KEY = "test"


def entry_of(homework, name):
    homework = load_homework(homework)
    return homework.entry(name), homework


@pytest.mark.parametrize(
    ("homework", "name"),
    [
        ("vae", "model_2"),
        ("vae", "optimal_q"),
        ("wgan", "dual_function"),
        ("diffusion", "q_posterior"),
        ("gan", "generator_criterion"),
    ],
)
def test_nothing_wrong_comes_out_right_with_stand_ins_and_nothing_right_wrong(homework, name):
    found = proof(*entry_of(homework, name))
    assert found.tried and not found.holes


def test_a_hole_is_a_red_line_and_a_problem():
    """Without the check that is declared to catch it, a wrong end of the domain is not seen."""
    entry, homework = entry_of("wgan", "dual_function")
    hidden = tuple(c for c in entry.hidden if c.name in ("dual_value",))
    found = proof(replace(entry, hidden=hidden), homework)
    assert any("finite_outside comes out right when" in hole for hole in found.holes)
    audited = Audited("wgan", "duality", entry.name, (), (), (), (), {}, (), found)
    console = Console(record=True, width=200)
    _print(console, audited)
    assert "finite_outside comes out right when" in console.export_text()
    assert any("finite_outside" in problem for problem in audited.problems)


def test_a_check_that_needs_true_prerequisites_is_judged_by_its_calls():
    entry, homework = entry_of("gan", "jensen_shannon")
    check = next(c for c in entry.hidden if c.name == "jsd_of_disjoint")
    assert not check.stand_ins
    calls = replayed(check, entry.exercise, KEY, homework.right)
    assert calls.stand_ins and calls.name == check.name


def test_a_form_that_the_reference_fails_is_none():
    """With q so wide the history hangs on no code; with a linear stand-in for log q it does."""
    entry, homework = entry_of("helmholtz", "train_wake_sleep")
    check = next(c for c in entry.hidden if c.name == "wake_sleep_histories_follow_losses")
    replaced = Replaced((homework.entry("gaussian_log_prob"),), KEY)
    assert Judging(entry.exercise, replaced, homework.right, _never).able(check) is None


def _never(check):
    raise AssertionError(check.name)


def test_what_a_function_looks_up_is_found_through_what_it_calls():
    entry, _ = entry_of("vae", "reconstruction_only_loss")
    wanted = {"reparameterize": 1, "bernoulli_log_likelihood": 1, "kl_standard_normal": 1}
    assert names_used(entry.solution, wanted) == ["bernoulli_log_likelihood", "reparameterize"]
