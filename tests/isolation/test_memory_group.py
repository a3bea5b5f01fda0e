"""The memory of all processes of a submission together, with what the kernel keeps for them, is
bounded: by a group of processes, or by looking at their sockets.
"""

import pytest

from graders.isolation import cgroups
from graders.isolation.cgroups import Group
from graders.isolation.limits import Limits
from graders.isolation.supervise import LAYERS, Grounds

SOCKETS = """
import os, socket, time
for _ in range(4):
    if not os.fork():
        kept = [socket.socketpair() for _ in range(100)]
        time.sleep(30)
        os._exit(0)
time.sleep(20)
"""
MEMORY = """
import os, time
for _ in range(6):
    if not os.fork():
        kept = bytearray(os.urandom(1)) * 2**26
        time.sleep(30)
        os._exit(0)
time.sleep(20)
"""
LIMITS = Limits(cell_seconds=10, memory_mb=200, respawns=0)


@pytest.mark.parametrize(
    ("version", "file", "text", "ended"),
    [
        (2, "memory.events", "low 0\noom 3\noom_kill 2\n", True),
        (2, "memory.events", "low 0\noom 3\noom_kill 0\n", False),
        (1, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n", True),
        (1, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n", False),
        (2, "other", "", False),
    ],
)
def test_the_kernel_says_whom_it_ended(tmp_path, version, file, text, ended):
    (tmp_path / file).write_text(text)
    assert Group(tmp_path, version).ended_somebody is ended


@pytest.mark.slow
def test_without_a_group_many_sockets_are_too_many():
    layers = [layer for layer in LAYERS if layer != "memory group"]
    with Grounds(layers=layers) as grounds:
        assert {layer.name: layer.state for layer in grounds.layers}["memory group"] == "off"
        with grounds.open([SOCKETS], LIMITS) as submission:
            assert submission.cells[0].status == "killed"
            assert "more than 512 sockets" in submission.notes[0]


def test_a_group_bounds_the_memory_of_all_processes_and_is_gone_afterwards(grounds):
    if {layer.name: layer.state for layer in grounds.layers}["memory group"] == "off":
        pytest.skip("no memory cgroup can be made here")
    with grounds.open([MEMORY, "x = 1"], LIMITS) as submission:
        assert submission.cells[0].status == "killed" or grounds._watchdog._watched[0].why
        folder = grounds._watchdog._watched[0].group.folder
        assert folder.is_dir()
    assert not folder.exists()


def test_groups_of_a_grader_that_was_killed_are_removed(grounds):
    if {layer.name: layer.state for layer in grounds.layers}["memory group"] == "off":
        pytest.skip("no memory cgroup can be made here")
    place, _ = cgroups.find()
    left = place / "critic-999999999-0"
    left.mkdir()
    assert cgroups.find()[0] == place and not left.exists()
