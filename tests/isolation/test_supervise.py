"""Submissions that loop, crash, exit and misbehave: what they had right still counts, and nothing
of them is left.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
import torch

from graders.core.student import Student
from graders.core.verdict import Died, StudentError, TimedOut
from graders.isolation.limits import Limits
from graders.isolation.supervise import Grounds

# Much more wall than CPU time: a busy machine must not turn one limit into the other.
SHORT = Limits(cell_seconds=0.25, call_seconds=0.25, guard=12.0, calls_in_all=99)
GOOD = "import os, time, torch\nx = 1\ndef f(a): return a + 1"


def value(submission, name="f", *arguments):
    with submission.branch(name) as host:
        return getattr(Student(host, 1), name)(*arguments or (torch.ones(1),))


def statuses(submission):
    return [cell.status for cell in submission.cells]


def test_cells_run_as_in_a_notebook(grounds):
    cells = [
        (
            "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1,"
            " 2])\nplt.show()\nplt.savefig('a.png')"
        ),
        "!echo hello > b.txt\nlines = open('b.txt').read()",
        "%%time\ny = 2",
        "import asyncio\nawait asyncio.sleep(0)\nz = 3",
        (
            "name = __name__\nimport torch\ntorch.save(torch.ones(2), 'c.pt')\nback ="
            " torch.load('c.pt')"
        ),
        (
            "import otter\ngrader ="
            " otter.Notebook('hw.ipynb')\ngrader.check('q1')\ngrader.check_all()\ngrader.export(pdf=False)"
        ),
        "import grader\ngrader.check('q1')",
        "x = 5\nx",
        "exit()\nafter = 1",
    ]
    with grounds.open(cells) as submission:
        assert statuses(submission) == ["ok"] * 9 and submission.notes == []
        assert submission.names(["lines", "z", "after", "nothing"]) == {"lines", "z", "after"}
        with submission.branch() as host:
            assert [host.get("lines"), host.get("name"), host.get("back").tolist()] == [
                "hello\n",
                "__main__",
                [1, 1],
            ]


def test_errors_end_their_cell_only_and_say_where(grounds):
    cells = [
        GOOD,
        "y = 1\n1 / 0",
        "def broken(:\n  pass",
        "input('name?')",
        "import no_such_package",
        "raise KeyboardInterrupt",
        "import sys; sys.exit(1)",
        "z = 3",
    ]
    with grounds.open(cells) as submission:
        assert [(c.status, c.error) for c in submission.cells] == [
            ("ok", ""), ("error", "ZeroDivisionError"), ("error", "SyntaxError"), ("error",
            "EOFError"),
            ("error", "ModuleNotFoundError"), ("error", "KeyboardInterrupt"), ("error",
            "SystemExit"), ("ok", ""),
        ]  # fmt: skip
        assert [c.line for c in submission.cells[:4]] == [0, 2, 1, 1]
        assert submission.names(["y", "z"]) == {"y", "z"}


def test_an_endless_cell_is_stopped_and_the_rest_counts(grounds):
    cells = [
        GOOD,
        "y = 2\nwhile True: pass",
        "while True:\n    try:\n        while True: pass\n    except Exception: pass",
        "z = 3",
    ]
    with grounds.open(cells, SHORT) as submission:
        assert statuses(submission) == ["ok", "timed out", "timed out", "ok"]
        assert submission.notes[0] == "cell 2 was stopped after 0.25 s: it did not end"
        assert submission.names(["y", "z"]) == {"y", "z"}
        assert value(submission).item() == 2


def test_a_cell_that_sleeps_meets_the_wall_guard(grounds):
    with grounds.open([GOOD, "time.sleep(100)", "z = 3"], SHORT) as submission:
        assert statuses(submission) == ["ok", "timed out", "ok"]


def test_a_cell_that_cannot_be_stopped_costs_the_process_and_the_rest_counts(grounds):
    stubborn = (
        "import signal\nfor n in (signal.SIGPROF, signal.SIGALRM): signal.signal(n,"
        " signal.SIG_IGN)\nwhile True: pass"
    )
    with grounds.open([GOOD, stubborn, "z = 3"], SHORT) as submission:
        assert statuses(submission) == ["ok", "killed", "ok"]
        assert submission.notes == [
            "cell 2 was ended after 3 s: it could not be stopped; the rest counts"
        ]
        assert value(submission).item() == 2 and submission.names(["z"]) == {"z"}


def test_cells_that_cannot_be_stopped_do_not_wait_one_after_the_other(grounds):
    stops = "os.kill(os.getpid(), 19)"
    limits = Limits(cell_seconds=0.25, guard=2.0, total_seconds=8)  # 2 s to wait
    with grounds.open([GOOD, *[stops] * 6, "z = 3"], limits) as submission:
        assert statuses(submission)[0] == "ok" and value(submission).item() == 2
        assert statuses(submission).count("killed") == 3 and submission.names(["z"]) == {"z"}
        assert "waited for 3 s without computing" in submission.notes[-1]


@pytest.mark.parametrize(
    "end",
    [
        "os._exit(0)",
        "os.kill(os.getpid(), 9)",
        "import ctypes; ctypes.string_at(0)",
        "os.closerange(0, 99)",
    ],
)
def test_a_cell_that_ends_the_process_is_skipped(grounds, end):
    with grounds.open([GOOD, end, "z = 3"]) as submission:
        assert statuses(submission) == ["ok", "killed", "ok"]
        assert submission.notes == ["cell 2 ended the process; the rest counts"]
        assert value(submission).item() == 2 and submission.names(["z"]) == {"z"}


def test_too_many_deadly_cells_end_the_notebook(grounds):
    with grounds.open([GOOD, *["os._exit(0)"] * 4], Limits(respawns=2)) as submission:
        assert statuses(submission) == ["ok", "killed", "killed", "killed", "timed out"]
        assert (
            submission.notes[-1]
            == "of the cells from number 5 on, only imports, definitions and constants were run:"
            " those before them ended the process 3 times"
        )
        assert value(submission).item() == 2


def test_a_notebook_that_takes_too_long_is_cut_short(grounds):
    with grounds.open([GOOD, "time.sleep(0.3)", "z = 3"], Limits(total_seconds=0.1)) as submission:
        assert statuses(submission) == ["ok", "ok", "timed out"]
        assert submission.notes == [
            "of the cells from number 3 on, only imports, definitions and constants were run: those"
            " before them used all the time there is"
        ]
        assert submission.names(["z"]) == {"z"}


TROUBLE = """
def hang(a):
    while True: pass
