"""What the code of one exercise leaves, once hidden inputs reach it, the next one does not find: a
branch of a submission is the state after its cells and nothing else.

Each way works inside one branch, where nothing stands between.
"""

from textwrap import dedent

import pytest

from graders.core.student import Student
from graders.core.verdict import StudentError, TimedOut
from graders.isolation.limits import Limits
from graders.isolation.supervise import Grounds

LIMITS = Limits(cell_seconds=3, call_seconds=2, guard=4)

# For each way: what the cells prepare, what says something, and what is heard of it. `value` is a
# number below 100, 0 when nothing was said.
WAYS = {
    "a new file": (
        "",
        "open('new', 'w').write('42')",
        "int(open('new').read()) if os.path.exists('new') else 0",
    ),
    "the content of a file": (
        "open('old', 'w').write('00')",
        "open('old', 'r+').write('42')",
        "int(open('old').read())",
    ),
    "the content of a file, its date set back": (
        "open('old', 'w').write('00')",
        "was = os.stat('old').st_mtime; open('old', 'r+').write('42'); os.utime('old', (was, was))",
        "int(open('old').read())",
    ),
    "a file written through a mapping": (
        "open('old', 'w').write('00')",
        "f = open('old', 'r+b'); mmap.mmap(f.fileno(), 2)[:] = b'42'",
        "int(open('old').read())",
    ),
    "a file that is gone": (
        "open('old', 'w').close()",
        "os.unlink('old')",
        "0 if os.path.exists('old') else 42",
    ),
    "the mode of a file": (
        "open('old', 'w').close()",
        "os.chmod('old', 0o642)",
        "42 if os.stat('old').st_mode & 0o777 == 0o642 else 0",
    ),
    "the mode of a folder": ("", "os.chmod('.', 0o742)", "42 if os.stat('.').st_mode & 2 else 0"),
    "a closed folder": (
        "os.mkdir('in'); open('in/old', 'w').close()",
        "open('in/42', 'w'); os.chmod('in', 0)",
        "os.chmod('in', 0o700) or max(int(n) for n in [*os.listdir('in'), '0'] if n.isdigit())",
    ),
    "the date of a file": (
        "open('old', 'w').close()",
        "os.utime('old', (5, 42))",
        "int(os.stat('old').st_mtime) if os.stat('old').st_mtime < 100 else 0",
    ),
    "the date of a folder": (
        "",
        "os.utime('.', (42, 5))",
        "int(os.stat('.').st_atime) if os.stat('.').st_atime < 100 else 0",
    ),
    "that a file was read": (
        "open('old', 'w').write('1'); os.utime('old', (5, 5))",
        "open('old').read()",
        "42 * (abs(os.stat('old').st_atime - time.time()) < 60)",
    ),
    "an attribute of a file": (
        "open('old', 'w').close()",
        "os.setxattr('old', 'user.word', b'42')",
        "int(os.getxattr('old', 'user.word')) if os.listxattr('old') else 0",
    ),
    "an attribute of a folder": (
        "",
        "os.setxattr('.', 'user.word', b'42')",
        "int(os.getxattr('.', 'user.word')) if os.listxattr('.') else 0",
    ),
    "a link": ("", "os.symlink('42', 'link')", "42 if os.path.islink('link') else 0"),
    "a second name": (
        "open('old', 'w').close()",
        "os.link('old', '42')",
        "42 if os.stat('old').st_nlink > 1 else 0",
    ),
    "another name": (
        "os.mkdir('in'); open('in/0', 'w').close()",
        "os.rename('in/0', 'in/42')",
        "int(os.listdir('in')[0])",
    ),
    "a fifo": ("", "os.mkfifo('42')", "42 if os.path.exists('42') else 0"),
    "shared memory": (
        "",
        "open('/dev/shm/word', 'w').write('42')",
        "int(open('/dev/shm/word').read()) if os.path.exists('/dev/shm/word') else 0",
    ),
    "shared memory that was there": (
        "open('/dev/shm/word', 'w').write('00')",
        "f = open('/dev/shm/word', 'r+b'); mmap.mmap(f.fileno(), 2)[:] = b'42'",
        "int(open('/dev/shm/word').read())",
    ),
    "shared memory without a name": (
        "memory = mmap.mmap(-1, 4096)",
        "memory[0] = 42",
        "memory[0]",
    ),
    "a pipe": (
        "r, w = os.pipe(); os.set_blocking(r, False)",
        "os.write(w, b'42')",
        "int(readable(r) or 0)",
    ),
    "a pair of sockets": (
        "a, b = socket.socketpair(); a.setblocking(False)",
        "b.send(b'42')",
        "int(readable(a.fileno()) or 0)",
    ),
    "the position in a file": (
        "open('old', 'w').write(99 * '.'); old = open('old', 'rb', buffering=0)",
        "old.seek(42)",
        "old.tell()",
    ),
    "the state of an open file": (
        "",
        "fcntl.fcntl(0, fcntl.F_SETFL, os.O_APPEND)",
        "42 if fcntl.fcntl(0, fcntl.F_GETFL) & os.O_APPEND else 0",
    ),
    "the owner of an open file": (
        "",
        "fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid())",
        "42 if fcntl.fcntl(0, fcntl.F_GETOWN) else 0",
    ),
    "a process that stays": (
        "",
        "stay()",
        "ask()",
    ),
    "a process that was there": (
        "stay()",
        "ask(b'42')",
        "ask()",
    ),
    "a thread that was there": (
        "import threading; threading.Thread(target=listen, daemon=True).start(); time.sleep(0.1)",
        "ask(b'42')",
        "ask()",
    ),
    "a thread that looks at files": (
        "told = [0]\ndef look():\n"
        "    while time.sleep(0.02) is None:\n"
        "        with contextlib.suppress(OSError, ValueError):\n"
        "            told[0] = int(open('word').read())\n"
        "threading.Thread(target=look, daemon=True).start()",
        "open('word', 'w').write('42') and time.sleep(0.1)",
        "told[0] or (int(open('word').read()) if os.path.exists('word') else 0)",
    ),
    "signals to the process before": (
        "home, got = os.getpid(), [0]\n"
        "signal.signal(signal.SIGUSR1, lambda *_: got.__setitem__(0, got[0] + 42))",
        "os.kill(home, signal.SIGUSR1); time.sleep(0.05)",
        "got[0]",
    ),
    "limits of the process before": (
        "home = os.getpid()",
        "resource.prlimit(home, resource.RLIMIT_CORE, (0, 0)); "
        "resource.prlimit(home, resource.RLIMIT_STACK, (2**20, 2**20))",
        "42 if resource.prlimit(home, resource.RLIMIT_STACK)[0] == 2**20 else 0",
    ),
    "the rank of the process before": (
        "home = os.getpid()",
        "os.setpriority(os.PRIO_PROCESS, home, 7)",
        "42 if os.getpriority(os.PRIO_PROCESS, home) == 7 else 0",
    ),
    "the processors of the process before": (
        "home = os.getpid()",
        "os.sched_setaffinity(home, [min(os.sched_getaffinity(0))])",
        "42 if len(os.sched_getaffinity(home)) == 1 else 0",
    ),
    "what a rewritten worker reads off the end of a branch": (
        dedent("""
        from graders.isolation import messages, worker
        told = [0]
        def end(self, number):
            pid = self.copies.pop(number)
            with contextlib.suppress(OSError): os.kill(pid, signal.SIGKILL)
            told[0] = told[0] or os.WEXITSTATUS(os.waitpid(pid, 0)[1])
            return messages.Done(number)
        worker.Worker._end = end
        """),
        "os._exit(42)",
        "told[0]",
    ),
    "what a rewritten worker looks at meanwhile": (
        dedent("""
        from graders.isolation import worker
        told, home = [0], os.getpid()
        def look(*_):
            with contextlib.suppress(OSError): told[0] = int(open("word").read())
        fork = worker.Worker._fork
        def forked(self):
            done = fork(self)
            if os.getpid() == home:
                signal.signal(signal.SIGALRM, look)
                signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
            return done
        worker.Worker._fork = forked
        """),
        "open('word', 'w').write('42') and time.sleep(0.1)",
        "told[0] or (int(open('word').read()) if os.path.exists('word') else 0)",
    ),
}  # fmt: skip
# What the next branch would find in the process before: inside one branch there is none.
NO_CONTROL = (
    "signals to the process before",
    "what a rewritten worker reads off the end of a branch",
    "the owner of an open file",
    "that a file was read",
    "limits of the process before",
    "a thread that was there",
)

