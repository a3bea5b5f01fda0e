"""Tries, in a worker that has run no submission, what a submission must not be able to do."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import socket
from collections.abc import Callable
from functools import partial

from graders.isolation.messages import Probe

PTRACE_ATTACH, PTRACE_DETACH = 16, 17


def attempts(request: Probe) -> list[str]:
    """What succeeded, as it continues the sentence "a submission could ..."."""
    tries: list[tuple[str, Callable[[], object]]] = [
        (f"read {path}", partial(_read, path)) for path in request.paths
    ]
    tries += [(f"import {name}", partial(_find, name)) for name in request.modules]
    tries += [
        ("signal the grader", lambda: _signal(request.grader)),
        ("read the grader's environment", lambda: _read(f"/proc/{request.grader}/environ")),
        ("read the grader's memory", lambda: _read_memory(request.grader)),
        ("trace the grader", lambda: _trace(request.grader)),
        ("become root", _become_root),
        ("reach the network", _reach_network),
        ("write outside its folder", _write_outside),
        ("see the processes of others", lambda: _read(f"/proc/{request.grader}/comm")),
    ]
    return [what for what, attempt in tries if _succeeds(attempt)]


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        return bool(attempt())
    except (OSError, ImportError, ValueError):
        return False


def _read(path: str) -> bool:
    if os.path.isdir(path):
        return bool(os.listdir(path))
    with open(path, "rb") as file:
        return bool(file.read(1))


def _find(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _become_root() -> bool:
    os.setuid(0)
    return True


def _signal(pid: int) -> bool:
    os.kill(pid, 0)
    return True


def _read_memory(pid: int) -> bool:
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        memory.seek(int(maps.readline().split("-")[0], 16))
        return bool(memory.read(1))


def _trace(pid: int) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(PTRACE_ATTACH, pid, None, None) < 0:
        return False
    os.waitpid(pid, 0)
    return bool(libc.ptrace(PTRACE_DETACH, pid, None, None) == 0)


def _reach_network() -> bool:
    # Connecting a datagram socket sends nothing: it only asks whether there is a way. A machine
    # without a way to others has one to itself, where a scheduler may listen.
    return any(_succeeds(partial(_way_to, host)) for host in ("192.0.2.1", "127.0.0.1"))


def _way_to(host: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((host, 9))
    return True


def _write_outside() -> bool:
    for folder in ("/tmp", "/var/tmp"):
        path = os.path.join(folder, f"critic-probe-{os.getpid()}")
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
            os.unlink(path)
            return True
    return False
