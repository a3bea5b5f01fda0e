"""The laws that follow from a declaration, tried on what they are there to find."""

import pytest
import torch

from graders.audit.wrong_values import computed_in
from graders.core.engine import run_check
from graders.core.host import Host
from graders.core.values import map_tensors
from graders.grading.catalogue import homework_names, load_homework

EVERY = {
    entry.name: (entry, homework)
    for homework in map(load_homework, homework_names())
    for entry in homework.graded
    if any(check.name == "law_float64" for check in entry.hidden)
}
# Noise may be drawn in any dtype, and what is added to it has no more digits then.
FREE = {"model_2", "model_4"}


def narrow_result(function):
    return lambda *given: map_tensors(function(*given), lambda t: t.float().to(t.dtype))


@pytest.mark.parametrize("seeds", [1, pytest.param(20, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", sorted(EVERY.keys() - FREE))
def test_what_is_computed_in_float32_is_found_under_every_seed(name, seeds):
    entry, homework = EVERY[name]
    law = next(check for check in entry.hidden if check.name == "law_float64")

    def passes(function, seed):
        host = Host({**entry.beside, name: function})
        return run_check(law, host, key=f"key {seed}", public=False, right=homework.right).passed

    ways = computed_in(entry.solution, torch.float32), narrow_result(entry.solution)
    for seed in range(seeds):
        assert passes(entry.solution, seed)
        assert not any(passes(function, seed) for function in ways[: 1 + (seeds > 1)])
