"""How two lists of numbers are related, said of every exercise whose mistake nobody foresaw."""

import pytest
import torch

from graders.core import relation
from graders.core.local import check_exercise
from graders.core.relation import (
    AXIS_LOST,
    AXIS_MORE,
    CONSTANT,
    EXCHANGED,
    HALF,
    LOST,
    MULTIPLE,
    NOT_A_NUMBER,
    ONE_FOR_ALL,
    SIGN,
    TWICE,
)

WANTED = torch.tensor([[0.3, -1.7], [2.9, 0.0]], dtype=torch.float64)
ONE = torch.tensor(3.0)


@pytest.mark.parametrize(
    ("got", "wanted", "said"),
    [
        (2 * WANTED, WANTED, TWICE),
        (-WANTED, WANTED, SIGN),
        (WANTED / 2, WANTED, HALF),
        (WANTED * 0.3, WANTED, MULTIPLE),
        (WANTED + 0.3, WANTED, CONSTANT),
        (WANTED.abs(), WANTED, LOST),
        (-ONE, ONE, SIGN),
        (ONE + 1, ONE, ""),  # one number is a multiple of every other
        (ONE * 0, ONE, ""),
        (WANTED.square(), WANTED, ""),
        (WANTED * 0, WANTED, ""),
        (WANTED * float("nan"), WANTED, ""),
        (WANTED[0], WANTED, ""),
        (WANTED, WANTED * 0, ""),
        (WANTED[:0], WANTED[:0], ""),
        (WANTED + 1j, WANTED, ""),
    ],
)
def test_a_plain_relation_is_told_and_no_other(got, wanted, said):
    assert relation.relation(got, wanted) == said


@pytest.mark.parametrize(
    ("got", "wanted", "said"),
    [
        ((), (3,), ONE_FOR_ALL),
        ((3, 1), (3,), AXIS_MORE),
        ((), (1,), AXIS_LOST),
        ((2, 3), (3, 2), EXCHANGED),
        ((4, 2), (4, 3), ""),
        ((3,), (2, 3), ""),
    ],
)
def test_a_plain_relation_of_shapes_is_told(got, wanted, said):
    assert relation.of_shapes(got, wanted) == said


def test_nan_is_told_where_it_comes_from():
    def kl_divergence(p, q):
        return (p * (p / q).log()).sum()

    verdicts = check_exercise("kl_divergence", locals())
    assert NOT_A_NUMBER in [verdict.hint for verdict in verdicts]


def test_a_mistake_that_nobody_foresaw_is_told_by_its_factor():
    def generator_logit_gradients(fake_logits):
        return tuple(-2 * torch.sigmoid(sign * fake_logits) for sign in (1, -1))

    verdicts = check_exercise("generator_logit_gradients", locals())
    assert TWICE in [verdict.hint for verdict in verdicts]
