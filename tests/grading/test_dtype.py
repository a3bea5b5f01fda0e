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
    assert found["law_dtype"] == "wrong dtype" and set(found) <= {"law_dtype", "law_float64"}


@pytest.mark.parametrize("label", [0.0, 0.9])
def test_and_hide_no_other_mistake(label):
    found = failing(lambda real, fake: labelled(real, fake, label))
    assert found["d_loss_value"] == "wrong values" and len(found) > 2


def test_every_law_of_dtype_asks_for_every_dtype():
    found = failing(lambda real, fake: labelled(real.double(), fake.double()))
    assert "law_dtype" in found