def sleeps(a):
    time.sleep(100)
def stubborn(a):
    import signal
    for n in (signal.SIGPROF, signal.SIGALRM): signal.signal(n, signal.SIG_IGN)
    while True: pass
def leave(a): os._exit(3)
def crash(a):
    import ctypes
    ctypes.string_at(0)
def set_state(a):
    global x
    x = 99
    os.environ["LEFT"] = "behind"
    return a
def get_state(a): return [x, os.environ.get("LEFT", "")]
def recurse(a): return recurse(a)
"""


def test_a_call_that_hangs_or_crashes_ends_its_branch_only(grounds):
    with grounds.open([GOOD, TROUBLE], SHORT) as submission:
        with pytest.raises(
            TimedOut, match=r"the call used more than 0\.25 s of CPU time and was stopped"
        ):
            value(submission, "hang")
        with pytest.raises(TimedOut, match=r"waited for more than 0\.1\d s without computing"):
            value(submission, "sleeps")
        with pytest.raises(TimedOut, match=r"more than 0\.\d+ s of CPU time"):
            value(submission, "stubborn")
        for name in ("leave", "crash"):
            with pytest.raises(Died, match="the process that ran the code ended"):
                value(submission, name)
        with pytest.raises(StudentError, match="RecursionError"):
            value(submission, "recurse")
        assert value(submission).item() == 2
        assert submission.notes == []


def test_after_a_stopped_call_the_same_branch_goes_on_and_after_a_crash_it_does_not(grounds):
    with grounds.open([GOOD, TROUBLE], SHORT) as submission, submission.branch() as host:
        with pytest.raises(TimedOut):
            Student(host, 1).hang(torch.ones(1))
        assert Student(host, 1).f(torch.ones(1)).item() == 2
        with pytest.raises(Died):
            Student(host, 1).leave(torch.ones(1))
        with pytest.raises(Died):
            Student(host, 1).f(torch.ones(1))


def test_branches_do_not_see_each_other(grounds):
    with grounds.open([GOOD, TROUBLE]) as submission:
        with submission.branch() as host:
            Student(host, 1).set_state(torch.ones(1))
            assert Student(host, 1).get_state(torch.ones(1)) == [99, "behind"]
        assert value(submission, "get_state") == [1, ""]


def test_a_worker_that_dies_between_branches_is_revived(grounds):
    with grounds.open(
        [GOOD, "import threading\nt = threading.Timer(0.3, lambda: os._exit(0))\nt.start()"]
    ) as submission:
        time.sleep(0.5)
        assert value(submission).item() == 2


def test_a_worker_that_cannot_be_copied_gives_a_host_that_says_so(grounds):
    with grounds.open([GOOD, "os.fork = lambda: os._exit(0)"]) as submission:
        with (
            submission.branch() as host,
            pytest.raises(Died, match="the process that ran the code ended"),
        ):
            Student(host, 1).f(torch.ones(1))
        assert submission.names(["f"]) == set()


def test_what_cells_leave_running_may_wait_and_computes_only_for_a_moment(grounds):
    spins = "for _ in range(4):\n    if not os.fork():\n        while True: pass"
    waits = "if not os.fork():\n    time.sleep(60)"
    with grounds.open([GOOD, waits], SHORT) as submission:
        assert value(submission).item() == 2 and submission.notes == []
        assert len(submission._main.pids()) == 2
    with grounds.open([GOOD, spins], SHORT) as submission:
        deadline = time.monotonic() + 10
        while not submission.notes and time.monotonic() < deadline:
            assert value(submission).item() == 2
        assert submission.notes == [
            "processes that the cells left running computed for more than 0.025 s while nothing was"
            " asked of them, and were ended"
        ]
        submission.seal()
        assert [value(submission).item() for _ in range(3)] == [2, 2, 2]
        assert submission._lives == 1 and len(submission._main.pids()) == 1


def test_workers_of_a_loader_that_are_ended_do_not_end_the_notebook(grounds):
    cell = (
        "from torch.utils.data import DataLoader\nclass Slow(list):\n    def __getitem__(self, i):\n"
        "        end = time.process_time() + 0.1\n        while time.process_time() < end: pass\n"
        "        return i\n"
        "batches = iter(DataLoader(Slow([0] * 99), num_workers=1, prefetch_factor=50))"
    )
    with grounds.open([GOOD, cell], SHORT) as submission:
        deadline = time.monotonic() + 10
        while not submission.notes and time.monotonic() < deadline:
            assert value(submission).item() == 2
        assert value(submission).item() == 2
        assert "computed for more than" in submission.notes[0] and submission._lives == 1


def test_a_thread_that_computes_on_delays_no_branch_for_long(grounds):
    spins = "import threading\ndef spin():\n    while True: pass\nt = threading.Thread(target=spin)"
    with grounds.open([GOOD, f"{spins}\nt.start()"]) as submission:
        submission.seal()
        started = time.perf_counter()
        assert value(submission).item() == 2
        assert time.perf_counter() - started < 1.5


def test_threads_dtype_seeds_and_output_of_one_submission_do_not_matter(grounds):
    cells = [
        (
            "import torch, sys,"
            " os\ntorch.set_num_threads(2)\ntorch.set_default_dtype(torch.float64)\ntorch.manual_seed(1)"
        ),
        "print('x' * 40_000_000)\nfor _ in range(40): os.write(1, b'y' * 1_000_000)",
        "a = torch.randn(300, 300); b = (a @ a).sum()\ndef f(a): return (a @ a).sum()",
    ]
    with grounds.open(cells) as submission:
        assert statuses(submission) == ["ok"] * 3
        assert value(submission, "f", torch.ones(300, 300)).item() == 300**3
    with (
        grounds.open(
            ["import torch\nd = str(torch.get_default_dtype()); r = float(torch.rand(()))"]
        ) as submission,
        submission.branch() as host,
    ):
        first = host.get("r")
        assert host.get("d") == "torch.float32"
    with (
        grounds.open(["import torch\nr = float(torch.rand(()))"]) as submission,
        submission.branch() as host,
    ):
        assert host.get("r") == first


def test_the_worker_neither_reads_nor_imports_what_is_private(grounds, private):
    look = f"""
