"""The zygote as the grader sees it: a folder with the runtime, one process, one connection, one
order at a time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

import msgspec

import graders.core
import graders.isolation
import graders.public
from graders.core.outside import QUIET
from graders.isolation import bubblewrap
from graders.isolation.faults import GroundFault
from graders.isolation.interpreter import Interpreter
from graders.isolation.landlock import READABLE_SYSTEM
from graders.isolation.messages import LayerNote
from graders.isolation.mounts import closed_folders
from graders.isolation.plan import Fault, Outcome, Plan
from graders.isolation.processes import descendants
from graders.isolation.sight import carve, inside, real

MESSAGE = 2**20
START_SECONDS = 300.0
ORDER_SECONDS = 60.0
# With -S no `.pth` file of the site-packages runs, so an editable install brings no private folder
# onto the path.
BOOT = (
    "import sys; sys.path[:] = [p for p in sys.path if p]; sys.path.insert(0, sys.argv[2]);"
    " sys.path += sys.argv[3:]; from graders.isolation.zygote import main; main()"
)
ENVIRONMENT = {
    "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    **QUIET,
    "PIP_RETRIES": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}  # fmt: skip


class Ground:
    """Starts a zygote in a folder of its own and passes orders to it. Safe to use from several
    threads.

    bwrap: the path of a bubblewrap to start it under, or None.
    """

    def __init__(
        self,
        interpreter: Interpreter,
        private: list[Path],
        layers: list[str],
        keeper: int,
        bwrap: str | None = None,
    ):
        self.base = tempfile.mkdtemp(prefix="critic-", dir=_open_folder())
        os.chmod(self.base, 0o711)
        self._lock = threading.Lock()
        self._decoder = msgspec.msgpack.Decoder(Outcome)
        _copy_runtime(Path(self.base, "runtime"))
        try:
            self.layers = self._start(
                interpreter, _plan(self.base, interpreter, private, layers, keeper), bwrap
            )
        except BaseException:
            self.close()
            raise

    def order(self, order: object, fd: int | None = None) -> Any:
        """Have the zygote do something, and wait until it is done."""
        with self._lock:
            try:
                socket.send_fds(
                    self._control, [msgspec.msgpack.encode(order)], [] if fd is None else [fd]
                )
                data = self._control.recv(MESSAGE)
            except TimeoutError:
                raise GroundFault(
                    "the process that starts the workers did not answer in time: the machine is too"
                    " busy; grade with fewer jobs"
                ) from None
            except OSError as error:
                raise GroundFault(
                    f"the process that starts the workers is gone ({error})"
                ) from error
        if not data:
            raise GroundFault(f"the process that starts the workers ended: {self._last_words()}")
        outcome = self._decoder.decode(data)
        if isinstance(outcome, Fault):
            raise GroundFault(f"the process that starts the workers could not: {outcome.text}")
        return outcome

    @property
    def pid(self) -> int:
        """The zygote's process, as this side counts."""
        return self._line[-1]

    def kill(self) -> None:
        """End the zygote and everything in its namespace of processes at once. Only for one under
        bubblewrap.
        """
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._line[1], signal.SIGKILL)
        # The namespace's first process is not gone before all others in it are.
        self._process.wait()

    def close(self) -> None:
        """End the zygote, with everything that it started, and remove the folder."""
        self._control.close()
        self._log.close()
        try:
            self._process.wait(ORDER_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.base, ignore_errors=True)

    def _start(self, interpreter: Interpreter, plan: Plan, bwrap: str | None) -> list[LayerNote]:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(START_SECONDS)
        environment = {
            **ENVIRONMENT,
            "PATH": f"{os.path.dirname(interpreter.executable)}:/usr/local/bin:/usr/bin:/bin",
            "HOME": self.base,
        }
        self._log = open(Path(self.base, "zygote.log"), "w+b")  # noqa: SIM115 - lives as long as the zygote
        if bwrap:
            plan.held = dict.fromkeys(bubblewrap.PROVIDES, bubblewrap.BY)
        # Where folders for temporary files are emptied, only this handle still leads to the real
        # one.
        plan.around = os.open(os.path.dirname(self.base), os.O_PATH)
        with theirs:
            self._process = subprocess.Popen(
                [*(bubblewrap.command(bwrap, plan.hide, plan.keep, self.base) if bwrap else []),
                 interpreter.executable, "-S", "-s", "-c", BOOT, str(theirs.fileno()),
                 f"{self.base}/runtime", *interpreter.sites],
                pass_fds=[theirs.fileno(), plan.around], env=environment, cwd=self.base,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=self._log, start_new_session=True, umask=0o022,
            )  # fmt: skip
        os.close(plan.around)
        started = self.order(plan)
        # Alone, or: bubblewrap, the first process of its namespace, and the zygote.
        self._line = [self._process.pid, *descendants(self._process.pid)]
        self._control.settimeout(ORDER_SECONDS)
        layers: list[LayerNote] = started.layers
        return layers

    def _last_words(self) -> str:
        self._log.seek(0)
        return self._log.read()[-500:].decode(errors="replace").strip() or "it said nothing"


def _plan(
    base: str, interpreter: Interpreter, private: list[Path], layers: list[str], keeper: int
) -> Plan:
    secret = real(private)
    others = interpreter.closed if keeper else _of_this_user()
    keep = [
        p
        for p in interpreter.folders
        if not any(p != o and inside(p, o) for o in interpreter.folders)
    ]
    readable = carve([*interpreter.folders, f"{base}/runtime", *READABLE_SYSTEM], secret)
    return Plan(base, [*secret, *others], keep, readable, layers, keeper, held={}, around=-1)


def _of_this_user() -> list[str]:
    """A worker who is the same user would be let into all of this, and could ask its programs,
    which listen there, for anything.
    """
    home = os.path.realpath(os.path.expanduser("~"))
    return [folder for folder in (home, "/run") if folder != "/" and os.path.isdir(folder)]


def _copy_runtime(runtime: Path) -> None:
    """What a worker may import of ours. The package file keeps Python from looking for more of
    `graders` elsewhere.
    """
    for package in (graders.core, graders.public, graders.isolation):
        for source in map(Path, package.__path__):
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


def _open_folder() -> str:
    """A folder for temporary files that other users may enter."""
    candidates = [tempfile.gettempdir(), "/tmp", "/var/tmp"]
    return next(
        (c for c in candidates if not closed_folders([c]) and os.access(c, os.W_OK)), candidates[0]
    )
