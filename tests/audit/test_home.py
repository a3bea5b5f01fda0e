"""What a student can find at home, and that no hint which ships is beyond reach."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from graders.audit import home
from graders.core import expect
from graders.core.exercise import check
from graders.core.hints import alike, all_hints, folders, plain, told_apart, with_hint
from graders.core.local import check_exercise

ROOT = Path(__file__).parent.parent.parent
REFRESH = "run `python -m graders.audit.home --write > docs/at_home.md`"


@pytest.fixture(scope="module")
def every():
    return home.runs()


@pytest.mark.slow
def test_the_page_is_up_to_date(every):
    page = home.page(list(map(home.at_home, every)))
    assert (ROOT / "docs" / "at_home.md").read_text() == page, REFRESH


@pytest.mark.slow
def test_the_hints_that_ship_are_up_to_date(every):
    folder = folders()[0]
    shipped = {path.stem: path.read_text() for path in folder.glob("*.json")}
    assert shipped == home.files(every), REFRESH


@pytest.mark.slow  # `critic audit` asks the same
@pytest.mark.parametrize("topic", [path.stem for path in sorted(folders()[0].glob("*.json"))])
def test_every_hint_of_a_public_check_is_reached(topic):
    """A hint that no known mistake meets was never tried; `critic audit` says so too."""
    assert [said for e in home.functions() if e.topic == topic for said in home.dead_hints(e)] == []


def test_a_hint_that_nothing_reaches_is_named():
    entry = next(e for e in home.functions() if e.name == "kl_equal_variance")

    @check("kl_equal_variance", "It is a number.")
    def public(student):
        one = torch.ones(1, dtype=torch.float64)
        got = student.kl_equal_variance(one, 0 * one, one)
        expect.close(got, one / 2, subject="it", mistakes=((-7.0 * one, "Nobody gets -7."),))

    (said,) = home.dead_hints(replace(entry, public=(public,)))
    assert "Nobody gets -7." in said


@pytest.mark.slow
def test_most_mistakes_are_found_and_explained_at_home(every):
    found = list(map(home.at_home, every))
    assert sum(bool(one.found_by) for one in found) >= 0.85 * len(found)
    assert sum(bool(one.hint) for one in found) >= 0.75 * len(found)


def test_a_mistake_is_explained_in_the_notebook():
    def half(mu, logvar):
        return (logvar.exp() + mu.square() - 1 - logvar).sum(-1) / 2 + 1

    known = all_hints()["kl_standard_normal"]
    got = check_exercise("kl_standard_normal", {"kl_standard_normal": half})[0].evidence.got
    mistakes = [one for check in known.values() for one in check]
    assert mistakes and all(isinstance(one["hint"], str) for one in mistakes)
    assert plain(got) == [1.0, 1.0, 1.0]


def test_values_are_compared_in_their_nesting_and_up_to_rounding():
    assert alike([[1.0, 2.0]], [[1.0000001, 2.0]]) and not alike([1.0, 2.0], [[1.0, 2.0]])
    assert alike(float("nan"), float("nan")) and alike(float("inf"), float("inf"))
    assert not alike(1.0, 1.001) and not alike("a", 1.0)
    assert plain(torch.zeros(100)) is None and plain(object()) is None


def test_a_value_of_two_ideas_names_none():
    assert list(told_apart([(1.0, "a"), (1.0, "b"), (2.0, "c"), (2.0, "c")])) == [(2.0, "c")] * 2


def test_a_check_that_passes_gets_no_hint():
    (verdict,) = check_exercise("kl_to_itself", {"kl_to_itself": 0})
    assert with_hint(verdict) == verdict and verdict.hint == ""
    assert json.dumps(verdict.hint) == '""'