import importlib, os, sys
def attempt(action):
    try:
        return str(action())
    except BaseException as error:
        return type(error).__name__
listing = attempt(lambda: os.listdir({str(private)!r}))
text = attempt(lambda: open({str(private / "__init__.py")!r}).read())
imports = [attempt(lambda: importlib.import_module(n)) for n in ("reference", "graders.hidden", "graders.grading", "sentinels")]
loaded = [n for n in sys.modules if n.split(".")[0] == "reference" or n.startswith("graders.hidden")]
path = [p for p in sys.path]
me = [os.getuid(), os.getcwd(), sorted(os.listdir("/proc/self/fd"))]
environment = dict(os.environ)
"""
    with grounds.open([look]) as submission, submission.branch() as host:
        assert statuses(submission) == ["ok"]
        assert host.get("listing") in ("[]", "PermissionError", "FileNotFoundError")
        assert host.get("text") in ("PermissionError", "FileNotFoundError")
        assert host.get("imports") == ["ModuleNotFoundError"] * 4
        assert host.get("loaded") == []
        assert not any(str(p) in host.get("path") for p in (Path.cwd(), private.parent))
        assert set(host.get("environment")) <= {
            "LANG", "TZ", "PATH", "HOME", "TMPDIR", "MPLCONFIGDIR", "IPYTHONDIR",
            "TORCHINDUCTOR_CACHE_DIR", "XDG_CACHE_HOME", "LC_CTYPE",
            "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "PYTHONNOUSERSITE", "OMP_NUM_THREADS",
            "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS",
            "MPLBACKEND", "TORCHDYNAMO_DISABLE", "PIP_RETRIES", "PIP_NO_INPUT",
            "PIP_DISABLE_PIP_VERSION_CHECK",
            "PYDEVD_USE_FRAME_EVAL", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK",
            "TORCHINDUCTOR_COMPILE_THREADS", "JPY_PARENT_PID", "PAGER", "COLUMNS",
        }  # fmt: skip


def test_a_stand_in_replaces_a_prerequisite(grounds):
    cells = [
        GOOD,
        (
            "def elbo(mu, logvar): return -kl_standard_normal(mu, logvar=logvar)\ndef"
            " kl_standard_normal(mu, logvar): raise ValueError"
        ),
    ]
    with grounds.open(cells) as submission, submission.branch() as host:
        host.stand_in("kl", "kl_standard_normal", [2.0, 3.0])
        value = Student(host, 1).elbo(torch.ones(2, 3), torch.ones(2, 3))
        assert value.tolist() == [-15.0, -15.0]


def test_nothing_is_left_running_or_on_disk(private):
    with Grounds(private=[private]) as grounds:
        base, zygote = Path(grounds._ground.base), grounds._ground._process
        daemon = (
            "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        import"
            " signal, time\n        signal.signal(15, signal.SIG_IGN)\n        while True:"
            " time.sleep(1)\n    os._exit(0)\nopen('/dev/shm/critic-left-over', 'w').write('x')"
        )
        with grounds.open([GOOD, daemon]) as submission:
            assert value(submission).item() == 2
            uid = os.stat(next(base.glob("scratch-*"))).st_uid
        assert not [
            p
            for p in psutil.process_iter(["uids"])
            if p.info["uids"] and p.info["uids"].real == uid and uid != 0
        ]
        assert not list(base.glob("scratch-*")) and not Path("/dev/shm/critic-left-over").exists()
    assert not base.exists()
    assert zygote.returncode is not None


def test_submissions_run_side_by_side(grounds):
    results = []

    def grade(number):
        with grounds.open(
            [f"import time\nn = {number}\ntime.sleep(0.2)\ndef f(a): return a * n"]
        ) as submission:
            results.append((number, value(submission).item()))

    threads = [threading.Thread(target=grade, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [(n, float(n)) for n in range(4)]


def test_when_the_grader_is_killed_everything_of_it_ends():
    script = (
        "from graders.isolation.supervise import Grounds\nimport time\nwith Grounds() as g:\n   "
        " with g.open(['import os\\npid = os.getpid()']) as s:\n        print(g._ground.base,"
        " flush=True)\n        time.sleep(60)"
    )
    grader = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )
    base = Path(grader.stdout.readline().strip())
    uid = os.stat(next(base.glob("scratch-*"))).st_uid
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    deadline = time.monotonic() + 10
    while base.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not base.exists()
    assert uid == 0 or not [
        p for p in psutil.process_iter(["uids"]) if p.info["uids"] and p.info["uids"].real == uid
    ]


def test_memory_over_all_processes_is_watched(grounds):
    greedy = (
        "for i in range(8):\n    if os.fork() == 0:\n        b = b'x' * 60_000_000;"
        " time.sleep(30)\ntime.sleep(10)"
    )
    with grounds.open([GOOD, greedy, "z = 3"], Limits(memory_mb=300, cell_seconds=5)) as submission:
        assert statuses(submission) == ["ok", "killed", "ok"]
        assert submission.notes == [
            "cell 2 ended the process (the submission used more than 300 MB of memory); the rest"
            " counts"
        ]


def test_disk_use_is_watched(grounds):
    greedy = "for i in range(10):\n    open(f'f{i}', 'wb').write(b'x' * 10_000_000)\ntime.sleep(10)"
    with grounds.open([GOOD, greedy], Limits(scratch_mb=50, cell_seconds=5)) as submission:
        assert statuses(submission) == ["ok", "killed"]
        assert (
            "(the submission wrote more than 50 MB or 20000 files, or folders too deep to follow)"
            in submission.notes[0]
        )


def test_a_call_that_uses_too_much_memory_is_told_so(grounds):
    greedy = (
        "def f(a):\n    for i in range(6):\n        if os.fork() == 0:\n            b = b'x' *"
        " 80_000_000; time.sleep(30)\n    time.sleep(10)"
    )
    with (
        grounds.open([GOOD, greedy], Limits(memory_mb=300, call_seconds=5)) as submission,
        pytest.raises(Died, match="than 300 MB of memory, and was ended"),
    ):
        value(submission)


def test_a_stand_in_on_a_dead_branch_waits_for_the_next_call_to_say_so(grounds):
    with grounds.open([GOOD, TROUBLE]) as submission, submission.branch() as host:
        with pytest.raises(Died):
            Student(host, 1).leave(torch.ones(1))
        host.stand_in("kl", "kl_standard_normal", [1.0, 1.0])
        with pytest.raises(Died):
            Student(host, 1).f(torch.ones(1))


def test_an_exercise_that_ends_the_whole_submission_each_time_is_run_no_more(grounds):
    code = f"{GOOD}\ndef kills(a): os.kill(os.getppid(), 9); time.sleep(9)"
    with grounds.open([code], SHORT) as submission:
        seen = []
        for _ in range(6):
            with pytest.raises(Died) as caught, submission.branch("kills") as host:
                Student(host, 1).kills(torch.ones(1))
            seen.append(str(caught.value))
            assert value(submission).item() == 2  # the next exercise is none the worse
        assert ["no more" in text for text in seen] == [False] * 3 + [True] * 3
        assert submission._lives == 4


def test_cells_that_run_again_and_again_are_cut_short(grounds):
    burn = "ends = time.process_time() + 0.2\nwhile time.process_time() < ends: pass"
    limits = Limits(call_seconds=1.0, total_seconds=0.7)
    with grounds.open([GOOD, burn, burn, "os._exit(1)", "y = 2", "os._exit(1)"], limits) as one:
        assert value(one).item() == 2 and one.names(["y"]) == {"y"}
        assert any("used all the time there is" in note for note in one.notes)
