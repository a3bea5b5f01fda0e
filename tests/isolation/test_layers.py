"""The layers one by one: what each lets through, what it says when it is off, and when hidden
checks are refused.
"""

import mmap
import os
import platform
import re
from contextlib import nullcontext
from pathlib import Path

import pytest

from graders.isolation import doctor as doctors
from graders.isolation import linux, supervise
from graders.isolation.cleanup import remove_files_of, remove_tree
from graders.isolation.faults import GroundFault, Refused
from graders.isolation.interpreter import Interpreter, open_to_all, own
from graders.isolation.mounts import closed_folders
from graders.isolation.processes import descendants, processes_of, threads_of
from graders.isolation.reaper import kill_user
from graders.isolation.seccomp import ARCHITECTURES, CLONE, CLONE3, DENIED, SOCKET, program
from graders.isolation.sight import carve, hidden, inside, module_names, topmost, tries
from graders.isolation.supervise import LAYERS, Grounds, Layer
from graders.isolation.uids import FIRST, LAST, NoUid, lease
from graders.isolation.watchdog import MANY_FILES, used_disk, used_memory

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
needs_open_python = pytest.mark.skipif(
    os.geteuid() == 0 and bool(own().closed) and open_to_all() is None,
    reason=(
        "this Python lies in a closed folder and there is no other of its version: without mounts"
        " nothing runs, as a test below says"
    ),
)
WITHOUT_BARRIERS = [layer for layer in LAYERS if layer not in ("hidden folders", "landlock")]


@needs_open_python
def test_without_a_barrier_hidden_checks_are_refused_with_the_ways_out(open_secret, seed):
    with pytest.raises(Refused) as refused:
        Grounds(private=[open_secret], layers=WITHOUT_BARRIERS, seed=seed)
    text = str(refused.value)
    assert text.startswith(
        f"hidden checks may not run on this machine, because a submission could read {open_secret}"
    )
    assert (
        "hidden folders: switched off by the caller; landlock: switched off by the caller" in text
    )
    assert (
        "ways out: grade as root on Linux" in text
        and "--trust-submissions grades without this protection" in text
    )


@needs_open_python
def test_trust_overrides_and_is_recorded(open_secret, seed):
    with Grounds(private=[open_secret], layers=WITHOUT_BARRIERS, trust=True, seed=seed) as grounds:
        assert grounds.layers[-1] == Layer(
            "trust",
            "on",
            f"submissions were trusted: they could read {open_secret}; they could write outside its"
            " folder",
        )


@root_only
@pytest.mark.parametrize(
    "barrier", ["hidden folders", pytest.param("landlock", marks=needs_open_python)]
)
def test_one_barrier_is_enough(open_secret, barrier, seed):
    with Grounds(private=[open_secret], layers=[*WITHOUT_BARRIERS, barrier], seed=seed) as grounds:
        assert Layer(barrier, "on") in grounds.layers
        assert not [what for what in grounds.could if "read" in what]


def test_other_systems_are_refused(monkeypatch):
    monkeypatch.setattr(supervise.sys, "platform", "darwin")
    with pytest.raises(
        Refused, match="submissions are run on Linux only, and this is darwin; ways out"
    ):
        Grounds()


@root_only
def test_a_closed_interpreter_without_mounts_is_refused_when_there_is_no_other(
    monkeypatch, tmp_path
):
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    mine = own()
    monkeypatch.setattr(
        supervise,
        "own",
        lambda: Interpreter(mine.executable, mine.sites, (*mine.folders, str(closed))),
    )
    monkeypatch.setattr(supervise, "open_to_all", lambda: None)
    with pytest.raises(
        Refused, match="which other users may not enter, and mounting is not permitted here"
    ):
        Grounds(layers=[layer for layer in LAYERS if layer != "hidden folders"])


def test_an_interpreter_for_all_is_of_the_same_version_or_none():
    other = open_to_all()
    assert other is None or (
        not other.closed
        and other.executable.endswith(".".join(platform.python_version_tuple()[:2]))
    )


def test_the_doctor_says_one_line_for_each_layer_and_what_was_tried(open_secret):
    report = doctors.doctor([open_secret])
    text = str(report)
    assert report.status == 0 and report.lines[-1] == "hidden checks run here"
    for name in doctors.PROTECTS:
        assert sum(f"  {name}" in line for line in report.lines) == 1, name
    assert f"self-test: a submission could not read {open_secret}" in text
    assert "self-test: a submission could not signal the grader" in text


def test_the_doctor_passes_a_refusal_on(monkeypatch):
    def refuse(**_):
        raise Refused("hidden checks may not run on this machine")

    monkeypatch.setattr(doctors, "Grounds", refuse)
    report = doctors.doctor()
    assert (
        report.status == 1
        and report.lines[-1] == "REFUSED: hidden checks may not run on this machine"
    )


# Paths.


