"""Two submissions that are graded at once cannot talk: not by names, sockets, memory, files, dates
or locks. Each way works inside one submission, where nothing stands between.
"""

import os
from textwrap import dedent

import pytest
import torch

from graders.isolation.limits import Limits
from graders.isolation.supervise import Grounds

LIMITS = Limits(cell_seconds=3, call_seconds=2, guard=4)
WORD = "hunter2"
READABLE = os.path.realpath(torch.__file__)  # a file that every submission may read

# For each way: what says the word, what hears it, and the layers without which it is not promised.
WAYS = {
    "name of a process": (
        """
        import ctypes, os
        ctypes.CDLL(None).prctl(15, b"hunter2")
        """,
        """
        import glob
        def heard():
            for file in glob.glob("/proc/[0-9]*/comm"):
                try:
                    if open(file).read().strip() == "hunter2": return True
                except OSError: pass
        """,
        ("own processes",),
    ),
    "command line": (
        """
        import subprocess, sys
        wait = "import time; time.sleep(30)"
        child = subprocess.Popen([sys.executable, "-S", "-c", wait, "hunter2"])
        """,
        """
        import glob
        def heard():
            for file in glob.glob("/proc/[0-9]*/cmdline"):
                try:
                    if "hunter2" in open(file).read(): return True
                except OSError: pass
        """,
        ("own processes",),
    ),
    "abstract socket": (
        """
        import socket
        server = socket.socket(socket.AF_UNIX); server.bind("\\0hunter2"); server.listen()
        """,
        """
        import socket
        def heard():
            try:
                with socket.socket(socket.AF_UNIX) as client: client.connect("\\0hunter2")
                return True
            except OSError: pass
        """,
        ("own ipc", "landlock"),
    ),
    "name of a socket": (
        """
        import socket
        server = socket.socket(socket.AF_UNIX); server.bind("\\0hunter2")
        """,
        """
        def heard():
            try: return "hunter2" in open("/proc/self/net/unix").read()
            except OSError: pass
        """,
        ("own ipc", "own processes"),
    ),
    "shared memory": (
        """open("/dev/shm/hunter2", "w").close()""",
        """
        import os
        def heard(): return os.path.exists("/dev/shm/hunter2")
        """,
        ("own ipc",),
    ),
    "temporary file": (
        """
        import contextlib
        with contextlib.suppress(OSError): open("/var/tmp/hunter2", "w").close()
        open("hunter2", "w").close()
        """,
        """
        import os
        def heard(): return os.path.exists("/var/tmp/hunter2") or os.path.exists("hunter2")
        """,
        ("landlock", "hidden folders"),
    ),
    "date of a folder": (
        """
        import os
        os.utime(".", (4242, 4242))
        """,
        """
        import glob, os
        def heard():
            above = os.path.dirname(os.getcwd())
            places = ["."] + [f"{above}/scratch-{uid}" for uid in range(50_000, 60_000)]
            places += glob.glob(f"{above}/*") + glob.glob("/tmp/*") + glob.glob("/tmp/*/*")
            for place in places:
                try:
                    if os.stat(place).st_mtime == 4242: return True
                except OSError: pass
        """,
        ("own user", "own processes"),
    ),
    "what was open before": (
        """
        import contextlib, os
        for number in range(3):
            with contextlib.suppress(OSError): os.write(number, b"hunter2")
        memory = os.open("memory", os.O_RDWR | os.O_CREAT)
        os.write(memory, b"hunter2")
        """,
        """
        import os
        def heard():
            for number in range(16):
                try:
                    if b"hunter2" in os.pread(number, 99, 0): return True
                except OSError: pass
        """,
        (),
    ),
    "lock on a file": (
        f"""
        import fcntl
        held = open({READABLE!r})
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        """,
        f"""
        import fcntl
        def heard():
            with open({READABLE!r}) as other:
                try: fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError: return True
        """,
        ("system call filter",),
    ),
}  # fmt: skip
NO_CONTROL = ("lock on a file",)  # denied to everybody, to oneself too


@pytest.fixture(scope="module")
def grounds(seed):
    with Grounds(seed=seed) as made:
        yield made


def hears(grounds, said, hearing):
    listener = [dedent(hearing), "import torch\ndef f(): return float(bool(heard()))"]
    with (
        grounds.open([dedent(said)], LIMITS) as first,
        grounds.open(listener, LIMITS) as second,
        first.branch(),
        second.branch() as host,
    ):
        assert first.cells[0].status == "ok" and second.cells[0].status == "ok", (
            first.cells,
            second.cells,
        )
        return bool(ask(host))


def ask(host):
    from graders.core.student import Student

    return Student(host).f()


@pytest.mark.parametrize("way", WAYS)
def test_what_one_says_another_does_not_hear(grounds, way):
    said, hearing, needs = WAYS[way]
    on = {layer.name for layer in grounds.layers if layer.state == "on"}
    if needs and not on & set(needs):
        pytest.skip(f"promised only with one of: {', '.join(needs)}")
    assert not hears(grounds, said, hearing)


@pytest.mark.parametrize("way", [way for way in WAYS if way not in NO_CONTROL])
def test_control_one_submission_hears_itself(grounds, way):
    said, hearing, _ = WAYS[way]
    on = {layer.name for layer in grounds.layers if layer.state == "on"}
    cells = [dedent(said), dedent(hearing), "import torch\ndef f(): return float(bool(heard()))"]
    mounted = "hidden folders" in on and os.geteuid() == 0
    if not mounted and way in ("name of a process", "command line"):
        pytest.skip("here nobody's processes are shown, one's own neither")
    if not mounted and way == "name of a socket":
        pytest.skip("here no names of sockets are shown")
    if way == "shared memory" and not on & {"own ipc", "own user"}:
        pytest.skip("here no submission reaches /dev/shm, which nobody would clean")
    with grounds.open(cells, LIMITS) as submission, submission.branch() as host:
        assert ask(host)
