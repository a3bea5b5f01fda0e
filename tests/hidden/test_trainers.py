"""Which loss the encoder follows is seen whatever networks the course key gives."""

import pytest

from graders.core.engine import run_check
from graders.core.host import Host
from graders.grading.catalogue import load_homework

HOMEWORK = load_homework("helmholtz")
ENTRY = HOMEWORK.entry("train_wake_sleep")
CHECK = next(check for check in ENTRY.hidden if check.name == "encoder_learns_asleep")
RIGHT = {e.name: e.solution for e in HOMEWORK.entries if e.exercise.kind == "F"}
MIXED = next(m.value for m in ENTRY.misconceptions if m.name == "ws_one_loss_for_both")


@pytest.mark.parametrize("key", ["ws4", "ws9"])
@pytest.mark.parametrize(("trainer", "passes"), [(ENTRY.solution, True), (MIXED, False)])
def test_an_encoder_that_follows_the_wake_loss_too_is_found(key, trainer, passes):
    host = Host({**RIGHT, ENTRY.name: trainer})
    assert run_check(CHECK, host, key=key, public=False, right=HOMEWORK.right).passed == passes
