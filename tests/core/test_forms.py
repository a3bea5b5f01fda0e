"""The forms of answers: what each reads, and what it says to everything else."""

import math

import pytest

from graders.core.forms import Bool, Choice, Interval, Letters, Number, Table, WrongForm

LETTERS = Letters(("A", "B", "C"))
CHOICE = Choice(("Bernoulli", "C >= 0"))
TABLE = Table(("i", "ii"), Number())


@pytest.mark.parametrize(
    ("form", "value", "read"),
    [
        (Bool(), True, True),
        (Number(), 2, 2.0),
        (Number(), -math.inf, -math.inf),
        (Interval(), [-1, 0], (-1.0, 0.0)),
        (CHOICE, " c>=0 ", "c>=0"),
        (CHOICE, "(BERNOULLI)", "bernoulli"),
        (LETTERS, {"a", "C"}, frozenset("ac")),
        (LETTERS, set(), frozenset()),
        (TABLE, {"ii": 1, "i": 0.5}, {"i": 0.5, "ii": 1.0}),
    ],
)
def test_reads(form, value, read):
    assert form.read(value) == read


@pytest.mark.parametrize(
    ("form", "value", "message"),
    [
        (Bool(), 1, "wants True or False, got 1"),
        (Bool(), "True", "wants True or False, got 'True'"),
        (Number(), True, "wants a number, got True"),
        (Number(), math.nan, "wants a number, got NaN"),
        (Interval(), 3, "wants a tuple (low, high), got 3"),
        (CHOICE, "Gauss", "wants one of 'Bernoulli', 'C >= 0', got 'Gauss'"),
        (CHOICE, None, "wants one of 'Bernoulli', 'C >= 0', got nothing (None)"),
        (LETTERS, "A", "wants a set such as {'A'}, got 'A'"),
        (LETTERS, {"D"}, "wants one of 'A', 'B', 'C', got 'D'"),
        (TABLE, {"i": 1}, "wants the keys 'i', 'ii', got 'i'"),
        (TABLE, [1], "wants a dict with the keys 'i', 'ii', got [1]"),
        (TABLE, {"i": 1, "ii": "x"}, "wants a number, got 'x' under 'ii'"),
    ],
)
def test_refuses_with_a_sentence(form, value, message):
    with pytest.raises(WrongForm) as caught:
        form.read(value)
    assert str(caught.value) == message


def test_numbers_agree_within_a_thousandth():
    assert Number().same(-1.3863, -1.386294) and Number().same(math.inf, math.inf)
    assert not Number().same(1.002, 1.0) and not Number().same(math.inf, 1.0)
    assert Interval().same((-1.0, 0.0), (-1.0005, 0.0)) and not TABLE.same(
        {"i": 1, "ii": 2}, {"i": 1, "ii": 3}
    )
