"""One warm process for all zygotes of a grader: grounds are the same with it and without."""

import os
import signal
import time
from pathlib import Path

import pytest
import torch

from graders.core.student import Student
from graders.isolation.processes import alive, below, read_of
from graders.isolation.seed import Seed
from graders.isolation.supervise import Grounds

TWICE = "import os\nparents = os.getppid()\ndef twice(a): return 2 * a"


def doubled(grounds):
    with grounds.open([TWICE]) as submission, submission.branch() as host:
        return Student(host, 1).twice(torch.ones(())).item()


def test_grounds_of_one_seed_are_those_without(seed, grounds):
    with Grounds(seed=seed) as first, Grounds(seed=seed) as second:
        assert doubled(first) == doubled(second) == doubled(grounds) == 2
        layers = [(layer.name, layer.state) for layer in grounds.layers]
        assert [(layer.name, layer.state) for layer in first.layers] == layers
        assert first.could == grounds.could
        # Each has a zygote of its own, in a folder of its own.
        assert first._ground.pid != second._ground.pid
        assert first._ground.base != second._ground.base
        ended, base = first._ground.pid, Path(first._ground.base)
        first._stack.close()
        assert not alive(ended) and not base.exists()
        assert doubled(second) == 2
        if second._interpreter == seed.interpreter:  # else this one's cannot be used here
            assert shares_its_memory(second._ground.pid)


def shares_its_memory(process):
    """Whether much of what it has loaded is not a copy of its own."""
    sizes = dict(
        line.split(":") for line in read_of(process, "smaps_rollup").splitlines() if ": " in line
    )
    own, whole = (int(sizes[name].split()[0]) for name in ("Pss_Anon", "Anonymous"))
    return own < 0.75 * whole


def test_a_seed_that_is_gone_is_done_without():
    seed = Seed()
    os.kill(seed._process.pid, signal.SIGKILL)
    seed._process.wait()
    assert not seed.alive
    with Grounds(seed=seed) as grounds:
        assert doubled(grounds) == 2
    seed.close()
    assert not Path(seed.runtime).exists()


def test_a_zygote_that_cannot_start_says_why(seed, monkeypatch):
    monkeypatch.setattr("graders.isolation.ground.Plan", lambda *_, **__: "no plan")
    with pytest.raises(Exception, match="Expected `object`"):
        Grounds(seed=seed)
    monkeypatch.undo()
    assert seed.alive
    with Grounds(seed=seed) as grounds:
        assert doubled(grounds) == 2


def test_it_ends_with_the_last_who_holds_it():
    seed = Seed()
    process, runtime = seed._process, Path(seed.runtime)
    seed._orders.close()
    for _ in range(200):
        if not alive(process.pid):
            break
        time.sleep(0.05)
    process.wait(1)
    assert not runtime.exists() and not below(process.pid)
