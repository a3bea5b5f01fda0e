"""The memory of all processes of a submission together, with what the kernel keeps for them, is
bounded: by a group of processes, or by looking at their sockets.
"""

import shutil
from pathlib import Path

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


class Tree:
    """Files that look like cgroups of version 2, and like what /proc says of them."""

    def __init__(self, top, monkeypatch):
        self.mount, self.proc, self.written = top / "cgroup", top / "proc", []
        self.proc.mkdir()
        (self.proc / "mounts").write_text(f"cgroup2 {self.mount} cgroup2 rw,nosuid 0 0\n")
        write = Path.write_text

        def noted(path, text):
            self.written.append((path.name, text))
            return write(path, text)

        monkeypatch.setattr(Path, "write_text", noted)
        monkeypatch.setattr(Path, "rmdir", shutil.rmtree)  # the kernel's files go with the folder

    def group(self, path, handed_on="memory pids"):
        """A group that hands these controllers on."""
        (self.mount / path).mkdir(parents=True, exist_ok=True)
        (self.mount / path / "cgroup.subtree_control").write_text(handed_on + "\n")

    def find(self, own):
        """What is found by a process of this group."""
        (self.proc / "cgroup").write_text(f"0::/{own}\n")
        return cgroups.find(self.proc)


@pytest.fixture
def tree(tmp_path, monkeypatch):
    return Tree(tmp_path, monkeypatch)


def test_a_group_has_its_limits_before_it_has_a_process_and_is_removed(tree):
    tree.group("")
    place = tree.find("")
    tree.written.clear()
    with cgroups.group(place, 64) as made:
        made.add(17)
        folder = made.folder
        assert folder.parent == tree.mount
    limits = [("memory.max", str(64 * 2**20)), ("memory.swap.max", "0")]
    assert tree.written == [*limits, ("cgroup.procs", "17")] and not folder.exists()


@pytest.mark.parametrize(
    ("handed_on", "where"),
    [
        ({"": "memory", "a": "memory", "a/b": "memory"}, "a/b"),
        ({"": "memory", "a": "cpu memory", "a/b": ""}, "a"),
        ({"": "memory", "a": "cpu", "a/b": ""}, None),
        ({"": "hugetlb", "a": "", "a/b": ""}, None),
    ],
)
def test_groups_are_made_where_memory_is_handed_on(tree, handed_on, where):
    for path, controllers in handed_on.items():
        tree.group(path, controllers)
    if where:
        assert tree.find("a/b") == (tree.mount / where, 2)
    else:
        with pytest.raises(OSError, match=r"made in .*/a, since cgroup.subtree_control there does"):
            tree.find("a/b")


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(30, "ro")])
def test_what_is_in_the_way_of_groups_is_one_sentence(tree, monkeypatch, error):
    tree.group("")

    def refuse(*_, **__):
        raise error

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OSError) as told:
        tree.find("")
    where = tree.mount
    assert (
        str(told.value) == f"no group that limits memory can be made in {where}: {error.strerror}"
    )


def test_without_a_mount_there_is_no_group(tree):
    (tree.proc / "mounts").write_text("proc /proc proc rw 0 0\n")
    with pytest.raises(OSError, match="no memory cgroup is mounted here"):
        tree.find("")