def test_carving_leaves_the_private_part_out(tmp_path):
    for name in ("a/b/secret", "a/b/other", "a/c"):
        (tmp_path / name).mkdir(parents=True)
    left = carve([str(tmp_path / "a")], [str(tmp_path / "a/b/secret")])
    assert sorted(left) == [str(tmp_path / "a/b/other"), str(tmp_path / "a/c")]
    assert carve([str(tmp_path / "a/b")], [str(tmp_path / "a/b")]) == []


def test_of_nested_folders_the_innermost_decides():
    private, kept = ["/clone", "/clone/.venv/lib/reference"], ["/clone/.venv"]
    for path in ("/clone", "/clone/docs", "/clone/.git/x", "/clone/.venv/lib/reference/kl.py"):
        assert hidden(path, private, kept), path
    for path in ("/clone/.venv/lib/torch", "/clone/.venv", "/cloned", "/"):
        assert not hidden(path, private, kept), path
    assert carve(["/clone/.venv"], ["/clone"]) == ["/clone/.venv"]


def test_every_folder_is_tried_but_for_what_is_kept(tmp_path):
    for name in ("docs/pages/a.md", "README.md", ".git/HEAD", ".venv/lib/torch/x.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text")
    names = ["README.md", ".git", ".git/HEAD", "docs", "docs/pages", "docs/pages/a.md"]
    assert tries([tmp_path], [str(tmp_path / ".venv")]) == [str(tmp_path / name) for name in names]
    assert tries([tmp_path], [])[0] == str(tmp_path)


def test_what_could_be_read_is_told_once():
    could = ["read /a/docs", "read /a/docs/x.md", "read /a/docs2", "become root"]
    assert topmost(could) == ["read /a/docs", "read /a/docs2", "become root"]


def test_packages_of_a_hidden_clone_are_tried_and_libraries_in_it_are_not():
    clone = Path(supervise.__file__).parents[2]
    names = module_names([clone], own().folders)
    assert "graders.isolation" not in names and "torch" not in names and "graders" not in names


def test_inside_means_the_folder_and_not_its_namesakes():
    assert inside("/a/b", "/a") and inside("/a", "/a") and not inside("/ab", "/a")


@root_only
def test_closed_folders_are_the_topmost_ones(tmp_path):
    home = Path("/var/tmp") / f"critic-home-{os.getpid()}"
    (home / "inner" / "python").mkdir(parents=True)
    (home / "inner").chmod(0o700)
    try:
        assert closed_folders([str(home / "inner" / "python")]) == [str(home / "inner")]
    finally:
        remove_tree(str(home))


# System calls.


