"""How a zygote comes to be: started with a Python of its own, or forked by a seed, a process that
has loaded what all workers need. One seed serves all processes of a grader: what it has loaded is
loaded once, and memory that they share.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import IO

from graders.core.outside import QUIET
from graders.isolation.interpreter import Interpreter, own
from graders.isolation.mounts import closed_folders

ROOMS = ("graders.core", "graders.public", "graders.isolation")
CLOSE_SECONDS = 20.0
# With -S no `.pth` file of the site-packages runs, so an editable install brings no private folder
# onto the path.
BOOT = (
    "import sys; sys.path[:] = [p for p in sys.path if p]; sys.path.insert(0, sys.argv[2]);"
    " sys.path += sys.argv[3:]; from graders.isolation import zygote; zygote.{entry}()"
)
ENVIRONMENT = {
    "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    **QUIET,
    "PIP_RETRIES": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}  # fmt: skip


class Seed:
    """A seed, in a folder of its own. It may be sent to other processes of this grader, and ends
    when the last of them has closed it or is gone.
    """

    def __init__(self) -> None:
        self.interpreter = own()
        self._base = open_folder()
        self.runtime = copy_runtime(self._base)
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, open(os.devnull, "r+b") as nowhere:
            self._process: subprocess.Popen[bytes] | None = start(
                "seed", self.interpreter, self._base, theirs, nowhere
            )

    def __getstate__(self) -> dict[str, object]:
        return {**vars(self), "_process": None}

    @property
    def alive(self) -> bool:
        """Whether it still takes orders."""
        poll = select.poll()
        poll.register(self._orders, 0)
        return not poll.poll(0)

    def fork(self, base: str, control: socket.socket, log: IO[bytes]) -> None:
        """Have a zygote forked that obeys the other end of `control`. Raises OSError when the seed
        is gone.
        """
        socket.send_fds(self._orders, [base.encode()], [control.fileno(), log.fileno()])

    def close(self) -> None:
        """Let go of it; who started it also awaits its end."""
        self._orders.close()
        if self._process:
            try:
                self._process.wait(CLOSE_SECONDS)
            except subprocess.TimeoutExpired:  # somebody else still holds it
                self._process.kill()
                self._process.wait()
            shutil.rmtree(self._base, ignore_errors=True)


def plant() -> Seed | None:
    """A new seed; None where the kernel has no handles of other processes."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (OSError, AttributeError):
        return None
    return Seed()


class Sprout:
    """A zygote that a seed has forked, through a handle that never becomes another process's."""

    def __init__(self, pid: int):
        self.pid = pid
        self._handle = os.pidfd_open(pid)
        self._poll = select.poll()
        self._poll.register(self._handle, select.POLLIN)

    def poll(self) -> int | None:
        """None while it runs."""
        return 0 if self._poll.poll(0) else None

    def wait(self, timeout: float | None = None) -> int:
        """Await its end. Raises subprocess.TimeoutExpired."""
        if not self._poll.poll(None if timeout is None else timeout * 1000):
            raise subprocess.TimeoutExpired("zygote", timeout or 0.0)
        return 0

    def kill(self) -> None:
        """End it."""
        signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def __del__(self) -> None:
        os.close(self._handle)


def start(
    entry: str,
    interpreter: Interpreter,
    base: str,
    end: socket.socket,
    log: IO[bytes],
    before: Sequence[str] = (),
) -> subprocess.Popen[bytes]:
    """Start a function of `graders.isolation.zygote` with one end of a connection, in a folder that
    has a runtime; `before` is the command that it is run by.
    """
    environment = {
        **ENVIRONMENT,
        "PATH": f"{os.path.dirname(interpreter.executable)}:/usr/local/bin:/usr/bin:/bin",
        "HOME": base,
    }
    return subprocess.Popen(
        [*before, interpreter.executable, "-S", "-s", "-c", BOOT.format(entry=entry),
         str(end.fileno()), f"{base}/runtime", *interpreter.sites],
        pass_fds=[end.fileno()], env=environment, cwd=base, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=log, start_new_session=True, umask=0o022,
    )  # fmt: skip


def copy_runtime(base: str) -> str:
    """The folder, made in `base`, of what a worker may import of ours. The package file keeps
    Python from looking for more of `graders` elsewhere.
    """
    runtime = Path(base, "runtime")
    for room in ROOMS:
        for source in map(Path, import_module(room).__path__):
            shutil.copytree(
                source,
                runtime / "graders" / source.name,
                ignore=shutil.ignore_patterns("__pycache__"),
                dirs_exist_ok=True,
            )
    (runtime / "graders" / "__init__.py").touch()
    for folder, _, files in os.walk(runtime):
        os.chmod(folder, 0o755)
        for name in files:
            os.chmod(os.path.join(folder, name), 0o644)
    return str(runtime)


def open_folder() -> str:
    """A new folder for temporary files that other users may enter."""
    candidates = [tempfile.gettempdir(), "/tmp", "/var/tmp"]
    around = next(
        (c for c in candidates if not closed_folders([c]) and os.access(c, os.W_OK)), candidates[0]
    )
    base = tempfile.mkdtemp(prefix="critic-", dir=around)
    os.chmod(base, 0o711)
    return base