TOOLS = """
import contextlib, fcntl, mmap, os, resource, signal, socket, subprocess, sys, threading, time
def readable(number):
    with contextlib.suppress(OSError): return os.read(number, 9)
def listen():
    word = b"0"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind("\\0word")
        while True:
            said, who = server.recvfrom(99)
            word = said if said != b"?" else word
            if who: server.sendto(word, who)
def stay():
    if not os.fork():
        os.setsid()
        if not os.fork():
            threading.Timer(5, os._exit, [0]).start()
            try: listen()
            finally: os._exit(0)
        os._exit(0)
    time.sleep(0.05)
    ask(b"42") if "stay()" in SAYS else None
def ask(word=b"?"):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client, contextlib.suppress(OSError):
        client.bind(f"\\0{os.getpid()}-{time.time()}"); client.settimeout(1)
        client.sendto(word, "\\0word")
        return int(client.recv(99))
    return 0
"""


@pytest.fixture(scope="module")
def grounds(seed):
    with Grounds(seed=seed) as made:
        if "own branches" not in {layer.name for layer in made.layers if layer.state == "on"}:
            pytest.skip("promised only with the layer: own branches")
        yield made


@pytest.fixture(scope="module")
def reached(grounds):
    """Whether code of a submission may write into /dev/shm."""
    code = "def f():\n    open('/dev/shm/try', 'w').close()\n    return True"
    with grounds.open([code], LIMITS) as submission, submission.branch("f") as host:
        try:
            return Student(host).f()
        except StudentError:
            return False


