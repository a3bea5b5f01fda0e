"""A dtype costs its own check and hides nothing: labels in float32 beside float64 logits."""

import pytest
import torch
from torch.nn import functional as F

from graders.core.engine import run_exercise
from graders.core.host import Host
from graders.grading.catalogue import load_homework

HOMEWORK = load_homework("gan")
ENTRY = HOMEWORK.entry("discriminator_loss")


def failing(function):
    host = Host({ENTRY.name: function})
    found = run_exercise(ENTRY.hidden, host, key="t", public=False, right=HOMEWORK.right)
    return {v.check: v.problem for v in found if not v.passed}


def labelled(real, fake, real_label=1.0):
    def loss(logits, label):
        return F.binary_cross_entropy_with_logits(logits, torch.full(logits.shape, label))

    return loss(real, real_label) + loss(fake, 1.0 - real_label)


def test_labels_in_float32_cost_the_check_of_the_dtype():
    found = failing(labelled)
    assert found == {"law_dtype": "wrong dtype"}


@pytest.mark.parametrize("label", [0.0, 0.9])
def test_and_hide_no_other_mistake(label):
    found = failing(lambda real, fake: labelled(real, fake, label))
    assert found["d_loss_value"] == "wrong values" and len(found) > 2


def test_every_law_of_dtype_asks_for_every_dtype():
    found = failing(lambda real, fake: labelled(real.double(), fake.double()))
    assert "law_dtype" in found


def by_loss(real, fake, loss=None, share=1.0):
    """As real discriminators do, with labels of torch's default dtype."""
    loss = loss or torch.nn.BCEWithLogitsLoss()
    real, fake = real.reshape(-1), fake.reshape(-1)
    return share * loss(real, torch.ones(len(real))) + loss(fake, torch.zeros(len(fake)))


def weighed(real, fake, sign=1.0):
    """A matrix product with a tensor of torch's default dtype raises in float64."""
    parts = F.softplus(-real.reshape(-1)), F.softplus(sign * fake.reshape(-1))
    return sum(part @ torch.full((len(part),), 1 / len(part)) for part in parts)


@pytest.mark.parametrize("function", [by_loss, weighed])
def test_a_call_that_fails_for_its_dtype_alone_loses_the_check_of_dtypes_alone(function):
    assert set(failing(function)) == {"law_dtype"}


@pytest.mark.parametrize("function", [by_loss, weighed, labelled])
def test_at_home_too(function):
    found = run_exercise(ENTRY.public, Host({ENTRY.name: function}), key="t", public=True)
    assert [v.check for v in found if not v.passed] == ["manners"]
    assert found[-1].problem in ("wrong dtype", "your code raised RuntimeError")


def test_what_a_library_clamps_is_found_beside_it():
    def clamped(real, fake):
        return by_loss(real.sigmoid(), fake.sigmoid(), torch.nn.BCELoss())

    assert set(failing(clamped)) == {"law_dtype", "d_loss_extremes", "law_float32"}


@pytest.mark.parametrize("function", [
    lambda real, fake: by_loss(real, fake, share=0.999),
    lambda real, fake: weighed(real, fake, sign=-1.0),
])  # fmt: skip
def test_and_a_wrong_value_stays_a_wrong_value(function):
    assert failing(function)["d_loss_value"] == "wrong values"