@pytest.mark.parametrize(
    ("column", "header"),
    [
        (0, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        (1, "/usr/include/asm-generic/unistd.h"),
    ],
)
def test_numbers_of_system_calls_are_those_of_the_kernel_headers(column, header):
    if not os.path.exists(header):
        pytest.skip("kernel headers are not installed")
    numbers = dict(re.findall(r"#define\s+__NR(?:3264)?_(\w+)\s+(\d+)", Path(header).read_text()))
    table = {**DENIED, "clone": CLONE, "clone3": CLONE3, "socket": SOCKET}
    wrong = {
        name: pair[column]
        for name, pair in table.items()
        if name in numbers and str(pair[column]) != numbers[name]
    }
    assert not wrong and len(set(table) & set(numbers)) > 50


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_jumps_of_the_filter_stay_within_it(machine):
    import struct

    code = program(machine)
    steps = [struct.unpack_from("<HBBI", code, i) for i in range(0, len(code), 8)]
    assert all(
        index + 1 + max(true, false) < len(steps)
        for index, (kind, true, false, _) in enumerate(steps)
        if kind & 7 == 5
    )
    assert steps[-1][0] == 6


def test_an_architecture_without_a_table_says_so():
    with pytest.raises(OSError, match="no table of system calls for riscv64"):
        program("riscv64")


# Users and processes.


def test_two_leases_are_never_of_one_uid(tmp_path):
    locks = str(tmp_path / "locks")
    with lease(locks) as one, lease(locks) as two:
        assert one != two and min(one, two) >= FIRST and max(one, two) <= LAST
        assert sorted(os.listdir(locks)) == sorted(map(str, (one, two)))
    assert os.listdir(locks) == []


def test_locks_in_a_folder_that_others_may_write_are_not_trusted(tmp_path):
    locks = tmp_path / "locks"
    locks.mkdir()
    locks.chmod(0o777)
    with (
        pytest.raises(NoUid, match="must be a folder of this user that nobody else can write to"),
        lease(str(locks)),
    ):
        pass


def test_when_every_uid_is_taken_it_says_where_to_look(tmp_path, monkeypatch):
    monkeypatch.setattr("graders.isolation.uids.LAST", FIRST)
    with (
        lease(str(tmp_path / "l")),
        pytest.raises(NoUid, match="every user id from 50000 to 50000 is in use"),
        lease(str(tmp_path / "l")),
    ):
        pass


def test_root_is_never_killed():
    with pytest.raises(ValueError, match="needs a uid of its own"):
        kill_user(0, 50_000)
    with pytest.raises(ValueError, match="needs a uid of its own"):
        kill_user(50_000, 0)


def test_processes_are_found_by_user_and_by_descent():
    assert os.getpid() in processes_of(os.getuid()) and threads_of(os.getuid()) >= 1
    assert os.getpid() in descendants(os.getppid()) and os.getpid() not in descendants(os.getpid())


# Disk and memory.


def test_used_disk_counts_and_gives_up_on_what_is_too_deep(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "f").write_bytes(b"x" * 100_000)
    size, files = used_disk(str(tmp_path))
    assert 100_000 <= size < 200_000 and files == 2
    here = os.getcwd()
    os.chdir(tmp_path)
    for _ in range(60):
        os.mkdir("d" * 60)
        os.chdir("d" * 60)
    os.chdir(here)
    assert used_disk(str(tmp_path))[1] > MANY_FILES
    remove_tree(str(tmp_path / ("d" * 60)))
    assert sorted(os.listdir(tmp_path)) == ["a"]


def test_links_are_removed_and_not_followed(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    (tmp_path / "gone" / "inner").mkdir(parents=True)
    (tmp_path / "gone" / "inner" / "link").symlink_to(tmp_path / "kept")
    (tmp_path / "gone" / "inner").chmod(0)
    remove_tree(str(tmp_path / "gone"))
    assert (tmp_path / "kept" / "file").exists() and not (tmp_path / "gone").exists()


@root_only
def test_only_the_files_of_that_user_are_removed(tmp_path):
    for name, uid in (("theirs", 54_321), ("mine", 0)):
        (tmp_path / name).mkdir()
        os.chown(tmp_path / name, uid, uid)
    remove_files_of(54_321, (str(tmp_path),))
    assert os.listdir(tmp_path) == ["mine"]


def test_memory_of_a_process_that_is_gone_is_nothing():
    assert used_memory([2**22 - 1]) == 0 and used_memory([os.getpid()]) > 2**20


@root_only
def test_a_worker_that_cannot_start_is_the_graders_fault(monkeypatch, seed):
    with Grounds(seed=seed) as grounds:
        monkeypatch.setattr(grounds, "_scratch", lambda *given: nullcontext("/nowhere/at/all"))
        with (
            pytest.raises(
                GroundFault,
                match="a worker could not start: the connection is closed; `critic doctor` says",
            ),
            grounds.open([]),
        ):
            pass


def test_large_pages_hold_what_the_small_ones_held():
    with mmap.mmap(-1, 3 * linux.HUGE_PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        for page in range(0, len(memory), mmap.PAGESIZE):
            memory[page : page + 8] = page.to_bytes(8, "little")
        before = huge_pages()
        linux.collapse_pages()
        assert all(
            memory[page : page + 8] == page.to_bytes(8, "little")
            for page in range(0, len(memory), mmap.PAGESIZE)
        )
        # Linux 6.1 is the first that does it.
        if tuple(map(int, platform.release().split(".")[:2])) >= (6, 1):
            assert huge_pages() > before


def huge_pages():
    """The kilobytes of this process that are in large pages."""
    return int(re.search(r"AnonHugePages:\s+(\d+)", Path("/proc/self/smaps_rollup").read_text())[1])


@root_only
@needs_open_python
def test_a_clone_that_all_may_read_is_hidden_whole_without_landlock(open_secret, seed):
    for name in ("docs/messages.md", "tests/reference/test_kl.py", ".git/HEAD", "README.md"):
        (open_secret / name).parent.mkdir(parents=True, exist_ok=True)
        (open_secret / name).write_text("the hints\n")
    without = [layer for layer in LAYERS if layer != "landlock"]
    reading = f"""
import os
found = []
for folder, _, files in os.walk({str(open_secret)!r}):
    found += [os.path.join(folder, name) for name in files]
for name in ("docs/messages.md", "tests/reference/test_kl.py", "README.md"):
    try:
        found.append(open(os.path.join({str(open_secret)!r}, name)).read())
    except OSError:
        pass
"""
    with Grounds(private=[open_secret], layers=without, seed=seed) as grounds:
        assert not [what for what in grounds.could if "read" in what]
        with grounds.open([reading]) as submission, submission.branch() as host:
            assert host.get("found") == []


def test_a_folder_in_what_is_private_that_stays_open_is_found(open_secret):
    (open_secret / "docs").mkdir()
    (open_secret / "docs" / "messages.md").write_text("the hints\n")
    assert {"docs", "docs/messages.md"} <= {
        str(Path(path).relative_to(open_secret)) for path in tries([open_secret], [])
    }
