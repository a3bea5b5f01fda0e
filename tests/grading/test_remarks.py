"""What is said after publication of a hidden check that fails where no known mistake explains it:
which part of the law, and how values differ. Never a value, never before publication.
"""

import re

import pytest
import torch

from graders.core import expect, relation
from graders.core.verdict import Failure, Status, Verdict
from graders.grading import remarks
from graders.grading.remarks import remark

WANTED = torch.tensor([[0.3, -1.7, 2.2], [2.9, 0.1, 1.4], [0.7, 3.3, -0.2]], dtype=torch.float64)
LAST = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
TINY = remarks.FAR[0][1]


def failed(check):
    try:
        check()
    except Failure as failure:
        return Verdict("kl", "c", "s", Status.FAILED, False, failure.problem, evidence=failure)
    raise AssertionError("nothing failed")


def told(got, wanted=WANTED):
    return remark(failed(lambda: expect.close(got, wanted, subject="kl", atol=1e-9)))


@pytest.mark.parametrize(
    ("got", "said"),
    [
        (-WANTED, relation.SIGN),
        (0.3 * WANTED, relation.MULTIPLE),
        (2 * WANTED + 0.3, relation.LINE),
        (0 * WANTED, remarks.ZERO),
        (WANTED[:, :1].expand(3, 3), remarks.FIXED.format(axis=1)),
        (WANTED.exp(), remarks.ORDERED),
        ((-WANTED).exp(), remarks.REVERSED),
        (WANTED + LAST, remarks.LAST.format(axis=1)),
        (WANTED + LAST[:, None], remarks.LAST.format(axis=0)),
        (WANTED + LAST.flip(0), remarks.FIRST.format(axis=1)),
        (WANTED + (1 - LAST), remarks.BUT_LAST.format(axis=1)),
        (WANTED.log(), remarks.SOME_INFINITE),
        (WANTED * float("inf"), remarks.ALL_INFINITE),
        (WANTED + 1e-4 * WANTED.cos().abs(), remarks.LARGE.format(far=TINY)),
        (WANTED - 1e-4 * WANTED.cos().abs(), remarks.SMALL.format(far=TINY)),
        (WANTED[..., None], relation.AXIS_MORE),
        (WANTED[0], remarks.AXES.format(got=1, wanted=2)),
        (WANTED[:2], remarks.SIZE.format(axis=0)),
    ],
)
def test_how_values_differ_is_told_and_no_value(got, said):
    text = told(got)
    assert said in text
    assert not re.search(r"\d\.\d|\d{2}", text.replace(TINY, ""))


def test_an_axis_of_size_1_that_is_lost_and_axes_that_are_exchanged_are_told():
    assert told(WANTED[0], WANTED[:1]) == relation.AXIS_LOST
    assert told(WANTED[:2].mT, WANTED[:2]) == relation.EXCHANGED


def test_of_values_without_any_pattern_is_told_that_there_is_none():
    assert told(WANTED.roll(1, 0).flip(1) + 0.05) == remarks.UNRELATED


def test_the_gradient_that_is_off_is_told_by_its_argument():
    mu, logvar = (torch.tensor([0.5, 1.5, 2.0], requires_grad=True) for _ in range(2))
    names, wanted = ("mu", "logvar"), [torch.ones(3), -torch.ones(3)]

    def check(output):
        expect.gradients(output, [mu, logvar], wanted, names=names, subject="kl")

    assert remark(failed(lambda: check((mu + logvar).sum()))).startswith(
        "It is the gradient in logvar that is off."
    )
    assert remark(failed(lambda: check(mu.sum()))) == "No gradient arrives at logvar."
