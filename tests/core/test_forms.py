"""The forms of answers: what each reads, and what it says to everything else."""

import math

import numpy as np
import pytest
import torch

from graders.core.forms import Bool, Choice, Interval, Letters, Number, Table, WrongForm

LETTERS = Letters(("A", "B", "C"))
CHOICE = Choice(("Bernoulli", "C >= 0"))
NUMBERED = Choice(("1", "2", "3"))
TABLE = Table(("i", "ii"), Number())


@pytest.mark.parametrize(
    ("form", "value", "read"),
    [
        (Bool(), True, True),
        (Bool(), 1, True),
        (Bool(), np.bool_(False), False),
        (Bool(), torch.tensor([0]), False),
        (Number(), torch.tensor(-0.5), -0.5),
        (Number(), torch.tensor([[2.0]], requires_grad=True), 2.0),
        (Number(), np.float32(0.25), 0.25),
        (Number(), np.array([3]), 3.0),
        (Interval(), torch.tensor([-1.0, 0.0]), (-1.0, 0.0)),
        (Interval(), (np.float64(-1), torch.tensor(0)), (-1.0, 0.0)),
        (NUMBERED, 3, "3"),
        (NUMBERED, np.int64(3), "3"),
        (NUMBERED, torch.tensor(3.0), "3"),
        (Letters(("1", "2")), {1, "2"}, frozenset("12")),
        (Table(("a",), Bool()), {"a": np.array([1])}, {"a": True}),
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
        (Bool(), 2, "wants True or False, got 2"),
        (Bool(), torch.tensor([1, 0]), "wants True or False, got a Tensor"),
        (Number(), torch.ones(2), "wants a number, got a Tensor"),
        (Number(), torch.tensor(True), "wants a number, got a Tensor"),
        (Number(), np.zeros(0), "wants a number, got a ndarray"),
        (Number(), torch.tensor(1j), "wants a number, got a Tensor"),
        (Interval(), torch.ones(2, 2), "wants a number, got [1.0, 1.0]"),
        (NUMBERED, 2.5, "wants one of '1', '2', '3', got 2.5"),
        (NUMBERED, math.nan, "wants one of '1', '2', '3', got nan"),
        (NUMBERED, True, "wants one of '1', '2', '3', got True"),
        (LETTERS, torch.zeros(1), "wants a set such as {'A'}, got a Tensor"),
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