def skip_what_nobody_reaches(way, reached):
    if not reached and any("/dev/shm" in part for part in WAYS[way]):
        pytest.skip("nobody reaches /dev/shm here")


def cells(way):
    prepare, say, hear = WAYS[way]
    return [
        f"SAYS = {say!r}\n{TOOLS}",
        prepare,
        f"def said(): exec({say!r}, globals()); return 1\ndef heard(): return {hear}",
    ]


@pytest.mark.parametrize("way", WAYS)
def test_what_an_exercise_leaves_the_next_does_not_find(grounds, way, reached):
    skip_what_nobody_reaches(way, reached)
    with grounds.open(cells(way), LIMITS) as submission:
        assert [cell.status for cell in submission.cells] == 3 * ["ok"], submission.troubles
        submission.seal()
        with submission.branch("said") as host:
            say(host)
        with submission.branch("heard") as host:
            assert Student(host).heard() == 0


@pytest.mark.slow
@pytest.mark.parametrize("way", [way for way in WAYS if way not in NO_CONTROL])
def test_control_an_exercise_finds_what_it_leaves(grounds, way, reached):
    skip_what_nobody_reaches(way, reached)
    with grounds.open(cells(way), LIMITS) as submission, submission.branch("said") as host:
        say(host)
        assert Student(host).heard() == 42


def say(host):
    try:
        Student(host).said()
    except (StudentError, TimedOut):
        pass  # what a layer denies is not said


def test_a_thread_that_sleeps_costs_nothing(grounds):
    code = "import os, threading\nthreading.Timer(60, print).start()\nhome = os.getpid()"
    with grounds.open([code, "def f(): return home"], LIMITS) as submission:
        submission.seal()
        found = []
        for _ in range(2):
            with submission.branch("f") as host:
                found.append(Student(host).f())
    assert found[0] == found[1]


def test_a_submission_keeps_what_its_cells_made(grounds):
    code = (
        "import numpy as np, os\nnp.save('data.npy', np.arange(3.0))\nmade = os.getpid()\n"
        "def total():\n    open('note', 'a').write('x')\n"
        "    return float(np.load('data.npy').sum()), made, os.path.getsize('note')"
    )
    with grounds.open([code], LIMITS) as submission:
        submission.seal()
        found = []
        for _ in range(2):
            with submission.branch("total") as host:
                found.append(Student(host).total())
    # Its file is put back without running the cells again.
    assert found[0] == found[1] == (3.0, found[0][1], 1)
